package types_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// The values stand in the order that Compare must find, those of one row being the same.
func TestCompare(t *testing.T) {
	dec := func(s string) types.Value {
		d, ok := types.ParseDecimal(s)
		if !ok {
			t.Fatalf("%s is no decimal", s)
		}
		return types.NewDecimal(d)
	}
	tree := func(s string) types.Value { return types.NewDynamicJSON(s) }
	orders := [][][]types.Value{
		{
			{types.NewReal(math.NaN())}, {types.NewReal(math.Inf(-1))}, {types.NewInt(-1), types.NewLong(-1), tree("-1")},
			{types.NewReal(0), types.NewBool(false), types.NewLong(0)}, {types.NewReal(0.5), dec("0.5")},
			{types.NewLong(1), types.NewBool(true), dec("1.0")}, {types.NewLong(1<<53 + 1), dec("9007199254740993")},
			{types.NewReal(1<<53 + 2)}, {types.NewLong(math.MaxInt64)}, {types.NewReal(math.Inf(1))},
		},
		{{types.NewString("")}, {types.NewString("B"), tree(`"B"`)}, {types.NewString("a")}, {types.NewString("é")}},
		{{types.NewDateTime(0)}, {types.NewDateTime(1)}},
		{{types.NewTimeSpan(-1)}, {types.NewTimeSpan(0)}},
		{{tree(`[1]`), tree(`[ 1 ]`)}, {tree(`[2]`)}},
	}
	for _, order := range orders {
		for i, left := range order {
			for j, right := range order {
				for _, a := range left {
					for _, b := range right {
						want := min(max(i-j, -1), 1)
						if got := types.Compare(a, b); got != want {
							t.Errorf("%s %s and %s %s: %d, want %d", a.Type(), a.Text(), b.Type(), b.Text(), got, want)
						}
						nan := i == 0 && j == 0 && a.Type() == types.Real
						if types.Equal(a, b) != (want == 0 && !nan) {
							t.Errorf("Equal(%s, %s) is wrong", a.Text(), b.Text())
						}
					}
				}
			}
		}
	}
}

// Longs and reals that lie close together beyond 2^53 are ordered by their exact values.
func TestCompareIsAnOrder(t *testing.T) {
	number := rapid.Custom(func(t *rapid.T) types.Value {
		n := rapid.Int64().Draw(t, "n")
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return types.NewReal(float64(n))
		case 1:
			return types.NewReal(rapid.Float64().Draw(t, "f"))
		}
		return types.NewLong(n)
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := number.Draw(t, "a"), number.Draw(t, "b"), number.Draw(t, "c")
		if types.Compare(a, b) != -types.Compare(b, a) {
			t.Fatalf("%s and %s", a.Text(), b.Text())
		}
		if types.Compare(a, b) <= 0 && types.Compare(b, c) <= 0 && types.Compare(a, c) > 0 {
			t.Fatalf("%s, %s, %s", a.Text(), b.Text(), c.Text())
		}
	})
}

func TestConvert(t *testing.T) {
	cases := []struct {
		in   types.Value
		to   types.Type
		want string // text; "" for null
	}{
		{types.NewString(" 42 "), types.Long, "42"}, {types.NewString("0x10"), types.Int, "16"}, {types.NewString("x"), types.Long, ""},
		{types.NewReal(2.9), types.Long, "2"}, {types.NewReal(math.NaN()), types.Long, ""}, {types.NewLong(1<<40 + 7), types.Int, "7"},
		{types.NewString("2.5h"), types.TimeSpan, "02:30:00"}, {types.NewString("2026-11"), types.DateTime, "2026-11-01T00:00:00.0000000Z"},
		{types.NewString("true"), types.Bool, "true"}, {types.NewString("yes"), types.Bool, ""}, {types.NewLong(2), types.Bool, "true"},
		{types.NewDynamicJSON(`"7"`), types.Long, "7"}, {types.NewDynamicJSON(`[1, 2]`), types.String, "[1,2]"}, {types.NewDynamicJSON(`[1]`), types.Long, ""},
		{types.NewLong(-1), types.DateTime, ""}, {types.NewString("1.50"), types.Decimal, "1.50"},
		{types.NewString("{70FC66F7-8279-44FC-9092-D364D70FCE44}"), types.GUID, "70fc66f7-8279-44fc-9092-d364d70fce44"},
	}
	for _, c := range cases {
		got := types.Convert(c.in, c.to)
		if got.Type() != c.to || got.Text() != c.want || (c.want == "" && c.to != types.String) != got.IsNull() {
			t.Errorf("%s %q to %s: %q (null %v), want %q", c.in.Type(), c.in.Text(), c.to, got.Text(), got.IsNull(), c.want)
		}
	}
}
