package scalar

import (
	"math"
	"strings"

	"github.com/golang/geo/s2"
	"github.com/uber/h3-go/v4"

	"github.com/sleuth-sec/sleuth/kql/types"
)

const geohashDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

// maxCells bounds what covers a shape (https://learn.microsoft.com/kusto/query/geo-polygon-to-s2cells-function).
const maxCells = 65536

// box is a cell of the geohash grid.
type box struct{ west, south, east, north float64 }

func geohashBox(s string) (box, bool) {
	b := box{-180, -90, 180, 90}
	if s == "" || len(s) > 18 {
		return b, false
	}
	even := true
	for _, c := range strings.ToLower(s) {
		n := strings.IndexRune(geohashDigits, c)
		if n < 0 {
			return b, false
		}
		for bit := 16; bit > 0; bit /= 2 {
			switch mid := (b.west + b.east) / 2; {
			case even && n&bit != 0:
				b.west = mid
			case even:
				b.east = mid
			default:
				if mid = (b.south + b.north) / 2; n&bit != 0 {
					b.south = mid
				} else {
					b.north = mid
				}
			}
			even = !even
		}
	}
	return b, true
}

func geohash(lng, lat float64, digits int) string {
	b := box{-180, -90, 180, 90}
	var out strings.Builder
	even := true
	for range digits {
		n := 0
		for range 5 {
			n *= 2
			if even {
				if mid := (b.west + b.east) / 2; lng >= mid {
					n, b.west = n+1, mid
				} else {
					b.east = mid
				}
			} else if mid := (b.south + b.north) / 2; lat >= mid {
				n, b.south = n+1, mid
			} else {
				b.north = mid
			}
			even = !even
		}
		out.WriteByte(geohashDigits[n])
	}
	return out.String()
}

func toGeohash(args []types.Value) types.Value {
	lng, ok := number(args[0])
	lat, ok2 := number(args[1])
	digits, ok3 := optInteger(args, 2, 5)
	if _, valid := place(lng, lat); !ok || !ok2 || !ok3 || !valid || digits < 1 || digits > 18 {
		return types.NewString("")
	}
	return types.NewString(geohash(lng, lat, int(digits)))
}

func geohashCenter(args []types.Value) types.Value {
	b, ok := geohashBox(text(args[0]))
	if !ok {
		return null
	}
	return geoJSON("Point", []types.Tree{(b.west + b.east) / 2, (b.south + b.north) / 2})
}

func geohashPolygon(args []types.Value) types.Value {
	b, ok := geohashBox(text(args[0]))
	if !ok {
		return null
	}
	at := func(x, y float64) types.Tree { return []types.Tree{x, y} }
	return geoJSON("Polygon", []types.Tree{[]types.Tree{at(b.west, b.south), at(b.east, b.south), at(b.east, b.north), at(b.west, b.north), at(b.west, b.south)}})
}

// geohashNeighbors are the eight cells around one, wrapping at the antimeridian.
func geohashNeighbors(args []types.Value) types.Value {
	s := text(args[0])
	b, ok := geohashBox(s)
	if !ok {
		return null
	}
	w, h := b.east-b.west, b.north-b.south
	x, y := (b.west+b.east)/2, (b.south+b.north)/2
	var out []string
	for _, d := range [][2]float64{{-1, -1}, {-1, 1}, {1, -1}, {0, 1}, {-1, 0}, {1, 1}, {1, 0}, {0, -1}} {
		lng, lat := math.Mod(x+d[0]*w+540, 360)-180, y+d[1]*h
		if math.Abs(lat) <= 90 {
			out = append(out, geohash(lng, lat, len(s)))
		}
	}
	return texts(out)
}

func toS2Cell(args []types.Value) types.Value {
	p, ok := placeOf(args[0], args[1])
	level, ok2 := optInteger(args, 2, 11)
	if !ok || !ok2 || level < 0 || level > 30 {
		return types.NewString("")
	}
	return types.NewString(s2.CellFromPoint(p).ID().Parent(int(level)).ToToken())
}

func s2CellOf(v types.Value) (s2.CellID, bool) {
	s := text(v)
	if s == "" || len(s) > 16 || strings.Trim(strings.ToLower(s), "0123456789abcdef") != "" {
		return 0, false
	}
	id := s2.CellIDFromToken(s)
	return id, id.IsValid()
}

func s2Center(args []types.Value) types.Value {
	id, ok := s2CellOf(args[0])
	if !ok {
		return null
	}
	return pointJSON(id.Point())
}

func s2Polygon(args []types.Value) types.Value {
	id, ok := s2CellOf(args[0])
	if !ok {
		return null
	}
	c := s2.CellFromCellID(id)
	return ringJSON([]s2.Point{c.Vertex(0), c.Vertex(1), c.Vertex(2), c.Vertex(3)})
}

// s2Neighbors are those that share an edge and those that share a corner. The service gives them in the order of a hash
// set of 13 buckets, the last of a bucket first (https://learn.microsoft.com/kusto/query/geo-s2cell-neighbors-function).
func s2Neighbors(args []types.Value) types.Value {
	id, ok := s2CellOf(args[0])
	if !ok {
		return null
	}
	const buckets = 13
	var order []uint64
	in := map[uint64][]string{}
	for _, n := range id.AllNeighbors(id.Level()) {
		b := uint64(n) % buckets
		if in[b] == nil {
			order = append(order, b)
		}
		in[b] = append([]string{n.ToToken()}, in[b]...)
	}
	var out []string
	for _, b := range order {
		out = append(out, in[b]...)
	}
	return texts(out)
}

