package reference

import (
	"slices"
)

// plan orders the edges so that each begins at a node that is known, and gives every condition its step.
func (m *graphMatcher) plan(start int) {
	bound := make([]bool, len(m.p.names))
	bound[start] = true
	done := make([]bool, len(m.p.edges))
	for len(m.steps) < len(m.p.edges) {
		next := len(m.steps)
		if !m.p.node.Shortest {
			next = m.nextEdge(bound, done)
		}
		e := &m.p.edges[next]
		m.steps = append(m.steps, step{edge: next, reversed: !bound[e.left]})
		bound[e.left], bound[e.right], done[next] = true, true, true
	}
	m.schedule(start)
}

// nextEdge is an edge at a known node, between two known ones if there is one.
func (m *graphMatcher) nextEdge(bound, done []bool) int {
	next := -1
	for i, e := range m.p.edges {
		if done[i] || !bound[e.left] && !bound[e.right] {
			continue
		}
		if bound[e.left] && bound[e.right] {
			return i
		}
		if next < 0 {
			next = i
		}
	}
	return next
}

// schedule puts each condition behind the first step after which all that it speaks of is known.
func (m *graphMatcher) schedule(start int) {
	nodeStep, edgeStep := make([]int, len(m.p.names)), make([]int, len(m.p.edges))
	for i := range nodeStep {
		nodeStep[i] = -1
	}
	seen := map[int]bool{start: true}
	for k, st := range m.steps {
		e := m.p.edges[st.edge]
		edgeStep[st.edge] = k
		for _, n := range []int{e.left, e.right} {
			if !seen[n] {
				seen[n], nodeStep[n] = true, k
			}
		}
	}
	for i, c := range m.p.where {
		if _, ok := c.oneNode(); ok {
			continue
		}
		if c.edge >= 0 && c.alone {
			k := edgeStep[c.edge]
			if !slices.ContainsFunc(c.outer, func(n int) bool { return nodeStep[n] >= k }) {
				if c.inner {
					m.steps[k].eachNode = append(m.steps[k].eachNode, i)
				} else {
					m.steps[k].eachEdge = append(m.steps[k].eachEdge, i)
				}
				continue
			}
		}
		k := -1
		for _, n := range c.nodes {
			k = max(k, nodeStep[n])
		}
		for _, e := range c.edges {
			k = max(k, edgeStep[e])
		}
		if k < 0 {
			m.last = append(m.last, i)
			continue
		}
		m.steps[k].conds = append(m.steps[k].conds, i)
	}
}

// nearness tells for the nodes of the graph how many edges the nearest candidate for the step's end is away, at least: paths
// that cannot arrive any more are not followed.
func (m *graphMatcher) nearness(st *step, starts [][]int32) {
	e := &m.p.edges[st.edge]
	target := e.right
	if st.reversed {
		target = e.left
	}
	if !e.Variable || len(starts[target]) == len(m.g.nodes) {
		return
	}
	st.near = m.g.distances(starts[target], e, !st.reversed)
}

// distances is a search in breadth from the nodes given, along the edges backwards (or forwards) as the pattern's edge runs.
func (g *graph) distances(from []int32, e *patternEdge, back bool) []int32 {
	out := make([]int32, len(g.nodes))
	for i := range out {
		out[i] = -1
	}
	queue := slices.Clone(from)
	for _, n := range from {
		out[n] = 0
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		if int(out[n]) >= e.Max {
			continue
		}
		g.neighbors(n, e.Direction, back, func(_, other int32) bool {
			if out[other] < 0 {
				out[other] = out[n] + 1
				queue = append(queue, other)
			}
			return true
		})
	}
	return out
}
