package overlay

import (
	"slices"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
)

// Ring is a closed path without its repeated last point. The area lies to its left: a shell runs counterclockwise, a
// hole clockwise.
type Ring []s2.Point

// Area is a set of rings that do not cross each other.
type Area struct{ Rings []Ring }

// mergeRadius is the distance below which S2 takes two vertices for one.
const mergeRadius = s1.Angle(16 * 2.220446049250313e-16)

// Polygon is a shell and the holes in it.
type Polygon struct {
	Shell Ring
	Holes []Ring
}

func (r Ring) edge(i int) s2.Edge { return s2.Edge{V0: r[i], V1: r[(i+1)%len(r)]} }

// loop is the ring as S2 has it.
func (r Ring) loop() *s2.Loop { return s2.LoopFromPoints(slices.Clone(r)) }

// isHole: the ring runs clockwise around the smaller part of the sphere.
func (r Ring) isHole() bool { return !r.loop().IsNormalized() }

// Size is the number of vertices.
func (a Area) Size() int {
	n := 0
	for _, r := range a.Rings {
		n += len(r)
	}
	return n
}

// Polygons puts each hole under the smallest shell that it lies in, in the order of the rings.
func (a Area) Polygons() []Polygon {
	var out []Polygon
	var shells []*s2.Loop
	var holes []Ring
	for _, r := range a.Rings {
		if r.isHole() {
			holes = append(holes, r)
			continue
		}
		out = append(out, Polygon{Shell: r})
		shells = append(shells, r.loop())
	}
	for _, h := range holes {
		inside := h.loop()
		inside.Normalize()
		best := -1
		for i, s := range shells {
			if (best < 0 || s.Area() < shells[best].Area()) && s.Contains(inside) {
				best = i
			}
		}
		if best >= 0 {
			out[best].Holes = append(out[best].Holes, h)
		}
	}
	return out
}

// container answers whether points lie in an area: in an odd number of its rings, each taken as the smaller part of the
// sphere.
type container []*s2.Loop

func newContainer(a Area) container {
	var c container
	for _, r := range a.Rings {
		l := r.loop()
		l.Normalize()
		c = append(c, l)
	}
	return c
}

func (c container) contains(p s2.Point) bool {
	in := false
	for _, l := range c {
		if l.ContainsPoint(p) {
			in = !in
		}
	}
	return in
}

// Union is the area of two areas together.
func Union(a, b Area) Area {
	switch {
	case len(a.Rings) == 0:
		return b
	case len(b.Rings) == 0:
		return a
	}
	s := newSplit(a, b)
	return Area{walk(s.keep(false))}
}

// UnionAll is the area of all areas. As S2 does, it unites the two with the fewest vertices until one is left.
func UnionAll(areas []Area) Area {
	type entry struct {
		size int
		area Area
	}
	var queue []entry
	push := func(e entry) {
		at := len(queue)
		for at > 0 && queue[at-1].size > e.size {
			at--
		}
		queue = slices.Insert(queue, at, e)
	}
	for _, a := range areas {
		push(entry{a.Size(), a})
	}
	for len(queue) > 1 {
		a, b := queue[0], queue[1]
		queue = queue[2:]
		push(entry{a.size + b.size, Union(a.area, b.area)})
	}
	if len(queue) == 0 {
		return Area{}
	}
	return queue[0].area
}

// Common is what two areas share: an area, lines where their borders touch only, and points where their corners do.
type Common struct {
	Area   Area
	Lines  [][]s2.Point
	Points []s2.Point
}

// Intersection is what two areas share.
func Intersection(a, b Area) Common {
	if len(a.Rings) == 0 || len(b.Rings) == 0 {
		return Common{}
	}
	s := newSplit(a, b)
	kept := s.keep(true)
	out := Common{Area: Area{walk(kept)}, Lines: s.touching()}
	used := map[s2.Point]bool{}
	for _, e := range kept {
		used[e.from], used[e.to] = true, true
	}
	for _, l := range out.Lines {
		for _, p := range l {
			used[p] = true
		}
	}
	inB := vertices(b)
	for _, r := range a.Rings {
		for _, p := range r {
			if inB[p] && !used[p] {
				out.Points, used[p] = append(out.Points, p), true
			}
		}
	}
	return out
}

func vertices(a Area) map[s2.Point]bool {
	out := map[s2.Point]bool{}
	for _, r := range a.Rings {
		for _, p := range r {
			out[p] = true
		}
	}
	return out
}
