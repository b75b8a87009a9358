package bind

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Resolves reports whether binding a call of the function leaves nothing of it to run: it becomes other expressions.
func Resolves(name string) bool { return special(name) != nil }

// special is the binder of a function whose arguments are more than values, or nil.
func special(name string) func(*binder, *syntax.CallExpr, env) plan.Expr {
	switch name {
	case "now":
		return (*binder).bindNow
	case "ago":
		return (*binder).bindAgo
	case "toscalar":
		return (*binder).bindToScalar
	case "materialize":
		return (*binder).bindMaterializeScalar
	case "column_ifexists", "columnifexists":
		return (*binder).bindColumnIfExists
	case "iscolumnexists":
		return (*binder).bindColumnExists
	case "pack_all", "packall":
		return (*binder).bindPackAll
	case "bag_pack_columns":
		return (*binder).bindPackColumns
	case "ingestion_time":
		return (*binder).bindIngestionTime
	case "column_names_of":
		return (*binder).bindColumnNames
	case "bin_auto":
		return (*binder).bindBinAuto
	case "estimate_data_size":
		return (*binder).bindDataSize
	case "cursor_after", "cursor_before_or_at":
		return (*binder).bindCursor
	}
	return nil
}

// bindNow is now([offset]): the query's time, the same throughout
// (https://learn.microsoft.com/kusto/query/now-function).
func (b *binder) bindNow(e *syntax.CallExpr, v env) plan.Expr {
	now := &plan.Literal{Value: types.NewDateTime(b.opts.Now)}
	if len(e.Args) == 0 {
		return now
	}
	if len(e.Args) > 1 {
		b.report(argumentCount(e.Name.Span(), "now", 0, 1, len(e.Args)))
		return unknown(types.DateTime)
	}
	return b.fold(b.shift("+", e, now, v))
}

func (b *binder) bindAgo(e *syntax.CallExpr, v env) plan.Expr {
	if len(e.Args) != 1 {
		b.report(argumentCount(e.Name.Span(), "ago", 1, 1, len(e.Args)))
		return unknown(types.DateTime)
	}
	return b.fold(b.shift("-", e, &plan.Literal{Value: types.NewDateTime(b.opts.Now)}, v))
}

func (b *binder) shift(op string, e *syntax.CallExpr, now plan.Expr, v env) plan.Expr {
	by := b.fold(b.bindExpr(e.Args[0].Value, v))
	switch by.Type() {
	case types.TimeSpan:
	case types.Unknown:
		return unknown(types.DateTime)
	case types.Dynamic, types.String:
		by = b.convertTo(by, types.TimeSpan, e.Args[0].Span())
	default:
		b.report(argumentType(e.Args[0].Span(), e.Name.Text, "timespan", "timespan", by.Type()))
		return unknown(types.DateTime)
	}
	return b.binary(op, e.Span(), now, by)
}

// bindToScalar is toscalar(table): the first column of the first row. toscalar of a scalar is that scalar.
func (b *binder) bindToScalar(e *syntax.CallExpr, v env) plan.Expr {
	if len(e.Args) != 1 {
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 1, 1, len(e.Args)))
		return unknown(types.Unknown)
	}
	arg := e.Args[0].Value
	if n, ok := unparen(arg).(*syntax.NameExpr); ok {
		if ent := v.scope.find(n.Name); ent != nil && ent.key {
			return ent.expr
		}
	}
	if !b.isTable(arg, v) {
		return b.fold(b.bindExpr(arg, v))
	}
	rel := b.bindTable(arg, v.tabular())
	node := visible(rel.node)
	schema := node.Schema()
	if len(schema) == 0 {
		if !rel.open {
			b.report(noColumns(arg.Span()))
		}
		return unknown(types.Unknown)
	}
	return &plan.Subquery{Query: node, Typ: schema[0].Type}
}

// bindMaterializeScalar: materialize of a scalar is that scalar.
func (b *binder) bindMaterializeScalar(e *syntax.CallExpr, v env) plan.Expr {
	if len(e.Args) == 1 && !b.isTable(e.Args[0].Value, v) {
		return b.bindExpr(e.Args[0].Value, v)
	}
	return b.notScalar(e)
}

// bindColumnIfExists is column_ifexists("name", default): the column where the row has one
// (https://learn.microsoft.com/kusto/query/column-ifexists-function).
func (b *binder) bindColumnIfExists(e *syntax.CallExpr, v env) plan.Expr {
	if len(e.Args) != 2 {
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 2, 2, len(e.Args)))
		return unknown(types.Unknown)
	}
	name := b.constantString(e.Args[0].Value, v)
	r := v.row
	if c, ok := r.find(name); ok {
		return column(c)
	}
	otherwise := b.bindExpr(e.Args[1].Value, v)
	if r != nil && r.open && !isConstant(otherwise) {
		return otherwise
	}
	return otherwise
}

