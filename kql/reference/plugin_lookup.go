package reference

import (
	"net/netip"
	"slices"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// networks finds the rows whose network holds an address: for each length of prefix a map of masked addresses.
type networks struct {
	bits    []int // lengths that occur, longest first
	entries map[netip.Prefix][]types.Row
}

func newNetworks(rows []types.Row, at int) *networks {
	n := &networks{entries: map[netip.Prefix][]types.Row{}}
	seen := map[int]bool{}
	for _, row := range rows {
		prefix, ok := parseNetwork(row[at].Text())
		if !ok {
			continue
		}
		n.entries[prefix] = append(n.entries[prefix], row)
		if !seen[prefix.Bits()] {
			seen[prefix.Bits()] = true
			n.bits = append(n.bits, prefix.Bits())
		}
	}
	sort.Sort(sort.Reverse(sort.IntSlice(n.bits)))
	return n
}

// parseNetwork reads an address with or without a prefix. IPv4 addresses are kept as mapped IPv6 ones, so that either
// form finds the other.
func parseNetwork(s string) (netip.Prefix, bool) {
	s = strings.TrimSpace(s)
	addr, bits := netip.Addr{}, -1
	if p, err := netip.ParsePrefix(s); err == nil {
		addr, bits = p.Addr(), p.Bits()
	} else if addr, err = netip.ParseAddr(s); err != nil {
		return netip.Prefix{}, false
	}
	if bits < 0 {
		bits = addr.BitLen()
	}
	if addr.Is4() {
		bits += 96
	}
	p, err := netip.AddrFrom16(addr.As16()).WithZone("").Prefix(bits)
	return p, err == nil
}

// find is the rows of all networks that hold the address, the narrowest first.
func (n *networks) find(s string) []types.Row {
	addr, ok := parseNetwork(s)
	if !ok {
		return nil
	}
	var out []types.Row
	for _, bits := range n.bits {
		if bits > addr.Bits() {
			continue
		}
		if p, err := addr.Addr().Prefix(bits); err == nil {
			out = append(out, n.entries[p]...)
		}
	}
	return out
}

// ipLookup joins addresses with the networks of a table (ipv4-lookup-plugin, ipv6-lookup-plugin). Further columns are keys
// that must be equal on both sides.
func ipLookup(p *pluginRun) (types.Schema, []types.Row, error) {
	right := p.op.Tables[0].Schema()
	source, err := p.column(0)
	if err != nil {
		return nil, nil, err
	}
	unmatched, err := p.option("return_unmatched")
	if err != nil {
		return nil, nil, err
	}
	network := -1
	var keys [][2]int // left and right
	skip := map[int]bool{}
	for i, x := range p.op.Args[1:] {
		name, ok := columnArg(x)
		if !ok {
			if unmatched, err = p.constant(x); err != nil {
				return nil, nil, err
			}
			continue
		}
		r := right.Find(name)
		if r < 0 {
			return nil, nil, unknownColumn(name)
		}
		if i == 0 {
			network = r
			continue
		}
		l := p.schema.Find(name)
		if l < 0 {
			return nil, nil, unknownColumn(name)
		}
		keys, skip[r] = append(keys, [2]int{l, r}), true
	}
	if network < 0 {
		return nil, nil, badArgument(diag.Span{}, p.op.Plugin.Name, "the network column of the lookup table is missing")
	}
	table := newNetworks(p.tables[0], network)
	return p.lookup(right, skip, unmatched.Bool(), func(row types.Row) ([]types.Row, error) {
		found := table.find(row[source].Text())
		return slices.DeleteFunc(slices.Clone(found), func(r types.Row) bool {
			return slices.ContainsFunc(keys, func(k [2]int) bool {
				return string(appendKey(nil, row[k[0]])) != string(appendKey(nil, r[k[1]]))
			})
		}), nil
	})
}

// lookup joins each row with what find gives for it. The columns are the input's visible ones, then the table's but for
// those to skip.
func (p *pluginRun) lookup(right types.Schema, skip map[int]bool, unmatched bool, find func(types.Row) ([]types.Row, error)) (types.Schema, []types.Row, error) {
	var left, take []int
	for i, col := range p.schema {
		if !col.Hidden {
			left = append(left, i)
		}
	}
	for i, col := range right {
		if !skip[i] && !col.Hidden {
			take = append(take, i)
		}
	}
	var rows []types.Row
	add := func(row types.Row) error {
		rows = append(rows, row)
		return p.state.keep(p.op.Plugin.Name, row, len(rows))
	}
	for _, row := range p.rows {
		found, err := find(row)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range found {
			if err := add(append(pick(row, left), pick(r, take)...)); err != nil {
				return nil, nil, err
			}
		}
		if len(found) > 0 || !unmatched {
			continue
		}
		made := pick(row, left)
		for _, i := range take {
			made = append(made, types.Null(right[i].Type))
		}
		if err := add(made); err != nil {
			return nil, nil, err
		}
	}
	schema := append(pickSchema(p.schema, left), pickSchema(right, take)...)
	if len(schema) == len(p.op.Out) && !p.op.Given {
		schema = p.op.Out // the binder gave columns of equal names others
	}
	return schema, rows, nil
}

// geoLookup joins points with the shapes of a table that hold them, or lines that are near
// (geo-polygon-lookup-plugin, geo-line-lookup-plugin). measure is the scalar function that tells.
func geoLookup(measure string) plugin {
	return func(p *pluginRun) (types.Schema, []types.Row, error) {
		f := scalar.Lookup(measure)
		distance := scalar.Lookup("geo_distance_point_to_polygon")
		if f == nil {
			return nil, nil, notImplemented(diag.Span{}, "function", measure)
		}
		right := p.op.Tables[0].Schema()
		name, _ := columnArg(p.op.Args[0])
		shape := right.Find(name)
		lon, err := p.column(1)
		if err != nil {
			return nil, nil, err
		}
		lat, err := p.column(2)
		if err != nil {
			return nil, nil, err
		}
		if shape < 0 {
			return nil, nil, unknownColumn(name)
		}
		options, err := p.options("radius", "return_unmatched", "return_lookup_key")
		if err != nil {
			return nil, nil, err
		}
		skip := map[int]bool{}
		if !options["return_lookup_key"].Bool() {
			skip[shape] = true
		}
		near := &nearness{env: p.env.Scalar, f: f, radius: convert(options["radius"], types.Real)}
		if measure == "geo_point_in_polygon" && !near.radius.IsNull() {
			if distance == nil {
				return nil, nil, notImplemented(diag.Span{}, "function", "geo_distance_point_to_polygon")
			}
			near.f = distance
		}
		return p.lookup(right, skip, options["return_unmatched"].Bool(), func(row types.Row) ([]types.Row, error) {
			var found []types.Row
			for _, r := range p.tables[0] {
				is, err := near.holds(row[lon], row[lat], r[shape])
				if err != nil {
					return nil, err
				}
				if is {
					found = append(found, r)
				}
			}
			return found, p.state.tick()
		})
	}
}

func (p *pluginRun) options(names ...string) (map[string]types.Value, error) {
	out := map[string]types.Value{}
	for _, n := range names {
		v, err := p.option(n)
		if err != nil {
			return nil, err
		}
		out[n] = v
	}
	return out, nil
}

// nearness asks a function of a point and a shape: whether it holds the point, or how far off it is.
type nearness struct {
	env    *scalar.Env
	f      scalar.Func
	radius types.Value
}

func (n *nearness) holds(lon, lat, shape types.Value) (bool, error) {
	t := types.Bool
	if !n.radius.IsNull() {
		t = types.Real
	}
	v, err := n.f(n.env, []types.Value{lon, lat, shape}, t)
	if err != nil || v.IsNull() {
		return false, err
	}
	if v.Type() == types.Bool {
		return v.Bool(), nil
	}
	return v.Float() <= n.radius.Float(), nil
}
