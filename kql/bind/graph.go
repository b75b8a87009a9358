package bind

import (
	"slices"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindGraph binds the operators on graphs; false for another operator. in is nil where the operator begins a pipeline.
func (b *binder) bindGraph(op syntax.Operator, in *relation, v env) (*relation, bool) {
	if in != nil && in.broken && isGraphOperator(op) {
		return brokenRelation(), true
	}
	switch op := op.(type) {
	case *syntax.MakeGraphOp:
		if in == nil || in.graph {
			break
		}
		return b.bindMakeGraph(op, in, v), true
	case *syntax.GraphMatchOp:
		if b.wantsGraph(op.Keyword, op.Verb, in) {
			return b.bindGraphMatch(op, in, v), true
		}
		return brokenRelation(), true
	case *syntax.GraphMarkOp:
		if b.wantsGraph(op.Keyword, "graph-mark-components", in) {
			return b.bindGraphMark(op, in, v), true
		}
		return brokenRelation(), true
	case *syntax.GraphWhereOp:
		if b.wantsGraph(op.Keyword, "graph-where-nodes and graph-where-edges", in) {
			return b.bindGraphWhere(op, in, v), true
		}
		return brokenRelation(), true
	case *syntax.GraphTableOp:
		if b.wantsGraph(op.Keyword, "graph-to-table", in) {
			return b.bindGraphTable(op, in, v), true
		}
		return brokenRelation(), true
	}
	if in != nil && in.graph {
		b.report(graphNotTable(op.Span()))
		return brokenRelation(), true
	}
	return nil, false
}

func isGraphOperator(op syntax.Operator) bool {
	switch op.(type) {
	case *syntax.MakeGraphOp, *syntax.GraphMatchOp, *syntax.GraphMarkOp, *syntax.GraphWhereOp, *syntax.GraphTableOp:
		return true
	}
	return false
}

func (b *binder) wantsGraph(at diag.Span, verb string, in *relation) bool {
	if in == nil || !in.graph {
		b.report(graphExpected(at, verb))
		return false
	}
	return true
}

// graphRelation is a relation that is a graph.
func graphRelation(n plan.Node) *relation { return &relation{node: n, graph: true} }

// bindMakeGraph is make-graph (https://learn.microsoft.com/kusto/query/make-graph-operator).
func (b *binder) bindMakeGraph(op *syntax.MakeGraphOp, in *relation, v env) *relation {
	out := &plan.MakeGraphOp{Edges: visible(in.node)}
	source, ok1 := b.graphKey(op.Source, in)
	target, ok2 := b.graphKey(op.Target, in)
	out.Source, out.Target = source.Name, target.Name
	tables, ok3 := b.graphTables(op, out, v)
	if id := op.Hint("with_node_id"); id != nil {
		if len(op.Nodes) > 0 {
			b.report(nodeIDWithTables(id.Span()))
		}
		name := b.word(id, v)
		out.Properties, out.Fill = types.Schema{{Name: name, Type: source.Type}}, []string{name}
	}
	if !ok1 || !ok2 || !ok3 {
		return brokenRelation()
	}
	if op.Partition != nil {
		return b.bindGraphPartition(op.Partition, out, in, tables, v)
	}
	return graphRelation(out)
}

// graphKey is a column that identifies nodes: the service takes any type but dynamic.
func (b *binder) graphKey(name syntax.Name, in *relation) (types.Column, bool) {
	c, ok := in.row().find(name.Text)
	switch {
	case in.broken:
		return c, false
	case !ok:
		b.report(unknownColumn(name.Span(), name.Text, nearest(name.Text, names(in.schema())), in.schema()))
		return c, false
	case c.Type == types.Dynamic:
		b.report(dynamicNodeID(name.Span(), name.Text))
		return c, false
	}
	return c, true
}

// unified is the type of a property that several tables have: the wider of two numbers, else dynamic.
func unified(a, b types.Type) types.Type {
	switch {
	case a == b, b == types.Unknown:
		return a
	case a == types.Unknown:
		return b
	case a.Numeric() && b.Numeric():
		return max(a, b)
	}
	return types.Dynamic
}

// graphTables binds the tables of nodes. A node has the properties of all of them.
func (b *binder) graphTables(op *syntax.MakeGraphOp, out *plan.MakeGraphOp, v env) ([]*relation, bool) {
	var parts []*relation
	var keys []string
	ok := true
	for _, n := range op.Nodes {
		rel := b.bindTable(n.Table, v.tabular())
		rel = rel.with(visible(rel.node))
		key, found := b.graphKey(n.Key, rel)
		ok = ok && found
		parts, keys = append(parts, rel), append(keys, key.Name)
	}
	if !ok {
		return nil, false
	}
	for _, p := range parts {
		for _, c := range p.schema() {
			if i := out.Properties.Find(c.Name); i >= 0 {
				out.Properties[i].Type = unified(out.Properties[i].Type, c.Type)
				continue
			}
			out.Properties = append(out.Properties, c)
		}
		out.Tables = append(out.Tables, p.node)
	}
	out.Keys = keys
	for _, k := range keys {
		if !slices.Contains(out.Fill, k) {
			out.Fill = append(out.Fill, k)
		}
	}
	return parts, true
}

// bindGraphPartition is partitioned-by: the edges and all tables of nodes have the column.
func (b *binder) bindGraphPartition(p *syntax.GraphPartition, g *plan.MakeGraphOp, in *relation, tables []*relation, v env) *relation {
	by, ok := b.graphKey(p.By, in)
	if !ok {
		return brokenRelation()
	}
	for _, t := range tables {
		if c, found := t.row().find(p.By.Text); !found || c.Type != by.Type {
			b.report(partitionColumnMissing(p.By.Span(), by))
			return brokenRelation()
		}
	}
	edges, nodes := plan.GraphShape(g)
	sub := b.bindOperators(graphRelation(&plan.GraphInputOp{Edges: edges, Nodes: nodes}), p.Operators, v)
	if sub.graph {
		b.report(graphNotTable(p.Span()))
		return brokenRelation()
	}
	out := sub.unordered(&plan.GraphPartitionOp{Graph: g, By: by.Name, Subquery: sub.node})
	return out
}

// bindGraphMark is graph-mark-components (https://learn.microsoft.com/kusto/query/graph-mark-components-operator).
func (b *binder) bindGraphMark(op *syntax.GraphMarkOp, in *relation, v env) *relation {
	kind := b.word(op.Hint("kind"), v)
	if kind != "" && kind != "weak" && kind != "strong" {
		b.report(badKind(op.Hint("kind").Span(), "graph-mark-components", kind, []string{"weak", "strong"}))
	}
	out := &plan.GraphMarkOp{Input: in.node, Name: b.word(op.Hint("with_component_id"), v), Strong: kind == "strong"}
	if out.Name == "" {
		out.Name = "ComponentId"
	}
	if _, nodes := plan.GraphShape(in.node); nodes.Find(out.Name) >= 0 {
		b.report(nodePropertyTwice(op.Span(), out.Name))
	}
	return graphRelation(out)
}

// bindGraphWhere is graph-where-nodes and graph-where-edges: the predicate sees the properties by their names.
func (b *binder) bindGraphWhere(op *syntax.GraphWhereOp, in *relation, v env) *relation {
	edges, nodes := plan.GraphShape(in.node)
	el := &graphElement{node: !op.Edges, schema: nodes}
	if op.Edges {
		el.schema = edges
	}
	g := &graphEnv{element: el, refs: &[]plan.GraphRef{}}
	out := &plan.GraphFilterOp{Input: in.node, Edges: op.Edges}
	out.Predicate = b.predicate(op.Predicate, env{scope: v.scope, graph: g})
	out.Refs = *g.refs
	return graphRelation(out)
}

// bindGraphTable is graph-to-table (https://learn.microsoft.com/kusto/query/graph-to-table-operator). Two outputs have names, which
// the statements behind it can use.
func (b *binder) bindGraphTable(op *syntax.GraphTableOp, in *relation, v env) *relation {
	if len(op.Outputs) > 2 || len(op.Outputs) == 2 && op.Outputs[0].Kind == op.Outputs[1].Kind {
		b.report(graphOutputs(op.Span()))
		return brokenRelation()
	}
	if len(op.Outputs) == 2 {
		in = graphRelation(b.shareGraph(in.node))
	}
	var out *relation
	for _, o := range op.Outputs {
		rel := b.graphOutput(o, in, v)
		if len(op.Outputs) == 2 && o.As == nil {
			b.report(graphOutputName(o.Span(), o.Kind))
		}
		first := out == nil
		if first {
			out = rel
		}
		if o.As == nil {
			continue
		}
		shown := *rel
		shown.declares = nil
		out.declares = append(out.declares, &entity{kind: tableEntity, name: o.As.Text, at: o.As.Span(), rel: &shown})
		if !first {
			out.others = append(out.others, plan.NamedResult{Name: o.As.Text, Node: rel.node})
		}
	}
	if out == nil {
		return brokenRelation()
	}
	return out
}

// shareGraph makes the tables of a graph shared, so that its two uses read them once.
func (b *binder) shareGraph(n plan.Node) plan.Node {
	inputs := n.Inputs()
	shared := make([]plan.Node, len(inputs))
	_, made := n.(*plan.MakeGraphOp)
	for i, in := range inputs {
		if !made {
			shared[i] = b.shareGraph(in)
			continue
		}
		b.shared++
		shared[i] = &plan.SharedOp{ID: b.shared, Input: in}
	}
	if len(inputs) == 0 {
		return n
	}
	return plan.WithInputs(n, shared)
}

// graphOutput is one table of graph-to-table: columns of hashes first, then the properties.
func (b *binder) graphOutput(o syntax.GraphOutput, in *relation, v env) *relation {
	edges, nodes := plan.GraphShape(in.node)
	out := &plan.GraphTableOp{Input: in.node, Edges: o.Kind == "edges"}
	hash := func(option string) string {
		for _, h := range o.Hints {
			if h.Name != option {
				continue
			}
			name := b.word(h.Value, v)
			if out.Out.Find(name) >= 0 {
				b.report(columnTwice(h.Span(), name))
			}
			out.Out = append(out.Out, types.Column{Name: name, Type: types.Long})
			return name
		}
		return ""
	}
	properties := nodes
	if out.Edges {
		out.SourceHash, out.TargetHash = hash("with_source_id"), hash("with_target_id")
		properties = edges
	} else {
		out.NodeHash = hash("with_node_id")
	}
	for _, c := range properties {
		if out.Out.Find(c.Name) >= 0 {
			b.report(columnTwice(o.Span(), c.Name))
			continue
		}
		out.Out = append(out.Out, c)
	}
	if len(out.Out) == 0 {
		b.report(noNodeProperties(o.Span()))
	}
	return &relation{node: out}
}