func (b *binder) bindColumnExists(e *syntax.CallExpr, v env) plan.Expr {
	if len(e.Args) != 1 {
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 1, 1, len(e.Args)))
		return unknown(types.Bool)
	}
	_, ok := v.row.find(b.constantString(e.Args[0].Value, v))
	return &plan.Literal{Value: types.NewBool(ok)}
}

// bindPackAll is pack_all([ignore_null_empty]): a bag of all columns of the row. With ignore_null_empty it stays a call of
// pack_all over names and values, as bag_pack has them.
func (b *binder) bindPackAll(e *syntax.CallExpr, v env) plan.Expr {
	if len(e.Args) > 1 {
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 0, 1, len(e.Args)))
		return unknown(types.Dynamic)
	}
	if v.row == nil {
		b.report(noRow(e.Name.Span(), e.Name.Text))
		return unknown(types.Dynamic)
	}
	var args []plan.Expr
	for _, c := range v.row.schema.Visible() {
		args = append(args, text(c.Name), column(c))
	}
	skip := false
	if len(e.Args) == 1 {
		lit, ok := b.constant(e.Args[0].Value, v).(*plan.Literal)
		if ok && lit.Value.Type() != types.Bool {
			b.report(notBool(e.Args[0].Span(), lit.Value.Type()))
		}
		skip = ok && lit.Value.Bool()
	}
	name := "bag_pack"
	if skip {
		name = "pack_all"
	}
	return b.scalarCall(name, types.Dynamic, e.Span(), args...)
}

// bindPackColumns is bag_pack_columns(a, b): a bag of columns under their own names.
func (b *binder) bindPackColumns(e *syntax.CallExpr, v env) plan.Expr {
	if len(e.Args) == 0 {
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 1, -1, 0))
		return unknown(types.Dynamic)
	}
	var args []plan.Expr
	for _, a := range e.Args {
		n, ok := unparen(a.Value).(*syntax.NameExpr)
		if !ok {
			b.report(columnExpected(a.Span()))
			continue
		}
		args = append(args, text(n.Name), b.bindExpr(n, v))
	}
	return b.scalarCall("bag_pack", types.Dynamic, e.Span(), args...)
}

// bindColumnNames is column_names_of(table): an array of the names.
func (b *binder) bindColumnNames(e *syntax.CallExpr, v env) plan.Expr {
	if len(e.Args) != 1 {
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 1, 1, len(e.Args)))
		return unknown(types.Dynamic)
	}
	list := []types.Tree{}
	for _, c := range b.bindTable(e.Args[0].Value, v.tabular()).schema().Visible() {
		list = append(list, c.Name)
	}
	return &plan.Literal{Value: types.NewDynamic(list)}
}

// ingestionColumn is where the workspace keeps the time of ingestion.
const ingestionColumn = "_IngestionTime"

// bindIngestionTime is ingestion_time(): null where rows do not come from a table.
func (b *binder) bindIngestionTime(e *syntax.CallExpr, v env) plan.Expr {
	r := v.row
	if r == nil && v.agg != nil {
		r = v.agg.row
	}
	if c, ok := r.find(ingestionColumn); ok && c.Type == types.DateTime {
		return column(c)
	}
	return &plan.Literal{Value: types.Null(types.DateTime)}
}

// formatCheck finds the first part of a format text that the function does not know, or "".
func formatCheck(function string) func(string) string {
	switch function {
	case "format_datetime":
		return func(s string) string { return badSpecifier(s, "dfFhHmMsyt") }
	case "format_timespan":
		return func(s string) string { return badSpecifier(s, "dfFHhms") }
	}
	return nil
}

// badSpecifier looks for characters that are neither specifiers nor the delimiters that both functions
// allow (https://learn.microsoft.com/kusto/query/format-datetime-function).
func badSpecifier(s, specifiers string) string {
	for _, r := range s {
		if !strings.ContainsRune(specifiers, r) && !strings.ContainsRune(" /-:,._[]", r) {
			return string(r)
		}
	}
	return ""
}

// innerAggregate binds an aggregate inside a larger expression of summarize: its value becomes a column of the
// summarized rows.
func (b *binder) innerAggregate(f *builtin.Function, e *syntax.CallExpr, v env) plan.Expr {
	return v.agg.add(b.bindAggregate(f, e, v))
}
