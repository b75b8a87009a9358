package reference

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// compileGraphMatch is graph-match: the pattern is laid over the graph edge by edge, from its most selective node on, and each
// condition is looked at as soon as what it speaks of is known.
func (c *compiler) compileGraphMatch(n *plan.GraphMatchOp) (opener, error) {
	open, err := c.compileGraph(n.Input)
	if err != nil {
		return nil, err
	}
	p, err := c.compilePattern(n)
	if err != nil {
		return nil, err
	}
	return c.graphRows(open, func(s *state, g *graph) ([]types.Row, error) {
		p.paths.graph = g
		m := newGraphMatcher(s, g, p)
		if n.Shortest {
			return m.shortest()
		}
		return m.all()
	}), nil
}

// graphMatcher is one run of a pattern over a graph.
type graphMatcher struct {
	s   *state
	g   *graph
	p   *graphPattern
	row types.Row
	at  []int32 // the node of the graph at each node of the pattern; -1 while none is
	// usedEdge and usedNode guard against cycles; nil where they are allowed.
	usedEdge, usedNode []bool
	candidate          [][]int8 // of each node of the pattern: 0 not looked at, 1 yes, -1 no
	alone              [][]int  // the conditions on each node alone
	steps              []step
	last               []int // conditions for the end
	out                []types.Row
	where              string
}

// step lays one edge of the pattern.
type step struct {
	edge     int
	reversed bool // from its right node to its left
	conds    []int
	eachEdge []int // conditions that hold at every edge of a variable edge
	eachNode []int // and at every inner node
	near     []int32
}

func newGraphMatcher(s *state, g *graph, p *graphPattern) *graphMatcher {
	m := &graphMatcher{s: s, g: g, p: p, row: make(types.Row, len(p.refs.schema)), at: make([]int32, len(p.names)), where: "graph-match"}
	for i, c := range p.refs.schema {
		m.row[i] = types.Null(c.Type)
	}
	for i := range m.at {
		m.at[i] = -1
	}
	switch p.node.Cycles {
	case "unique_edges":
		m.usedEdge = make([]bool, len(g.edges))
	case "none":
		m.usedNode = make([]bool, len(g.nodes))
	}
	m.candidate, m.alone = make([][]int8, len(p.names)), make([][]int, len(p.names))
	for i := range p.names {
		m.candidate[i] = make([]int8, len(g.nodes))
	}
	for i, c := range p.where {
		if node, ok := c.oneNode(); ok {
			m.alone[node] = append(m.alone[node], i)
		}
	}
	return m
}

// oneNode is the node that a condition speaks of alone.
func (c *condition) oneNode() (int, bool) {
	if len(c.edges) > 0 || len(c.nodes) == 0 {
		return 0, false
	}
	for _, n := range c.nodes {
		if n != c.nodes[0] {
			return 0, false
		}
	}
	return c.nodes[0], true
}

// holds looks at a condition with the row as it stands.
func (m *graphMatcher) holds(eval evaluator) (bool, error) {
	v, err := eval(m.row)
	is, _ := truth(v)
	return is, err
}

func (m *graphMatcher) conditions(conds []int) (bool, error) {
	for _, i := range conds {
		if ok, err := m.holds(m.p.where[i].holds); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// bind puts a node of the graph at a node of the pattern; false when the conditions on it alone do not hold.
func (m *graphMatcher) bind(node int, n int32) (bool, error) {
	if err := m.s.tick(); err != nil {
		return false, err
	}
	known := m.candidate[node][n]
	if known < 0 {
		return false, nil
	}
	m.p.slots[node].fill(m.row, m.g, n)
	if known == 0 {
		ok, err := m.conditions(m.alone[node])
		if err != nil {
			return false, err
		}
		m.candidate[node][n] = 1
		if !ok {
			m.candidate[node][n] = -1
			return false, nil
		}
	}
	m.at[node] = n
	return true, nil
}

// candidates are the nodes of the graph that could stand at a node of the pattern.
func (m *graphMatcher) candidates(node int) ([]int32, error) {
	var out []int32
	for n := range m.g.nodes {
		ok, err := m.bind(node, int32(n))
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, int32(n))
		}
	}
	m.at[node] = -1
	return out, nil
}

