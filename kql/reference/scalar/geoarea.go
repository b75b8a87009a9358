package scalar

import (
	"slices"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"github.com/sleuth-sec/sleuth/kql/reference/scalar/overlay"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// maxOverlay bounds the vertices of shapes that are united or cut: the work grows with their square.
const maxOverlay = 20000

// geoAreaFunctions unite, cut and widen shapes.
func geoAreaFunctions() map[string]Func {
	return map[string]Func{
		"geo_union_polygons_array":    strictErr(unitePolygons),
		"geo_simplify_polygons_array": strictErr(simplifyPolygons),
		"geo_union_lines_array":       strict(uniteLines),
		"geo_intersection_2polygons":  strictErr(intersectPolygons),
		"geo_line_buffer":             strictErr(buffer(lineOf)),
		"geo_polygon_buffer":          strictErr(buffer(polygonOf)),
	}
}

// areas are the polygons of a shape, one area each: the polygons of a multi-polygon may overlap.
func (s *shape) areas() []overlay.Area {
	var out []overlay.Area
	last := -1
	for _, r := range s.rings {
		if r.polygon != last {
			out, last = append(out, overlay.Area{}), r.polygon
		}
		ring := overlay.Ring(slices.Clone(r.loop.Vertices()))
		if r.hole {
			slices.Reverse(ring)
		}
		a := &out[len(out)-1]
		a.Rings = append(a.Rings, ring)
	}
	return out
}

// united is a shape whose polygons do not overlap any more.
func (s *shape) united() (*shape, error) {
	areas := s.areas()
	if len(areas) < 2 {
		return s, nil
	}
	a, err := unite(areas)
	if err != nil {
		return nil, err
	}
	return shapeOf(a), nil
}

func unite(areas []overlay.Area) (overlay.Area, error) {
	n := 0
	for _, a := range areas {
		n += a.Size()
	}
	if n > maxOverlay {
		return overlay.Area{}, tooLarge("the shapes have too many points", n, maxOverlay)
	}
	return overlay.UnionAll(areas), nil
}

func shapeOf(a overlay.Area) *shape {
	out := &shape{}
	for i, p := range a.Polygons() {
		for j, r := range append([]overlay.Ring{p.Shell}, p.Holes...) {
			loop := s2.LoopFromPoints(slices.Clone(r))
			loop.Normalize()
			out.rings = append(out.rings, ring{loop, j > 0, i})
		}
	}
	return out
}

// areaJSON is a polygon or a multi-polygon.
func areaJSON(a overlay.Area) (types.Value, bool) {
	list := a.Polygons()
	polygons := make([]types.Tree, len(list))
	for i, p := range list {
		rings := []types.Tree{closedTree(p.Shell)}
		for _, h := range p.Holes {
			rings = append(rings, closedTree(h))
		}
		polygons[i] = rings
	}
	switch len(polygons) {
	case 0:
		return null, false
	case 1:
		return geoJSON("Polygon", polygons[0]), true
	}
	return geoJSON("MultiPolygon", polygons), true
}

func closedTree(r overlay.Ring) types.Tree { return pointsTree(append(slices.Clone(r), r[0])) }

// shapesOf reads an array of shapes; one that is none makes the result null.
func shapesOf(v types.Value, read func(types.Value) (*shape, bool)) ([]*shape, bool) {
	list, ok := array(v)
	if !ok || len(list) == 0 {
		return nil, false
	}
	out := make([]*shape, len(list))
	for i, t := range list {
		if out[i], ok = read(types.FromTree(t)); !ok {
			return nil, false
		}
	}
	return out, true
}

func unitePolygons(_ *Env, args []types.Value) (types.Value, error) {
	shapes, ok := shapesOf(args[0], polygonOf)
	if !ok {
		return null, nil
	}
	var areas []overlay.Area
	for _, s := range shapes {
		areas = append(areas, s.areas()...)
	}
	a, err := unite(areas)
	if err != nil {
		return null, err
	}
	out, _ := areaJSON(a)
	return out, nil
}

// simplifyPolygons unites polygons and leaves out needless points.
func simplifyPolygons(env *Env, args []types.Value) (types.Value, error) {
	united, err := unitePolygons(env, args[:1])
	if err != nil || isNull(united) {
		return null, err
	}
	return simplify(append([]types.Value{united}, args[1:]...)), nil
}

func uniteLines(args []types.Value) types.Value {
	shapes, ok := shapesOf(args[0], lineOf)
	if !ok {
		return null
	}
	var lines [][]s2.Point
	for _, s := range shapes {
		for _, l := range s.lines {
			lines = append(lines, *l)
		}
	}
	return linesJSON(overlay.UnionLines(lines))
}

func linesJSON(lines [][]s2.Point) types.Value {
	out := make([]types.Tree, len(lines))
	for i, l := range lines {
		out[i] = pointsTree(l)
	}
	if len(out) == 1 {
		return geoJSON("LineString", out[0])
	}
	return geoJSON("MultiLineString", out)
}

func intersectPolygons(_ *Env, args []types.Value) (types.Value, error) {
	a, okA := polygonOf(args[0])
	b, okB := polygonOf(args[1])
	if !okA || !okB {
		return null, nil
	}
	areaA, err := unite(a.areas())
	if err != nil {
		return null, err
	}
	areaB, err := unite(b.areas())
	if err != nil {
		return null, err
	}
	common := overlay.Intersection(areaA, areaB)
	var parts []types.Tree
	for _, p := range common.Points {
		parts = append(parts, pointJSON(p).Tree())
	}
	for _, l := range common.Lines {
		parts = append(parts, geoJSON("LineString", pointsTree(l)).Tree())
	}
	if area, ok := areaJSON(common.Area); ok {
		parts = append(parts, area.Tree())
	}
	return collection(parts), nil
}

// collection is its only part, or the shape of its parts when they are of one kind, or a collection.
func collection(parts []types.Tree) types.Value {
	if len(parts) == 1 {
		return types.NewDynamic(parts[0])
	}
	var inside []types.Tree
	kind := ""
	for _, p := range parts {
		k, c, _ := coordinates(types.NewDynamic(p))
		if inside = append(inside, c); kind == "" {
			kind = k
		}
		if k != kind {
			kind = "?"
		}
	}
	switch kind {
	case "Point", "LineString", "Polygon":
		return geoJSON("Multi"+kind, inside)
	}
	if parts == nil {
		parts = []types.Tree{}
	}
	return types.NewDynamic(makeBag("type", "GeometryCollection", "geometries", parts))
}

// buffer is the area within a distance of lines, or of polygons.
func buffer(read func(types.Value) (*shape, bool)) func(*Env, []types.Value) (types.Value, error) {
	return func(_ *Env, args []types.Value) (types.Value, error) {
		s, ok := read(args[0])
		x, valid := reals(args[1:])
		if !ok || !valid || !(x[0] > 0) || x[0] > maxRadius {
			return null, nil
		}
		limit := min(10.0, x[0])
		if len(x) > 1 {
			limit = min(x[1], x[0])
		}
		if !(limit > 0) {
			return null, nil
		}
		radius, tolerance := s1.Angle(x[0]/earth), s1.Angle(max(limit, x[0]*1e-6)/earth)
		area, err := unite(s.areas())
		if err != nil {
			return null, err
		}
		lines := area.Borders()
		for _, l := range s.lines {
			lines = append(lines, *l)
		}
		edges := 0
		for _, l := range lines {
			edges += len(l)
		}
		if n := edges * overlay.Corners(radius, tolerance); n > maxOverlay*10 {
			return null, tooLarge("the border would have too many points", n, maxOverlay*10)
		}
		out, _ := areaJSON(overlay.Buffer(area, lines, radius, tolerance))
		return out, nil
	}
}

// maxRadius is how far a buffer can reach, in meters.
const maxRadius = 1e7
