package duckdb

import (
	"math"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/types"
	"pgregory.net/rapid"
)

// The texts that SQL prints are those of kql/types, which tostring gives.

func TestRealText(t *testing.T) {
	db := open(t)
	check := func(fatal func(string, ...any), f float64) {
		dynamic := types.ToText(types.NewDynamic(f))
		if math.IsInf(f, 0) || math.IsNaN(f) {
			dynamic = types.ToText(types.NewReal(f))
		}
		if got := scalar(t, db, "SELECT "+realText("x")+" FROM (SELECT ?::DOUBLE AS x)", f); got != dynamic {
			fatal("%g in a dynamic: got %v, want %s", f, got, dynamic)
		}
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 1, 1.5, 100, 1e15, 1.5e15, 1234567890123456, 1234567890123456.5, 9.999999999999999e15,
		1e16, 1e300, 1e-4, 9.9e-5, 1e-5, 1.2e-5, 9.999e-6, 1e-300, 5e-324, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1), 1e14, 123456.789, 0.1} {
		check(t.Errorf, f)
		check(t.Errorf, -f)
	}
	rapid.Check(t, func(rt *rapid.T) {
		check(rt.Fatalf, rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1e17, 1e17), rapid.Float64Range(-1e-3, 1e-3)).Draw(rt, "f"))
	})
}

func TestTimeTexts(t *testing.T) {
	db := open(t)
	rapid.Check(t, func(rt *rapid.T) {
		d := rapid.OneOf(rapid.Int64Range(0, types.MaxDateTimeTicks), rapid.SampledFrom([]int64{0, types.MaxDateTimeTicks, types.UnixEpochTicks, types.UnixEpochTicks - 1})).Draw(rt, "datetime")
		lit, _ := literal(types.NewDateTime(d))
		if got := scalar(t, db, "SELECT "+dateTimeText(lit)); got != types.FormatDateTime(d) {
			rt.Fatalf("datetime %d: got %v, want %s", d, got, types.FormatDateTime(d))
		}
		s := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1e12, 1e12), rapid.SampledFrom([]int64{0, math.MinInt64, math.MaxInt64, types.TicksPerDay, -types.TicksPerDay})).Draw(rt, "timespan")
		lit, _ = literal(types.NewTimeSpan(s))
		if got := scalar(t, db, "SELECT "+timeSpanText(lit)); got != types.FormatTimeSpan(s) {
			rt.Fatalf("timespan %d: got %v, want %s", s, got, types.FormatTimeSpan(s))
		}
	})
}

// TestLeafToString: tostring of a dynamic prints as types does, or says that it cannot.
func TestLeafToString(t *testing.T) {
	db := open(t)
	guarded, total := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		tree := drawTree(rt, 2)
		json := types.FormatJSON(tree)
		b := &binding{st: &statement{e: New()}}
		x, err := b.leafToString("json_extract_string(v, '$')", "v")
		if err != nil {
			rt.Fatal(err)
		}
		var got string
		total++
		lit := quoteString(json)
		err = db.QueryRow("SELECT " + x.sql + " FROM (SELECT nullif(" + lit + ", 'null') AS v) AS t").Scan(&got)
		if IsInexact(err) {
			guarded++
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		if want := types.ToText(types.NewDynamic(tree)); got != want {
			rt.Fatalf("%s: got %q, want %q", json, got, want)
		}
	})
	if guarded > total/2 {
		t.Errorf("%d of %d trees were left to the reference", guarded, total)
	}
}

func drawTree(rt *rapid.T, depth int) types.Tree {
	kinds := 6
	if depth > 0 {
		kinds = 8
	}
	switch rapid.IntRange(0, kinds-1).Draw(rt, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(rt, "bool")
	case 2:
		return rapid.OneOf(rapid.Int64(), rapid.Int64Range(-100, 100)).Draw(rt, "long")
	case 3:
		return rapid.OneOf(rapid.Float64Range(-1000, 1000), rapid.Float64()).Draw(rt, "real")
	case 4:
		return rapid.SampledFrom([]string{"", "a", "RU", "true", "null", "1E5", "12345678901234567", "0.00001", "{}", "[1]", "nan", "é\"\\", "\b", "C:\\foo", "10.0.0.1", "\x01"}).Draw(rt, "text")
	case 5:
		return rapid.StringN(0, 8, -1).Draw(rt, "string")
	case 6:
		list := []types.Tree{}
		for range rapid.IntRange(0, 3).Draw(rt, "n") {
			list = append(list, drawTree(rt, depth-1))
		}
		return list
	default:
		bag := types.NewBag()
		for range rapid.IntRange(0, 3).Draw(rt, "n") {
			bag.Set(rapid.SampledFrom([]string{"a", "b c", "é"}).Draw(rt, "key"), drawTree(rt, depth-1))
		}
		return bag
	}
}