// all finds every place of the pattern.
func (m *graphMatcher) all() ([]types.Row, error) {
	if m.usedNode != nil && !m.p.isTree() {
		return nil, nil // a cycle in the pattern fits no path without cycles
	}
	starts := make([][]int32, len(m.p.names))
	best := 0
	for i := range m.p.names {
		var err error
		if starts[i], err = m.candidates(i); err != nil {
			return nil, err
		}
		if len(starts[i]) < len(starts[best]) {
			best = i
		}
	}
	m.plan(best)
	for i := range m.steps {
		m.nearness(&m.steps[i], starts)
	}
	for _, n := range starts[best] {
		if _, err := m.bind(best, n); err != nil {
			return nil, err
		}
		m.useNode(n, true)
		err := m.step(0)
		m.useNode(n, false)
		if err != nil {
			return nil, err
		}
	}
	return m.out, nil
}

// neighbors calls f with each edge at a node that a pattern's edge may be, seen from its left end, or reversed from its right one,
// and the node at its other end, until f says false.
func (g *graph) neighbors(n int32, direction string, reversed bool, f func(edge, other int32) bool) {
	out := direction == "-" || (direction == "->") != reversed
	if out {
		for _, e := range g.out[n] {
			if !f(e, g.to[e]) {
				return
			}
		}
	}
	if direction == "-" || !out {
		for _, e := range g.in[n] {
			if direction == "-" && g.from[e] == n {
				continue // a loop was seen among those that go out
			}
			if !f(e, g.from[e]) {
				return
			}
		}
	}
}

// useNode and useEdge mark what is in use; free says whether it may be used.
func (m *graphMatcher) useNode(n int32, used bool) {
	if m.usedNode != nil {
		m.usedNode[n] = used
	}
}

func (m *graphMatcher) useEdge(e int32, used bool) {
	if m.usedEdge != nil {
		m.usedEdge[e] = used
	}
}

func (m *graphMatcher) edgeFree(e int32) bool { return m.usedEdge == nil || !m.usedEdge[e] }

func (m *graphMatcher) nodeFree(n int32) bool { return m.usedNode == nil || !m.usedNode[n] }

// step lays the k-th edge in every way, and the others after it.
func (m *graphMatcher) step(k int) error {
	if k == len(m.steps) {
		return m.emit()
	}
	st := &m.steps[k]
	e := &m.p.edges[st.edge]
	from, to := e.left, e.right
	if st.reversed {
		from, to = to, from
	}
	if e.Variable {
		w := &walk{m: m, k: k, st: st, e: e, target: to}
		return w.visit(m.at[from])
	}
	var err error
	m.g.neighbors(m.at[from], e.Direction, st.reversed, func(edge, other int32) bool {
		if !m.edgeFree(edge) {
			err = m.s.tick()
			return err == nil
		}
		m.useEdge(edge, true)
		e.slots.fill(m.row, m.g, edge)
		err = m.arrive(k, to, other)
		m.useEdge(edge, false)
		return err == nil
	})
	return err
}

// arrive ends a step at a node, and goes on with the next step when all conditions hold.
func (m *graphMatcher) arrive(k, to int, n int32) error {
	if known := m.at[to]; known >= 0 {
		if known != n {
			return m.s.tick()
		}
		return m.proceed(k)
	}
	if !m.nodeFree(n) {
		return m.s.tick()
	}
	ok, err := m.bind(to, n)
	if ok && err == nil {
		m.useNode(n, true)
		err = m.proceed(k)
		m.useNode(n, false)
	}
	m.at[to] = -1
	return err
}

func (m *graphMatcher) proceed(k int) error {
	ok, err := m.conditions(m.steps[k].conds)
	if !ok || err != nil {
		return err
	}
	return m.step(k + 1)
}

// emit makes the row of a place that was found.
func (m *graphMatcher) emit() error {
	ok, err := m.conditions(m.last)
	if !ok || err != nil {
		return err
	}
	row := make(types.Row, len(m.p.columns))
	for i, col := range m.p.columns {
		v, err := col(m.row)
		if err != nil {
			return err
		}
		row[i] = convert(v, m.p.node.Out[i].Type)
	}
	m.out = append(m.out, row)
	return m.s.keep(m.where, row, len(m.out))
}
