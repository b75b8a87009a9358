package optimize

import (
	"slices"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// allRules are the rewrites in the order they are tried on a node.
func (o *Optimizer) allRules() []Rule {
	return []Rule{
		{"foldConstants", o.foldConstants},
		{"dropTrueFilter", dropTrueFilter},
		{"mergeFilters", o.mergeFilters},
		{"pushFilterBelowSort", pushFilterBelowSort},
		{"pushFilterBelowProject", o.pushFilterBelowProject},
		{"pushFilterBelowExtend", o.pushFilterBelowExtend},
		{"pushFilterBelowSummarize", o.pushFilterBelowSummarize},
		{"pushFilterBelowDistinct", pushFilterBelowDistinct},
		{"pushFilterBelowMvExpand", o.pushFilterBelowMvExpand},
		{"pushFilterIntoUnion", pushFilterIntoUnion},
		{"pushFilterIntoJoin", o.pushFilterIntoJoin},
		{"pushTakeBelowProject", pushTakeBelowProject},
		{"mergeProjects", mergeProjects},
		{"countBelowSeries", o.countBelowSeries},
		{"farApart", o.farApart},
	}
}

// foldConstants computes calls whose arguments are all constants.
func (o *Optimizer) foldConstants(n plan.Node) plan.Node {
	if o.fold == nil || !o.anyFoldable(n) {
		return nil
	}
	changed := false
	m := plan.MapExprs(n, func(x plan.Expr) plan.Expr {
		return plan.MapExpr(x, func(x plan.Expr) plan.Expr {
			c, ok := x.(*plan.Call)
			if !ok || !foldable(c) || o.unfolded[c] {
				return x
			}
			v, err := o.fold(c)
			if err != nil || v.Type() != c.Typ {
				o.unfolded[c] = true
				return x // the error, if it is one, belongs to the run: the row may never come
			}
			changed = true
			return &plan.Literal{Value: v}
		})
	})
	if !changed {
		return nil
	}
	return m
}

// anyFoldable reports whether an expression of n holds a call to fold, before n is copied for it.
func (o *Optimizer) anyFoldable(n plan.Node) bool {
	found := false
	plan.EachExpr(n, func(x plan.Expr) {
		found = found || anyCall(x, func(c *plan.Call) bool { return foldable(c) && !o.unfolded[c] })
	})
	return found
}

// foldable: pure, of a plain kind, all arguments constant, and at least one.
func foldable(c *plan.Call) bool {
	if c.Func.Impure || (c.Func.Kind != builtin.Scalar && c.Func.Kind != builtin.Operator) || len(c.Args) == 0 {
		return false
	}
	for _, a := range c.Args {
		if _, ok := a.(*plan.Literal); !ok {
			return false
		}
	}
	return true
}

func dropTrueFilter(n plan.Node) plan.Node {
	f, ok := n.(*plan.FilterOp)
	if !ok {
		return nil
	}
	if l, ok := f.Predicate.(*plan.Literal); ok && l.Value.Type() == types.Bool && l.Value.Bool() {
		return f.Input
	}
	return nil
}

// mergeFilters makes one filter of two.
func (o *Optimizer) mergeFilters(n plan.Node) plan.Node {
	f, ok := n.(*plan.FilterOp)
	if !ok || o.and == nil {
		return nil
	}
	in, ok := f.Input.(*plan.FilterOp)
	if !ok {
		return nil
	}
	return &plan.FilterOp{Input: in.Input, Predicate: o.conjunction(append(conjuncts(in.Predicate), conjuncts(f.Predicate)...))}
}

// conjuncts are the parts of a chain of and.
func conjuncts(x plan.Expr) []plan.Expr {
	if c, ok := x.(*plan.Call); ok && c.Func.Name == "and" {
		var out []plan.Expr
		for _, a := range c.Args {
			out = append(out, conjuncts(a)...)
		}
		return out
	}
	return []plan.Expr{x}
}

func (o *Optimizer) conjunction(list []plan.Expr) plan.Expr {
	out := list[0]
	for _, x := range list[1:] {
		out = &plan.Call{Func: o.and, Args: []plan.Expr{out, x}, Typ: types.Bool}
	}
	return out
}

// pushFilterBelowSort filters before sorting.
func pushFilterBelowSort(n plan.Node) plan.Node {
	f, s := filterOver[*plan.SortOp](n)
	if f == nil {
		return nil
	}
	return plan.WithInputs(s, []plan.Node{&plan.FilterOp{Input: s.Input, Predicate: f.Predicate}})
}

func pushFilterBelowDistinct(n plan.Node) plan.Node {
	f, d := filterOver[*plan.DistinctOp](n)
	if f == nil {
		return nil
	}
	return plan.WithInputs(d, []plan.Node{&plan.FilterOp{Input: d.Input, Predicate: f.Predicate}})
}

// filterOver is n as a filter over an input of type T, whose predicate is free of windows: those see the rows they
// stand over.
func filterOver[T plan.Node](n plan.Node) (*plan.FilterOp, T) {
	var none T
	f, ok := n.(*plan.FilterOp)
	if !ok || hasWindow(f.Predicate) || hasImpure(f.Predicate) {
		return nil, none
	}
	in, ok := f.Input.(T)
	if !ok {
		return nil, none
	}
	return f, in
}

func hasWindow(x plan.Expr) bool {
	return anyCall(x, func(c *plan.Call) bool { return c.Func.Kind == builtin.Window })
}

func hasImpure(x plan.Expr) bool {
	return anyCall(x, func(c *plan.Call) bool { return c.Func.Impure })
}

func anyCall(x plan.Expr, is func(*plan.Call) bool) bool {
	found := false
	plan.WalkExpr(x, func(x plan.Expr) {
		if c, ok := x.(*plan.Call); ok && !found && is(c) {
			found = true
		}
	})
	return found
}

func anyWindow(list []plan.Named) bool {
	for _, c := range list {
		if hasWindow(c.Expr) || hasImpure(c.Expr) {
			return true
		}
	}
	return false
}

// columnsOf are the names of the columns in an expression.
func columnsOf(x plan.Expr) []string {
	var out []string
	plan.WalkExpr(x, func(x plan.Expr) {
		if c, ok := x.(*plan.Column); ok {
			out = append(out, c.Name)
		}
	})
	return out
}

// sift pushes the conjuncts that move can rewrite below a node, and keeps the others above it. It gives nil where
// none moves.
func (o *Optimizer) sift(f *plan.FilterOp, move func(plan.Expr) (plan.Expr, bool), rebuild func(plan.Expr) plan.Node) plan.Node {
	var below, above []plan.Expr
	for _, c := range conjuncts(f.Predicate) {
		if m, ok := move(c); ok {
			below = append(below, m)
		} else {
			above = append(above, c)
		}
	}
	if len(below) == 0 || (o.and == nil && len(below)+len(above) > 1) {
		return nil
	}
	n := rebuild(o.conjunction(below))
	if len(above) == 0 {
		return n
	}
	return &plan.FilterOp{Input: n, Predicate: o.conjunction(above)}
}

// substitute replaces columns by what stands for them; it fails on a column that has nothing plain: repeating a
// computation would cost more than the filter saves.
func substitute(x plan.Expr, by func(name string) plan.Expr) (plan.Expr, bool) {
	return substituteMade(x, func(name string) (plan.Expr, bool) { m := by(name); return m, m == nil })
}

// substituteMade is substitute where made gives what stands for a column, and whether it is made anew; a column that is neither is
// the input's and stays.
func substituteMade(x plan.Expr, made func(name string) (plan.Expr, bool)) (plan.Expr, bool) {
	ok := true
	out := plan.MapExpr(x, func(x plan.Expr) plan.Expr {
		if c, is := x.(*plan.Column); is {
			m, anew := made(c.Name)
			if m != nil {
				return m
			}
			ok = ok && !anew
		}
		return x
	})
	return out, ok
}

// plain gives the column of the input or the constant that a column of named stands for, nil for one that stands for more.
func plain(named []plan.Named) func(name string) plan.Expr {
	return func(name string) plan.Expr {
		for _, c := range named {
			if c.Name != name {
				continue
			}
			switch c.Expr.(type) {
			case *plan.Column, *plan.Literal:
				return c.Expr
			}
		}
		return nil
	}
}

func (o *Optimizer) pushFilterBelowProject(n plan.Node) plan.Node {
	f, p := filterOver[*plan.ProjectOp](n)
	if f == nil || anyWindow(p.Columns) {
		return nil
	}
	by := plain(p.Columns)
	return o.sift(f, func(x plan.Expr) (plan.Expr, bool) { return substitute(x, by) }, func(pred plan.Expr) plan.Node {
		return plan.WithInputs(p, []plan.Node{&plan.FilterOp{Input: p.Input, Predicate: pred}})
	})
}

func (o *Optimizer) pushFilterBelowExtend(n plan.Node) plan.Node {
	f, e := filterOver[*plan.ExtendOp](n)
	if f == nil || anyWindow(e.Columns) {
		return nil
	}
	by := plain(e.Columns)
	made := func(name string) (plan.Expr, bool) {
		return by(name), slices.ContainsFunc(e.Columns, func(c plan.Named) bool { return c.Name == name })
	}
	return o.sift(f, func(x plan.Expr) (plan.Expr, bool) { return substituteMade(x, made) }, func(pred plan.Expr) plan.Node {
		return plan.WithInputs(e, []plan.Node{&plan.FilterOp{Input: e.Input, Predicate: pred}})
	})
}

// pushFilterBelowSummarize filters groups by their keys before grouping.
func (o *Optimizer) pushFilterBelowSummarize(n plan.Node) plan.Node {
	f, s := filterOver[*plan.SummarizeOp](n)
	if f == nil || len(s.By) == 0 || anyWindow(s.By) {
		return nil
	}
	by := plain(s.By)
	move := func(x plan.Expr) (plan.Expr, bool) {
		if len(columnsOf(x)) == 0 {
			return nil, false
		}
		return substitute(x, by)
	}
	return o.sift(f, move, func(pred plan.Expr) plan.Node {
		return plan.WithInputs(s, []plan.Node{&plan.FilterOp{Input: s.Input, Predicate: pred}})
	})
}

// pushFilterBelowMvExpand filters rows before they are multiplied.
func (o *Optimizer) pushFilterBelowMvExpand(n plan.Node) plan.Node {
	f, m := filterOver[*plan.MvExpandOp](n)
	if f == nil {
		return nil
	}
	made := func(name string) (plan.Expr, bool) {
		return nil, name == m.ItemIndex || slices.ContainsFunc(m.Columns, func(c plan.MvColumn) bool { return c.Name == name })
	}
	return o.sift(f, func(x plan.Expr) (plan.Expr, bool) { return substituteMade(x, made) }, func(pred plan.Expr) plan.Node {
		return plan.WithInputs(m, []plan.Node{&plan.FilterOp{Input: m.Input, Predicate: pred}})
	})
}

// pushFilterIntoUnion filters each source: they have the same columns.
func pushFilterIntoUnion(n plan.Node) plan.Node {
	f, u := filterOver[*plan.UnionOp](n)
	if f == nil || len(u.Sources) == 0 {
		return nil
	}
	sources := make([]plan.Node, len(u.Sources))
	for i, s := range u.Sources {
		sources[i] = &plan.FilterOp{Input: s, Predicate: f.Predicate}
	}
	return plan.WithInputs(u, sources)
}

// pushTakeBelowProject takes rows before columns are computed.
func pushTakeBelowProject(n plan.Node) plan.Node {
	t, ok := n.(*plan.TakeOp)
	if !ok {
		return nil
	}
	switch in := t.Input.(type) {
	case *plan.ProjectOp:
		if !anyWindow(in.Columns) {
			return plan.WithInputs(in, []plan.Node{plan.WithInputs(t, []plan.Node{in.Input})})
		}
	case *plan.ExtendOp:
		if !anyWindow(in.Columns) {
			return plan.WithInputs(in, []plan.Node{plan.WithInputs(t, []plan.Node{in.Input})})
		}
	}
	return nil
}

// mergeProjects makes one of two projections where the upper only names columns.
func mergeProjects(n plan.Node) plan.Node {
	p, ok := n.(*plan.ProjectOp)
	if !ok {
		return nil
	}
	in, ok := p.Input.(*plan.ProjectOp)
	if !ok || !onlyColumns(p.Columns) || anyWindow(in.Columns) {
		return nil
	}
	made := map[string]plan.Expr{}
	for _, c := range in.Columns {
		made[c.Name] = c.Expr
	}
	out := append([]plan.Named(nil), p.Columns...)
	used := map[string]bool{}
	for i, c := range out {
		col := c.Expr.(*plan.Column)
		if made[col.Name] == nil || used[col.Name] {
			return nil
		}
		used[col.Name] = true
		out[i].Expr = made[col.Name]
	}
	return &plan.ProjectOp{Input: in.Input, Columns: out}
}

// onlyColumns reports whether each of named is a column of the input.
func onlyColumns(named []plan.Named) bool {
	return !slices.ContainsFunc(named, func(c plan.Named) bool {
		_, ok := c.Expr.(*plan.Column)
		return !ok
	})
}
