package bind

import (
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindCall binds name(arguments) as a scalar: a function of the query first, then special forms, aggregates where
// they are allowed, built-in functions, functions of the catalog.
func (b *binder) bindCall(e *syntax.CallExpr, v env) plan.Expr {
	name := e.Name.Text
	if ent := v.scope.find(name); ent != nil && ent.kind != scalarEntity && ent.kind != tableEntity {
		return b.inlineCall(ent, e, v)
	}
	if v.graph != nil && isGraphFunction(name) {
		return b.graphCall(e, v)
	}
	if bind := special(name); bind != nil {
		return bind(b, e, v)
	}
	if f := b.lib.Lookup(builtin.Aggregate, name); f != nil && v.agg != nil {
		return b.innerAggregate(f, e, v)
	}
	if f := b.lib.Lookup(builtin.Window, name); f != nil {
		return b.bindWindow(f, e, v)
	}
	if f := b.lib.Lookup(builtin.Scalar, name); f != nil {
		return b.bindBuiltin(f, e, v)
	}
	if f, ok := b.cat.Function(name); ok && f.Table == nil {
		if ent := b.savedEntity(f, e.Span()); ent != nil {
			return b.inlineCall(ent, e, v)
		}
		return unknown(types.Unknown)
	}
	if !isGraphFunction(name) {
		b.skipArgs(e.Args, v)
	}
	b.reportUnknownCall(e, v)
	return unknown(types.Unknown)
}

// reportUnknownCall says why name(...) is not a scalar function here.
func (b *binder) reportUnknownCall(e *syntax.CallExpr, v env) {
	name := e.Name.Text
	switch {
	case b.lib.Lookup(builtin.Aggregate, name) != nil:
		b.report(misplacedAggregate(e.Name.Span(), name))
	case b.lib.Lookup(builtin.Plugin, name) != nil:
		b.report(misplacedPlugin(e.Name.Span(), name))
	case b.isTable(e, v):
		b.report(scalarExpected(e.Span()))
	case isGraphFunction(name):
		b.report(graphFunctionPlace(e.Name.Span(), name))
	default:
		b.report(unknownFunction(e.Name.Span(), name, nearest(name, b.functionNames(v.scope))))
	}
}

// skipArgs binds arguments of a call that is wrong anyway, to report what is wrong inside them.
func (b *binder) skipArgs(args []syntax.Arg, v env) {
	if v.agg != nil {
		return
	}
	for _, a := range args {
		if !isStar(a.Value) && !b.isTable(a.Value, v) {
			b.bindExpr(a.Value, v)
		}
	}
}

func (b *binder) functionNames(sc *scope) []string {
	out := sc.all(func(e *entity) bool { return e.kind == functionEntity })
	for _, f := range b.lib.All() {
		if f.Kind == builtin.Scalar || f.Kind == builtin.Aggregate || f.Kind == builtin.Window {
			out = append(out, f.Name)
		}
	}
	return out
}

// bindArgs binds the arguments of a built-in function.
func (b *binder) bindArgs(args []syntax.Arg, v env) []plan.Expr {
	out := make([]plan.Expr, len(args))
	for i, a := range args {
		out[i] = b.bindExpr(a.Value, v)
	}
	return out
}

func (b *binder) bindBuiltin(f *builtin.Function, e *syntax.CallExpr, v env) plan.Expr {
	args := b.bindArgs(e.Args, v)
	b.warnDeprecated(f, e)
	t, ok := b.resolve(f, e.Name.Span(), e.Name.Text, args, e.Args)
	if !ok {
		return unknown(t)
	}
	b.checkCall(f, e, args)
	if list, ok := choice(f, args); ok {
		t = b.chooses(f, list, e.Span())
	}
	if want, ok := typeArgument(e); ok {
		t = want
	}
	return call(f, t, e.Span(), args...)
}

func (b *binder) warnDeprecated(f *builtin.Function, e *syntax.CallExpr) {
	for _, d := range f.Deprecated {
		if d == e.Name.Text {
			b.report(deprecated(e.Name.Span(), d, f.Name))
		}
	}
}

// typeArgument is the type that a call asks for by a typeof() at its end: extract(..., typeof(long)),
// percentile_tdigest(..., typeof(long)).
func typeArgument(e *syntax.CallExpr) (types.Type, bool) {
	if len(e.Args) == 0 {
		return types.Unknown, false
	}
	lit, ok := unparen(e.Args[len(e.Args)-1].Value).(*syntax.Literal)
	if !ok || lit.Kind != syntax.LitType {
		return types.Unknown, false
	}
	return types.ParseType(lit.Text)
}

// checkCall makes the checks of arguments that signatures cannot say.
func (b *binder) checkCall(f *builtin.Function, e *syntax.CallExpr, args []plan.Expr) {
	check := formatCheck(f.Name)
	if check == nil || len(args) < 2 {
		return
	}
	if lit, ok := b.fold(args[1]).(*plan.Literal); ok && lit.Value.Type() == types.String {
		if bad := check(lit.Value.Str()); bad != "" {
			b.report(badFormat(e.Args[1].Span(), f.Name, bad))
		}
	}
}

// bindWindow binds a function over serialized rows. The service refuses it where the order of rows means nothing
// (https://learn.microsoft.com/kusto/query/window-functions).
func (b *binder) bindWindow(f *builtin.Function, e *syntax.CallExpr, v env) plan.Expr {
	args := b.bindArgs(e.Args, v)
	t, ok := b.resolve(f, e.Name.Span(), e.Name.Text, args, e.Args)
	if !ok {
		return unknown(t)
	}
	switch {
	case v.states != nil:
		b.report(windowInScan(e.Name.Span(), f.Name))
	case v.base == nil:
		b.report(windowWithoutRows(e.Name.Span(), f.Name))
	case !v.base.serialized:
		b.report(notSerialized(e.Name.Span(), f.Name))
	}
	if f.Name == "prev" || f.Name == "next" {
		b.checkOffset(e, args)
	}
	return call(f, t, e.Span(), args...)
}

// checkOffset: prev and next look at another row, at a constant distance.
func (b *binder) checkOffset(e *syntax.CallExpr, args []plan.Expr) {
	if len(args) >= 2 {
		if lit, ok := b.fold(args[1]).(*plan.Literal); ok && lit.Value.Type().Integral() && lit.Value.Long() <= 0 {
			b.report(badOffset(e.Args[1].Span(), lit.Value.Long()))
		}
	}
	if len(args) == 3 && !isConstant(args[2]) {
		b.report(notConstant(e.Args[2].Span()))
	}
}
