package reference

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// compileGraphTable is graph-to-table. The hash of a node is that of its id, as hash() gives it
// (the values on https://learn.microsoft.com/kusto/query/graph-to-table-operator are those).
func (c *compiler) compileGraphTable(n *plan.GraphTableOp) (opener, error) {
	open, err := c.compileGraph(n.Input)
	if err != nil {
		return nil, err
	}
	edges, nodes := plan.GraphShape(n.Input)
	schema := nodes
	if n.Edges {
		schema = edges
	}
	return c.graphRows(open, func(s *state, g *graph) ([]types.Row, error) {
		rows := g.nodes
		if n.Edges {
			rows = g.edges
		}
		out := make([]types.Row, len(rows))
		for i, row := range rows {
			made := make(types.Row, len(n.Out))
			for j, col := range n.Out {
				made[j] = graphCell(n, g, i, row, schema, col.Name)
			}
			out[i] = made
			if err := s.keep("graph-to-table", made, i+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	}), nil
}

func graphCell(n *plan.GraphTableOp, g *graph, i int, row types.Row, schema types.Schema, name string) types.Value {
	var node int32
	switch {
	case !n.Edges && name == n.NodeHash:
		node = int32(i)
	case n.Edges && name == n.SourceHash:
		node = g.from[i]
	case n.Edges && name == n.TargetHash:
		node = g.to[i]
	default:
		return row[schema.Find(name)]
	}
	return types.NewLong(scalar.Hash(g.ids[node]))
}

// graphRows is an operator that makes rows of a graph.
func (c *compiler) graphRows(open graphOpener, f func(*state, *graph) ([]types.Row, error)) opener {
	return func(s *state) (Rows, error) {
		return &lazyRows{make: func() ([]types.Row, error) {
			g, err := open(s)
			if err != nil {
				return nil, err
			}
			return f(s, g)
		}}, nil
	}
}

// compileGraphPartition runs the sub-plan on the graph of each value, in the order in which the edges name them.
func (c *compiler) compileGraphPartition(n *plan.GraphPartitionOp) (opener, error) {
	inputs, err := c.compileAll(n.Graph.Inputs())
	if err != nil {
		return nil, err
	}
	sub, err := c.compile(n.Subquery)
	if err != nil {
		return nil, err
	}
	return func(s *state) (Rows, error) {
		return &lazyRows{make: func() ([]types.Row, error) {
			var order []string
			parts := make([]map[string][]types.Row, len(inputs))
			for i, open := range inputs {
				rows, err := openAll(s, "make-graph", open)
				if err != nil {
					return nil, err
				}
				parts[i], order = partsBy(rows, n.Graph.Inputs()[i].Schema().Find(n.By), order)
			}
			return runPartitions(s, n.Graph, parts, order, sub)
		}}, nil
	}, nil
}

// partsBy groups rows by a column; order collects the keys as they come.
func partsBy(rows []types.Row, by int, order []string) (map[string][]types.Row, []string) {
	out := map[string][]types.Row{}
	known := map[string]bool{}
	for _, k := range order {
		known[k] = true
	}
	for _, row := range rows {
		k := string(appendKey(nil, row[by]))
		if !known[k] {
			known[k] = true
			order = append(order, k)
		}
		out[k] = append(out[k], row)
	}
	return out, order
}

func runPartitions(s *state, n *plan.MakeGraphOp, parts []map[string][]types.Row, order []string, sub opener) ([]types.Row, error) {
	var out []types.Row
	for _, k := range order {
		tables := make([][]types.Row, len(parts)-1)
		for i := range tables {
			tables[i] = parts[i+1][k]
		}
		child := s.child(nil)
		g, err := buildGraph(child, n, parts[0][k], tables)
		if err != nil {
			return nil, err
		}
		child.graph = g
		rows, err := openAll(child, "make-graph", sub)
		child.release()
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			out = append(out, row)
			if err := s.keep("make-graph", row, len(out)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
