package optimize

import (
	"strconv"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// leafReaders are the conversions of one leaf of a dynamic.
var leafReaders = map[string]bool{"tostring": true, "toreal": true, "todouble": true, "tolong": true, "toint": true, "tobool": true, "todatetime": true}

// leavesBelowSort reads the leaves of dynamics once, before rows are sorted for windows, where what follows reads leaves and not
// the whole:
//
//	sort by U, T | extend a = prev(toreal(D.x)) | extend b = toreal(D.x) - a | project U, b
//	  = project U, T, $1 = toreal(D.x) | sort by U, T | extend a = prev($1) | extend b = $1 - a | project U, b
//
// So a number is carried through the sort, and to the rows that run here, instead of JSON text. It is nil where there is nothing
// of the kind. It is applied to a plan whose filters are as low as they go.
func (o *Optimizer) leavesBelowSort(n plan.Node) plan.Node {
	changed := false
	out := plan.MapNodes(n, func(n plan.Node) plan.Node {
		p, ok := n.(*plan.ProjectOp)
		if !ok {
			return n
		}
		if m := leavesBelow(p); m != nil {
			changed = true
			return m
		}
		return n
	})
	if !changed {
		return nil
	}
	return out
}

// leavesBelow is leavesBelowSort of one projection, which hides the columns that it adds from what is above.
func leavesBelow(top *plan.ProjectOp) plan.Node {
	chain := []plan.Node{top} // from the projection down to what is right above the sort
	windows := anyWindow(top.Columns)
	var sort *plan.SortOp
	for at := top.Input; sort == nil; at = at.Inputs()[0] {
		switch n := at.(type) {
		case *plan.FilterOp:
		case *plan.ExtendOp:
			windows = windows || anyWindow(n.Columns)
		case *plan.SerializeOp:
			windows = windows || anyWindow(n.Columns)
		case *plan.SortOp:
			sort = n
			continue
		default:
			return nil
		}
		chain = append(chain, at)
	}
	if !windows {
		return nil
	}
	l := leaves{input: sort.Input.Schema(), whole: set{}, made: set{}, names: map[string]string{}}
	for _, n := range chain {
		switch n := n.(type) {
		case *plan.ExtendOp:
			l.hide(n.Columns)
		case *plan.SerializeOp:
			l.hide(n.Columns)
		}
	}
	for _, x := range plan.Exprs(sort) {
		l.find(x)
	}
	for _, n := range chain {
		for _, x := range plan.Exprs(n) {
			l.find(x)
		}
	}
	if l.choose(); len(l.named) == 0 {
		return nil
	}
	below := plan.MapExprs(plan.WithInputs(sort, []plan.Node{&plan.ProjectOp{Input: sort.Input, Columns: l.columns()}}), l.replace)
	for i := len(chain) - 1; i >= 0; i-- {
		below = plan.MapExprs(plan.WithInputs(chain[i], []plan.Node{below}), l.replace)
	}
	return below
}

// leaves are what is read of the dynamics of some rows.
type leaves struct {
	input types.Schema
	// made are columns that nodes above make, so that the name may not mean the input's; whole are those of which more is read than
	// leaves.
	made, whole set
	found       []*plan.Call
	// named are the leaves as columns, and names their names by leafText.
	named []plan.Named
	names map[string]string
}

func (l *leaves) hide(list []plan.Named) {
	for _, c := range list {
		l.made[c.Name] = true
	}
}

// find notes the leaves in an expression.
func (l *leaves) find(x plan.Expr) {
	of := map[*plan.Column]int{} // how many leaves are read of it: what stands for a parameter of a function is one node in several places
	plan.WalkExpr(x, func(x plan.Expr) {
		c, ok := x.(*plan.Call)
		if !ok || len(c.Args) != 1 || !leafReaders[c.Func.Name] {
			return
		}
		if base := leafOf(c.Args[0]); base != nil && base.Typ == types.Dynamic && !l.made[base.Name] && l.input.Find(base.Name) >= 0 {
			l.found = append(l.found, c)
			of[base]++
		}
	})
	plan.WalkExpr(x, func(x plan.Expr) {
		if c, ok := x.(*plan.Column); ok {
			if of[c]--; of[c] < 0 {
				l.whole[c.Name] = true
			}
		}
	})
}

// leafOf is the column under a path of constant keys.
func leafOf(x plan.Expr) *plan.Column {
	p, ok := x.(*plan.Path)
	if !ok {
		return nil
	}
	for ok {
		if _, constant := p.Index.(*plan.Literal); p.Index != nil && !constant {
			return nil
		}
		x = p.Base
		p, ok = x.(*plan.Path)
	}
	c, _ := x.(*plan.Column)
	return c
}

// leafText is a text that only equal leaves have: printed, D.a.b and D['a.b'] look the same.
func leafText(c *plan.Call) string {
	text := ""
	x := c.Args[0]
	for p, ok := x.(*plan.Path); ok; p, ok = x.(*plan.Path) {
		if p.Index != nil {
			text = "[" + plan.FormatExpr(p.Index) + "]" + text
		} else {
			text = "." + strconv.Quote(p.Key) + text
		}
		x = p.Base
	}
	return c.Func.Name + " " + strconv.Quote(plan.FormatExpr(x)) + text
}

// choose names the leaves of the columns of which nothing else is read.
func (l *leaves) choose() {
	next := 0
	for _, c := range l.found {
		text := leafText(c)
		if l.whole[leafOf(c.Args[0]).Name] || l.names[text] != "" {
			continue
		}
		for l.names[text] == "" {
			next++
			if name := "$" + strconv.Itoa(next); l.input.Find(name) < 0 && !l.made[name] {
				l.names[text] = name
			}
		}
		l.named = append(l.named, plan.Named{Name: l.names[text], Expr: c})
	}
}

// columns are the input's but those of which only leaves are read, and the leaves.
func (l *leaves) columns() []plan.Named {
	read := set{}
	for _, c := range l.named {
		read[leafOf(c.Expr.(*plan.Call).Args[0]).Name] = true
	}
	var out []plan.Named
	for _, c := range l.input {
		if !read[c.Name] {
			out = append(out, plan.Named{Name: c.Name, Expr: &plan.Column{Name: c.Name, Typ: c.Type}})
		}
	}
	return append(out, l.named...)
}

// replace puts the columns in the place of their leaves.
func (l *leaves) replace(x plan.Expr) plan.Expr {
	return plan.MapExpr(x, func(x plan.Expr) plan.Expr {
		if c, ok := x.(*plan.Call); ok && len(c.Args) == 1 && leafReaders[c.Func.Name] && leafOf(c.Args[0]) != nil {
			if name := l.names[leafText(c)]; name != "" {
				return &plan.Column{Name: name, Typ: c.Typ}
			}
		}
		return x
	})
}
