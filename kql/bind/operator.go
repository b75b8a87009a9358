package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindOperator applies one operator to in, which is nil for operators that begin a pipeline.
func (b *binder) bindOperator(op syntax.Operator, in *relation, v env) *relation {
	if rel, ok := b.bindGraph(op, in, v); ok {
		return rel
	}
	if in == nil {
		return b.bindFirst(op, v)
	}
	switch op := op.(type) {
	case *syntax.WhereOp:
		return in.with(&plan.FilterOp{Input: in.node, Predicate: b.predicate(op.Predicate, v.over(in))})
	case *syntax.ProjectOp:
		return b.bindProject(op, in, v)
	case *syntax.SummarizeOp:
		return b.bindSummarize(op, in, v)
	case *syntax.SortOp:
		return b.bindSort(op.Keys, in, v, !in.open)
	case *syntax.TopOp:
		return b.bindTop(op, in, v)
	case *syntax.TakeOp:
		return in.with(&plan.TakeOp{Input: in.node, Count: b.count(op.Count, v)})
	case *syntax.SampleOp:
		return in.unordered(&plan.SampleOp{Input: in.node, Count: b.count(op.Count, v)})
	case *syntax.SampleDistinctOp:
		return b.bindSampleDistinct(op, in, v)
	case *syntax.CountOp:
		return b.bindCount(op, in)
	case *syntax.JoinOp:
		return b.bindJoin(op, in, v)
	case *syntax.UnionOp:
		return b.bindUnion(op, in, v)
	case *syntax.MvExpandOp:
		return b.bindMvExpand(op, in, v)
	case *syntax.MvApplyOp:
		return b.bindMvApply(op, in, v)
	case *syntax.ParseOp:
		return b.bindParse(op, in, v)
	case *syntax.ParseKVOp:
		return b.bindParseKV(op, in, v)
	case *syntax.MakeSeriesOp:
		return b.bindMakeSeries(op, in, v)
	}
	return b.bindRare(op, in, v)
}

// bindRare goes on with the operators that few queries use.
func (b *binder) bindRare(op syntax.Operator, in *relation, v env) *relation {
	switch op := op.(type) {
	case *syntax.EvaluateOp:
		return b.bindEvaluate(op, in, v)
	case *syntax.InvokeOp:
		return b.bindInvoke(op, in, v)
	case *syntax.RenderOp:
		return b.bindRender(op, in, v)
	case *syntax.GetSchemaOp:
		out := &plan.GetSchemaOp{Input: visible(in.node)}
		return &relation{node: out, broken: in.broken, serialized: true}
	case *syntax.ConsumeOp:
		return in.with(&plan.TakeOp{Input: in.node, Count: long(0)})
	case *syntax.ReduceOp:
		return b.bindReduce(op, in, v)
	case *syntax.TopNestedOp:
		return b.bindTopNested(op, in, v)
	case *syntax.TopHittersOp:
		return b.bindTopHitters(op, in, v)
	case *syntax.SearchOp:
		return b.bindSearch(op, in, v)
	case *syntax.ForkOp:
		return b.bindFork(op, in, v)
	case *syntax.FacetOp:
		return b.bindFacet(op, in, v)
	case *syntax.PartitionOp:
		return b.bindPartition(op, in, v)
	case *syntax.ScanOp:
		return b.bindScan(op, in, v)
	case *syntax.OpaqueOp:
		b.report(operatorUnsupported(op.Keyword, op.Verb))
		return brokenRelation()
	case *syntax.BadOperator:
		return brokenRelation() // the parser has reported it
	}
	b.report(mustBegin(op.Span()))
	return brokenRelation()
}

// bindFirst is an operator that begins a pipeline.
func (b *binder) bindFirst(op syntax.Operator, v env) *relation {
	switch op := op.(type) {
	case *syntax.ProjectOp:
		if op.Verb == "print" {
			return b.bindPrint(op, v)
		}
	case *syntax.RangeOp:
		return b.bindRange(op, v)
	case *syntax.DatatableOp:
		return b.bindDatatable(op, v)
	case *syntax.ExternalDataOp:
		return b.bindExternalData(op, v)
	case *syntax.UnionOp:
		return b.bindUnion(op, nil, v)
	case *syntax.SearchOp:
		return b.bindSearch(op, nil, v)
	case *syntax.FindOp:
		return b.bindFind(op, v)
	case *syntax.EvaluateOp:
		return b.bindEvaluate(op, nil, v)
	case *syntax.OpaqueOp:
		b.report(operatorUnsupported(op.Keyword, op.Verb))
		return brokenRelation()
	case *syntax.BadOperator:
		return brokenRelation()
	}
	b.report(needsInput(op.Span()))
	return brokenRelation()
}

func (b *binder) bindCount(op *syntax.CountOp, in *relation) *relation {
	name := "Count"
	if op.As != nil {
		name = op.As.Text
	}
	agg := b.aggregate("count", op.Keyword, types.Schema{{Name: name, Type: types.Long}})
	return &relation{node: &plan.SummarizeOp{Input: in.node, Aggregates: []plan.Aggregate{agg}}, broken: in.broken}
}

func (b *binder) bindRender(op *syntax.RenderOp, in *relation, v env) *relation {
	out := *in
	out.render = &plan.Render{Visualization: op.Visualization, Properties: map[string]string{}}
	for _, p := range op.Properties {
		out.render.Properties[p.Name] = b.renderProperty(p.Value, v)
	}
	return &out
}

// renderProperty is a property's text: a literal, a bare word, or column names.
func (b *binder) renderProperty(e syntax.Expr, v env) string {
	switch e := unparen(e).(type) {
	case *syntax.NameExpr:
		return e.Name
	case *syntax.Literal:
		return e.Text
	case nil:
		return ""
	default:
		if lit, ok := b.constant(e, v).(*plan.Literal); ok {
			return lit.Value.Text()
		}
		return ""
	}
}

// bindInvoke is invoke f(...): the rows are the function's first argument
// (https://learn.microsoft.com/kusto/query/invoke-operator).
func (b *binder) bindInvoke(op *syntax.InvokeOp, in *relation, v env) *relation {
	name := op.Call.Name.Text
	if ent := v.scope.find(name); ent != nil && ent.kind == functionEntity {
		return b.inlineTable(ent, op.Call.Args, op.Call.Span(), v, in)
	}
	if f, ok := b.cat.Function(name); ok && f.Table == nil {
		return b.callSaved(f, op.Call.Args, op.Call.Span(), v, in)
	}
	b.report(unknownFunction(op.Call.Name.Span(), name, nearest(name, b.functionNames(v.scope))))
	return brokenRelation()
}
