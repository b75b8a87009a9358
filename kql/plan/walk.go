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

func exprsOf(list []Named) []Expr {
	out := make([]Expr, 0, len(list))
	for _, c := range list {
		if c.Expr != nil {
			out = append(out, c.Expr)
		}
	}
	return out
}

// Subplans are the nodes that n holds beside its inputs: queries inside its expressions, and the bodies of mv-apply and partition.
func Subplans(n Node) []Node {
	var out []Node
	for _, x := range Exprs(n) {
		WalkExpr(x, func(x Expr) {
			switch x := x.(type) {
			case *In:
				if x.Query != nil {
					out = append(out, x.Query)
				}
			case *Subquery:
				out = append(out, x.Query)
			}
		})
	}
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
	switch n := n.(type) { // the most frequent ones without a copy
	case *ScanOp, *ValuesOp, *UnionOp, *DistinctOp, *SharedOp, *RemoteOp, *GroupInputOp, *GetSchemaOp:
		return nil
	case *FilterOp:
		if n.Predicate == nil {
			return nil
		}
		return []Expr{n.Predicate}
	case *ProjectOp:
		return exprsOf(n.Columns)
	case *ExtendOp:
		return exprsOf(n.Columns)
	}
	var out []Expr
	MapExprs(n, func(x Expr) Expr {
		out = append(out, x)
		return x
	})
	return out
}
