package engine

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/cockroachdb/apd/v3"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func TestCells(t *testing.T) {
	bag := types.NewBag()
	bag.Set("a", []types.Tree{int64(1), nil, "x", types.NewDateTime(0)})
	for _, c := range []struct {
		v    types.Value
		want string
	}{
		{types.NewBool(true), "true"},
		{types.NewInt(-5), "-5"},
		{types.NewLong(1 << 53), "9007199254740992"},
		{types.NewLong(1<<53 + 1), `"9007199254740993"`},
		{types.NewLong(math.MinInt64), `"-9223372036854775808"`},
		{types.NewReal(0.1), "0.1"},
		{types.NewReal(1e300), "1e+300"},
		{types.NewReal(math.NaN()), `"NaN"`},
		{types.NewReal(math.Inf(-1)), `"-Infinity"`},
		{types.NewDecimal(apd.New(150, -2)), `"1.50"`},
		{types.NewDateTime(types.MaxDateTimeTicks), `"9999-12-31T23:59:59.9999999Z"`},
		{types.NewTimeSpan(-types.TicksPerDay - 1), `"-1.00:00:00.0000001"`},
		{types.NewGUID("0f8fad5b-d9cb-469f-a165-70867728950e"), `"0f8fad5b-d9cb-469f-a165-70867728950e"`},
		{types.NewString("a\"\x00\n<é"), `"a\"\u0000\n\u003cé"`},
		{types.NewString(""), `""`},
		{types.NewDynamic(bag), `{"a":[1,null,"x","0001-01-01T00:00:00.0000000Z"]}`},
		{types.Null(types.Long), "null"},
		{types.Null(types.Dynamic), "null"},
	} {
		got := string(AppendCell(nil, c.v))
		if got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.v.Type(), c.v.Text(), got, c.want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s is not JSON", got)
		}
	}
}
