package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindFork is fork: a result per branch, over the same rows (https://learn.microsoft.com/kusto/query/fork-operator).
func (b *binder) bindFork(op *syntax.ForkOp, in *relation, v env) *relation {
	b.shared++
	shared := in.with(&plan.SharedOp{ID: b.shared, Input: in.node})
	var all []plan.NamedResult
	var out *relation
	for i, br := range op.Branches {
		rel := b.bindOperators(shared, br.Operators, v)
		name := numbered("GenericResult", i)
		if br.Name != nil {
			name = br.Name.Text
		}
		if out == nil {
			first := *rel
			out = &first
			continue
		}
		all = append(all, b.named(name, rel)...)
	}
	if out == nil {
		return in
	}
	out.others = append(append([]plan.NamedResult(nil), in.others...), all...)
	return out
}

// bindFacet is facet: a count per value of each column, and what stands after with
// (https://learn.microsoft.com/kusto/query/facet-operator).
func (b *binder) bindFacet(op *syntax.FacetOp, in *relation, v env) *relation {
	b.shared++
	shared := in.with(&plan.SharedOp{ID: b.shared, Input: in.node})
	var out *relation
	add := func(name string, rel *relation) {
		if out == nil {
			first := *rel
			out = &first
			return
		}
		out.others = append(out.others, b.named(name, rel)...)
	}
	for _, c := range op.Columns {
		key := b.single(c, shared, v, newNamer(nil))
		count := b.aggregate("count", c.Span(), types.Schema{{Name: "count_" + key.Name, Type: types.Long}})
		node := &plan.SummarizeOp{Input: shared.node, By: []plan.Named{key}, Aggregates: []plan.Aggregate{count}}
		add(key.Name, &relation{node: node, broken: in.broken})
	}
	if op.With != nil {
		add("facet", b.bindOperators(shared, op.With, v))
	}
	if out == nil {
		return in
	}
	return out
}

// bindPartition runs a subquery on the rows of each value of a column
// (https://learn.microsoft.com/kusto/query/partition-operator). The form in braces reads tables of its own, where the
// column's name stands for the partition's value.
func (b *binder) bindPartition(op *syntax.PartitionOp, in *relation, v env) *relation {
	by := b.bindExpr(op.By, v.over(in))
	if by.Type() == types.Dynamic && !in.open {
		b.report(dynamicKey(op.By.Span(), "partition", ""))
	}
	group := in.with(&plan.GroupInputOp{Columns: in.schema()})
	var sub *relation
	inner, ok := op.Subquery.(*syntax.TabularExpr)
	switch {
	case ok && inner.Source == nil:
		sub = b.bindOperators(group, inner.Operators, v)
	case op.Subquery == nil:
		return brokenRelation()
	default:
		inner := v.tabular()
		inner.scope = partitionScope(op.By, by, group, v.scope)
		sub = b.bindTable(op.Subquery, inner)
	}
	out := sub.unordered(&plan.PartitionOp{Input: in.node, By: by, Subquery: sub.node})
	out.open = sub.open
	return out
}

// partitionScope names the partition's value for a subquery that reads its own tables: the key of any row of the group.
func partitionScope(e syntax.Expr, by plan.Expr, group *relation, sc *scope) *scope {
	n, ok := unparen(e).(*syntax.NameExpr)
	if !ok {
		return sc
	}
	one := &plan.TakeOp{Input: &plan.ProjectOp{Input: group.node, Columns: []plan.Named{{Name: n.Name, Expr: by}}}, Count: long(1)}
	inner := newScope(sc)
	inner.set(&entity{kind: scalarEntity, key: true, name: n.Name, expr: &plan.Subquery{Query: one, Typ: by.Type()}})
	return inner
}

// bindScan is scan: steps that match along ordered rows (https://learn.microsoft.com/kusto/query/scan-operator).
func (b *binder) bindScan(op *syntax.ScanOp, in *relation, v env) *relation {
	if len(op.OrderBy) > 0 {
		in = b.bindSort(op.OrderBy, in, v, !in.open)
	}
	out := &plan.ScanStateOp{Input: in.node}
	inner := v.over(in)
	for _, p := range op.PartitionBy {
		out.Partition = append(out.Partition, b.bindExpr(p, inner))
	}
	if !in.serialized && !in.broken && len(op.OrderBy) == 0 {
		b.report(notSerialized(op.Keyword, "scan"))
	}
	schema := append(types.Schema(nil), in.schema()...)
	for i := range op.Declares {
		d := b.scanDeclare(&op.Declares[i], v)
		if schema.Find(d.Name) >= 0 {
			b.report(columnTwice(op.Declares[i].Name.Span(), d.Name))
			continue
		}
		out.Declares = append(out.Declares, d)
		schema = append(schema, types.Column{Name: d.Name, Type: d.Typ})
	}
	out.MatchID = b.word(op.Hint("with_match_id"), v)
	b.bindSteps(op, out, schema, in, v)
	if out.MatchID != "" {
		schema = put(schema, types.Column{Name: out.MatchID, Type: types.Long})
	}
	out.Out = schema
	return in.with(out)
}

func (b *binder) scanDeclare(p *syntax.Param, v env) plan.ScanDeclare {
	t := b.columnType(p.Type, p)
	d := plan.ScanDeclare{Name: p.Name.Text, Typ: t, Default: unknown(t)}
	if p.Default != nil {
		d.Default = b.convertTo(b.constant(p.Default, v), t, p.Default.Span())
	}
	return d
}

// bindSteps binds conditions and assignments. In them a column is the row's own, a declared column the state of the step
// itself, and step.column the state of a step.
func (b *binder) bindSteps(op *syntax.ScanOp, out *plan.ScanStateOp, schema types.Schema, in *relation, v env) {
	states := map[string]types.Schema{}
	for _, s := range op.Steps {
		if states[s.Name.Text] != nil {
			b.report(stepTwice(s.Name.Span(), s.Name.Text))
		}
		states[s.Name.Text] = schema
	}
	w := in.with(in.node).row()
	w.schema, w.serialized = schema, true
	inner := env{scope: v.scope, row: w, base: w, states: states}
	for _, s := range op.Steps {
		step := plan.ScanStep{Name: s.Name.Text, Optional: s.Optional, Output: s.Output}
		if step.Output == "" {
			step.Output = "all"
		}
		if s.Condition != nil {
			step.Condition = b.predicate(s.Condition, inner)
		} else {
			step.Condition = &plan.Literal{Value: types.NewBool(true)}
		}
		for _, a := range s.Assignments {
			step.Assignments = append(step.Assignments, b.scanAssignment(a, out, inner)...)
		}
		out.Steps = append(out.Steps, step)
	}
}

func (b *binder) scanAssignment(a *syntax.NamedExpr, out *plan.ScanStateOp, v env) []plan.Named {
	x := b.bindExpr(a.Value, v)
	if len(a.Names) != 1 {
		return nil
	}
	name := a.Names[0]
	for _, d := range out.Declares {
		if d.Name == name.Text {
			return []plan.Named{{Name: d.Name, Expr: b.convertTo(x, d.Typ, a.Value.Span())}}
		}
	}
	b.report(notDeclared(name.Span(), name.Text))
	return nil
}
