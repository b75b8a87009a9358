package scalar

import (
	"math"
	"strconv"
	"strings"

	"github.com/golang/geo/s2"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// overPaths makes a shape of each path of a line or polygon. Coordinates that f keeps stay exactly what they were.
func overPaths(v types.Value, f func(path []types.Tree) []types.Tree) types.Value {
	kind, c, ok := coordinates(v)
	if !ok {
		return null
	}
	depth := map[string]int{"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}[kind]
	return geoJSON(kind, mapPaths(c, depth, f))
}

func mapPaths(t types.Tree, depth int, f func([]types.Tree) []types.Tree) types.Tree {
	list, _ := t.([]types.Tree)
	if depth == 0 {
		return f(list)
	}
	out := make([]types.Tree, len(list))
	for i, x := range list {
		out[i] = mapPaths(x, depth-1, f)
	}
	return out
}

func tolerance(args []types.Value, least, most float64) (float64, bool) {
	if len(args) < 2 {
		return 10, true
	}
	f, ok := number(args[1])
	return f, ok && f >= least && f <= most
}

// densify adds points on the straight line between longitudes and latitudes wherever it is farther from the shortest way
// on the sphere than the tolerance.
func densify(args []types.Value) types.Value {
	limit, ok := tolerance(args, 0.1, 10000)
	if _, valid := anyShape(args[0]); !ok || !valid {
		return null
	}
	return overPaths(args[0], func(path []types.Tree) []types.Tree {
		out := path[:1:1]
		for i := 1; i < len(path); i++ {
			out = densifyEdge(out, position(path[i-1]), position(path[i]), limit, 0)
			out = append(out, path[i])
		}
		return out
	})
}

func position(t types.Tree) [2]float64 {
	pair := t.([]types.Tree)
	x, _ := number(types.FromTree(pair[0]))
	y, _ := number(types.FromTree(pair[1]))
	return [2]float64{x, y}
}

// densifyEdge appends the points between a and b.
func densifyEdge(out []types.Tree, a, b [2]float64, limit float64, depth int) []types.Tree {
	mid := [2]float64{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2}
	p, _ := place(a[0], a[1])
	q, _ := place(b[0], b[1])
	m, _ := place(mid[0], mid[1])
	if depth > 16 || s2.DistanceFromSegment(m, p, q).Radians()*earth <= limit {
		return out
	}
	out = densifyEdge(out, a, mid, limit, depth+1)
	out = append(out, []types.Tree{wholeTree(mid[0]), wholeTree(mid[1])})
	return densifyEdge(out, mid, b, limit, depth+1)
}

// wholeTree prints without a point what has no fraction, as coordinates are written.
func wholeTree(f float64) types.Tree {
	if f == math.Trunc(f) {
		return int64(f)
	}
	return f
}

// simplify leaves out points that are nearer than the tolerance to the line without them (Douglas and Peucker). What would
// be no polygon or line of that length any more gives null.
func simplify(args []types.Value) types.Value {
	limit, ok := tolerance(args, 0, 1e8)
	s, valid := anyShape(args[0])
	if !ok || !valid {
		return null
	}
	out := overPaths(args[0], func(path []types.Tree) []types.Tree {
		points := make([]s2.Point, len(path))
		for i, t := range path {
			p := position(t)
			points[i], _ = place(p[0], p[1])
		}
		keep := make([]bool, len(path))
		keep[0], keep[len(path)-1] = true, true
		mark(points, keep, 0, len(path)-1, limit)
		var out []types.Tree
		for i, t := range path {
			if keep[i] {
				out = append(out, t)
			}
		}
		return out
	})
	kept, still := anyShape(out)
	if !still || len(s.lines) > 0 && kept.length().Radians()*earth < limit {
		return null
	}
	return out
}

func mark(points []s2.Point, keep []bool, from, to int, limit float64) {
	far, at := limit, -1
	for i := from + 1; i < to; i++ {
		d := s2.DistanceFromSegment(points[i], points[from], points[to]).Radians() * earth
		if d > far {
			far, at = d, i
		}
	}
	if at < 0 {
		return
	}
	keep[at] = true
	mark(points, keep, from, at, limit)
	mark(points, keep, at, to, limit)
}

// wkt reads well-known text (ISO 19125-1).
type wkt struct{ s string }

var wktKinds = map[string]struct {
	name  string
	depth int
}{
	"POINT": {"Point", 0}, "LINESTRING": {"LineString", 1}, "MULTIPOINT": {"MultiPoint", 1}, "POLYGON": {"Polygon", 2},
	"MULTILINESTRING": {"MultiLineString", 2}, "MULTIPOLYGON": {"MultiPolygon", 3}, "GEOMETRYCOLLECTION": {"GeometryCollection", 0},
}

func fromWKT(args []types.Value) types.Value {
	w := &wkt{text(args[0])}
	t, ok := w.geometry(0)
	if !ok || strings.TrimSpace(w.s) != "" {
		return null
	}
	return types.NewDynamic(t)
}

func (w *wkt) take(c byte) bool {
	w.s = strings.TrimLeft(w.s, " \t\r\n")
	if w.s == "" || w.s[0] != c {
		return false
	}
	w.s = w.s[1:]
	return true
}

func (w *wkt) geometry(depth int) (types.Tree, bool) {
	w.s = strings.TrimLeft(w.s, " \t\r\n")
	end := strings.IndexByte(w.s, '(')
	if end < 0 || depth > 50 {
		return nil, false
	}
	kind, ok := wktKinds[strings.ToUpper(strings.TrimSpace(w.s[:end]))]
	w.s = w.s[end:]
	if !ok {
		return nil, false
	}
	if kind.name == "GeometryCollection" {
		list, ok := w.list(func() (types.Tree, bool) { return w.geometry(depth + 1) })
		return makeBag("type", kind.name, "geometries", list), ok
	}
	if kind.depth == 0 {
		list, ok := w.list(w.position)
		return makeBag("type", kind.name, "coordinates", first(list)), ok && len(list) == 1
	}
	c, ok := w.nested(kind.depth)
	return makeBag("type", kind.name, "coordinates", c), ok
}

func first(list []types.Tree) types.Tree {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// list reads (item, item, ...).
func (w *wkt) list(item func() (types.Tree, bool)) ([]types.Tree, bool) {
	if !w.take('(') {
		return nil, false
	}
	var out []types.Tree
	for {
		t, ok := item()
		if !ok {
			return nil, false
		}
		out = append(out, t)
		if w.take(')') {
			return out, true
		}
		if !w.take(',') {
			return nil, false
		}
	}
}

func (w *wkt) nested(depth int) (types.Tree, bool) {
	item := w.position
	if depth > 1 {
		item = func() (types.Tree, bool) { return w.nested(depth - 1) }
	}
	return w.list(item)
}

// position reads "x y", also in parentheses as points of a MULTIPOINT may be.
func (w *wkt) position() (types.Tree, bool) {
	closing := w.take('(')
	w.s = strings.TrimLeft(w.s, " \t\r\n")
	end := strings.IndexAny(w.s, ",()")
	if end < 0 {
		return nil, false
	}
	parts := strings.Fields(w.s[:end])
	w.s = w.s[end:]
	if len(parts) < 2 || closing && !w.take(')') {
		return nil, false
	}
	out := make([]types.Tree, 2)
	for i := range out {
		f, err := strconv.ParseFloat(parts[i], 64)
		if err != nil {
			return nil, false
		}
		out[i] = f
	}
	return out, true
}
