package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// unknown is an expression that could not be bound, of the type it would have had where that is known.
func unknown(t types.Type) plan.Expr { return &plan.Literal{Value: types.Null(t)} }

func long(n int64) plan.Expr { return &plan.Literal{Value: types.NewLong(n)} }

func text(s string) plan.Expr { return &plan.Literal{Value: types.NewString(s)} }

func column(c types.Column) *plan.Column { return &plan.Column{Name: c.Name, Typ: c.Type} }

// bindExpr binds a scalar expression. It always gives an expression; one that could not be bound has been
// reported and has type Unknown.
func (b *binder) bindExpr(e syntax.Expr, v env) plan.Expr {
	if e == nil || !b.enter(e) {
		return unknown(types.Unknown)
	}
	defer b.leave()
	switch e := e.(type) {
	case *syntax.Literal:
		return b.bindLiteral(e)
	case *syntax.DynamicLit:
		return &plan.Literal{Value: types.NewDynamic(b.dynamicTree(e.Value))}
	case *syntax.NameExpr:
		return b.bindName(e, v)
	case *syntax.ParenExpr:
		return b.bindExpr(e.Inner, v)
	case *syntax.PathExpr:
		return b.bindPath(e, v)
	case *syntax.CallExpr:
		return b.bindCall(e, v)
	case *syntax.UnaryExpr:
		return b.bindUnary(e, v)
	case *syntax.BinaryExpr:
		return b.bindBinary(e, v)
	case *syntax.InExpr:
		return b.bindIn(e, v)
	case *syntax.BetweenExpr:
		return b.bindBetween(e, v)
	case *syntax.NamedExpr:
		return b.bindExpr(e.Value, v)
	case *syntax.BadExpr:
		return unknown(types.Unknown) // the parser has reported it
	case *syntax.TabularExpr:
		if len(e.Operators) == 0 && e.Source != nil {
			return b.bindExpr(e.Source, v)
		}
	case *syntax.ArrayLit, *syntax.BagLit:
		return &plan.Literal{Value: types.NewDynamic(b.dynamicTree(e))}
	case *syntax.StarExpr, *syntax.WildcardExpr:
		b.report(misplacedStar(e.Span()))
		return unknown(types.Unknown)
	}
	return b.notScalar(e)
}

// notScalar reports a tabular expression, or a function's body, where a scalar is wanted.
func (b *binder) notScalar(e syntax.Expr) plan.Expr {
	b.report(scalarExpected(e.Span()))
	return unknown(types.Unknown)
}

// enter counts an expression against the limits; leave must follow when it is true.
func (b *binder) enter(e syntax.Node) bool {
	b.exprs++
	if b.full {
		return false
	}
	if b.exprs > b.opts.MaxNodes*exprsPerNode {
		b.full = true
		b.report(tooLarge(e.Span(), b.opts.MaxNodes*exprsPerNode))
		return false
	}
	if b.depth >= maxDepth {
		b.report(tooDeep(e.Span()))
		return false
	}
	b.depth++
	return true
}

func (b *binder) leave() { b.depth-- }

// bindName finds a name: columns first, then what let and parameters declare.
func (b *binder) bindName(e *syntax.NameExpr, v env) plan.Expr {
	if v.graph != nil {
		if x, ok := b.graphName(e, v.graph); ok {
			return x
		}
	}
	if c, ok := v.row.find(e.Name); ok {
		return column(c)
	}
	if cols, ok := v.states[e.Name]; ok && len(cols) > 0 {
		b.report(stepNotValue(e.Span(), e.Name))
		return unknown(types.Unknown)
	}
	if ent := v.scope.find(e.Name); ent != nil {
		return b.bindEntity(e, ent, v)
	}
	if v.row != nil {
		if i := v.row.absent.Find(e.Name); i >= 0 {
			return &plan.Literal{Value: types.Null(v.row.absent[i].Type)}
		}
	}
	if v.agg != nil {
		if _, ok := v.agg.row.find(e.Name); ok {
			b.report(notAggregated(e.Span(), e.Name))
			return unknown(types.Unknown)
		}
	}
	if open := v.row; open != nil && open.open {
		return &plan.Column{Name: e.Name, Typ: open.typ}
	}
	if v.agg != nil && v.agg.row.open {
		b.report(notAggregated(e.Span(), e.Name))
		return unknown(types.Unknown)
	}
	b.unknownName(e, v)
	return unknown(types.Unknown)
}

func (b *binder) bindEntity(e *syntax.NameExpr, ent *entity, v env) plan.Expr {
	switch ent.kind {
	case scalarEntity:
		if ent.base != v.base && usesColumns(ent.expr) {
			b.report(correlated(e.Span(), e.Name))
			return unknown(ent.expr.Type())
		}
		return ent.expr
	case functionEntity:
		if len(ent.lambda.Params) == 0 && !b.lambdaIsTable(ent) {
			return b.inlineScalar(ent, nil, e.Span(), v)
		}
		b.report(needsArguments(e.Span(), e.Name))
	case tableEntity:
		b.report(tableNotScalar(e.Span(), e.Name))
	default:
		b.report(wrongKind(e.Span(), e.Name, ent.kind.String(), "a scalar"))
	}
	return unknown(types.Unknown)
}

