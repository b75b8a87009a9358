package optimize

import (
	"slices"

	"github.com/sleuth-sec/sleuth/kql/plan"
)

// graphReader prunes below the operators that make rows of a graph: properties that nothing reads are not read from the tables either.
func (p *pruner) graphReader(n plan.Node, need set) plan.Node {
	edges, nodes := set{}, set{}
	switch n := n.(type) {
	case *plan.GraphMatchOp:
		addRefs(n.Refs, edges, nodes)
		return plan.WithInputs(n, []plan.Node{p.graph(n.Input, edges, nodes)})
	case *plan.GraphTableOp:
		c := *n
		c.Out = keep(n.Out, need)
		for _, col := range c.Out {
			if n.Edges {
				edges[col.Name] = true
			} else {
				nodes[col.Name] = true
			}
		}
		c.Input = p.graph(n.Input, edges, nodes)
		return &c
	}
	return p.all(n)
}

func addRefs(refs []plan.GraphRef, edges, nodes set) {
	for _, r := range refs {
		if r.Value != plan.GraphProperty {
			continue
		}
		if r.Node {
			nodes[r.Property] = true
		} else {
			edges[r.Property] = true
		}
	}
}

// graph prunes the operators that yield graphs; the columns that make the graph stay.
func (p *pruner) graph(n plan.Node, edges, nodes set) plan.Node {
	n = plan.MapSubplans(n, p.whole)
	switch n := n.(type) {
	case *plan.MakeGraphOp:
		c := *n
		c.Edges = p.columns(n.Edges, edges, n.Source, n.Target)
		c.Properties = nil
		for _, col := range n.Properties {
			if nodes[col.Name] || slices.Contains(n.Fill, col.Name) {
				c.Properties = append(c.Properties, col)
			}
		}
		c.Tables = make([]plan.Node, len(n.Tables))
		for i, t := range n.Tables {
			c.Tables[i] = p.columns(t, nodes, n.Keys[i])
		}
		return &c
	case *plan.GraphFilterOp:
		edges, nodes = copyOf(edges), copyOf(nodes)
		addRefs(n.Refs, edges, nodes)
		return plan.WithInputs(n, []plan.Node{p.graph(n.Input, edges, nodes)})
	case *plan.GraphMarkOp:
		return plan.WithInputs(n, []plan.Node{p.graph(n.Input, edges, nodes)})
	}
	return p.all(n)
}

// columns is n with exactly the columns of need and those named, in their old order.
func (p *pruner) columns(n plan.Node, need set, names ...string) plan.Node {
	need = copyOf(need)
	for _, name := range names {
		need[name] = true
	}
	want := keep(n.Schema(), need)
	return exactly(p.node(n, setOf(want)), want)
}

func copyOf(s set) set {
	out := make(set, len(s)+1)
	for n := range s {
		out[n] = true
	}
	return out
}
