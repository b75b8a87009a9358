package plan

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// A graph is a node of the plan like any other, and its Schema is that of its edges. MakeGraphOp, GraphMarkOp, GraphFilterOp and
// GraphInputOp yield graphs; GraphMatchOp, GraphTableOp and GraphPartitionOp read them and yield rows. They always run in
// the reference (https://learn.microsoft.com/kusto/query/graph-operators).
type (
	// MakeGraphOp builds a graph: a row of Edges is an edge between the nodes of the ids in its columns Source and Target, a row
	// of Tables a node, with the id in the table's column of Keys. Properties are those of the nodes: a table fills the ones of its
	// columns' names, converted where the types differ. Nodes that only edges name have their id in the properties Fill.
	MakeGraphOp struct {
		Edges          Node
		Source, Target string
		Tables         []Node
		Keys           []string
		Properties     types.Schema
		Fill           []string
	}
	// GraphMarkOp adds to each node the property Name: the number of its component, along edges both ways or, Strong, along
	// their direction.
	GraphMarkOp struct {
		Input  Node
		Name   string
		Strong bool
	}
	// GraphFilterOp keeps the nodes, or the Edges, whose Predicate holds; edges of nodes that go, go as well.
	GraphFilterOp struct {
		Input     Node
		Edges     bool
		Predicate Expr
		Refs      []GraphRef
	}
	// GraphMatchOp makes a row of each place of the graph that the pattern fits; Shortest, of each shortest path.
	GraphMatchOp struct {
		Input   Node
		Paths   []GraphPath
		Cycles  string // all, none, unique_edges
		Where   Expr   // nil when absent
		Columns []Named
		Refs    []GraphRef
		Out     types.Schema
		// Shortest asks for the shortest paths between the first and the last node: All of them, or one for each pair.
		Shortest, All bool
	}
	// GraphTableOp is the nodes or the edges as a table. A name that is not empty adds a column with the hash of a node's id.
	GraphTableOp struct {
		Input                  Node
		Edges                  bool
		NodeHash               string
		SourceHash, TargetHash string
		Out                    types.Schema
	}
	// GraphPartitionOp makes a graph of each value that the column By has in the edges and the nodes of Graph, and runs Subquery on it,
	// which reads it through a GraphInputOp.
	GraphPartitionOp struct {
		Graph    *MakeGraphOp
		By       string
		Subquery Node
	}
	// GraphInputOp is the graph that a GraphPartitionOp hands to its subquery.
	GraphInputOp struct{ Edges, Nodes types.Schema }
)

// GraphPath is a sequence of a pattern: Edges[i] joins Nodes[i] with Nodes[i+1]. Names are unique to the variable; anonymous elements
// have names of their own.
type GraphPath struct {
	Nodes []string
	Edges []GraphEdge
}

// GraphEdge is an edge of a pattern.
type GraphEdge struct {
	Name      string
	Direction string // "->" from left to right, "<-" from right to left, "-" either
	// Variable edges stand for Min to Max edges in a row; others for one.
	Variable bool
	Min, Max int
}

// GraphValue says what a GraphRef refers to.
type GraphValue uint8

// The values of a graph's nodes and edges.
const (
	GraphProperty GraphValue = iota
	GraphDegreeIn
	GraphDegreeOut
	GraphNodeID
)

// GraphRef is a value of a node or an edge that expressions use as a column called Name.
type GraphRef struct {
	Name     string
	Variable string // the node or edge of the pattern; "" in GraphFilterOp
	Node     bool   // of a node, not of an edge
	Each     bool   // of one element of a variable edge: OverPath says which
	Value    GraphValue
	Property string // of GraphProperty
	Typ      types.Type
}

// OverPath evaluates Body at each edge of the variable edge Edge, or, Inner, at each node between its ends. Func says what becomes
// of the values: map is an array of them, all and any are whether they are true.
type OverPath struct {
	Func  string
	Edge  string
	Inner bool
	Body  Expr
}

// Type implements Expr.
func (e *OverPath) Type() types.Type {
	if e.Func == "map" {
		return types.Dynamic
	}
	return types.Bool
}

func (*OverPath) expr() {}

// GraphShape is the columns of a graph's edges and of its nodes.
func GraphShape(n Node) (edges, nodes types.Schema) {
	switch n := n.(type) {
	case *MakeGraphOp:
		return n.Edges.Schema(), n.Properties
	case *GraphInputOp:
		return n.Edges, n.Nodes
	case *GraphMarkOp:
		edges, nodes = GraphShape(n.Input)
		nodes = append(append(types.Schema(nil), nodes...), types.Column{Name: n.Name, Type: types.Long})
		return edges, nodes
	case *GraphFilterOp:
		return GraphShape(n.Input)
	case *SharedOp:
		return GraphShape(n.Input)
	}
	return nil, nil
}

