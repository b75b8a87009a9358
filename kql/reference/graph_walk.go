package reference

import "slices"

// walk lays a variable edge from a node, one edge of the graph after the other.
type walk struct {
	m            *graphMatcher
	k            int
	st           *step
	e            *patternEdge
	target       int
	edges, nodes []int32 // on the way so far; nodes are the ones behind each edge
}

// visit ends the walk at a node where it may end, and goes on from it where it may go on.
func (w *walk) visit(n int32) error {
	m, depth := w.m, len(w.edges)
	if err := m.s.tick(); err != nil {
		return err
	}
	if depth >= w.e.Min {
		if err := w.end(n); err != nil {
			return err
		}
	}
	if depth >= w.e.Max {
		return nil
	}
	if depth > 0 {
		// The node becomes an inner one.
		ok, err := w.each(w.st.eachNode, w.e.inner, n)
		if !ok || err != nil {
			return err
		}
		m.useNode(n, true)
		defer m.useNode(n, false)
	}
	left := int32(w.e.Max - depth - 1)
	var err error
	m.g.neighbors(n, w.e.Direction, w.st.reversed, func(edge, other int32) bool {
		err = w.follow(edge, other, left)
		return err == nil
	})
	return err
}

// follow goes along an edge; left is how many more may come behind it.
func (w *walk) follow(edge, other, left int32) error {
	m := w.m
	if !m.edgeFree(edge) || !m.nodeFree(other) || w.st.near != nil && (w.st.near[other] < 0 || w.st.near[other] > left) {
		return m.s.tick()
	}
	ok, err := w.each(w.st.eachEdge, w.e.each, edge)
	if !ok || err != nil {
		return err
	}
	m.useEdge(edge, true)
	w.edges, w.nodes = append(w.edges, edge), append(w.nodes, other)
	err = w.visit(other)
	w.edges, w.nodes = w.edges[:len(w.edges)-1], w.nodes[:len(w.nodes)-1]
	m.useEdge(edge, false)
	return err
}

// each looks at the conditions that must hold at every element.
func (w *walk) each(conds []int, slots graphSlots, i int32) (bool, error) {
	if len(conds) == 0 {
		return true, nil
	}
	slots.fill(w.m.row, w.m.g, i)
	for _, c := range conds {
		if ok, err := w.m.holds(w.m.p.where[c].body); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// end takes the way as the variable edge, in the pattern's order, and lets the pattern go on.
func (w *walk) end(n int32) error {
	list := w.e.list
	list.set(w.edges, w.nodes, w.st.reversed)
	if len(w.edges) > 0 || w.m.usedNode == nil {
		return w.m.arrive(w.k, w.target, n)
	}
	// A way of no edges ends where it began: that is no cycle.
	w.m.useNode(n, false)
	err := w.m.arrive(w.k, w.target, n)
	w.m.useNode(n, true)
	return err
}

// set copies a way; the last of its nodes is its end, not an inner one.
func (l *pathList) set(edges, nodes []int32, reversed bool) {
	l.edges = append(l.edges[:0], edges...)
	l.nodes = append(l.nodes[:0], nodes[:max(0, len(nodes)-1)]...)
	if reversed {
		slices.Reverse(l.edges)
		slices.Reverse(l.nodes)
	}
}
