package overlay

import (
	"sort"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
)

// piece is a part of an edge between two crossings. id counts the edges of the first area and then of the second; the
// pieces of one edge share it.
type piece struct {
	from, to s2.Point
	id       int
}

// split holds the pieces of the edges of two areas.
type split struct {
	a, b     []piece
	inA, inB container
	// at tells where a directed piece of the other area runs.
	atA, atB map[[2]s2.Point]bool
}

func newSplit(a, b Area) *split {
	b = snap(b, a)
	edgesA, edgesB := edgesOf(a, 0), edgesOf(b, a.Size())
	cutsA, cutsB := crossings(edgesA, edgesB)
	s := &split{a: cut(edgesA, cutsA), b: cut(edgesB, cutsB), inA: newContainer(a), inB: newContainer(b)}
	s.atA, s.atB = directed(s.a), directed(s.b)
	return s
}

func edgesOf(a Area, id int) []piece {
	out := make([]piece, 0, a.Size())
	for _, r := range a.Rings {
		for i := range r {
			e := r.edge(i)
			out = append(out, piece{e.V0, e.V1, id})
			id++
		}
	}
	return out
}

func directed(list []piece) map[[2]s2.Point]bool {
	out := make(map[[2]s2.Point]bool, len(list))
	for _, p := range list {
		out[[2]s2.Point{p.from, p.to}] = true
	}
	return out
}

// crossings finds where edges of the two lists meet, by the place of the edge in its list: where they cross, and where a
// vertex of one lies on the other. A crossing that lies on a vertex is that vertex.
func crossings(a, b []piece) (cutsA, cutsB map[int][]s2.Point) {
	cutsA, cutsB = map[int][]s2.Point{}, map[int][]s2.Point{}
	boxes := make([]s2.Rect, len(b))
	for j, e := range b {
		boxes[j] = edgeBox(e)
	}
	for i, e := range a {
		box := edgeBox(e)
		for j, f := range b {
			if !box.Intersects(boxes[j]) {
				continue
			}
			onE, onF := verticesOn(e, f), verticesOn(f, e)
			cutsA[i], cutsB[j] = append(cutsA[i], onE...), append(cutsB[j], onF...)
			if s2.CrossingSign(e.from, e.to, f.from, f.to) == s2.Cross {
				p := nearVertex(s2.Intersection(e.from, e.to, f.from, f.to), e, f)
				cutsA[i], cutsB[j] = append(cutsA[i], p), append(cutsB[j], p)
			}
		}
	}
	return cutsA, cutsB
}

// verticesOn are the ends of f that lie inside of the edge e.
func verticesOn(e, f piece) []s2.Point {
	var out []s2.Point
	for _, v := range []s2.Point{f.from, f.to} {
		if v != e.from && v != e.to && s2.IsDistanceLess(v, e.from, e.to, onEdge) {
			out = append(out, v)
		}
	}
	return out
}

// onEdge is how near a vertex must be to an edge to lie on it.
var onEdge = s1.ChordAngleFromAngle(2 * mergeRadius)

func edgeBox(e piece) s2.Rect {
	b := s2.NewRectBounder()
	b.AddPoint(e.from)
	b.AddPoint(e.to)
	return b.RectBound()
}

func nearVertex(p s2.Point, e, f piece) s2.Point {
	for _, v := range []s2.Point{e.from, e.to, f.from, f.to} {
		if p.Distance(v) <= mergeRadius {
			return v
		}
	}
	return p
}

// cut divides edges at their crossings, in the order along the edge.
func cut(edges []piece, cuts map[int][]s2.Point) []piece {
	out := make([]piece, 0, len(edges))
	for i, e := range edges {
		stops := cuts[i]
		sort.SliceStable(stops, func(x, y int) bool { return stops[x].Distance(e.from) < stops[y].Distance(e.from) })
		from := e.from
		for _, p := range append(stops, e.to) {
			if p != from {
				out = append(out, piece{from, p, e.id})
				from = p
			}
		}
	}
	return out
}

// keep are the pieces that make the border of the intersection, or of the union.
func (s *split) keep(inside bool) []piece {
	var out []piece
	for _, p := range s.a {
		switch {
		case s.atB[[2]s2.Point{p.from, p.to}]: // both areas lie on the same side: once
			out = append(out, p)
		case s.atB[[2]s2.Point{p.to, p.from}]: // they lie on both sides: no border of the union, no area in common
		case s.inB.contains(middle(p)) == inside:
			out = append(out, p)
		}
	}
	for _, p := range s.b {
		if !s.atA[[2]s2.Point{p.from, p.to}] && !s.atA[[2]s2.Point{p.to, p.from}] && s.inA.contains(middle(p)) == inside {
			out = append(out, p)
		}
	}
	return out
}

// touching are the lines along which the two areas lie on opposite sides.
func (s *split) touching() [][]s2.Point {
	var list []piece
	for _, p := range s.a {
		if s.atB[[2]s2.Point{p.to, p.from}] {
			list = append(list, p)
		}
	}
	return chains(list)
}

func middle(p piece) s2.Point { return s2.Interpolate(0.5, p.from, p.to) }

// snap moves vertices that are as good as a vertex of another area onto it.
func snap(a, onto Area) Area {
	var list []s2.Point
	for _, r := range onto.Rings {
		list = append(list, r...)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].X < list[j].X })
	near := func(p s2.Point) s2.Point {
		const reach = float64(mergeRadius)
		from := sort.Search(len(list), func(i int) bool { return list[i].X >= p.X-reach })
		for ; from < len(list) && list[from].X <= p.X+reach; from++ {
			if list[from].Distance(p) <= mergeRadius {
				return list[from]
			}
		}
		return p
	}
	out := Area{make([]Ring, 0, len(a.Rings))}
	for _, r := range a.Rings {
		moved := make(Ring, 0, len(r))
		for _, p := range r {
			if p = near(p); len(moved) == 0 || moved[len(moved)-1] != p {
				moved = append(moved, p)
			}
		}
		out.Rings = append(out.Rings, moved)
	}
	return out
}
