package plan

// WalkExpr calls f on x and every expression within it, outermost first. Queries inside expressions are not entered.
func WalkExpr(x Expr, f func(Expr)) {
	if x == nil {
		return
	}
	f(x)
	switch x := x.(type) {
	case *Call:
		for _, a := range x.Args {
			WalkExpr(a, f)
		}
	case *Path:
		WalkExpr(x.Base, f)
		WalkExpr(x.Index, f)
	case *In:
		WalkExpr(x.Left, f)
		for _, a := range x.List {
			WalkExpr(a, f)
		}
	case *OverPath:
		WalkExpr(x.Body, f)
	}
}

// MapExpr rebuilds x with f applied to every expression, innermost first. Parts that f leaves alone are shared.
func MapExpr(x Expr, f func(Expr) Expr) Expr {
	if x == nil {
		return nil
	}
	switch e := x.(type) {
	case *Call:
		if args, changed := mapList(e.Args, f); changed {
			c := *e
			c.Args = args
			x = &c
		}
	case *Path:
		base, index := MapExpr(e.Base, f), MapExpr(e.Index, f)
		if base != e.Base || index != e.Index {
			x = &Path{Base: base, Key: e.Key, Index: index}
		}
	case *In:
		left := MapExpr(e.Left, f)
		list, changed := mapList(e.List, f)
		if changed || left != e.Left {
			x = &In{Op: e.Op, Left: left, List: list, Query: e.Query}
		}
	case *OverPath:
		if body := MapExpr(e.Body, f); body != e.Body {
			x = &OverPath{Func: e.Func, Edge: e.Edge, Inner: e.Inner, Body: body}
		}
	}
	return f(x)
}

func mapList(list []Expr, f func(Expr) Expr) ([]Expr, bool) {
	out, changed := make([]Expr, len(list)), false
	for i, a := range list {
		out[i] = MapExpr(a, f)
		changed = changed || out[i] != a
	}
	if !changed {
		return list, false
	}
	return out, true
}

// Walk calls f on n and every node below it, inputs and queries inside expressions alike, parents first.
func Walk(n Node, f func(Node)) {
	if n == nil {
		return
	}
	f(n)
	for _, in := range n.Inputs() {
		Walk(in, f)
	}
	for _, q := range Subplans(n) {
		Walk(q, f)
	}
}

// Subplans are the nodes that n holds beside its inputs: queries inside its expressions, and the bodies of mv-apply and partition.
func Subplans(n Node) []Node {
	var out []Node
	find := func(x Expr) {
		switch x := x.(type) {
		case *In:
			if x.Query != nil {
				out = append(out, x.Query)
			}
		case *Subquery:
			out = append(out, x.Query)
		}
	}
	EachExpr(n, func(x Expr) { WalkExpr(x, find) })
	switch n := n.(type) {
	case *MvApplyOp:
		out = append(out, n.Subquery)
	case *PartitionOp:
		out = append(out, n.Subquery)
	case *GraphPartitionOp:
		out = append(out, n.Subquery)
	}
	return out
}

// Exprs are the expressions of n itself, in the order they are written.
func Exprs(n Node) []Expr {
	var out []Expr
	EachExpr(n, func(x Expr) { out = append(out, x) })
	return out
}

// EachExpr calls f on each of Exprs. It is asked of every node in every round of the rules, hence makes nothing for the most frequent.
func EachExpr(n Node, f func(Expr)) {
	switch n := n.(type) {
	case *ScanOp, *ValuesOp, *UnionOp, *DistinctOp, *SharedOp, *RemoteOp, *GroupInputOp, *GetSchemaOp:
	case *FilterOp:
		eachOf(f, n.Predicate)
	case *ProjectOp:
		eachNamed(f, n.Columns)
	case *ExtendOp:
		eachNamed(f, n.Columns)
	case *SummarizeOp:
		eachNamed(f, n.By)
		for _, a := range n.Aggregates {
			eachOf(f, a.Args...)
		}
	case *SortOp:
		for _, k := range n.Keys {
			eachOf(f, k.Expr)
		}
	case *JoinOp:
		for _, k := range n.Keys {
			eachOf(f, k.Left, k.Right)
		}
	default:
		MapExprs(n, func(x Expr) Expr {
			f(x)
			return x
		})
	}
}

func eachNamed(f func(Expr), list []Named) {
	for _, c := range list {
		eachOf(f, c.Expr)
	}
}

func eachOf(f func(Expr), list ...Expr) {
	for _, x := range list {
		if x != nil {
			f(x)
		}
	}
}
