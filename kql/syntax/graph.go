package syntax

import "github.com/sleuth-sec/sleuth/diag"

// The graph operators (https://learn.microsoft.com/kusto/query/graph-operators).
type (
	// MakeGraphOp is make-graph Source --> Target [with Table on Key, ...] [partitioned-by Column (Operators)]. The name of
	// with_node_id is among the hints.
	MakeGraphOp struct {
		Op
		Source, Target Name
		Nodes          []GraphNodes
		Partition      *GraphPartition // nil when absent
	}
	// GraphMatchOp is graph-match and graph-shortest-paths, by Verb. cycles and output are hints.
	GraphMatchOp struct {
		Op
		Verb    string
		Paths   []GraphPath
		Where   Expr // nil when absent
		Columns []*NamedExpr
	}
	// GraphMarkOp is graph-mark-components; kind and with_component_id are hints.
	GraphMarkOp struct{ Op }
	// GraphWhereOp is graph-where-nodes and graph-where-edges.
	GraphWhereOp struct {
		Op
		Edges     bool
		Predicate Expr
	}
	// GraphTableOp is graph-to-table.
	GraphTableOp struct {
		Op
		Outputs []GraphOutput
	}
)

// GraphNodes is Table on Key: a table of nodes and the column that identifies them.
type GraphNodes struct {
	At
	Table Expr
	Key   Name
}

// GraphPartition is partitioned-by Column (Operators).
type GraphPartition struct {
	At
	By        Name
	Operators []Operator
}

// GraphPath is one sequence of a pattern: nodes and edges in turn, a node first and last.
type GraphPath struct {
	At
	Elements []GraphElement
}

// GraphElement is a node (n) or an edge -[e*1..3]->.
type GraphElement struct {
	At
	Edge bool
	Name *Name // nil when anonymous
	// Direction of an edge: -> from left to right, <- from right to left, - either.
	Direction string
	Range     *GraphRange // nil for one edge
}

// GraphRange is *Min..Max behind an edge's name.
type GraphRange struct {
	At
	Min, Max Expr
}

// GraphOutput is nodes or edges of graph-to-table, with [as Name] and the columns for hash values as hints.
type GraphOutput struct {
	At
	Kind  string // nodes, edges
	As    *Name  // nil when absent
	Hints []Hint
}

// graphOperator reads the operators on graphs; nil for another name.
func (p *parser) graphOperator(name string, op Op) Operator {
	switch name {
	case "make-graph":
		return p.makeGraph(op)
	case "graph-match":
		op.Hints = p.hints("cycles")
		return p.graphMatch(name, op)
	case "graph-shortest-paths":
		op.Hints = p.hints("output")
		return p.graphMatch(name, op)
	case "graph-mark-components":
		op.Hints = p.hints("kind", "with_component_id")
		return &GraphMarkOp{Op: op}
	case "graph-where-nodes", "graph-where-edges":
		op.Hints = p.hints()
		return &GraphWhereOp{Op: op, Edges: name == "graph-where-edges", Predicate: p.predicate()}
	case "graph-to-table":
		return p.graphTable(op)
	}
	return nil
}

func (p *parser) makeGraph(op Op) Operator {
	op.Hints = p.hints()
	o := &MakeGraphOp{Op: op, Source: p.name("the column of the edge's source")}
	p.arrow()
	o.Target = p.name("the column of the edge's target")
	if p.acceptWord("with") {
		p.separated(func() { o.Nodes = append(o.Nodes, p.graphNodes()) })
	}
	o.Hints = append(o.Hints, p.hints("with_node_id")...)
	if name, n := p.operatorName(); name == "partitioned-by" {
		start := p.start()
		for range n {
			p.next()
		}
		part := &GraphPartition{By: p.name("the column to part the graph by")}
		open := p.tok()
		if p.expect("(") {
			part.Operators = p.operators()
			p.close(open, ")")
		}
		part.At = p.since(start)
		o.Partition = part
	}
	return o
}

// arrow reads -->, which is three tokens.
func (p *parser) arrow() {
	if p.at("-") && p.ahead(1).is("-") && p.ahead(2).is(">") {
		p.next()
		p.next()
		p.next()
		return
	}
	p.fail(unexpected(p.tok(), quoteWord("-->")))
}

func (p *parser) graphNodes() GraphNodes {
	start := p.start()
	var n GraphNodes
	if p.atWord("on") || p.ended() {
		n.Table = p.missing("the table of nodes")
	} else {
		n.Table = p.postfix(p.primary())
	}
	if p.expectWord("on") {
		n.Key = p.name("the column that identifies a node")
	}
	n.At = p.since(start)
	return n
}

func (p *parser) graphMatch(verb string, op Op) Operator {
	o := &GraphMatchOp{Op: op, Verb: verb}
	p.separated(func() { o.Paths = append(o.Paths, p.graphPath()) })
	if p.acceptWord("where") {
		o.Where = p.predicate()
	}
	if p.acceptWord("project") {
		o.Columns = p.namedList()
	}
	return o
}

func (p *parser) graphPath() GraphPath {
	start := p.start()
	path := GraphPath{Elements: []GraphElement{p.graphNode()}}
	for (p.at("-") || p.at("<")) && !p.silent {
		path.Elements = append(path.Elements, p.graphEdge(), p.graphNode())
	}
	path.At = p.since(start)
	return path
}

func (p *parser) graphNode() GraphElement {
	open := p.tok()
	var e GraphElement
	if !p.expect("(") {
		return e
	}
	if !p.at(")") {
		n := p.name("the name of a node")
		e.Name = &n
	}
	p.close(open, ")")
	e.At = p.since(open.Span.Start)
	return e
}

// graphEdge reads -->, <--, --, -[e]->, <-[e]- and -[e]-, each with *Min..Max behind the name.
func (p *parser) graphEdge() GraphElement {
	start := p.start()
	e := GraphElement{Edge: true, Direction: "-"}
	if p.accept("<") {
		e.Direction = "<-"
	}
	p.expect("-")
	if open := p.tok(); p.accept("[") {
		if p.tok().Kind == Word || p.at("[") {
			n := p.name("the name of an edge")
			e.Name = &n
		}
		if p.at("*") {
			e.Range = p.graphRange()
		}
		p.close(open, "]")
	}
	p.expect("-")
	if head := p.tok(); p.accept(">") {
		if e.Direction == "<-" {
			p.fail(twoHeads(diag.Span{Start: start, End: head.End()}))
		}
		e.Direction = "->"
	}
	e.At = p.since(start)
	return e
}

func (p *parser) graphRange() *GraphRange {
	start := p.next().Span.Start
	r := &GraphRange{Min: p.unary()}
	if p.expect("..") {
		r.Max = p.unary()
	} else {
		r.Max = p.bad()
	}
	r.At = p.since(start)
	return r
}

func (p *parser) graphTable(op Op) Operator {
	o := &GraphTableOp{Op: op}
	p.separated(func() {
		start := p.start()
		var out GraphOutput
		switch t := p.tok(); {
		case t.word("nodes"), t.word("edges"):
			out.Kind = p.next().Text
		default:
			p.fail(unexpected(t, `"nodes" or "edges"`))
			return
		}
		known := []string{"with_node_id"}
		if out.Kind == "edges" {
			known = []string{"with_source_id", "with_target_id"}
		}
		out.Hints = p.hints(known...)
		if p.acceptWord("as") {
			n := p.name("the name of a table")
			out.As = &n
			out.Hints = append(out.Hints, p.hints(known...)...)
		}
		out.At = p.since(start)
		o.Outputs = append(o.Outputs, out)
	})
	return o
}
