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
	case "matches regex", "!matches regex":
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

// widest is the type that two numbers meet in; two ints meet in a long.
func widest(l, r types.Type) types.Type {
	return max(l, r, types.Long)
}

func arithmetic(op string, l, r types.Type) (types.Type, bool) {
	switch {
	case l.Numeric() && r.Numeric():
		return widest(l, r), true
	case l == types.Dynamic || r == types.Dynamic:
		return dynamicArithmetic(op, l, r)
	}
	switch op {
	case "+":
		switch {
		case l == types.TimeSpan && r == types.TimeSpan:
			return types.TimeSpan, true
		case l.Temporal() && r.Temporal():
			return types.DateTime, true
		}
	case "-":
		switch {
		case l == r && l.Temporal():
			return types.TimeSpan, true
		case l.Temporal() && r.Temporal():
			return types.DateTime, true
		}
	default:
		return scaling(op, l, r)
	}
	return arithmeticGuess(l, r), false
}

// scaling is *, / and % where a side is a time.
func scaling(op string, l, r types.Type) (types.Type, bool) {
	switch {
	case l.Temporal() && r.Numeric():
		return l, true
	case op == "*" && l.Numeric() && r.Temporal():
		return r, true
	case op == "*" && l == types.TimeSpan && r == types.TimeSpan:
		return types.TimeSpan, true
	case l.Temporal() && r.Temporal() && (l == types.DateTime || r == types.TimeSpan):
		if op == "/" {
			return types.Real, true
		}
		if op == "%" {
			return types.TimeSpan, true
		}
	}
	return arithmeticGuess(l, r), false
}

// arithmeticGuess is the likely type of a faulty operation: the number's, where a side is one.
func arithmeticGuess(l, r types.Type) types.Type {
	switch {
	case l.Numeric():
		return l
	case r.Numeric():
		return r
	}
	return types.Unknown
}

// dynamicArithmetic: the side that has a type gives the result's; an int counts as a long.
func dynamicArithmetic(op string, l, r types.Type) (types.Type, bool) {
	other := l
	if l == types.Dynamic {
		other = r
	}
	switch {
	case other == types.Dynamic:
		return types.Unknown, false
	case other == types.Int:
		return types.Long, true
	case other.Numeric():
		return other, true
	case op == "-" && other == types.DateTime:
		return types.TimeSpan, true
	case (op == "+" || op == "-") && other.Temporal():
		return other, true
	}
	return types.Unknown, false
}

func isStar(e syntax.Expr) bool {
	_, ok := unparen(e).(*syntax.StarExpr)
	return ok
}

// bindStar is * op x: the test holds for any column that it can be made on
// (https://learn.microsoft.com/kusto/query/where-operator).
func (b *binder) bindStar(e *syntax.BinaryExpr, v env) plan.Expr {
	if v.row == nil || e.Op == "and" || e.Op == "or" {
		b.report(misplacedStar(e.Left.Span()))
		return unknown(types.Bool)
	}
	right := b.bindExpr(e.Right, v)
	var any plan.Expr
	for _, c := range v.row.schema {
		if c.Hidden || !starApplies(e.Op, c.Type, right.Type()) {
			continue
		}
		var left plan.Expr = column(c)
		if textOperator(e.Op) && !textLike(c.Type) {
			left = b.scalarCall("tostring", types.String, e.OpSpan, left)
		}
		test := b.binary(e.Op, e.OpSpan, left, right)
		if any == nil {
			any = test
		} else {
			any = b.operator("or", types.Bool, e.OpSpan, any, test)
		}
	}
	if any == nil {
		return &plan.Literal{Value: types.NewBool(false)}
	}
	return any
}

func textOperator(op string) bool {
	switch op {
	case "==", "!=", "<>", "<", ">", "<=", ">=":
		return false
	}
	return true
}

// starApplies: term operators look at columns of every type as text, equality at those of the value's type.
func starApplies(op string, c, value types.Type) bool {
	if textOperator(op) {
		return true
	}
	return c == value || c.Numeric() && value.Numeric() || c == types.Dynamic
}

