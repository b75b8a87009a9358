package bind

import (
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// The options of a query that change what it means: the grid of bin_auto
// (https://learn.microsoft.com/kusto/query/bin-auto-function). Other options steer the service's own engine; the limits of
// this one are the caller's.
const (
	binAutoSize = "query_bin_auto_size"
	binAutoAt   = "query_bin_auto_at"
)

// setOption keeps the value of an option that means something here.
func (b *binder) setOption(s *syntax.SetStmt) {
	if s.Value == nil || s.Name.Text != binAutoSize && s.Name.Text != binAutoAt {
		return
	}
	if b.options == nil {
		b.options = map[string]syntax.Expr{}
	}
	b.options[s.Name.Text] = s.Value
}

// bindBinAuto is bin_auto(value): bin or bin_at on the grid that the query sets. Without one it stays as it is, and fails
// when it runs.
func (b *binder) bindBinAuto(e *syntax.CallExpr, v env) plan.Expr {
	size, at := b.options[binAutoSize], b.options[binAutoAt]
	if size == nil || len(e.Args) != 1 {
		return b.bindBuiltin(b.lib.Lookup(builtin.Scalar, "bin_auto"), e, v)
	}
	on := *e
	on.Args = append(e.Args[:1:1], syntax.Arg{Value: size})
	name := "bin"
	if at != nil {
		name, on.Args = "bin_at", append(on.Args, syntax.Arg{Value: at})
	}
	on.Name.Text = name
	return b.bindBuiltin(b.lib.Lookup(builtin.Scalar, name), &on, v)
}

// bindDataSize is estimate_data_size(column, ...); * is all columns.
func (b *binder) bindDataSize(e *syntax.CallExpr, v env) plan.Expr {
	if v.row == nil || len(e.Args) != 1 || !isStar(e.Args[0].Value) {
		return b.bindBuiltin(b.lib.Lookup(builtin.Scalar, "estimate_data_size"), e, v)
	}
	var args []plan.Expr
	for _, c := range v.row.schema.Visible() {
		args = append(args, column(c))
	}
	return b.scalarCall("estimate_data_size", types.Long, e.Span(), args...)
}

// bindCursor is cursor_after(cursor) and cursor_before_or_at(cursor): the time of ingestion beside the cursor's, which is
// ticks as cursor_current() gives them, or a time. Nothing stands before the empty cursor. What is no cursor fails when it runs.
func (b *binder) bindCursor(e *syntax.CallExpr, v env) plan.Expr {
	after := e.Name.Text == "cursor_after"
	whole := b.bindBuiltin(b.lib.Lookup(builtin.Scalar, e.Name.Text), e, v)
	if len(e.Args) != 1 {
		return whole
	}
	lit, ok := b.fold(b.bindExpr(e.Args[0].Value, v)).(*plan.Literal)
	if !ok || lit.Value.Type() != types.String {
		return whole
	}
	text := strings.TrimSpace(lit.Value.Str())
	if text == "" {
		return &plan.Literal{Value: types.NewBool(after)}
	}
	ticks, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		if ticks, ok = types.ParseDateTime(text); !ok {
			return whole
		}
	}
	op := "<="
	if after {
		op = ">"
	}
	return b.scalarCall(op, types.Bool, e.Span(), b.bindIngestionTime(e, v), &plan.Literal{Value: types.NewDateTime(ticks)})
}
