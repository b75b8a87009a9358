package optimize

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
)

// pushFilterIntoJoin filters the side that a conjunct is about. The side that an outer join pads keeps its filter above,
// because the filter also judges the padding; the left side of innerunique too, because which row stands for a key is chosen
// before.
func (o *Optimizer) pushFilterIntoJoin(n plan.Node) plan.Node {
	f, j := filterOver[*plan.JoinOp](n)
	if f == nil {
		return nil
	}
	leftOK, rightOK := pushable(j.Kind)
	left, right := sideOf(j, false), sideOf(j, true)
	var toLeft, toRight, above []plan.Expr
	for _, c := range conjuncts(f.Predicate) {
		if len(columnsOf(c)) == 0 {
			above = append(above, c)
		} else if m, ok := substitute(c, left); ok && leftOK {
			toLeft = append(toLeft, m)
		} else if m, ok := substitute(c, right); ok && rightOK {
			toRight = append(toRight, m)
		} else {
			above = append(above, c)
		}
	}
	if len(toLeft)+len(toRight) == 0 || (o.and == nil && len(toLeft)+len(toRight)+len(above) > 1) {
		return nil
	}
	in := []plan.Node{j.Left, j.Right}
	for i, list := range [][]plan.Expr{toLeft, toRight} {
		if len(list) > 0 {
			in[i] = &plan.FilterOp{Input: in[i], Predicate: o.conjunction(list)}
		}
	}
	out := plan.WithInputs(j, in)
	if len(above) == 0 {
		return out
	}
	return &plan.FilterOp{Input: out, Predicate: o.conjunction(above)}
}

// sideOf gives the column of one side that a column of a join comes from, nil for one of the other side.
func sideOf(j *plan.JoinOp, right bool) func(name string) plan.Expr {
	return func(name string) plan.Expr {
		for _, c := range j.Output {
			if c.Name == name && c.Right == right {
				return &plan.Column{Name: c.Source, Typ: c.Typ}
			}
		}
		return nil
	}
}

func pushable(kind string) (left, right bool) {
	switch {
	case kind == "inner", kind == "lookup-inner":
		return true, true
	case kind == "innerunique":
		return false, true
	case strings.HasSuffix(kind, "leftouter"), kind == "leftsemi", kind == "leftanti":
		return true, false
	case kind == "rightouter", kind == "rightsemi", kind == "rightanti":
		return false, true
	}
	return false, false
}
