package engine

import (
	"fmt"
	"math"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
	"pgregory.net/rapid"
)

// fixture is a table with a column of each type, and the values that break things: nulls, empty strings, letters whose
// case folds oddly, extremes, and JSON of every form.
func fixture() (types.Schema, []types.Row) {
	schema := types.Schema{
		{Name: "id", Type: types.Long}, {Name: "s", Type: types.String}, {Name: "u", Type: types.String},
		{Name: "n", Type: types.Long}, {Name: "i", Type: types.Int}, {Name: "r", Type: types.Real}, {Name: "b", Type: types.Bool},
		{Name: "TimeGenerated", Type: types.DateTime}, {Name: "d", Type: types.TimeSpan}, {Name: "g", Type: types.GUID},
		{Name: "j", Type: types.Dynamic}, {Name: "a", Type: types.Dynamic},
	}
	texts := []string{"", "Alice@contoso.com", "alice@contoso.com", "python-requests/2.31", "Mozilla/5.0 (Windows NT 10.0; Win64)", "a b_c", "  pad ", "12", "-7", "1.5", "true",
		"{\"k\":1}", "[1,2]", "'quote\"", "back\\slash", "line\nbreak", "nul", "RU", "ru", "abcabc"}
	unicode := []string{"", "É", "é", "straße", "STRASSE", "İstanbul", "ıi", "Kelvin K", "kelvin k", "ſs", "Σίσυφος", "日本語 テスト", "e\u0301", "𝒳y", "na\u00a0me", "\ufeffbom", "ß", "a", "user\u200bx", "Ǆ"}
	longs := []types.Value{types.NewLong(0), types.NewLong(1), types.NewLong(-1), types.NewLong(7), types.NewLong(-7), types.NewLong(math.MaxInt64), types.NewLong(math.MinInt64), types.Null(types.Long)}
	ints := []types.Value{types.NewInt(0), types.NewInt(3), types.NewInt(-3), types.NewInt(math.MaxInt32), types.NewInt(math.MinInt32), types.Null(types.Int)}
	reals := []types.Value{types.NewReal(0), types.NewReal(1.5), types.NewReal(-2.5), types.NewReal(math.NaN()), types.NewReal(math.Inf(1)), types.NewReal(1e-7), types.NewReal(123456789012345678), types.Null(types.Real), types.NewReal(0.1)}
	bools := []types.Value{types.NewBool(true), types.NewBool(false), types.Null(types.Bool)}
	t0 := int64(638_990_000_000_000_000)
	times := []types.Value{types.NewDateTime(t0), types.NewDateTime(t0 + 12345678), types.NewDateTime(t0 + types.TicksPerDay*40), types.NewDateTime(0), types.NewDateTime(types.MaxDateTimeTicks), types.NewDateTime(types.UnixEpochTicks - 1), types.Null(types.DateTime)}
	spans := []types.Value{types.NewTimeSpan(0), types.NewTimeSpan(types.TicksPerHour), types.NewTimeSpan(-types.TicksPerDay - 5), types.NewTimeSpan(types.TicksPerSecond / 2), types.Null(types.TimeSpan)}
	guids := []types.Value{types.NewGUID("0f8fad5b-d9cb-469f-a165-70867728950e"), types.NewGUID("00000000-0000-0000-0000-000000000000"), types.Null(types.GUID)}
	bags := []string{`{"country":"RU","n":5,"x":{"y":[1,"2",null]},"f":1.5,"ok":true}`, `{"country":"us","n":-1,"z":null}`, `{"n":"5","country":""}`, `{}`, `"text"`, `5`, `[1,2,3]`, `null`,
		`{"country":7,"f":1E-7,"x":[{"y":"deep"}]}`, `{"big":12345678901234567890,"e":1E+20,"s":"a\\b\nc"}`}
	arrays := []string{`["a","b"]`, `[]`, `[1]`, `[{"r":"success"},{"r":"failure"}]`, `null`, `[null,"x"]`, `["A","a"]`}
	var rows []types.Row
	for k := range 40 {
		rows = append(rows, types.Row{types.NewLong(int64(k)), types.NewString(texts[k%len(texts)]), types.NewString(unicode[(k*7)%len(unicode)]),
			longs[k%len(longs)], ints[(k*5)%len(ints)], reals[(k*4)%len(reals)], bools[(k*2)%len(bools)], times[(k*3)%len(times)],
			spans[k%len(spans)], guids[k%len(guids)], types.NewDynamicJSON(bags[(k*3)%len(bags)]), types.NewDynamicJSON(arrays[(k*2)%len(arrays)])})
	}
	return schema, rows
}

