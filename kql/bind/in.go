package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

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
