package overlay

import (
	"math"
	"testing"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
	"pgregory.net/rapid"
)

// star is a ring around a center whose corners lie in any distances.
func star(t *rapid.T, name string) Area {
	lat, lng := rapid.Float64Range(-5, 5).Draw(t, name+" lat"), rapid.Float64Range(-5, 5).Draw(t, name+" lng")
	n := rapid.IntRange(3, 12).Draw(t, name+" corners")
	var r Ring
	for i := range n {
		angle := 2 * math.Pi * float64(i) / float64(n)
		d := rapid.Float64Range(1, 6).Draw(t, name+" distance")
		r = append(r, s2.PointFromLatLng(s2.LatLngFromDegrees(lat+d*math.Sin(angle), lng+d*math.Cos(angle))))
	}
	return Area{[]Ring{r}}
}

func size(a Area) float64 {
	sum := 0.0
	for _, r := range a.Rings {
		l := r.loop()
		sign := 1.0
		if !l.IsNormalized() {
			sign = -1
			l.Normalize()
		}
		sum += sign * l.Area()
	}
	return sum
}

// Two areas together cover what they cover each, less what they share; and every point lies in the union exactly when it
// lies in one of them.
func TestAreas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := star(t, "a"), star(t, "b")
		union, common := Union(a, b), Intersection(a, b)
		if got, want := size(union)+size(common.Area), size(a)+size(b); math.Abs(got-want) > 1e-9*want {
			t.Fatalf("union and intersection have %g, the areas %g", got, want)
		}
		inA, inB, inUnion, inCommon := newContainer(a), newContainer(b), newContainer(union), newContainer(common.Area)
		for range 20 {
			p := drawn(t, 12)
			x, y := inA.contains(p), inB.contains(p)
			if inUnion.contains(p) != (x || y) || inCommon.contains(p) != (x && y) {
				t.Fatalf("point %v: in a %v, in b %v, in the union %v, in both %v", p, x, y, inUnion.contains(p), inCommon.contains(p))
			}
		}
	})
}

// drawn is a point within so many degrees of 0, 0, in steps of a millionth of a degree, 0.1 m.
func drawn(t *rapid.T, most int) s2.Point {
	const step = 1e-6
	lat := rapid.IntRange(-most*1e6, most*1e6).Draw(t, "lat")
	lng := rapid.IntRange(-most*1e6, most*1e6).Draw(t, "lng")
	return s2.PointFromLatLng(s2.LatLngFromDegrees(float64(lat)*step, float64(lng)*step))
}

// A buffer holds the points within its radius and none that is farther than the tolerance beyond.
func TestBuffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var line s2.Polyline
		for range rapid.IntRange(2, 6).Draw(t, "points") {
			line = append(line, drawn(t, 5))
		}
		radius, tolerance := 2*s1.Degree, 0.05*s1.Degree
		in := newContainer(Buffer(Area{}, [][]s2.Point{line}, radius, tolerance))
		for range 20 {
			p := drawn(t, 9)
			on, _ := line.Project(p)
			d := on.Distance(p)
			if d < radius*(1-1e-9) && !in.contains(p) || d > radius+tolerance && in.contains(p) {
				t.Fatalf("point at %v of the line: in the buffer %v", d, in.contains(p))
			}
		}
	})
}

// The buffer of an edge whose ends are one point, or as good as one, is a circle.
func TestBufferOfAPoint(t *testing.T) {
	a := s2.PointFromLatLng(s2.LatLngFromDegrees(1, 1))
	near := func(degrees float64) s2.Point { return s2.PointFromLatLng(s2.LatLngFromDegrees(1, 1+degrees)) }
	for _, line := range [][]s2.Point{{a}, {a, a}, {a, near(1e-13)}, {a, a, near(1e-13), a}, {a, near(1e-8), a}, {a, near(1e-6), near(-1e-6), a}} {
		buffer := Buffer(Area{}, [][]s2.Point{line}, 2*s1.Degree, 0.05*s1.Degree)
		radius := 2 * math.Pi / 180
		if got, want := size(buffer), math.Pi*radius*radius; math.Abs(got-want) > 0.06*want {
			t.Fatalf("the buffer of %v has %g, a circle has %g", line, got, want)
		}
	}
}

// A ring in a ring is a hole of it, and areas that touch in an edge become one.
func TestHolesAndEdges(t *testing.T) {
	box := func(w, s, e, n float64) Ring {
		at := func(x, y float64) s2.Point { return s2.PointFromLatLng(s2.LatLngFromDegrees(y, x)) }
		return Ring{at(w, s), at(e, s), at(e, n), at(w, n)}
	}
	frame := UnionAll([]Area{{[]Ring{box(0, 0, 3, 1)}}, {[]Ring{box(0, 2, 3, 3)}}, {[]Ring{box(0, 0.5, 1, 2.5)}}, {[]Ring{box(2, 0.5, 3, 2.5)}}})
	if p := frame.Polygons(); len(p) != 1 || len(p[0].Holes) != 1 {
		t.Fatalf("a frame is %d polygons: %v", len(p), p)
	}
	two := Union(Area{[]Ring{box(0, 0, 1, 1)}}, Area{[]Ring{box(1, 0, 2, 1)}})
	if len(two.Rings) != 1 || len(two.Rings[0]) != 6 {
		t.Fatalf("two boxes side by side: %v", two.Rings)
	}
	edge := Intersection(Area{[]Ring{box(0, 0, 1, 1)}}, Area{[]Ring{box(1, 0, 2, 1)}})
	if len(edge.Area.Rings) != 0 || len(edge.Lines) != 1 || len(edge.Points) != 0 {
		t.Fatalf("two boxes share %v", edge)
	}
}
