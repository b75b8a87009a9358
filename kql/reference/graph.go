package reference

import (
	"fmt"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// graph is a graph in memory. Nodes and edges are known by their place.
type graph struct {
	nodes, edges           []types.Row
	ids                    []types.Value
	from, to               []int32
	out, in                [][]int32 // the edges of a node, in their order
	nodeSchema, edgeSchema types.Schema
}

// graphOpener makes a graph of its inputs.
type graphOpener func(*state) (*graph, error)

// compileGraph compiles a node that yields a graph.
func (c *compiler) compileGraph(n plan.Node) (graphOpener, error) {
	switch n := n.(type) {
	case *plan.MakeGraphOp:
		return c.compileMakeGraph(n)
	case *plan.GraphMarkOp:
		return c.compileGraphMark(n)
	case *plan.GraphFilterOp:
		return c.compileGraphFilter(n)
	case *plan.GraphInputOp:
		return func(s *state) (*graph, error) { return s.graph, nil }, nil
	case *plan.SharedOp:
		return c.compileGraph(n.Input)
	}
	return nil, fmt.Errorf("kql/reference: %T yields no graph", n)
}

// compileMakeGraph is make-graph (https://learn.microsoft.com/kusto/query/make-graph-operator).
func (c *compiler) compileMakeGraph(n *plan.MakeGraphOp) (graphOpener, error) {
	inputs, err := c.compileAll(n.Inputs())
	if err != nil {
		return nil, err
	}
	return func(s *state) (*graph, error) {
		tables := make([][]types.Row, len(inputs))
		for i, open := range inputs {
			if tables[i], err = openAll(s, "make-graph", open); err != nil {
				return nil, err
			}
		}
		return buildGraph(s, n, tables[0], tables[1:])
	}, nil
}

func (c *compiler) compileAll(nodes []plan.Node) ([]opener, error) {
	out := make([]opener, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = c.compile(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// graphBuilder adds nodes by their ids.
type graphBuilder struct {
	*graph
	s    *state
	byID map[string]int32
	key  []byte
	// fill are the properties that a node without a row of its own has: its id.
	fill []int
}

// buildGraph makes the nodes of the tables first, in their order, then those that only edges name.
func buildGraph(s *state, n *plan.MakeGraphOp, edges []types.Row, tables [][]types.Row) (*graph, error) {
	g := &graph{edges: edges}
	g.edgeSchema, g.nodeSchema = plan.GraphShape(n)
	b := &graphBuilder{graph: g, s: s, byID: map[string]int32{}}
	for _, name := range n.Fill {
		b.fill = append(b.fill, g.nodeSchema.Find(name))
	}
	for t, rows := range tables {
		if err := b.addTable(n.Tables[t].Schema(), n.Keys[t], rows); err != nil {
			return nil, err
		}
	}
	source, target := g.edgeSchema.Find(n.Source), g.edgeSchema.Find(n.Target)
	g.from, g.to = make([]int32, len(edges)), make([]int32, len(edges))
	for i, e := range edges {
		var err error
		if g.from[i], err = b.node(e[source]); err != nil {
			return nil, err
		}
		if g.to[i], err = b.node(e[target]); err != nil {
			return nil, err
		}
	}
	g.link()
	return g, nil
}

// find is the place of the node with an id.
func (b *graphBuilder) find(id types.Value) (int32, bool) {
	b.key = appendKey(b.key[:0], id)
	i, ok := b.byID[string(b.key)]
	return i, ok
}

func (b *graphBuilder) add(row types.Row, id types.Value) (int32, error) {
	i := int32(len(b.nodes))
	b.byID[string(b.key)] = i
	b.nodes, b.ids = append(b.nodes, row), append(b.ids, id)
	return i, b.s.charge("make-graph", int64(len(b.key))+96)
}

// addTable adds the nodes of a table: its columns are the properties of the same names.
func (b *graphBuilder) addTable(schema types.Schema, key string, rows []types.Row) error {
	from := make([]int, len(b.nodeSchema))
	for i, c := range b.nodeSchema {
		from[i] = schema.Find(c.Name)
	}
	id := schema.Find(key)
	for _, row := range rows {
		node := make(types.Row, len(from))
		for i, c := range b.nodeSchema {
			node[i] = types.Null(c.Type)
			if from[i] >= 0 {
				node[i] = convert(row[from[i]], c.Type)
			}
		}
		if err := b.s.charge("make-graph", RowSize(node)); err != nil {
			return err
		}
		if err := b.addRow(node, row[id]); err != nil {
			return err
		}
	}
	return nil
}

// addRow adds a node of a table. Rows of one id are merged: what is empty in the first is taken from the others.
func (b *graphBuilder) addRow(row types.Row, id types.Value) error {
	i, ok := b.find(id)
	if !ok {
		_, err := b.add(row, id)
		return err
	}
	merged := append(types.Row(nil), b.nodes[i]...)
	for c, v := range merged {
		if v.IsNull() || v.Type() == types.String && v.Str() == "" {
			merged[c] = row[c]
		}
	}
	b.nodes[i] = merged
	return nil
}

// node is the node that an edge names; one without a row has its id and no other properties.
func (b *graphBuilder) node(id types.Value) (int32, error) {
	if i, ok := b.find(id); ok {
		return i, nil
	}
	row := make(types.Row, len(b.nodeSchema))
	for c, col := range b.nodeSchema {
		row[c] = types.Null(col.Type)
	}
	for _, c := range b.fill {
		row[c] = convert(id, b.nodeSchema[c].Type)
	}
	if err := b.s.charge("make-graph", RowSize(row)); err != nil {
		return 0, err
	}
	return b.add(row, id)
}

// link makes the lists of each node's edges.
func (g *graph) link() {
	g.out, g.in = make([][]int32, len(g.nodes)), make([][]int32, len(g.nodes))
	for e := range g.edges {
		g.out[g.from[e]] = append(g.out[g.from[e]], int32(e))
		g.in[g.to[e]] = append(g.in[g.to[e]], int32(e))
	}
}

// compileGraphFilter is graph-where-nodes and graph-where-edges.
func (c *compiler) compileGraphFilter(n *plan.GraphFilterOp) (graphOpener, error) {
	open, err := c.compileGraph(n.Input)
	if err != nil {
		return nil, err
	}
	refs := newGraphRefs(n.Refs, n.Input)
	keep, err := c.expr(n.Predicate, overRows(refs.schema))
	if err != nil {
		return nil, err
	}
	slots := refs.of("", !n.Edges, false)
	return func(s *state) (*graph, error) {
		g, err := open(s)
		if err != nil {
			return nil, err
		}
		row := make(types.Row, len(refs.schema))
		holds := func(i int32) (bool, error) {
			if err := s.tick(); err != nil {
				return false, err
			}
			slots.fill(row, g, i)
			v, err := keep(row)
			is, _ := truth(v)
			return is, err
		}
		return g.filtered(n.Edges, holds)
	}, nil
}

// filtered is the graph of the nodes, or of the edges, that hold.
func (g *graph) filtered(edges bool, holds func(int32) (bool, error)) (*graph, error) {
	out := &graph{nodeSchema: g.nodeSchema, edgeSchema: g.edgeSchema}
	place := make([]int32, len(g.nodes))
	for i := range g.nodes {
		keep := true
		if !edges {
			var err error
			if keep, err = holds(int32(i)); err != nil {
				return nil, err
			}
		}
		place[i] = -1
		if keep {
			place[i] = int32(len(out.nodes))
			out.nodes, out.ids = append(out.nodes, g.nodes[i]), append(out.ids, g.ids[i])
		}
	}
	for i, e := range g.edges {
		from, to := place[g.from[i]], place[g.to[i]]
		if from < 0 || to < 0 {
			continue
		}
		if edges {
			if keep, err := holds(int32(i)); err != nil {
				return nil, err
			} else if !keep {
				continue
			}
		}
		out.edges, out.from, out.to = append(out.edges, e), append(out.from, from), append(out.to, to)
	}
	out.link()
	return out, nil
}

// graphRefs are the values of nodes and edges that expressions use, as the columns of a row.
type graphRefs struct {
	schema types.Schema
	refs   []plan.GraphRef
	edges  types.Schema
	nodes  types.Schema
}

func newGraphRefs(refs []plan.GraphRef, in plan.Node) *graphRefs {
	out := &graphRefs{refs: refs}
	out.edges, out.nodes = plan.GraphShape(in)
	for _, r := range refs {
		out.schema = append(out.schema, types.Column{Name: r.Name, Type: r.Typ})
	}
	return out
}

// graphSlot is a place of the row and what stands there.
type graphSlot struct {
	at     int
	value  plan.GraphValue
	node   bool
	column int
}

type graphSlots []graphSlot

// of are the places of a variable's values.
func (r *graphRefs) of(variable string, node, each bool) graphSlots {
	var out graphSlots
	for i, ref := range r.refs {
		if ref.Variable != variable || ref.Node != node || ref.Each != each {
			continue
		}
		schema := r.edges
		if node {
			schema = r.nodes
		}
		out = append(out, graphSlot{at: i, value: ref.Value, node: node, column: schema.Find(ref.Property)})
	}
	return out
}

// fill puts the values of the i-th node or edge in their places.
func (s graphSlots) fill(row types.Row, g *graph, i int32) {
	for _, slot := range s {
		switch {
		case slot.value == plan.GraphDegreeIn:
			row[slot.at] = types.NewLong(int64(len(g.in[i])))
		case slot.value == plan.GraphDegreeOut:
			row[slot.at] = types.NewLong(int64(len(g.out[i])))
		case slot.value == plan.GraphNodeID:
			row[slot.at] = types.NewString(g.ids[i].Text())
		case slot.node:
			row[slot.at] = g.nodes[i][slot.column]
		default:
			row[slot.at] = g.edges[i][slot.column]
		}
	}
}