func (b *binder) bindBetween(e *syntax.BetweenExpr, v env) plan.Expr {
	x := b.bindExpr(e.Value, v)
	low, high := b.bindExpr(e.Low, v), b.bindExpr(e.High, v)
	op := "between"
	if e.Not {
		op = "!between"
	}
	t := x.Type()
	switch {
	case t == types.Unknown || t == types.Dynamic || t.Numeric() || t.Temporal():
	default:
		b.report(badBetween(e.Span(), op, t, low.Type(), high.Type()))
		return unknown(types.Bool)
	}
	if !boundFits(t, low.Type(), false) {
		b.report(boundType(e.Low.Span(), t, low.Type()))
		return unknown(types.Bool)
	}
	// datetime between (d .. 7d): the upper bound counts from the lower.
	if t == types.DateTime && high.Type() == types.TimeSpan {
		high = b.binary("+", e.High.Span(), low, high)
	}
	if !boundFits(t, high.Type(), true) {
		b.report(boundType(e.High.Span(), t, high.Type()))
		return unknown(types.Bool)
	}
	return b.operator(op, types.Bool, e.Span(), x, low, high)
}

func boundFits(t, bound types.Type, high bool) bool {
	switch {
	case t == types.Unknown || bound == types.Unknown || t == types.Dynamic || bound == types.Dynamic:
		return true
	case t.Numeric():
		return bound.Numeric()
	}
	return t == bound
}

// bindIn is in, has_any and has_all: the right side is values, arrays or the first column of a table.
func (b *binder) bindIn(e *syntax.InExpr, v env) plan.Expr {
	in := &plan.In{Op: e.Op}
	if isStar(e.Left) {
		return b.bindStarIn(e, v)
	}
	in.Left = b.bindExpr(e.Left, v)
	text := e.Op != "in" && e.Op != "!in"
	if text && !textLike(in.Left.Type()) {
		b.report(badBinary(e.OpSpan, e.Op, in.Left.Type(), types.String))
	}
	b.bindList(in, e, v)
	return in
}

func (b *binder) bindList(in *plan.In, e *syntax.InExpr, v env) {
	if len(e.List) == 1 && b.isTable(e.List[0], v) {
		rel := b.bindTable(e.List[0], v.tabular())
		if len(rel.schema().Visible()) == 0 && !rel.open {
			b.report(noColumns(e.List[0].Span()))
		}
		in.Query = visible(rel.node)
		return
	}
	for _, x := range e.List {
		if b.isTable(x, v) {
			b.report(tableAmongValues(x.Span()))
			continue
		}
		in.List = append(in.List, b.bindExpr(x, v))
	}
}

// bindStarIn is * has_any (...): any column's text.
func (b *binder) bindStarIn(e *syntax.InExpr, v env) plan.Expr {
	if v.row == nil {
		b.report(misplacedStar(e.Left.Span()))
		return unknown(types.Bool)
	}
	list := &plan.In{Op: e.Op}
	b.bindList(list, e, v)
	var any plan.Expr
	for _, c := range v.row.schema.Visible() {
		var left plan.Expr = column(c)
		if c.Type != types.String && c.Type != types.Dynamic {
			left = b.scalarCall("tostring", types.String, e.OpSpan, left)
		}
		var test plan.Expr = &plan.In{Op: e.Op, Left: left, List: list.List, Query: list.Query}
		if any == nil {
			any = test
		} else {
			any = b.operator("or", types.Bool, e.OpSpan, any, test)
		}
	}
	if any == nil {
		return &plan.Literal{Value: types.NewBool(false)}
	}
	return any
}

// predicate binds an expression that must be a bool.
func (b *binder) predicate(e syntax.Expr, v env) plan.Expr {
	x := b.bindExpr(e, v)
	if t := x.Type(); t != types.Bool && t != types.Unknown {
		b.report(notBool(e.Span(), t))
	}
	return x
}
