package overlay

import (
	"math"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
)

// Buffer is the area within a radius of lines, together with an area. Its border is off by the tolerance at most, to the
// outside.
func Buffer(area Area, lines [][]s2.Point, radius, tolerance s1.Angle) Area {
	corners := Corners(radius, tolerance)
	// Chords that cut the circle by no more than the tolerance touch it from outside.
	outer := s1.Angle(math.Atan(math.Tan(radius.Radians()) / math.Cos(math.Pi/float64(corners))))
	var parts []Area
	if len(area.Rings) > 0 {
		parts = append(parts, area)
	}
	for _, l := range lines {
		l = apart(l)
		if len(l) == 1 {
			l = append(l, l[0])
		}
		for i := 1; i < len(l); i++ {
			parts = append(parts, Area{[]Ring{capsule(l[i-1], l[i], outer, corners)}})
		}
	}
	return UnionAll(parts)
}

// same is the distance below which two points of a line are one: 0.06 mm on the earth. Rings that
// differ by less cross each other where rounding has them do so, and have no common side.
const same = s1.Angle(1e-11)

// apart leaves out of a line the points that are the same as the one before.
func apart(line []s2.Point) []s2.Point {
	var out []s2.Point
	for _, p := range line {
		if len(out) == 0 || out[len(out)-1].Distance(p) > same {
			out = append(out, p)
		}
	}
	return out
}

// Borders are the rings of an area as lines.
func (a Area) Borders() [][]s2.Point {
	var out [][]s2.Point
	for _, r := range a.Rings {
		out = append(out, append(append([]s2.Point{}, r...), r[0]))
	}
	return out
}

// Corners is how many corners a polygon around a circle needs to stay within a tolerance of it.
func Corners(radius, tolerance s1.Angle) int {
	if tolerance >= radius {
		return 8
	}
	n := math.Ceil(math.Pi / math.Acos(1-tolerance.Radians()/radius.Radians()))
	return int(min(max(n, 8), 4096))
}

// capsule is the ring around one edge: half a circle at each end.
func capsule(a, b s2.Point, radius s1.Angle, corners int) Ring {
	half := corners/2 + 1
	ring := make(Ring, 0, 2*half+2)
	// right is the direction that lies at the right of the way to the end. An edge whose ends are
	// one point has no way: any direction will do, and the two halves make one circle.
	right := s2.Point{Vector: b.PointCross(a).Normalize()}
	for _, end := range []s2.Point{b, a} {
		ahead := s2.Point{Vector: right.Cross(end.Vector).Mul(-1).Normalize()}
		for i := 0; i <= half; i++ {
			angle := math.Pi * float64(i) / float64(half)
			direction := right.Mul(math.Cos(angle)).Add(ahead.Mul(math.Sin(angle)))
			ring = append(ring, at(end.Vector, direction, radius))
		}
		right = s2.Point{Vector: right.Mul(-1)}
	}
	return ring
}

// at is the point at a distance from another in a direction, which is orthogonal to it.
func at(from, direction r3.Vector, distance s1.Angle) s2.Point {
	d := distance.Radians()
	return s2.Point{Vector: from.Mul(math.Cos(d)).Add(direction.Mul(math.Sin(d))).Normalize()}
}
