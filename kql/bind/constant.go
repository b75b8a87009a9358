package bind

import (
	"math"
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// fold computes an expression made of literals, where it can: a constant is then a Literal. Anything else comes
// back as it is.
func (b *binder) fold(e plan.Expr) plan.Expr {
	c, ok := e.(*plan.Call)
	if !ok {
		return e
	}
	if c.Func.Impure || c.Func.Kind == builtin.Window || c.Func.Kind == builtin.Aggregate {
		return e
	}
	args := make([]types.Value, len(c.Args))
	folded := &plan.Call{Func: c.Func, Typ: c.Typ, At: c.At, Args: make([]plan.Expr, len(c.Args))}
	for i, a := range c.Args {
		folded.Args[i] = b.fold(a)
		lit, ok := folded.Args[i].(*plan.Literal)
		if !ok {
			return e
		}
		args[i] = lit.Value
	}
	if v, ok := foldCall(c.Func.Name, c.Typ, args); ok {
		return &plan.Literal{Value: v}
	}
	if b.opts.Fold != nil {
		if v, err := b.opts.Fold(folded); err == nil && (v.Type() == c.Typ || v.IsNull()) {
			return &plan.Literal{Value: v}
		}
	}
	return e
}

// foldCall computes the calls that constants are usually written with.
func foldCall(name string, t types.Type, args []types.Value) (types.Value, bool) {
	for _, a := range args {
		if a.IsNull() {
			return types.Value{}, false
		}
	}
	switch {
	case len(args) == 1 && name == "-":
		return negate(args[0])
	case len(args) == 1:
		return castLiteral(args[0], t, name)
	case len(args) == 2 && t == types.Real && args[0].Type().Numeric() && args[1].Type().Numeric():
		return realArithmetic(name, args[0].Float(), args[1].Float())
	case len(args) == 2 && (t == types.Long || t.Temporal()):
		return tickArithmetic(name, t, args[0], args[1])
	case name == "strcat":
		var s strings.Builder
		for _, a := range args {
			s.WriteString(a.Text())
		}
		return types.NewString(s.String()), true
	}
	return types.Value{}, false
}

func negate(v types.Value) (types.Value, bool) {
	switch {
	case v.IsNull():
	case v.Type().Integral():
		return types.NewLong(-v.Long()), true
	case v.Type() == types.Real:
		return types.NewReal(-v.Real()), true
	case v.Type() == types.TimeSpan:
		return types.NewTimeSpan(-v.Ticks()), true
	}
	return types.Value{}, false
}

func realArithmetic(op string, a, b float64) (types.Value, bool) {
	switch op {
	case "+":
		return types.NewReal(a + b), true
	case "-":
		return types.NewReal(a - b), true
	case "*":
		return types.NewReal(a * b), true
	case "/":
		return types.NewReal(a / b), true
	}
	return types.Value{}, false
}

// tickArithmetic is whole arithmetic on longs and ticks; what would overflow is left to run time.
func tickArithmetic(op string, t types.Type, x, y types.Value) (types.Value, bool) {
	whole := func(v types.Value) bool { return v.Type().Integral() || v.Type().Temporal() }
	if !whole(x) || !whole(y) {
		return types.Value{}, false
	}
	a, b := x.Long(), y.Long()
	var n int64
	switch op {
	case "+":
		n = a + b
		if (n > a) != (b > 0) && b != 0 {
			return types.Value{}, false
		}
	case "-":
		n = a - b
		if (n < a) != (b > 0) && b != 0 {
			return types.Value{}, false
		}
	case "*":
		n = a * b
		if overflows(a, b) || a == math.MinInt64 || b == math.MinInt64 {
			return types.Value{}, false
		}
	case "/":
		if b == 0 || x.Type() != types.TimeSpan || y.Type().Temporal() {
			return types.Value{}, false
		}
		n = a / b
	default:
		return types.Value{}, false
	}
	switch t {
	case types.Long:
		return types.NewLong(n), true
	case types.TimeSpan:
		return types.NewTimeSpan(n), true
	}
	return types.NewDateTime(n), n >= 0 && n <= types.MaxDateTimeTicks
}

// castLiteral folds a cast by its function (todatetime, tolong, ...) of a literal. What does not convert is left to run
// time, where it is null.
func castLiteral(v types.Value, t types.Type, name string) (types.Value, bool) {
	switch name {
	case "todatetime", "totimespan", "tolong", "toint", "toreal", "todouble", "tostring", "tobool", "toguid", "totime":
		return convertLiteral(v, t)
	}
	return types.Value{}, false
}

func convertLiteral(v types.Value, t types.Type) (types.Value, bool) {
	out := types.Convert(v, t)
	return out, v.IsNull() || !out.IsNull()
}

// overflows reports that a product does not fit.
func overflows(a, b int64) bool { return a != 0 && (a*b)/a != b }

// convertTo makes e a value of t: literals at once, others by the cast function. Types that do not convert are
// reported.
func (b *binder) convertTo(e plan.Expr, t types.Type, at diag.Span) plan.Expr {
	from := e.Type()
	if from == t || from == types.Unknown || t == types.Unknown {
		return e
	}
	if lit, ok := b.fold(e).(*plan.Literal); ok {
		if v, ok := convertLiteral(lit.Value, t); ok {
			return &plan.Literal{Value: v}
		}
	}
	cast := castFunctions[t]
	if cast == "" {
		b.report(noConversion(at, from, t))
		return unknown(t)
	}
	return b.scalarCall(cast, t, at, e)
}

// castFunctions are the functions that convert to a type.
var castFunctions = map[types.Type]string{
	types.Bool: "tobool", types.Int: "toint", types.Long: "tolong", types.Real: "toreal", types.Decimal: "todecimal",
	types.String: "tostring", types.DateTime: "todatetime", types.TimeSpan: "totimespan", types.GUID: "toguid",
	types.Dynamic: "todynamic",
}

// constant binds an expression that must have one value for the whole query.
func (b *binder) constant(e syntax.Expr, v env) plan.Expr {
	x := b.fold(b.bindExpr(e, env{scope: v.scope}))
	if x.Type() != types.Unknown && !isConstant(x) {
		b.report(notConstant(e.Span()))
	}
	return x
}

// word is the value of an option such as kind=inner or withsource=T: a bare word stands for itself, whatever let declares.
func (b *binder) word(e syntax.Expr, v env) string {
	if e == nil {
		return ""
	}
	if n, ok := unparen(e).(*syntax.NameExpr); ok {
		return n.Name
	}
	return b.constantString(e, v)
}

// constantString is the text of an expression that must be a constant text.
func (b *binder) constantString(e syntax.Expr, v env) string {
	if e == nil {
		return ""
	}
	if n, ok := unparen(e).(*syntax.NameExpr); ok && v.scope.find(n.Name) == nil {
		return n.Name // bare words of options: greedy=true
	}
	lit, ok := b.constant(e, v).(*plan.Literal)
	if !ok {
		b.report(notConstant(e.Span()))
		return ""
	}
	return lit.Value.Text()
}

// count binds the number of take, top and their like.
func (b *binder) count(e syntax.Expr, v env) plan.Expr {
	if e == nil {
		return nil
	}
	x := b.constant(e, v)
	switch t := x.Type(); {
	case t.Integral(), t == types.Unknown, t == types.Dynamic:
	case t == types.Real:
		x = b.convertTo(x, types.Long, e.Span())
	default:
		b.report(wrongType(e.Span(), "a whole number", t))
	}
	if lit, ok := x.(*plan.Literal); ok && lit.Value.Type().Integral() && !lit.Value.IsNull() && lit.Value.Long() < 0 {
		b.report(negativeCount(e.Span(), lit.Value.Long()))
	}
	return x
}