// generator draws KQL over the fixture table F.
type generator struct{ t *rapid.T }

func (g *generator) pick(options ...string) string {
	return rapid.SampledFrom(options).Draw(g.t, "pick")
}

func (g *generator) below(n int) int { return rapid.IntRange(0, n-1).Draw(g.t, "n") }

// f fills %s, %n, %r, %b, %t, %d, %j, %a by expressions of those types, one level deeper.
func (g *generator) f(depth int, text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+1 < len(text) && strings.IndexByte("snrbtdjaiL", text[i+1]) >= 0 {
			b.WriteString(g.expr(text[i+1], depth-1))
			i++
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

func (g *generator) expr(kind byte, depth int) string {
	if depth <= 0 || g.below(4) == 0 {
		return g.leaf(kind)
	}
	forms := map[byte][]string{
		's': {"tostring(%n)", "tostring(%r)", "tostring(%b)", "tostring(%t)", "tostring(%d)", "tostring(%j)", "tostring(g)", "strcat(%s, '-', %s)", "tolower(%s)", "toupper(%s)",
			"substring(%s, 1, 3)", "substring(%s, 2)", "iff(%b, %s, %s)", "case(%b, %s, %b, %s, %s)", "coalesce(%s, %s)", "replace_string(%s, 'a', 'bb')", "trim(@'\\s+', %s)",
			"extract(@'([a-z]+)@', 1, %s)", "tostring(split(%s, '@')[0])", "strcat(%s, %n)", "trim_end('m', %s)", "replace_regex(%s, '[0-9]+', '#')", "tostring(i)", "reverse(%s)", "strcat_array(%a, ',')", "url_encode(%s)"},
		'n': {"%n + %n", "%n - %n", "%n * %n", "%n / %n", "%n % 7", "strlen(%s)", "tolong(%s)", "tolong(%j)", "array_length(%a)", "bin(%n, 5)", "iff(%b, %n, %n)", "coalesce(%n, %n)", "toint(%s)", "tolong(%r)", "i + 1",
			"hourofday(%t)", "datetime_diff('day', %t, %t)", "indexof(%s, 'a')", "abs(%n)", "dayofmonth(%t)", "getyear(%t)", "datetime_part('month', %t)", "countof(%s, 'a')", "-%n", "toint(%n)", "monthofyear(%t)", "dayofyear(%t)", "datetime_diff('hour', %t, %t)", "week_of_year(%t)"},
		'r': {"%r + %r", "%r * 2.0", "%n / 2.0", "toreal(%n)", "toreal(%s)", "toreal(%j)", "%r - %n", "iff(%b, %r, %r)", "bin(%r, 0.5)", "round(%r, 1)", "floor(%r, 1.0)", "%d / 1h", "abs(%r)", "%r / %r", "ceiling(%r)", "sqrt(%r)"},
		'b': {"%s == %s", "%s != %s", "%s =~ %s", "%s !~ %s", "%n == %n", "%n != %n", "%n < %n", "%n >= %n", "%r > %r", "%r == %r", "%t > %t", "%t <= %t", "%d < %d", "%b and %b", "%b or %b", "not(%b)", "%s has %L", "%s contains %L",
			"%s startswith %L", "%s endswith %L", "%s !has %L", "%s !contains %L", "%s contains_cs %L", "%s has_cs %L", "%s hasprefix %L", "%s hassuffix %L", "%s in (%L, %L)", "%s !in (%L, 'RU')", "%s in~ (%L, 'RU')", "%s !in~ (%L, %L)", "%n in (1, 7, %n)", "%s has_any (%L, %L)", "%s has_all (%L, 'alice')",
			"isnull(%n)", "isnotnull(%t)", "isempty(%s)", "isnotempty(%s)", "isempty(%j)", "isnull(%j)", "isnotempty(%j)", "%n between (-5 .. 5)", "%t between (datetime(2025-01-01) .. 400d)", "%n !between (0 .. 3)", "%j == 'RU'", "%j == 5", "%j == '5'", "%j != 5", "%j == -1.5", "%j <= 2.5", "%j between (1 .. 6)", "%j != '7'", "%j !in ('us', 'ru')", "%j in~ ('ru')", "tostring(%j) == 'RU'", "tostring(%j) != 'us'", "%j !~ 'ru'", "%s in ((F | where id < 9 | project s))", "%s !in~ ((F | where id > 30 | project u))", "%n == toscalar(F | summarize max(id))", "isnan(%r)", "%j != 'us'", "%j has 'ru'", "%s matches regex '[a-z]+@'", "tobool(%s)", "tobool(%n)", "iff(%b, %b, %b)", "%r < %n", "%n > %r", "g == guid(0f8fad5b-d9cb-469f-a165-70867728950e)", "b == true", "b != false", "%s startswith_cs %L", "%s !startswith %L", "%s > %s", "%j in ('RU', 'us')", "%j contains 'r'", "tostring(%j) =~ 'ru'", "%j =~ 'ru'", "%j > 3", "i == %n"},
		't': {"%t + 1h", "%t - 2d", "startofday(%t)", "startofmonth(%t)", "bin(%t, 1h)", "iff(%b, %t, %t)", "todatetime(%s)", "startofweek(%t)", "endofday(%t)", "datetime_add('month', 1, %t)", "startofyear(%t)", "bin(%t, 7d)", "coalesce(%t, %t)", "endofmonth(%t)", "todatetime(%j)", "startofday(%t, -1)"},
		'd': {"%t - %t", "%d + 1h", "%d - %d", "bin(%d, 1m)", "%d * 2", "totimespan(%s)", "iff(%b, %d, %d)", "dayofweek(%t)", "-%d", "%d / 2"},
		'j': {"parse_json(%s)", "todynamic(%s)", "%j.country", "%j[0]", "split(%s, ',')", "pack_array(%n, %s)", "bag_pack('k', %s)", "bag_keys(%j)", "iff(%b, %j, %j)", "%a[-1]", "parse_json(%j)", "array_concat(%a, %a)", "set_union(%a, %a)"},
		'a': {"split(%s, 'a')", "pack_array(%s, %n)", "array_slice(%a, 0, 1)", "bag_keys(%j)", "%a"},
		'L': {"%L"},
	}
	return "(" + g.f(depth, g.pick(forms[kind]...)) + ")"
}

func (g *generator) leaf(kind byte) string {
	switch kind {
	case 's':
		return g.pick("s", "u", "s", "u", "'RU'", "'alice@contoso.com'", "''", "'é'", "tostring(j.country)", "tostring(j.n)", "tostring(j)", "tostring(a)", "tostring(j.x)", "tostring(j.f)")
	case 'L':
		return g.pick("'ru'", "'alice'", "'python'", "'a'", "''", "'ß'", "'contoso.com'", "'K'", "'s'", "'é'", "'Windows NT'", "'@contoso'", "'É'", "'i'", "'b_c'", "'日本語'", "'2'", "'-'", "'Σ'")
	case 'n':
		return g.pick("n", "id", "n", "1", "0", "-3", "7", "id % 3", "long(null)", "9223372036854775807")
	case 'i':
		return "i"
	case 'r':
		return g.pick("r", "r", "1.5", "0.0", "real(null)", "-2.0", "real(nan)")
	case 'b':
		return g.pick("b", "b", "true", "false", "bool(null)", "id > 20", "s == 'RU'")
	case 't':
		return g.pick("TimeGenerated", "TimeGenerated", "datetime(2025-11-25T10:11:12.1234567Z)", "datetime(null)", "datetime(0001-01-01)")
	case 'd':
		return g.pick("d", "d", "1h", "-2d", "timespan(null)", "1.5s")
	case 'j':
		return g.pick("j", "j.country", "j.n", "j.x.y", "j.f", "j.x", "j['country']", "a[0]", "a[-1]", "j.x.y[1]", "a[0].r", "j.missing", "dynamic({\"country\":\"RU\"})", "dynamic(null)", "j.ok", "j.big", "j.e", "j.s")
	case 'a':
		return g.pick("a", "j.x.y", "a", "dynamic([1,\"a\"])", "dynamic([])")
	}
	panic("no leaf of " + string(kind))
}

// pipeline is a query and whether its rows have a total order.
func (g *generator) pipeline() (string, bool) {
	var b strings.Builder
	b.WriteString("F")
	for range g.below(3) {
		switch g.below(3) {
		case 0:
			b.WriteString(" | where " + g.expr('b', 3))
		case 1:
			kind := "snrbtdj"[g.below(7)]
			b.WriteString(fmt.Sprintf(" | extend x%d = %s", g.below(3), g.expr(kind, 3)))
		case 2:
			b.WriteString(" | where " + g.expr('b', 2) + " | where " + g.expr('b', 2))
		}
	}
	return g.finish(b.String())
}

// finish ends the pipeline.
func (g *generator) finish(q string) (string, bool) {
	switch g.below(20) {
	case 14:
		return q + " | summarize p = percentile(" + g.pick("n", "id", "TimeGenerated", "d", "i") + ", " + g.pick("0", "50", "95", "99.9", "100", "33.3") + "), av = avg(" + g.pick("n", "id", "d", "i", "TimeGenerated") + ") by k = " + g.key(), false
	case 15:
		return q + " | summarize a1 = sumif(id, " + g.expr('b', 2) + "), a2 = dcountif(s, " + g.expr('b', 1) + "), a3 = minif(u, " + g.expr('b', 1) + "), a4 = maxif(" + g.pick("r", "n", "s", "b") + ", " + g.expr('b', 1) + "), set_i = make_set_if(n, " + g.expr('b', 1) + "), mn = min(r), mx = max(r) by k = " + g.key(), false
	case 16:
		return q + " | mv-expand with_itemindex=ix e = " + g.pick("a", "j.x.y", "split(s, 'a')", "j") + g.pick("", " to typeof(string)") + g.pick("", " limit 1") + " | project id, ix, e", false
	case 17:
		return q + " | summarize n2 = count() by k = tolower(s), k2 = " + g.key() + " | summarize c = count(), m = max(k2) by k | where k != 'ru' | sort by k asc, c | project k, c", false
	case 18:
		return "let S = materialize(" + q + " | project id, s, b); S | where b == true | join kind=inner (S | project id, t = strcat(s, '!')) on id | union (S | summarize id = max(id), s = min(s))", false
	case 19:
		return q + " | extend k = " + g.expr('s', 2) + " | lookup kind=" + g.pick("leftouter", "inner") + " (F | summarize m = max(id) by k = s) on k | project id, k, m", false
	case 0:
		return q + " | count", false
	case 1:
		return q + " | summarize c = count(), cf = countif(" + g.expr('b', 2) + ") by k = " + g.key(), false
	case 2:
		return q + " | summarize dc = dcount(" + g.key() + "), mn = min(" + g.expr('n', 2) + "), mx = max(" + g.expr('t', 1) + "), sm = sum(" + g.pick("id", "i", "d", "n") + ") by k = " + g.key(), false
	case 3:
		return q + " | summarize set_s = make_set(" + g.pick("s", "id", "b", "TimeGenerated", "tostring(j.country)") + ") by k = " + g.key(), false
	case 4:
		return q + " | sort by id asc | summarize l = make_list(" + g.pick("s", "id", "u", "b", "n", "r", "j.country", "d") + ") by k = " + g.key(), false
	case 5:
		return q + " | sort by id " + g.pick("asc", "desc") + " | take " + g.pick("1", "5", "0") + " | project id, z = " + g.expr('s', 3), true
	case 6:
		return q + " | sort by " + g.pick("s", "n", "TimeGenerated", "u", "i", "b", "d", "r", "tostring(j.country)") + g.pick(" asc", " desc", "", " asc nulls last", " desc nulls first") + ", id | project id, s", true
	case 7:
		return q + " | distinct " + g.pick("s", "n, b", "u", "i", "tostring(j.country)", "TimeGenerated, s"), false
	case 8:
		return q + " | mv-expand e = " + g.expr('a', 1) + " | project id, e, w = tostring(e)", false
	case 9:
		kind := g.pick("inner", "leftouter", "rightouter", "fullouter", "leftsemi", "leftanti", "rightsemi", "rightanti")
		on := g.pick("s", "n", "u", "i", "b", "TimeGenerated", "g", "d")
		return fmt.Sprintf("%s | project s, n, u, i, b, TimeGenerated, g, d, id, j | join kind=%s (F | where id %% 3 == 0 | project s, n, u, i, b, TimeGenerated, g, d, id2 = id, r) on %s", q, kind, on), false
	case 10:
		return q + " | project s, id | union (F | where " + g.expr('b', 2) + " | project id, s) | where " + g.pick("id > 5", "s != ''", "s has 'alice'"), false
	case 11:
		return q + " | sort by " + g.pick("id asc", "s asc, id asc", "n desc, id asc") + " | extend p = prev(" + g.pick("s", "n", "TimeGenerated", "id") + g.pick("", ", 2") + "), nx = next(id), rn = row_number() | project id, p, nx, rn", true
	case 12:
		return q + " | summarize arg_" + g.pick("max", "min") + "(id, s, n, j.country, b) by k = " + g.key(), false
	default:
		return q + " | project id, y0 = " + g.expr('s', 3) + ", y1 = " + g.expr('n', 3) + ", y2 = " + g.expr('b', 3) + ", y3 = " + g.expr('t', 2) + ", y4 = " + g.expr('j', 2) + ", y5 = " + g.expr('r', 2) + ", y6 = " + g.expr('d', 2), false
	}
}

func (g *generator) key() string {
	return g.pick("s", "u", "n", "i", "b", "bin(TimeGenerated, 1d)", "tostring(j.country)", "id % 4", "tolower(s)", "d", "g")
}
