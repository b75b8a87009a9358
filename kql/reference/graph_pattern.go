package reference

import (
	"slices"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// graphPattern is a compiled pattern: its elements by number, and what expressions need of them.
type graphPattern struct {
	node    *plan.GraphMatchOp
	refs    *graphRefs
	paths   *pathFrame
	names   []string // the nodes of the pattern
	edges   []patternEdge
	slots   []graphSlots // of each node
	where   []condition
	columns []evaluator
}

// patternEdge joins two nodes of the pattern.
type patternEdge struct {
	plan.GraphEdge
	left, right int
	slots       graphSlots // of a single edge
	each, inner graphSlots // of the edges and inner nodes of a variable one
	list        *pathList
}

// condition is a conjunct of where, and the elements that it speaks of.
type condition struct {
	holds        evaluator
	nodes, edges []int
	// edge and body are set where the condition is all(...) over one edge: body must then hold at each element.
	edge  int
	inner bool
	body  evaluator
	outer []int // the nodes that body speaks of
	alone bool  // body speaks of no edge but its own
}

// pathFrame is what map, all and any look at: the elements of the variable edges as they are matched.
type pathFrame struct {
	graph *graph
	lists map[string]*pathList
	refs  *graphRefs
}

// pathList is the edges of a variable edge and the nodes between them, in the pattern's order.
type pathList struct{ edges, nodes []int32 }

// overPath compiles map, all and any (https://learn.microsoft.com/kusto/query/map-graph-function).
func (c *compiler) overPath(x *plan.OverPath, sc *scope) (evaluator, error) {
	body, err := c.expr(x.Body, sc)
	if err != nil {
		return nil, err
	}
	paths := sc.paths
	slots := paths.refs.of(x.Edge, x.Inner, true)
	list := paths.lists[x.Edge]
	return func(r types.Row) (types.Value, error) {
		elements := list.edges
		if x.Inner {
			elements = list.nodes
		}
		row := slices.Clone(r)
		values := make([]types.Tree, 0, len(elements))
		for _, i := range elements {
			slots.fill(row, paths.graph, i)
			v, err := body(row)
			if err != nil {
				return v, err
			}
			if x.Func == "map" {
				values = append(values, types.ToTree(v))
				continue
			}
			if is, _ := truth(v); is != (x.Func == "all") {
				return types.NewBool(is), nil
			}
		}
		if x.Func == "map" {
			return types.NewDynamic(values), nil
		}
		return types.NewBool(x.Func == "all"), nil
	}, nil
}

// compilePattern numbers the elements and takes where apart.
func (c *compiler) compilePattern(n *plan.GraphMatchOp) (*graphPattern, error) {
	p := &graphPattern{node: n, refs: newGraphRefs(n.Refs, n.Input)}
	p.paths = &pathFrame{lists: map[string]*pathList{}, refs: p.refs}
	for _, path := range n.Paths {
		for i, name := range path.Nodes {
			at := p.number(name)
			if i == 0 {
				continue
			}
			e := patternEdge{GraphEdge: path.Edges[i-1], left: p.number(path.Nodes[i-1]), right: at}
			if e.Variable {
				e.each, e.inner = p.refs.of(e.Name, false, true), p.refs.of(e.Name, true, true)
				e.list = &pathList{}
				p.paths.lists[e.Name] = e.list
			} else {
				e.slots = p.refs.of(e.Name, false, false)
			}
			p.edges = append(p.edges, e)
		}
	}
	sc := overRows(p.refs.schema)
	sc.paths = p.paths
	for _, x := range graphConjuncts(n.Where) {
		cond, err := c.condition(p, x, sc)
		if err != nil {
			return nil, err
		}
		p.where = append(p.where, cond)
	}
	var err error
	p.columns, err = c.named(n.Columns, sc)
	return p, err
}

func (p *graphPattern) number(name string) int {
	if i := slices.Index(p.names, name); i >= 0 {
		return i
	}
	p.names = append(p.names, name)
	p.slots = append(p.slots, p.refs.of(name, true, false))
	return len(p.names) - 1
}

// graphConjuncts are the parts of a chain of and; none of a nil condition.
func graphConjuncts(x plan.Expr) []plan.Expr {
	if x == nil {
		return nil
	}
	if c, ok := x.(*plan.Call); ok && c.Func.Name == "and" {
		var out []plan.Expr
		for _, a := range c.Args {
			out = append(out, graphConjuncts(a)...)
		}
		return out
	}
	return []plan.Expr{x}
}

func (c *compiler) condition(p *graphPattern, x plan.Expr, sc *scope) (condition, error) {
	cond := condition{edge: -1}
	var err error
	if cond.holds, err = c.expr(x, sc); err != nil {
		return cond, err
	}
	cond.nodes, cond.edges = p.speaksOf(x)
	over, ok := x.(*plan.OverPath)
	if !ok || over.Func != "all" || hasOverPath(over.Body) {
		return cond, nil
	}
	var edges []int
	cond.outer, edges = p.speaksOf(over.Body)
	cond.edge, cond.inner = p.edge(over.Edge), over.Inner
	cond.alone = !slices.ContainsFunc(edges, func(e int) bool { return e != cond.edge })
	cond.body, err = c.expr(over.Body, sc)
	return cond, err
}

func hasOverPath(x plan.Expr) bool {
	found := false
	plan.WalkExpr(x, func(x plan.Expr) {
		if _, ok := x.(*plan.OverPath); ok {
			found = true
		}
	})
	return found
}

func (p *graphPattern) edge(name string) int {
	return slices.IndexFunc(p.edges, func(e patternEdge) bool { return e.Name == name })
}

// speaksOf are the nodes and the edges whose values an expression uses.
func (p *graphPattern) speaksOf(x plan.Expr) (nodes, edges []int) {
	plan.WalkExpr(x, func(x plan.Expr) {
		switch x := x.(type) {
		case *plan.OverPath:
			edges = append(edges, p.edge(x.Edge))
		case *plan.Column:
			i := slices.IndexFunc(p.refs.refs, func(r plan.GraphRef) bool { return r.Name == x.Name })
			if i < 0 {
				return
			}
			switch r := p.refs.refs[i]; {
			case r.Node && !r.Each:
				nodes = append(nodes, slices.Index(p.names, r.Variable))
			default:
				edges = append(edges, p.edge(r.Variable))
			}
		}
	})
	return nodes, edges
}

// isTree holds for a pattern without a cycle of its own: it is connected, so its nodes are one more than its edges.
func (p *graphPattern) isTree() bool { return len(p.edges) == len(p.names)-1 }