// unknownName reports a name that is nothing here, with the nearest that is something.
func (b *binder) unknownName(e *syntax.NameExpr, v env) {
	r := v.row
	if r == nil && v.agg != nil {
		r = v.agg.row
	}
	if _, isTable := b.cat.Table(e.Name); isTable {
		b.report(tableNotScalar(e.Span(), e.Name))
		return
	}
	if f := b.lib.Lookup(builtin.Scalar, e.Name); f != nil && r == nil {
		b.report(needsArguments(e.Span(), e.Name))
		return
	}
	if v.graph != nil {
		b.unknownGraphName(e, v)
		return
	}
	scalars := v.scope.all(func(x *entity) bool { return x.kind == scalarEntity })
	if r == nil {
		b.report(unknownScalar(e.Span(), e.Name, nearest(e.Name, scalars)))
		return
	}
	b.report(unknownColumn(e.Span(), e.Name, nearest(e.Name, append(names(r.schema), scalars...)), r.schema))
}

func names(s types.Schema) []string {
	var out []string
	for _, c := range s {
		out = append(out, c.Name)
	}
	return out
}

// bindPath is a.b, a["b"] and a[i] on a dynamic; $left.x in a join condition; step.column in a scan.
func (b *binder) bindPath(e *syntax.PathExpr, v env) plan.Expr {
	if v.graph != nil {
		if x, ok := b.graphProperty(e, v.graph); ok {
			return x
		}
	}
	if n, ok := e.Base.(*syntax.NameExpr); ok && e.Name != nil {
		if side, ok := v.side(n.Name); ok {
			return b.sideColumn(e, n.Name, side)
		}
		if cols, ok := v.states[n.Name]; ok {
			if i := cols.Find(e.Name.Text); i >= 0 {
				return &plan.Column{Name: n.Name + "." + e.Name.Text, Typ: cols[i].Type}
			}
			b.report(unknownColumn(e.Name.Span(), e.Name.Text, nearest(e.Name.Text, names(cols)), cols))
			return unknown(types.Unknown)
		}
	}
	base := b.bindExpr(e.Base, v)
	switch base.Type() {
	case types.Dynamic, types.Unknown:
	default:
		b.report(notDynamic(e.Span(), base.Type()))
		return unknown(types.Unknown)
	}
	if e.Name != nil {
		return &plan.Path{Base: base, Key: e.Name.Text}
	}
	index := b.bindExpr(e.Index, v)
	if lit, ok := b.fold(index).(*plan.Literal); ok {
		if lit.Value.Type() == types.String {
			return &plan.Path{Base: base, Key: lit.Value.Str()}
		}
		index = lit
	}
	switch index.Type() {
	case types.Int, types.Long, types.String, types.Dynamic, types.Unknown:
	default:
		b.report(badIndex(e.Index.Span(), index.Type()))
	}
	return &plan.Path{Base: base, Index: index}
}

// side is the row of $left or $right.
func (v env) side(name string) (*row, bool) {
	switch {
	case name == "$left" && v.left != nil:
		return v.left, true
	case name == "$right" && v.right != nil:
		return v.right, true
	}
	return nil, false
}

func (b *binder) sideColumn(e *syntax.PathExpr, side string, r *row) plan.Expr {
	if c, ok := r.find(e.Name.Text); ok {
		return column(c)
	}
	if r.open {
		return &plan.Column{Name: e.Name.Text, Typ: r.typ}
	}
	b.report(unknownSideColumn(e.Name.Span(), side, e.Name.Text, nearest(e.Name.Text, names(r.schema))))
	return unknown(types.Unknown)
}

// call makes the plan of a built-in function.
func call(f *builtin.Function, t types.Type, at diag.Span, args ...plan.Expr) *plan.Call {
	return &plan.Call{Func: f, Args: args, Typ: t, At: at}
}

// scalarCall makes a call of a built-in function that the binder itself needs. When the library lacks
// it, that is a fault of the build, and reported as an unknown function.
func (b *binder) scalarCall(name string, t types.Type, at diag.Span, args ...plan.Expr) plan.Expr {
	for _, k := range []builtin.Kind{builtin.Scalar, builtin.Operator} {
		if f := b.lib.Lookup(k, name); f != nil {
			return call(f, t, at, args...)
		}
	}
	b.report(unknownFunction(at, name, ""))
	return unknown(t)
}

// usesColumns reports whether an expression depends on the row.
func usesColumns(e plan.Expr) bool {
	found := false
	walkExpr(e, func(x plan.Expr) {
		if _, ok := x.(*plan.Column); ok {
			found = true
		}
	})
	return found
}

// walkExpr visits e and the expressions inside it, not those of subqueries. A part that stands in several places is
// visited once: parameters of inlined functions are shared.
func walkExpr(e plan.Expr, visit func(plan.Expr)) {
	walkOnce(e, visit, map[plan.Expr]bool{})
}

func walkOnce(e plan.Expr, visit func(plan.Expr), seen map[plan.Expr]bool) {
	if e == nil || seen[e] {
		return
	}
	seen[e] = true
	visit(e)
	switch x := e.(type) {
	case *plan.Call:
		for _, a := range x.Args {
			walkOnce(a, visit, seen)
		}
	case *plan.Path:
		walkOnce(x.Base, visit, seen)
		walkOnce(x.Index, visit, seen)
	case *plan.In:
		walkOnce(x.Left, visit, seen)
		for _, a := range x.List {
			walkOnce(a, visit, seen)
		}
	case *plan.OverPath:
		walkOnce(x.Body, visit, seen)
	}
}

// isConstant reports whether an expression has one value for the whole query: it names no column and calls
// nothing impure.
func isConstant(e plan.Expr) bool {
	constant := true
	walkExpr(e, func(x plan.Expr) {
		switch x := x.(type) {
		case *plan.Column:
			constant = false
		case *plan.Call:
			if x.Func.Impure || x.Func.Kind == builtin.Window {
				constant = false
			}
		}
	})
	return constant
}
