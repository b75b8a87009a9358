package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func (b *binder) bindTableCall(e *syntax.CallExpr, v env) *relation {
	name := e.Name.Text
	if ent := v.scope.find(name); ent != nil {
		return b.callEntity(ent, e, v)
	}
	switch name {
	case "materialize":
		return b.bindMaterialize(e, v)
	case "table":
		return b.tableFunction(e, v)
	case "external_table", "materialized_view", "stored_query_result":
		b.report(notInWorkspace(e.Span(), name))
		return brokenRelation()
	case "graph":
		b.report(persistentGraph(e.Span()))
		return brokenRelation()
	case "toscalar":
		b.report(tableExpected(e.Span()))
		return brokenRelation()
	}
	if f, ok := b.cat.Function(name); ok {
		return b.callSaved(f, e.Args, e.Span(), v, nil)
	}
	if x := b.bindExpr(e, v); x.Type() != types.Unknown {
		b.report(tableExpected(e.Span()))
	}
	return brokenRelation()
}

func (b *binder) callEntity(ent *entity, e *syntax.CallExpr, v env) *relation {
	switch {
	case ent.kind == functionEntity && (b.lambdaIsTable(ent) || ent.busy):
		return b.inlineTable(ent, e.Args, e.Span(), v, nil)
	case ent.kind == functionEntity:
		if x := b.inlineScalar(ent, e.Args, e.Span(), v); x.Type() != types.Unknown {
			b.report(tableExpected(e.Span()))
		}
	case ent.kind == patternEntity:
		return b.bindPattern(ent, e.Args, nil, e.Span(), v)
	default:
		b.report(wrongKind(e.Name.Span(), e.Name.Text, ent.kind.String(), "a function"))
	}
	return brokenRelation()
}

// bindMaterialize is materialize(table): its rows are computed once, however often the name is used.
func (b *binder) bindMaterialize(e *syntax.CallExpr, v env) *relation {
	if len(e.Args) != 1 {
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 1, 1, len(e.Args)))
		return brokenRelation()
	}
	rel := b.bindTable(e.Args[0].Value, v)
	if rel.broken {
		return rel
	}
	b.shared++
	return rel.with(&plan.SharedOp{ID: b.shared, Input: rel.node})
}

// tableFunction is table("name").
func (b *binder) tableFunction(e *syntax.CallExpr, v env) *relation {
	if len(e.Args) == 0 || len(e.Args) > 2 {
		b.report(argumentCount(e.Name.Span(), "table", 1, 2, len(e.Args)))
		return brokenRelation()
	}
	lit, ok := b.constant(e.Args[0].Value, v).(*plan.Literal)
	if !ok || lit.Value.Type() != types.String {
		b.report(notConstant(e.Args[0].Span()))
		return brokenRelation()
	}
	return b.namedTable(lit.Value.Str(), e.Args[0].Span(), v)
}
