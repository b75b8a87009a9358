package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func (b *binder) bindTableName(e *syntax.NameExpr, v env) *relation {
	if ent := v.scope.find(e.Name); ent != nil {
		return b.bindTableEntity(e, ent, v)
	}
	if t, ok := b.cat.Table(e.Name); ok {
		return b.scan(t, e.Span())
	}
	if f, ok := b.cat.Function(e.Name); ok {
		return b.callSaved(f, nil, e.Span(), v, nil)
	}
	b.report(unknownTable(e.Span(), e.Name, nearest(e.Name, b.allTables(v.scope))))
	return brokenRelation()
}

func (b *binder) bindTableEntity(e *syntax.NameExpr, ent *entity, v env) *relation {
	switch ent.kind {
	case tableEntity:
		if ent.rel == nil {
			return brokenRelation()
		}
		return ent.rel
	case functionEntity:
		if b.lambdaIsTable(ent) || ent.busy {
			out := *b.inlineTable(ent, nil, e.Span(), v, nil)
			if ent.view {
				out.name = e.Name
			}
			return &out
		}
		b.report(tableExpected(e.Span()))
	default:
		b.report(wrongKind(e.Span(), e.Name, ent.kind.String(), "a table"))
	}
	return brokenRelation()
}

// scan reads a table of the catalog, within the period of the request.
func (b *binder) scan(t *plan.Table, at diag.Span) *relation {
	out := &relation{node: &plan.ScanOp{Table: t, Columns: t.Columns}, aliases: t.Aliases, name: t.Name, open: t.Open}
	span, i := b.opts.Timespan, t.Columns.Find(t.TimeColumn)
	if span == nil || i < 0 || t.Columns[i].Type != types.DateTime {
		return out
	}
	limit := func(op string, ticks *int64) {
		if ticks == nil {
			return
		}
		bound := &plan.Literal{Value: types.NewDateTime(*ticks)}
		out.node = &plan.FilterOp{Input: out.node, Predicate: b.operator(op, types.Bool, at, column(t.Columns[i]), bound)}
	}
	limit(">=", span.From)
	limit("<", span.To)
	return out
}

// callSaved is a call of a function of the catalog that gives a table.
func (b *binder) callSaved(f Function, args []syntax.Arg, at diag.Span, v env, first *relation) *relation {
	if f.Table == nil {
		ent := b.savedEntity(f, at)
		if ent == nil {
			return brokenRelation()
		}
		out := *b.inlineTable(ent, args, at, v, first)
		out.name = f.Name
		return &out
	}
	values := make([]types.Value, len(args))
	for i, a := range args {
		lit, ok := b.constant(a.Value, v).(*plan.Literal)
		if !ok {
			b.report(notConstant(a.Span()))
			return brokenRelation()
		}
		values[i] = lit.Value
	}
	t, err := f.Table(values)
	if err != nil {
		b.report(functionFailed(at, f.Name, err))
		return brokenRelation()
	}
	return b.scan(t, at)
}

func (b *binder) namedTable(name string, at diag.Span, v env) *relation {
	return b.bindTableName(&syntax.NameExpr{At: syntax.At{Range: at}, Name: name}, v)
}
