package scalar

import (
	"math"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// shape is the content of a GeoJSON line or polygon, or of several.
type shape struct {
	lines []*s2.Polyline
	rings []ring
}

// ring is a polygon's ring; polygon counts the polygons of a multi-polygon.
type ring struct {
	loop    *s2.Loop
	hole    bool
	polygon int
}

// coordinates are the kind and the coordinates of a GeoJSON geometry, also inside a feature.
func coordinates(v types.Value) (kind string, c []types.Tree, ok bool) {
	b, ok := bag(v)
	if !ok {
		return "", nil, false
	}
	if g, has := b.Get("geometry"); has {
		if b, ok = g.(*types.Bag); !ok {
			return "", nil, false
		}
	}
	t, _ := b.Get("type")
	kind, _ = t.(string)
	t, _ = b.Get("coordinates")
	c, ok = t.([]types.Tree)
	return kind, c, ok
}

// path reads an array of positions.
func path(t types.Tree) ([]s2.Point, bool) {
	list, ok := t.([]types.Tree)
	if !ok {
		return nil, false
	}
	out := make([]s2.Point, len(list))
	for i, x := range list {
		pair, ok := x.([]types.Tree)
		if !ok || len(pair) < 2 {
			return nil, false
		}
		if out[i], ok = placeOf(types.FromTree(pair[0]), types.FromTree(pair[1])); !ok {
			return nil, false
		}
	}
	return out, true
}

// lineOf reads a LineString or MultiLineString.
func lineOf(v types.Value) (*shape, bool) {
	kind, c, ok := coordinates(v)
	if !ok {
		return nil, false
	}
	s := &shape{}
	switch kind {
	case "LineString":
		return s, s.addLine(c)
	case "MultiLineString":
		for _, t := range c {
			if !s.addLine(t) {
				return nil, false
			}
		}
		return s, len(s.lines) > 0
	}
	return nil, false
}

func (s *shape) addLine(t types.Tree) bool {
	points, ok := path(t)
	if !ok || len(points) < 2 {
		return false
	}
	l := s2.Polyline(points)
	s.lines = append(s.lines, &l)
	return l.Validate() == nil
}

// polygonOf reads a Polygon or MultiPolygon. Rings must be closed and must not touch themselves.
func polygonOf(v types.Value) (*shape, bool) {
	kind, c, ok := coordinates(v)
	if !ok {
		return nil, false
	}
	s := &shape{}
	switch kind {
	case "Polygon":
		return s, s.addPolygon(c, 0)
	case "MultiPolygon":
		for i, t := range c {
			if rings, ok := t.([]types.Tree); !ok || !s.addPolygon(rings, i) {
				return nil, false
			}
		}
		return s, len(s.rings) > 0
	}
	return nil, false
}

func (s *shape) addPolygon(rings []types.Tree, n int) bool {
	for i, t := range rings {
		points, ok := path(t)
		if !ok || len(points) < 4 || points[0] != points[len(points)-1] {
			return false
		}
		loop := s2.LoopFromPoints(points[:len(points)-1])
		if loop.Validate() != nil || crossesItself(points) {
			return false
		}
		loop.Normalize()
		s.rings = append(s.rings, ring{loop, i > 0, n})
	}
	return len(rings) > 0
}

// crossesItself looks at all pairs of edges; rings too long for that are taken as they are.
func crossesItself(points []s2.Point) bool {
	n := len(points) - 1
	if n > 2000 {
		return false
	}
	for i := range n {
		for j := i + 2; j < n; j++ {
			if (i != 0 || j != n-1) && s2.CrossingSign(points[i], points[i+1], points[j], points[j+1]) == s2.Cross {
				return true
			}
		}
	}
	return false
}

// contains: in the shell of a polygon and in none of its holes.
func (s *shape) contains(p s2.Point) bool {
	in := map[int]bool{}
	for _, r := range s.rings {
		if r.loop.ContainsPoint(p) {
			in[r.polygon] = !r.hole
		}
	}
	for _, is := range in {
		if is {
			return true
		}
	}
	return false
}

// edges are all edges, of lines and rings.
func (s *shape) edges() []s2.Edge {
	var out []s2.Edge
	for _, l := range s.lines {
		for i := range l.NumEdges() {
			out = append(out, l.Edge(i))
		}
	}
	for _, r := range s.rings {
		for i := range r.loop.NumEdges() {
			out = append(out, r.loop.Edge(i))
		}
	}
	return out
}

func (s *shape) distance(p s2.Point) s1.Angle {
	best := s1.Angle(math.Inf(1))
	for _, e := range s.edges() {
		best = min(best, s2.DistanceFromSegment(p, e.V0, e.V1))
	}
	return best
}

func (s *shape) closest(p s2.Point) s2.Point {
	best, at := s1.Angle(math.Inf(1)), p
	for _, e := range s.edges() {
		if d := s2.DistanceFromSegment(p, e.V0, e.V1); d < best {
			best, at = d, s2.Project(p, e.V0, e.V1)
		}
	}
	return at
}

func (s *shape) length() s1.Angle {
	sum := s1.Angle(0)
	for _, e := range s.edges() {
		sum += e.V0.Distance(e.V1)
	}
	return sum
}

func anyShape(v types.Value) (*shape, bool) {
	if s, ok := lineOf(v); ok {
		return s, true
	}
	return polygonOf(v)
}

// intersects: edges cross or touch, or one shape lies in the other.
func intersects(args []types.Value) types.Value {
	a, okA := anyShape(args[0])
	b, okB := anyShape(args[1])
	if !okA || !okB {
		return null
	}
	for _, e := range a.edges() {
		for _, f := range b.edges() {
			if s2.CrossingSign(e.V0, e.V1, f.V0, f.V1) != s2.DoNotCross {
				return types.NewBool(true)
			}
		}
	}
	return types.NewBool(a.contains(b.edges()[0].V0) || b.contains(a.edges()[0].V0))
}

func emptyCollection() types.Value {
	return types.NewDynamic(makeBag("type", "GeometryCollection", "geometries", []types.Tree{}))
}

// crossLines gives the points where two lines cross; of two equal lines the line.
func crossLines(args []types.Value) types.Value {
	a, okA := lineOf(args[0])
	b, okB := lineOf(args[1])
	if !okA || !okB {
		return null
	}
	if types.Equal(args[0], args[1]) {
		return args[0]
	}
	var points []s2.Point
	for _, e := range a.edges() {
		for _, f := range b.edges() {
			if s2.CrossingSign(e.V0, e.V1, f.V0, f.V1) == s2.Cross {
				points = append(points, s2.Intersection(e.V0, e.V1, f.V0, f.V1))
			} else if e.V0 == f.V0 || e.V0 == f.V1 {
				points = append(points, e.V0)
			}
		}
	}
	switch len(points) {
	case 0:
		return emptyCollection()
	case 1:
		return pointJSON(points[0])
	}
	return geoJSON("MultiPoint", pointsTree(points))
}

// cutLine gives the parts of a line that lie in a polygon.
func cutLine(args []types.Value) types.Value {
	line, ok := lineOf(args[0])
	area, ok2 := polygonOf(args[1])
	if !ok || !ok2 {
		return null
	}
	var parts [][]s2.Point
	for _, l := range line.lines {
		parts = append(parts, insideParts(l, area)...)
	}
	switch len(parts) {
	case 0:
		return emptyCollection()
	case 1:
		return geoJSON("LineString", pointsTree(parts[0]))
	}
	out := make([]types.Tree, len(parts))
	for i, p := range parts {
		out[i] = pointsTree(p)
	}
	return geoJSON("MultiLineString", out)
}

func insideParts(l *s2.Polyline, area *shape) [][]s2.Point {
	var parts [][]s2.Point
	var part []s2.Point
	edges := area.edges()
	for i := range l.NumEdges() {
		e := l.Edge(i)
		stops := []s2.Point{e.V0}
		for _, f := range edges {
			if s2.CrossingSign(e.V0, e.V1, f.V0, f.V1) == s2.Cross {
				stops = append(stops, s2.Intersection(e.V0, e.V1, f.V0, f.V1))
			}
		}
		sortByDistance(stops, e.V0)
		stops = append(stops, e.V1)
		for j := 0; j+1 < len(stops); j++ {
			switch inside := area.contains(s2.Interpolate(0.5, stops[j], stops[j+1])); {
			case inside && part == nil:
				part = []s2.Point{stops[j], stops[j+1]}
			case inside:
				part = append(part, stops[j+1])
			case part != nil:
				parts, part = append(parts, part), nil
			}
		}
	}
	if part != nil {
		parts = append(parts, part)
	}
	return parts
}

func sortByDistance(list []s2.Point, from s2.Point) {
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && list[j].Distance(from) < list[j-1].Distance(from); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}
