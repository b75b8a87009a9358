package bind

import (
	"math"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// operator makes the call of an operator, whose declaration carries its spelling.
func (b *binder) operator(op string, t types.Type, at diag.Span, args ...plan.Expr) plan.Expr {
	f := b.lib.Lookup(builtin.Operator, op)
	if f == nil {
		b.report(unknownOperator(at, op))
		return unknown(t)
	}
	return call(f, t, at, args...)
}

func (b *binder) bindUnary(e *syntax.UnaryExpr, v env) plan.Expr {
	// The least long has no literal of its own: its digits alone are too large.
	if lit, ok := e.Operand.(*syntax.Literal); ok && e.Op == "-" && lit.Kind == syntax.LitLong && lit.Text == "9223372036854775808" {
		return long(math.MinInt64)
	}
	x := b.bindExpr(e.Operand, v)
	t := x.Type()
	switch {
	case t == types.Int: // the service widens: -toint(1) is a long
		t = types.Long
	case t == types.Unknown, t == types.Dynamic, t.Summable():
	default:
		b.report(badUnary(e.OpSpan, e.Op, t))
		return unknown(types.Unknown)
	}
	if e.Op == "+" {
		return b.convertTo(x, t, e.Span())
	}
	if lit, ok := x.(*plan.Literal); ok {
		if v, ok := negate(lit.Value); ok {
			return &plan.Literal{Value: v}
		}
	}
	return b.operator("-", t, e.OpSpan, x)
}

func (b *binder) bindBinary(e *syntax.BinaryExpr, v env) plan.Expr {
	if isStar(e.Left) {
		return b.bindStar(e, v)
	}
	if e.Op == "and" || e.Op == "or" {
		return b.balanced(b.chain(e, v))
	}
	left := b.bindExpr(e.Left, v)
	right := b.bindExpr(e.Right, v)
	return b.binary(e.Op, e.OpSpan, left, right)
}

// operand is one of a chain of and or or, with the operator before it.
type operand struct {
	expr plan.Expr
	op   string
	at   diag.Span
}

// chain binds a and b and c ..., whose tree leans to the left and may be thousands of operators deep.
func (b *binder) chain(e *syntax.BinaryExpr, v env) []operand {
	var written []*syntax.BinaryExpr
	for {
		written = append(written, e)
		left, ok := e.Left.(*syntax.BinaryExpr)
		if !ok || left.Op != e.Op {
			break
		}
		e = left
	}
	out := []operand{{expr: b.bindExpr(e.Left, v)}}
	for i := len(written) - 1; i >= 0; i-- {
		w := written[i]
		out = append(out, operand{expr: b.bindExpr(w.Right, v), op: w.Op, at: w.OpSpan})
	}
	return out
}

// balanced joins a chain as a tree of little depth: SQL engines limit the depth of expressions.
func (b *binder) balanced(list []operand) plan.Expr {
	if len(list) == 1 {
		return list[0].expr
	}
	// Split before the middle operator, so that a short chain keeps the shape it is written in.
	middle := (len(list) + 1) / 2
	right := list[middle]
	return b.binary(right.op, right.at, b.balanced(list[:middle]), b.balanced(list[middle:]))
}

// binary types an operator over two bound operands.
func (b *binder) binary(op string, at diag.Span, left, right plan.Expr) plan.Expr {
	l, r := left.Type(), right.Type()
	t, ok := binaryType(op, l, r)
	if !ok {
		b.report(badBinary(at, op, l, r))
		// What the operator would have given goes on, so that one fault is one message.
		if t == types.Unknown {
			t = resultAnyway(op)
		}
		return unknown(t)
	}
	return b.operator(op, t, at, left, right)
}

func resultAnyway(op string) types.Type {
	switch op {
	case "+", "-", "*", "/", "%":
		return types.Unknown
	}
	return types.Bool
}

// binaryType is the result type of an operator, by the tables of the reference
// (https://learn.microsoft.com/kusto/query/numerical-operators, .../datetime-timespan-arithmetic,
// .../datatypes-string-operators); false when it is not defined.
func binaryType(op string, l, r types.Type) (types.Type, bool) {
	switch op {
	case "+", "-", "*", "/", "%":
		if l == types.Unknown || r == types.Unknown {
			return types.Unknown, true
		}
		return arithmetic(op, l, r)
	case "and", "or":
		return types.Bool, boolLike(l) && boolLike(r)
	case "<", "<=", ">", ">=":
		return types.Bool, ordered(l, r)
	case "==", "!=", "<>":
		return types.Bool, equatable(l, r)
	case "=~", "!~":
		return types.Bool, textLike(l) && textLike(r)
	case "matches regex":
		return types.Bool, textLike(l) && textLike(r)
	default:
		return types.Bool, textLike(l) && textLike(r)
	}
}

func boolLike(t types.Type) bool {
	return t == types.Bool || t == types.Dynamic || t == types.Unknown
}

func textLike(t types.Type) bool {
	return t == types.String || t == types.Dynamic || t == types.Unknown
}

// equatable: == and != take any two scalars, converting a literal text to the other side's type. A bool compares
// with numbers and texts too.
func equatable(l, r types.Type) bool { return true }

// ordered: texts and guids have no order.
func ordered(l, r types.Type) bool {
	number := func(t types.Type) bool { return t.Numeric() || t == types.Bool }
	switch {
	case l == types.Unknown || r == types.Unknown:
		return true
	case number(l) && number(r), l == types.TimeSpan && r == types.TimeSpan, l == types.DateTime && r == types.DateTime:
		return true
	case l == types.Dynamic:
		return r == types.Dynamic || r.Numeric()
	case r == types.Dynamic:
		return l.Numeric()
	}
	return false
}

// predicate binds an expression that must be a bool.
func (b *binder) predicate(e syntax.Expr, v env) plan.Expr {
	x := b.bindExpr(e, v)
	if t := x.Type(); t != types.Bool && t != types.Unknown {
		b.report(notBool(e.Span(), t))
	}
	return x
}