// Schema implements Node: that of the edges.
func (n *MakeGraphOp) Schema() types.Schema { return n.Edges.Schema() }

// Schema implements Node.
func (n *GraphMarkOp) Schema() types.Schema { return n.Input.Schema() }

// Schema implements Node.
func (n *GraphFilterOp) Schema() types.Schema { return n.Input.Schema() }

// Schema implements Node.
func (n *GraphInputOp) Schema() types.Schema { return n.Edges }

// Schema implements Node.
func (n *GraphMatchOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *GraphTableOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *GraphPartitionOp) Schema() types.Schema { return n.Subquery.Schema() }

// Inputs implements Node: the edges, then the tables of nodes.
func (n *MakeGraphOp) Inputs() []Node { return append([]Node{n.Edges}, n.Tables...) }

// Inputs implements Node.
func (n *GraphMarkOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *GraphFilterOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *GraphInputOp) Inputs() []Node { return nil }

// Inputs implements Node.
func (n *GraphMatchOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *GraphTableOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *GraphPartitionOp) Inputs() []Node { return n.Graph.Inputs() }

func (*MakeGraphOp) node()      {}
func (*GraphMarkOp) node()      {}
func (*GraphFilterOp) node()    {}
func (*GraphInputOp) node()     {}
func (*GraphMatchOp) node()     {}
func (*GraphTableOp) node()     {}
func (*GraphPartitionOp) node() {}

// withGraphInputs is WithInputs for the operators on graphs; nil for another node.
func withGraphInputs(n Node, in []Node) Node {
	switch n := n.(type) {
	case *GraphInputOp:
		return n
	case *MakeGraphOp:
		return n.withInputs(in)
	case *GraphMarkOp:
		c := *n
		c.Input = in[0]
		return &c
	case *GraphFilterOp:
		c := *n
		c.Input = in[0]
		return &c
	case *GraphMatchOp:
		c := *n
		c.Input = in[0]
		return &c
	case *GraphTableOp:
		c := *n
		c.Input = in[0]
		return &c
	case *GraphPartitionOp:
		c := *n
		c.Graph = n.Graph.withInputs(in)
		return &c
	}
	return nil
}

func (n *MakeGraphOp) withInputs(in []Node) *MakeGraphOp {
	c := *n
	c.Edges, c.Tables = in[0], in[1:]
	return &c
}

// mapGraphExprs is MapExprs for the operators on graphs.
func mapGraphExprs(n Node, f func(Expr) Expr) Node {
	switch n := n.(type) {
	case *GraphFilterOp:
		c := *n
		c.Predicate = mapOne(n.Predicate, f)
		return &c
	case *GraphMatchOp:
		c := *n
		c.Where, c.Columns = mapOne(n.Where, f), mapNamed(n.Columns, f)
		return &c
	}
	return n
}

func labelGraph(n Node) string {
	switch n := n.(type) {
	case *MakeGraphOp:
		return fmt.Sprintf("MakeGraph %s --> %s keys (%s) nodes (%s)", n.Source, n.Target, strings.Join(n.Keys, ", "), n.Properties)
	case *GraphMarkOp:
		return fmt.Sprintf("GraphMark %s strong=%t", n.Name, n.Strong)
	case *GraphFilterOp:
		return fmt.Sprintf("GraphFilter edges=%t %s", n.Edges, FormatExpr(n.Predicate))
	case *GraphMatchOp:
		paths := make([]string, len(n.Paths))
		for i, p := range n.Paths {
			paths[i] = p.format()
		}
		verb := "GraphMatch"
		if n.Shortest {
			verb = fmt.Sprintf("GraphShortestPaths all=%t", n.All)
		}
		return fmt.Sprintf("%s %s cycles=%s where %s project %s", verb, strings.Join(paths, ", "), n.Cycles, FormatExpr(n.Where), formatNamed(n.Columns))
	case *GraphTableOp:
		return fmt.Sprintf("GraphTable edges=%t (%s)", n.Edges, n.Out)
	case *GraphPartitionOp:
		return "GraphPartition by " + n.By + " " + labelGraph(n.Graph)
	case *GraphInputOp:
		return "GraphInput (" + n.Edges.String() + ") (" + n.Nodes.String() + ")"
	}
	return ""
}

func (p GraphPath) format() string {
	var b strings.Builder
	for i, n := range p.Nodes {
		if i > 0 {
			e := p.Edges[i-1]
			open, end := "-", "-"
			switch e.Direction {
			case "->":
				end = "->"
			case "<-":
				open = "<-"
			}
			b.WriteString(open + "[" + e.Name)
			if e.Variable {
				fmt.Fprintf(&b, "*%d..%d", e.Min, e.Max)
			}
			b.WriteString("]" + end)
		}
		b.WriteString("(" + n + ")")
	}
	return b.String()
}