// coverS2 covers a line or polygon with cells of one level. Too many cells give null.
func coverS2(args []types.Value) types.Value {
	s, ok := anyShape(args[0])
	level, ok2 := optInteger(args, 1, 11)
	if !ok || !ok2 || level < 0 || level > 30 {
		return null
	}
	var regions []s2.Region
	area := 0.0
	for _, l := range s.lines {
		regions = append(regions, l)
		area += l.Length().Radians() * s2.AvgEdgeMetric.Value(int(level))
	}
	loops := map[int][]*s2.Loop{}
	for _, r := range s.rings {
		loops[r.polygon] = append(loops[r.polygon], r.loop)
		area += r.loop.Area()
	}
	if area/s2.AvgAreaMetric.Value(int(level)) > maxCells {
		return null
	}
	for i := range len(loops) {
		regions = append(regions, s2.PolygonFromLoops(loops[i]))
	}
	coverer := &s2.RegionCoverer{MinLevel: int(level), MaxLevel: int(level), LevelMod: 1, MaxCells: maxCells}
	var all s2.CellUnion
	for _, r := range regions {
		all = append(all, coverer.Covering(r)...)
	}
	all.Normalize()
	all.Denormalize(int(level), 1)
	if len(all) > maxCells {
		return null
	}
	out := make([]string, len(all))
	for i, id := range all {
		out[i] = id.ToToken()
	}
	return texts(out)
}

func toH3Cell(args []types.Value) types.Value {
	lng, ok := number(args[0])
	lat, ok2 := number(args[1])
	level, ok3 := optInteger(args, 2, 6)
	if _, valid := place(lng, lat); !ok || !ok2 || !ok3 || !valid || level < 0 || level > 15 {
		return types.NewString("")
	}
	return types.NewString(h3.LatLngToCell(h3.NewLatLng(lat, lng), int(level)).String())
}

func h3CellOf(v types.Value) (h3.Cell, bool) {
	c := h3.Cell(h3.IndexFromString(text(v)))
	return c, c.IsValid()
}

func h3Center(args []types.Value) types.Value {
	c, ok := h3CellOf(args[0])
	if !ok {
		return null
	}
	ll := c.LatLng()
	return geoJSON("Point", []types.Tree{ll.Lng, ll.Lat})
}

func h3Polygon(args []types.Value) types.Value {
	c, ok := h3CellOf(args[0])
	if !ok {
		return null
	}
	var ring []types.Tree
	for _, ll := range c.Boundary() {
		ring = append(ring, []types.Tree{ll.Lng, ll.Lat})
	}
	return geoJSON("Polygon", []types.Tree{append(ring, ring[0])})
}

func h3Texts(cells []h3.Cell) []types.Tree {
	out := make([]types.Tree, 0, len(cells))
	for _, c := range cells {
		if c != 0 {
			out = append(out, c.String())
		}
	}
	return out
}

func h3Neighbors(args []types.Value) types.Value {
	c, ok := h3CellOf(args[0])
	if !ok {
		return null
	}
	return types.NewDynamic(h3Texts(c.GridDiskDistances(1)[1]))
}

// h3Children are at most six levels down.
func h3Children(args []types.Value) types.Value {
	c, ok := h3CellOf(args[0])
	if !ok {
		return null
	}
	level, ok := optInteger(args, 1, int64(c.Resolution())+1)
	if !ok || level <= int64(c.Resolution()) || level > 15 || level-int64(c.Resolution()) > 5 {
		return null
	}
	return types.NewDynamic(h3Texts(c.Children(int(level))))
}

func h3Parent(args []types.Value) types.Value {
	c, ok := h3CellOf(args[0])
	if !ok {
		return types.NewString("")
	}
	level, ok := optInteger(args, 1, int64(c.Resolution())-1)
	if !ok || level < 0 || level >= int64(c.Resolution()) {
		return types.NewString("")
	}
	return types.NewString(c.Parent(int(level)).String())
}

func h3Rings(args []types.Value) types.Value {
	c, ok := h3CellOf(args[0])
	k, ok2 := integer(args[1])
	if !ok || !ok2 || k < 0 || k > 142 {
		return null
	}
	var out []types.Tree
	for _, r := range c.GridDiskDistances(int(k)) {
		out = append(out, h3Texts(r))
	}
	return types.NewDynamic(out)
}

func h3Level(args []types.Value) types.Value {
	c, ok := h3CellOf(args[0])
	return longOr(int64(c.Resolution()), ok)
}

// coverH3 are the cells whose centers lie in a polygon.
func coverH3(args []types.Value) types.Value {
	s, ok := polygonOf(args[0])
	level, ok2 := optInteger(args, 1, 6)
	if !ok || !ok2 || level < 0 || level > 15 {
		return null
	}
	polygons := map[int]*h3.GeoPolygon{}
	area := 0.0
	for _, r := range s.rings {
		var loop h3.GeoLoop
		for _, p := range r.loop.Vertices() {
			ll := s2.LatLngFromPoint(p)
			loop = append(loop, h3.NewLatLng(ll.Lat.Degrees(), ll.Lng.Degrees()))
		}
		if polygons[r.polygon] == nil {
			polygons[r.polygon] = &h3.GeoPolygon{}
		}
		if r.hole {
			polygons[r.polygon].Holes = append(polygons[r.polygon].Holes, loop)
			continue
		}
		polygons[r.polygon].GeoLoop = loop
		area += r.loop.Area()
	}
	if area*earth*earth/h3.HexagonAreaAvgM2(int(level)) > maxCells {
		return null
	}
	var out []types.Tree
	for i := range len(polygons) {
		out = append(out, h3Texts(h3.PolygonToCells(*polygons[i], int(level)))...)
	}
	return types.NewDynamic(out)
}
