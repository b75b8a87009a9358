package reference

import (
	"slices"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// shortest is graph-shortest-paths: the shortest path between every pair of candidates for the pattern's ends, or all of that length
// (https://learn.microsoft.com/kusto/query/graph-shortest-paths-operator). No path meets a node twice.
func (m *graphMatcher) shortest() ([]types.Row, error) {
	m.where = "graph-shortest-paths"
	first, last := m.p.edges[0].left, m.p.edges[len(m.p.edges)-1].right
	starts, err := m.candidates(first)
	if err != nil {
		return nil, err
	}
	ends, err := m.candidates(last)
	if err != nil {
		return nil, err
	}
	m.plan(first)
	inBreadth := m.inBreadth(first, last)
	for _, n := range starts {
		if _, err := m.bind(first, n); err != nil {
			return nil, err
		}
		if inBreadth {
			err = m.breadth(n)
		} else {
			err = m.deepening(n, ends, first == last)
		}
		if err != nil {
			return nil, err
		}
	}
	return m.out, nil
}

// inBreadth tells whether a search in breadth finds the paths: the pattern is one edge, of any length from one on, and its conditions are
// about its ends or about each element. Any other condition is about a path as a whole.
func (m *graphMatcher) inBreadth(first, last int) bool {
	if len(m.p.edges) != 1 || m.p.edges[0].Min > 1 || first == last {
		return false
	}
	for _, i := range append(slices.Clone(m.steps[0].conds), m.last...) {
		if len(m.p.where[i].edges) > 0 {
			return false
		}
	}
	return true
}

// breadth finds the shortest paths from one node.
type breadth struct {
	m        *graphMatcher
	w        *walk
	distance []int32
	// edges are those by which a node is reached at its distance, and before the nodes they come from.
	edges, before [][]int32
	edge, node    []int32 // the path that is put together, from its end
}

func (m *graphMatcher) breadth(start int32) error {
	e := &m.p.edges[0]
	b := &breadth{m: m, w: &walk{m: m, st: &m.steps[0], e: e, target: e.right}}
	b.distance = make([]int32, len(m.g.nodes))
	b.edges, b.before = make([][]int32, len(m.g.nodes)), make([][]int32, len(m.g.nodes))
	for i := range b.distance {
		b.distance[i] = -1
	}
	b.distance[start] = 0
	level := []int32{start}
	if e.Min == 0 {
		if err := b.reached(start); err != nil {
			return err
		}
	}
	for depth := int32(0); int(depth) < e.Max && len(level) > 0; depth++ {
		next, err := b.expand(level, depth)
		if err != nil {
			return err
		}
		for _, n := range next {
			if err := b.reached(n); err != nil {
				return err
			}
		}
		level = next
	}
	return nil
}

// expand gives the nodes one edge further, in the order in which they are met.
func (b *breadth) expand(level []int32, depth int32) ([]int32, error) {
	var next []int32
	for _, n := range level {
		if depth > 0 {
			ok, err := b.w.each(b.w.st.eachNode, b.w.e.inner, n)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
		}
		var err error
		b.m.g.neighbors(n, b.w.e.Direction, false, func(edge, other int32) bool {
			if err = b.m.s.tick(); err != nil {
				return false
			}
			known := b.distance[other]
			if known >= 0 && (known <= depth || !b.m.p.node.All) {
				return true
			}
			var ok bool
			if ok, err = b.w.each(b.w.st.eachEdge, b.w.e.each, edge); !ok || err != nil {
				return err == nil
			}
			if known < 0 {
				b.distance[other] = depth + 1
				next = append(next, other)
			}
			b.edges[other], b.before[other] = append(b.edges[other], edge), append(b.before[other], n)
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return next, nil
}

// reached makes the rows of a node that the search has come to, when it may stand at the end of the pattern.
func (b *breadth) reached(n int32) error {
	m := b.m
	ok, err := m.bind(b.w.target, n)
	if ok && err == nil {
		ok, err = m.conditions(m.steps[0].conds)
	}
	if !ok || err != nil {
		m.at[b.w.target] = -1
		return err
	}
	err = b.back(n)
	m.at[b.w.target] = -1
	return err
}

// back goes from a node to the start by every shortest way.
func (b *breadth) back(n int32) error {
	if b.distance[n] == 0 {
		edges, nodes := slices.Clone(b.edge), slices.Clone(b.node)
		slices.Reverse(edges)
		slices.Reverse(nodes)
		b.w.e.list.set(edges, nodes, false)
		return b.m.emit()
	}
	for i, edge := range b.edges[n] {
		b.edge, b.node = append(b.edge, edge), append(b.node, n)
		err := b.back(b.before[n][i])
		b.edge, b.node = b.edge[:len(b.edge)-1], b.node[:len(b.node)-1]
		if err != nil {
			return err
		}
	}
	return nil
}

// deepening finds the shortest paths from one node by looking for those of one length after the other: conditions on whole paths
// leave no shorter way.
type deepening struct {
	m     *graphMatcher
	loop  bool           // the pattern ends where it begins
	start int32          // the first node
	open  map[int32]bool // the ends that have no path yet
	found map[int32]bool // those found at this length
	ways  []*walk        // of each edge of the pattern
	near  []int32        // how far the nearest end is, at least; nil where that is not known
}

func (m *graphMatcher) deepening(start int32, ends []int32, loop bool) error {
	d := &deepening{m: m, loop: loop, start: start, open: map[int32]bool{}}
	least, most := 0, 0
	for i := range m.p.edges {
		e := &m.p.edges[i]
		least, most = least+e.Min, most+e.Max
		d.ways = append(d.ways, &walk{m: m, k: i, st: &m.steps[i], e: e, target: e.right})
	}
	for _, n := range ends {
		// No path comes back to its first node, but one of no edges and one that the pattern closes.
		if n == start || !loop {
			d.open[n] = true
		}
	}
	if !loop && least > 0 {
		delete(d.open, start)
	}
	most = min(most, len(m.g.nodes))
	if len(d.ways) == 1 && !loop {
		d.near = m.g.distances(ends, d.ways[0].e, true)
	}
	for length := least; length <= most && len(d.open) > 0; length++ {
		d.found = map[int32]bool{}
		m.useNode(start, true)
		err := d.visit(0, start, length)
		m.useNode(start, false)
		if err != nil {
			return err
		}
		for n := range d.found {
			delete(d.open, n)
		}
	}
	return nil
}

// visit stands at a node, on the k-th edge of the pattern, with left edges to go.
func (d *deepening) visit(k int, n int32, left int) error {
	w := d.ways[k]
	if err := d.m.s.tick(); err != nil {
		return err
	}
	if len(w.edges) >= w.e.Min {
		if err := d.end(k, n, left); err != nil {
			return err
		}
	}
	if len(w.edges) >= w.e.Max || left == 0 {
		return nil
	}
	if len(w.edges) > 0 {
		if ok, err := w.each(w.st.eachNode, w.e.inner, n); !ok || err != nil {
			return err
		}
	}
	var err error
	d.m.g.neighbors(n, w.e.Direction, false, func(edge, other int32) bool {
		err = d.follow(k, edge, other, left)
		return err == nil
	})
	return err
}

func (d *deepening) follow(k int, edge, other int32, left int) error {
	m, w := d.m, d.ways[k]
	closing := d.loop && other == d.start && left == 1
	if d.near != nil && (d.near[other] < 0 || int(d.near[other]) > left-1) {
		return m.s.tick()
	}
	if !m.usedNode[other] || closing {
		ok, err := w.each(w.st.eachEdge, w.e.each, edge)
		if !ok || err != nil {
			return err
		}
		was := m.usedNode[other]
		m.usedNode[other] = true
		w.edges, w.nodes = append(w.edges, edge), append(w.nodes, other)
		err = d.visit(k, other, left-1)
		w.edges, w.nodes = w.edges[:len(w.edges)-1], w.nodes[:len(w.nodes)-1]
		m.usedNode[other] = was
		return err
	}
	return m.s.tick()
}

// end takes the way so far as the k-th edge of the pattern; behind the last one the path is whole.
func (d *deepening) end(k int, n int32, left int) error {
	m, w := d.m, d.ways[k]
	last := k == len(d.ways)-1
	if last && (left > 0 || !d.open[n] || d.found[n] && !m.p.node.All) {
		return nil
	}
	if known := m.at[w.target]; known >= 0 {
		if known != n {
			return nil
		}
	} else {
		ok, err := m.bind(w.target, n)
		if !ok || err != nil {
			return err
		}
		defer func() { m.at[w.target] = -1 }()
	}
	if w.e.Variable {
		w.e.list.set(w.edges, w.nodes, false)
	} else {
		w.e.slots.fill(m.row, m.g, w.edges[0])
	}
	ok, err := m.conditions(w.st.conds)
	if !ok || err != nil {
		return err
	}
	if !last {
		return d.visit(k+1, n, left)
	}
	before := len(m.out)
	if err := m.emit(); err != nil {
		return err
	}
	d.found[n] = d.found[n] || len(m.out) > before
	return nil
}
