package reference

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// compileGraphMark is graph-mark-components. Components are numbered from zero in the order of their first nodes.
func (c *compiler) compileGraphMark(n *plan.GraphMarkOp) (graphOpener, error) {
	open, err := c.compileGraph(n.Input)
	if err != nil {
		return nil, err
	}
	return func(s *state) (*graph, error) {
		g, err := open(s)
		if err != nil {
			return nil, err
		}
		component := g.weakComponents
		if n.Strong {
			component = g.strongComponents
		}
		of, err := component(s)
		if err != nil {
			return nil, err
		}
		out := *g
		out.nodeSchema = append(append(types.Schema(nil), g.nodeSchema...), types.Column{Name: n.Name, Type: types.Long})
		out.nodes = make([]types.Row, len(g.nodes))
		number := map[int32]int64{}
		for i, row := range g.nodes {
			id, ok := number[of[i]]
			if !ok {
				id = int64(len(number))
				number[of[i]] = id
			}
			out.nodes[i] = append(append(make(types.Row, 0, len(row)+1), row...), types.NewLong(id))
			if err := s.keep("graph-mark-components", out.nodes[i], i+1); err != nil {
				return nil, err
			}
		}
		return &out, nil
	}, nil
}

// weakComponents joins the ends of every edge (union-find with halving of paths).
func (g *graph) weakComponents(s *state) ([]int32, error) {
	parent := make([]int32, len(g.nodes))
	for i := range parent {
		parent[i] = int32(i)
	}
	root := func(i int32) int32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for e := range g.edges {
		if err := s.tick(); err != nil {
			return nil, err
		}
		parent[root(g.from[e])] = root(g.to[e])
	}
	for i := range parent {
		parent[i] = root(int32(i))
	}
	return parent, nil
}

// tarjan finds strong components without recursion: graphs may be deep.
type tarjan struct {
	g              *graph
	order, low, of []int32
	stack          []int32
	on             []bool
	count, found   int32
}

// visit is a node on the way down, with the next of its edges to follow.
type visit struct {
	node int32
	edge int
}

// strongComponents groups nodes that reach each other (Tarjan, Depth-First Search and Linear Graph Algorithms, 1972).
func (g *graph) strongComponents(s *state) ([]int32, error) {
	n := len(g.nodes)
	t := &tarjan{g: g, order: make([]int32, n), low: make([]int32, n), of: make([]int32, n), on: make([]bool, n)}
	for i := range g.nodes {
		if t.order[i] == 0 {
			if err := t.from(s, int32(i)); err != nil {
				return nil, err
			}
		}
	}
	return t.of, nil
}

func (t *tarjan) enter(n int32) visit {
	t.count++
	t.order[n], t.low[n], t.on[n] = t.count, t.count, true
	t.stack = append(t.stack, n)
	return visit{node: n}
}

func (t *tarjan) from(s *state, start int32) error {
	way := []visit{t.enter(start)}
	for len(way) > 0 {
		if err := s.tick(); err != nil {
			return err
		}
		v := &way[len(way)-1]
		if v.edge < len(t.g.out[v.node]) {
			to := t.g.to[t.g.out[v.node][v.edge]]
			v.edge++
			if t.order[to] == 0 {
				way = append(way, t.enter(to))
			} else if t.on[to] {
				t.low[v.node] = min(t.low[v.node], t.order[to])
			}
			continue
		}
		done := v.node
		way = way[:len(way)-1]
		if len(way) > 0 {
			up := way[len(way)-1].node
			t.low[up] = min(t.low[up], t.low[done])
		}
		if t.low[done] == t.order[done] {
			t.close(done)
		}
	}
	return nil
}

// close takes the component of its first node off the stack.
func (t *tarjan) close(first int32) {
	t.found++
	for {
		n := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.on[n], t.of[n] = false, t.found
		if n == first {
			return
		}
	}
}
