package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

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
