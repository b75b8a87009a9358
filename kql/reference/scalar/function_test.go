package scalar_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// now is the time of the query in these tests: 2026-11-14T02:11:09Z.
var now, _ = types.ParseDateTime("2026-11-14T02:11:09Z")

// value reads an argument as the data file writes it: type:text, null:type, and bare JSON for a dynamic.
func value(t *testing.T, s string) types.Value {
	t.Helper()
	kind, body, ok := strings.Cut(s, ":")
	if kind == "null" {
		typ, ok := types.ParseType(body)
		if !ok {
			t.Fatalf("%q is not a type", body)
		}
		return types.Null(typ)
	}
	typ, known := types.ParseType(kind)
	switch {
	case !ok || !known:
		return types.NewDynamicJSON(s)
	case typ == types.Dynamic:
		return types.NewDynamicJSON(body)
	}
	v := types.Convert(types.NewString(body), typ)
	if v.IsNull() {
		t.Fatalf("%q is not a %s", body, typ)
	}
	return v
}

// TestFunctions runs testdata/functions.txt: name | argument | ... = result.
func TestFunctions(t *testing.T) {
	f, err := os.Open("testdata/functions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	env := scalar.NewEnv(now, 1)
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line := sc.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		left, right, ok := strings.Cut(line, " = ")
		if !ok {
			t.Fatalf("line %d: no result", n)
		}
		parts := strings.Split(left, " | ")
		fn := scalar.Lookup(parts[0])
		if fn == nil {
			t.Errorf("line %d: no function %s", n, parts[0])
			continue
		}
		var args []types.Value
		for _, p := range parts[1:] {
			args = append(args, value(t, p))
		}
		want := value(t, right)
		got, err := fn(env, args, want.Type())
		if err != nil {
			t.Errorf("line %d: %s: %v", n, left, err)
			continue
		}
		if got.Type() != want.Type() || got.IsNull() != want.IsNull() || got.Text() != want.Text() {
			t.Errorf("line %d: %s gives %s %q (null %v), want %s %q", n, left, got.Type(), got.Text(), got.IsNull(), want.Type(), want.Text())
		}
	}
}

// TestErrors: what is wrong with the query and not with the data is an error.
func TestErrors(t *testing.T) {
	for name, args := range map[string][]string{
		"matches regex":         {"string:a", "string:("},
		"extract":               {"string:[", "long:1", "string:a"},
		"datetime_add":          {"string:fortnight", "long:1", "datetime:2026-01-01"},
		"datetime_utc_to_local": {"datetime:2026-01-01", "string:Mars/Olympus"},
		"format_datetime":       {"datetime:2026-01-01", "string:yyyy|MM"},
		"convert_length":        {"real:1", "string:meter", "string:gallon"},
		"format_bytes":          {"long:1", "long:0", "string:pages"},
		"assert":                {"bool:false", "string:no rows"},
	} {
		var vals []types.Value
		for _, a := range args {
			vals = append(vals, value(t, a))
		}
		if v, err := scalar.Lookup(name)(scalar.NewEnv(now, 1), vals, types.Unknown); err == nil {
			t.Errorf("%s%q gives %q and no error", name, args, v.Text())
		}
	}
}

// TestRandom: numbers repeat with the seed and differ from call to call.
func TestRandom(t *testing.T) {
	run := func(seed uint64) string {
		env := scalar.NewEnv(now, seed)
		var out []string
		for range 3 {
			v, _ := scalar.Lookup("rand")(env, nil, types.Real)
			g, _ := scalar.Lookup("new_guid")(env, nil, types.GUID)
			if f := v.Real(); f < 0 || f >= 1 {
				t.Errorf("rand gave %v", f)
			}
			if _, ok := types.ParseGUID(g.Str()); !ok {
				t.Errorf("new_guid gave %q", g.Str())
			}
			out = append(out, v.Text(), g.Text())
		}
		return strings.Join(out, " ")
	}
	if first := run(7); first != run(7) || first == run(8) {
		t.Error("the seed does not decide the numbers")
	}
	if parts := strings.Fields(run(7)); parts[0] == parts[2] {
		t.Error("rand gives one number twice")
	}
}

// FuzzText runs the functions of one and two texts on any texts: none may panic.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a.b:c/d?e=f#g", `{"a":[1,{"b":null}]}`, "<a b='1'><c/>x</a>", "1.2.3.4/24", "::ffff:1.2.3.4", `"a\"b" c`, "xn--a", "POINT (1 2)",
		"2026-11-14T02:11:09.431Z", "C:\\a\\b.txt:s", "sv8wzvy7", "862a1072fffffff", "89c259", "aGVsbG8=", "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0",
		`[{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]},{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}]`, "\u65e5\u672c\xff", "%zz+", "$.a['b'][0]"} {
		f.Add(s, "a")
	}
	one := strings.Fields(`parse_json parse_xml parse_csv parse_url parse_urlquery parse_path parse_version parse_ipv4 parse_ipv6 tolong toreal
		todecimal todatetime totimespan toguid tobool base64_decode_tostring base64_decode_toarray base64_decode_toguid url_decode url_encode
		gzip_decompress_from_base64_string zlib_decompress_from_base64_string punycode_to_string punycode_from_string
		punycode_domain_from_string geo_from_wkt geo_geohash_to_polygon geo_geohash_neighbors geo_s2cell_to_polygon geo_h3cell_to_polygon
		ipv4_is_private ipv4_netmask_suffix parse_user_agent geo_union_polygons_array geo_union_lines_array geo_polygon_area reverse strlen toupper hash_sha256 hash unicode_codepoints_from_string regex_quote isutf8`)
	two := strings.Fields(`has hasprefix hassuffix contains =~ split indexof countof strcat_delim extract_json trim has_ipv4
		has_any_ipv4_prefix ipv4_compare ipv6_compare ipv4_is_in_range ipv6_is_in_range ipv4_range_to_cidr_list strcmp strcat`)
	f.Fuzz(func(t *testing.T, a, b string) {
		env := scalar.NewEnv(now, 1)
		run := func(name string, args ...types.Value) {
			// A pattern out of the data may be no expression; that is an error and not a crash.
			if v, err := scalar.Lookup(name)(env, args, types.Dynamic); err == nil && v.Type() == types.Unknown {
				t.Errorf("%s of %q and %q has no type", name, a, b)
			}
		}
		for _, n := range one {
			run(n, types.NewString(a))
			run(n, types.NewDynamicJSON(a))
		}
		for _, n := range two {
			run(n, types.NewString(a), types.NewString(b))
		}
		run("replace_regex", types.NewString(a), types.NewString(b), types.NewString(a))
		run("parse_command_line", types.NewString(a), types.NewString("windows"))
	})
}
