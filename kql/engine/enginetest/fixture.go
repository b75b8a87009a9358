package enginetest

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// FixtureName is the name under which queries read the fixture.
const FixtureName = "F"

// Fixture is a table with a column of each type, and the values that break things: nulls, empty strings, letters whose
// case folds oddly, extremes, and JSON of every form. The column id numbers the rows.
func Fixture() (types.Schema, []types.Row) {
	schema := types.Schema{
		{Name: "id", Type: types.Long}, {Name: "s", Type: types.String}, {Name: "u", Type: types.String},
		{Name: "n", Type: types.Long}, {Name: "i", Type: types.Int}, {Name: "r", Type: types.Real}, {Name: "b", Type: types.Bool},
		{Name: "TimeGenerated", Type: types.DateTime}, {Name: "d", Type: types.TimeSpan}, {Name: "g", Type: types.GUID},
		{Name: "j", Type: types.Dynamic}, {Name: "a", Type: types.Dynamic}, {Name: "m", Type: types.Decimal},
	}
	// The numbers of values have few common factors, so that the rows mix them.
	values := [][]types.Value{texts(), unicodes(), longs(), ints(), reals(), bools(), times(), spans(), guids(), bags(), arrays(), decimals()}
	var rows []types.Row
	for k := range 40 {
		row := types.Row{types.NewLong(int64(k))}
		for c, list := range values {
			row = append(row, list[(k*(1+2*(c%4))+c)%len(list)])
		}
		rows = append(rows, row)
	}
	return schema, rows
}

func textValues(list ...string) []types.Value {
	out := make([]types.Value, len(list))
	for i, s := range list {
		out[i] = types.NewString(s)
	}
	return out
}

func texts() []types.Value {
	return textValues("", "Alice@contoso.com", "alice@contoso.com", "python-requests/2.31", "Mozilla/5.0 (Windows NT 10.0; Win64)", "a b_c", "  pad ", "12", "-7", "1.5", "true",
		`{"k":1}`, "[1,2]", `'quote"`, `back\slash`, "line\nbreak", "nul\x00byte", "RU", "ru", "abcabc", "%_%", "2025-11-25T10:11:12Z", "1.02:03:04", "0x1F", " 9", "1e3", "9223372036854775808",
		"{broken", "10.0.0.1", "0f8fad5b-d9cb-469f-a165-70867728950e", "null")
}

func unicodes() []types.Value {
	return textValues("", "É", "é", "straße", "STRASSE", "İstanbul", "ıi", "Kelvin K", "kelvin k", "ſs", "Σίσυφος", "日本語 テスト", "e\u0301", "𝒳y", "na\u00a0me", "\ufeffbom", "ß", "a", "user\u200bx",
		"Ǆ", "\u2028", "ﬁ", "👩‍💻 x", "ǅ ǆ", "ẞ", "ς", "\u00ad", "x\ty")
}

func longs() []types.Value {
	return []types.Value{types.NewLong(0), types.NewLong(1), types.NewLong(-1), types.NewLong(7), types.NewLong(-7), types.NewLong(math.MaxInt64), types.NewLong(math.MinInt64), types.Null(types.Long),
		types.NewLong(1 << 53), types.NewLong(1<<53 + 1), types.NewLong(math.MaxInt32 + 1), types.NewLong(math.MinInt64 + 1), types.NewLong(100)}
}

func ints() []types.Value {
	return []types.Value{types.NewInt(0), types.NewInt(3), types.NewInt(-3), types.NewInt(math.MaxInt32), types.NewInt(math.MinInt32), types.Null(types.Int), types.NewInt(12)}
}

func reals() []types.Value {
	return []types.Value{types.NewReal(0), types.NewReal(1.5), types.NewReal(-2.5), types.NewReal(math.NaN()), types.NewReal(math.Inf(1)), types.NewReal(1e-7), types.NewReal(123456789012345678),
		types.Null(types.Real), types.NewReal(0.1), types.NewReal(math.Inf(-1)), types.NewReal(math.Copysign(0, -1)), types.NewReal(5e-324), types.NewReal(math.MaxFloat64), types.NewReal(9.3e18), types.NewReal(2.5)}
}

func bools() []types.Value {
	return []types.Value{types.NewBool(true), types.NewBool(false), types.Null(types.Bool)}
}

func times() []types.Value {
	t0 := int64(638_990_000_000_000_000)
	return []types.Value{types.NewDateTime(t0), types.NewDateTime(t0 + 12345678), types.NewDateTime(t0 + types.TicksPerDay*40), types.NewDateTime(0), types.NewDateTime(types.MaxDateTimeTicks),
		types.NewDateTime(types.UnixEpochTicks - 1), types.Null(types.DateTime), types.NewDateTime(t0 - types.TicksPerDay*366), types.NewDateTime(1), types.NewDateTime(types.UnixEpochTicks), types.NewDateTime(630822815999999999)}
}

func spans() []types.Value {
	return []types.Value{types.NewTimeSpan(0), types.NewTimeSpan(types.TicksPerHour), types.NewTimeSpan(-types.TicksPerDay - 5), types.NewTimeSpan(types.TicksPerSecond / 2), types.Null(types.TimeSpan),
		types.NewTimeSpan(math.MaxInt64), types.NewTimeSpan(math.MinInt64), types.NewTimeSpan(1)}
}

func guids() []types.Value {
	return []types.Value{types.NewGUID("0f8fad5b-d9cb-469f-a165-70867728950e"), types.NewGUID("00000000-0000-0000-0000-000000000000"), types.Null(types.GUID), types.NewGUID("ffffffff-ffff-ffff-ffff-ffffffffffff")}
}

func bags() []types.Value {
	return dynamics(`{"country":"RU","n":5,"x":{"y":[1,"2",null]},"f":1.5,"ok":true}`, `{"country":"us","n":-1,"z":null}`, `{"n":"5","country":""}`, `{}`, `"text"`, `5`, `[1,2,3]`, `null`,
		`{"country":7,"f":1E-7,"x":[{"y":"deep"}]}`, `{"big":12345678901234567890,"e":1E+20,"s":"a\\b\nc"}`, `{"":1,"a.b":2,"q\"q":3,"a b":{"c'd":4}}`, `true`, `-0.0`, `1.0`, `""`, `{"country":null,"ok":false,"n":5.0}`,
		`{"x":{"x":{"x":{"x":{"x":[[[[[{"y":1}]]]]]}}}}}`, `{"n":9223372036854775807,"f":0.1,"country":"É\u0000"}`, `"2025-11-25"`, `{"t":"2025-11-25T00:00:00Z","d":"01:00:00"}`)
}

func arrays() []types.Value {
	return dynamics(`["a","b"]`, `[]`, `[1]`, `[{"r":"success"},{"r":"failure"}]`, `null`, `[null,"x"]`, `["A","a"]`, `[1,1.0,"1",true]`, `[[1,2],[]]`, `[1.5,-2,3]`, `{"k":"v"}`, `["",null,""]`)
}

func dynamics(list ...string) []types.Value {
	out := make([]types.Value, len(list))
	for i, s := range list {
		out[i] = types.NewDynamicJSON(s)
	}
	return out
}

func decimals() []types.Value {
	return []types.Value{types.NewDecimal(apd.New(0, 0)), types.NewDecimal(apd.New(15, -1)), types.NewDecimal(apd.New(-7, 0)), types.Null(types.Decimal), types.NewDecimal(apd.New(123456789, -20)), types.NewDecimal(apd.New(150, -2))}
}
