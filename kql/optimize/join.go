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
	left, right := map[string]plan.Expr{}, map[string]plan.Expr{}
	for _, c := range j.Output {
		if c.Right && rightOK {
			right[c.Name] = &plan.Column{Name: c.Source, Typ: c.Typ}
		} else if !c.Right && leftOK {
			left[c.Name] = &plan.Column{Name: c.Source, Typ: c.Typ}
		}
	}
	var toLeft, toRight, above []plan.Expr
	for _, c := range conjuncts(f.Predicate) {
		if m, ok := substitute(c, left); ok && len(left) > 0 && len(columnsOf(c)) > 0 {
			toLeft = append(toLeft, m)
		} else if m, ok := substitute(c, right); ok && len(right) > 0 && len(columnsOf(c)) > 0 {
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
