package engine

import (
	"math"

	"github.com/sleuth-sec/sleuth/kql/types"
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
