package scalar

import (
	"math"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"github.com/sleuth-sec/sleuth/kql/reference/scalar/overlay"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// earth is the radius of the sphere that the geospatial functions compute on, in meters: the one of the S2 library.
const earth = 6371010.0

// geoFunctions work on longitudes and latitudes in degrees and on GeoJSON (RFC 7946). What is no place or no valid shape
// gives null (https://learn.microsoft.com/kusto/query/geospatial-grid-systems).
func geoFunctions() map[string]Func {
	return map[string]Func{
		"geo_distance_2points": overPlaces(2, func(p []s2.Point, _ []types.Value) types.Value { return meters(p[0].Distance(p[1])) }),
		"geo_azimuth":          overPlaces(2, azimuth), "geo_angle": overPlaces(3, corner),
		"geo_point_in_circle":           overPlaces(2, inCircle),
		"geo_point_in_polygon":          overPlaces(1, inPolygon),
		"geo_distance_point_to_line":    overPlaces(1, distanceToLine),
		"geo_distance_point_to_polygon": overPlaces(1, distanceToPolygon),
		"geo_closest_point_on_line":     overPlaces(1, closestOnLine),
		"geo_closest_point_on_polygon":  overPlaces(1, closestOnPolygon),
		"geo_point_buffer":              overPlaces(1, pointBuffer),
		"geo_line_length":               strict(lineLength), "geo_line_centroid": strict(lineCentroid),
		"geo_line_interpolate_point": strict(interpolate), "geo_line_locate_point": strict(locate),
		"geo_line_densify": strict(densify), "geo_line_simplify": strict(simplify),
		"geo_polygon_area": strictErr(ofUnited(polygonArea)), "geo_polygon_centroid": strictErr(ofUnited(polygonCentroid)),
		"geo_polygon_perimeter": strictErr(ofUnited(func(s *shape) types.Value { return meters(s.length()) })), "geo_polygon_densify": strict(densify), "geo_polygon_simplify": strict(simplify),
		"geo_intersects_2lines": strict(intersects), "geo_intersects_line_with_polygon": strict(intersects),
		"geo_intersects_2polygons": strict(intersects), "geo_intersection_2lines": strict(crossLines),
		"geo_intersection_line_with_polygon": strict(cutLine), "geo_from_wkt": strict(fromWKT),
		"geo_point_to_geohash": strict(toGeohash), "geo_geohash_to_central_point": strict(geohashCenter),
		"geo_geohash_to_polygon": strict(geohashPolygon), "geo_geohash_neighbors": strict(geohashNeighbors),
		"geo_point_to_s2cell": strict(toS2Cell), "geo_s2cell_to_central_point": strict(s2Center),
		"geo_s2cell_to_polygon": strict(s2Polygon), "geo_s2cell_neighbors": strict(s2Neighbors),
		"geo_polygon_to_s2cells": strict(coverS2), "geo_line_to_s2cells": strict(coverS2),
		"geo_point_to_h3cell": strict(toH3Cell), "geo_h3cell_to_central_point": strict(h3Center),
		"geo_h3cell_to_polygon": strict(h3Polygon), "geo_h3cell_neighbors": strict(h3Neighbors),
		"geo_h3cell_children": strict(h3Children), "geo_h3cell_parent": strict(h3Parent), "geo_h3cell_rings": strict(h3Rings),
		"geo_h3cell_level": strict(h3Level), "geo_polygon_to_h3cells": strict(coverH3),
	}
}

func place(lng, lat float64) (s2.Point, bool) {
	ok := math.Abs(lng) <= 180 && math.Abs(lat) <= 90
	return s2.PointFromLatLng(s2.LatLngFromDegrees(lat, lng)), ok
}

func placeOf(lng, lat types.Value) (s2.Point, bool) {
	x, okX := number(lng)
	y, okY := number(lat)
	p, ok := place(x, y)
	return p, ok && okX && okY
}

// overPlaces makes a function whose first arguments are so many pairs of longitude and latitude.
func overPlaces(n int, f func(p []s2.Point, rest []types.Value) types.Value) Func {
	return strict(func(args []types.Value) types.Value {
		points := make([]s2.Point, n)
		for i := range points {
			var ok bool
			if points[i], ok = placeOf(args[2*i], args[2*i+1]); !ok {
				return null
			}
		}
		return f(points, args[2*n:])
	})
}

func meters(a s1.Angle) types.Value { return types.NewReal(a.Radians() * earth) }

func pointTree(p s2.Point) types.Tree {
	ll := s2.LatLngFromPoint(p)
	return []types.Tree{ll.Lng.Degrees(), ll.Lat.Degrees()}
}

func pointsTree(list []s2.Point) []types.Tree {
	out := make([]types.Tree, len(list))
	for i, p := range list {
		out[i] = pointTree(p)
	}
	return out
}

func geoJSON(kind string, coordinates types.Tree) types.Value {
	return types.NewDynamic(makeBag("type", kind, "coordinates", coordinates))
}

func pointJSON(p s2.Point) types.Value { return geoJSON("Point", pointTree(p)) }

// ringJSON is a polygon of one ring, closed.
func ringJSON(ring []s2.Point) types.Value {
	return geoJSON("Polygon", []types.Tree{pointsTree(append(append([]s2.Point{}, ring...), ring[0]))})
}

// bearing is the direction from a to b, in radians clockwise from north.
func bearing(a, b s2.Point) float64 {
	p, q := s2.LatLngFromPoint(a), s2.LatLngFromPoint(b)
	d := (q.Lng - p.Lng).Radians()
	lat1, lat2 := p.Lat.Radians(), q.Lat.Radians()
	return math.Atan2(math.Sin(d)*math.Cos(lat2), math.Cos(lat1)*math.Sin(lat2)-math.Sin(lat1)*math.Cos(lat2)*math.Cos(d))
}

// directed: the two points have one way between them.
func directed(a, b s2.Point) bool { return a != b && !a.ApproxEqual(s2.Point{Vector: b.Mul(-1)}) }

func azimuth(p []s2.Point, _ []types.Value) types.Value {
	if !directed(p[0], p[1]) {
		return null
	}
	return types.NewReal(math.Mod(bearing(p[0], p[1])+2*math.Pi, 2*math.Pi))
}

// corner is the angle at the second point, clockwise from the first to the third.
func corner(p []s2.Point, _ []types.Value) types.Value {
	if !directed(p[0], p[1]) || !directed(p[1], p[2]) {
		return null
	}
	return types.NewReal(math.Mod(bearing(p[1], p[2])-bearing(p[1], p[0])+4*math.Pi, 2*math.Pi))
}

func inCircle(p []s2.Point, rest []types.Value) types.Value {
	r, ok := number(rest[0])
	if !ok || !(r >= 0) {
		return null
	}
	return types.NewBool(p[0].Distance(p[1]).Radians()*earth <= r)
}

func inPolygon(p []s2.Point, rest []types.Value) types.Value {
	s, ok := polygonOf(rest[0])
	if !ok {
		return null
	}
	return types.NewBool(s.contains(p[0]))
}

func distanceToLine(p []s2.Point, rest []types.Value) types.Value {
	s, ok := lineOf(rest[0])
	if !ok {
		return null
	}
	return meters(s.distance(p[0]))
}

// distanceToPolygon is 0 inside.
func distanceToPolygon(p []s2.Point, rest []types.Value) types.Value {
	s, ok := polygonOf(rest[0])
	switch {
	case !ok:
		return null
	case s.contains(p[0]):
		return types.NewReal(0)
	}
	return meters(s.distance(p[0]))
}

func closestOnLine(p []s2.Point, rest []types.Value) types.Value {
	s, ok := lineOf(rest[0])
	if !ok {
		return null
	}
	return pointJSON(s.closest(p[0]))
}

func closestOnPolygon(p []s2.Point, rest []types.Value) types.Value {
	s, ok := polygonOf(rest[0])
	switch {
	case !ok:
		return null
	case s.contains(p[0]):
		return pointJSON(p[0])
	}
	return pointJSON(s.closest(p[0]))
}

// pointBuffer is a polygon around a point, with as many corners as keep it within the tolerance of the circle.
func pointBuffer(p []s2.Point, rest []types.Value) types.Value {
	x, ok := reals(rest)
	if !ok || !(x[0] > 0) || x[0] > maxRadius {
		return null
	}
	tolerance := 10.0
	if len(x) > 1 {
		tolerance = x[1]
	}
	if !(tolerance > 0) {
		return null
	}
	corners := overlay.Corners(s1.Angle(x[0]/earth), s1.Angle(tolerance/earth))
	return ringJSON(s2.RegularLoop(p[0], s1.Angle(x[0]/earth), corners).Vertices())
}

func lineLength(args []types.Value) types.Value {
	s, ok := lineOf(args[0])
	if !ok {
		return null
	}
	return meters(s.length())
}

// lineCentroid weighs the middle of each segment by its length.
func lineCentroid(args []types.Value) types.Value {
	s, ok := lineOf(args[0])
	if !ok {
		return null
	}
	var sum s2.Point
	for _, l := range s.lines {
		sum = s2.Point{Vector: sum.Add(l.Centroid().Vector)}
	}
	return pointJSON(s2.Point{Vector: sum.Normalize()})
}

func singleLine(v types.Value) (*s2.Polyline, bool) {
	s, ok := lineOf(v)
	if !ok || len(s.lines) != 1 {
		return nil, false
	}
	return s.lines[0], true
}

func interpolate(args []types.Value) types.Value {
	l, ok := singleLine(args[0])
	f, okF := number(args[1])
	if !ok || !okF || f < 0 || f > 1 {
		return null
	}
	p, _ := l.Interpolate(f)
	return pointJSON(p)
}

func locate(args []types.Value) types.Value {
	l, ok := singleLine(args[0])
	p, okP := placeOf(args[1], args[2])
	if !ok || !okP {
		return null
	}
	on, next := l.Project(p)
	return types.NewReal(l.Uninterpolate(on, next))
}

// ofUnited measures what the polygons of a shape cover together.
func ofUnited(f func(*shape) types.Value) func(*Env, []types.Value) (types.Value, error) {
	return func(_ *Env, args []types.Value) (types.Value, error) {
		s, ok := polygonOf(args[0])
		if !ok {
			return null, nil
		}
		s, err := s.united()
		if err != nil {
			return null, err
		}
		return f(s), nil
	}
}

func polygonArea(s *shape) types.Value {
	area := 0.0
	for _, r := range s.rings {
		if r.hole {
			area -= r.loop.Area()
		} else {
			area += r.loop.Area()
		}
	}
	return types.NewReal(area * earth * earth)
}

func polygonCentroid(s *shape) types.Value {
	var sum s2.Point
	for _, r := range s.rings {
		c := r.loop.Centroid().Vector
		if r.hole {
			c = c.Mul(-1)
		}
		sum = s2.Point{Vector: sum.Add(c)}
	}
	return pointJSON(s2.Point{Vector: sum.Normalize()})
}
