package duckdb

import (
	"math"
	"testing"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/kql/types"
	"pgregory.net/rapid"
)

// TestStringLiteralsKeepEveryText: what DuckDB reads from a literal is the text that was quoted, whatever it holds.
func TestStringLiteralsKeepEveryText(t *testing.T) {
	db := open(t)
	pieces := rapid.SampledFrom([]string{"'", "''", "\\", "\x00", "\n", "\r", "--", "/*", "*/", ";", "$1", "$$", "?", "\"", "é", "𝒳", "\u2028", "E'", "chr(0)", "a", " "})
	rapid.Check(t, func(rt *rapid.T) {
		var s string
		for _, p := range rapid.SliceOfN(rapid.OneOf(pieces, rapid.String()), 0, 6).Draw(rt, "pieces") {
			s += p
		}
		if !utf8.ValidString(s) {
			rt.Skip()
		}
		lit, err := literal(types.NewString(s))
		if err != nil {
			rt.Fatal(err)
		}
		if got := scalar(t, db, Layout("SELECT\n("+lit+"\n)")); got != s {
			rt.Fatalf("%q came back as %q from %s", s, got, lit)
		}
	})
}

func TestIdentifiersKeepEveryName(t *testing.T) {
	db := open(t)
	for _, name := range []string{`a"b`, `"; DROP TABLE t; --`, "a b", "é", "select", `\`, "'"} {
		id, err := quoteIdent(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := scalar(t, db, "SELECT x FROM (SELECT 7 AS "+id+") AS t(x)"); got != int32(7) {
			t.Errorf("%q: %v", name, got)
		}
	}
	if _, err := quoteIdent("a\x00b"); !IsNotEmitted(err) {
		t.Error("a name with NUL was quoted")
	}
}

func TestNumbersKeepTheirType(t *testing.T) {
	db := open(t)
	for _, c := range []struct {
		v    types.Value
		want any
		typ  string
	}{
		{types.NewLong(math.MinInt64), int64(math.MinInt64), "BIGINT"},
		{types.NewLong(math.MaxInt64), int64(math.MaxInt64), "BIGINT"},
		{types.NewInt(-5), int32(-5), "INTEGER"},
		{types.NewReal(0.1), 0.1, "DOUBLE"},
		{types.NewReal(math.Inf(-1)), math.Inf(-1), "DOUBLE"},
		{types.NewReal(math.MaxFloat64), math.MaxFloat64, "DOUBLE"},
		{types.NewDateTime(types.MaxDateTimeTicks), types.MaxDateTimeTicks, "BIGINT"},
		{types.NewBool(true), true, "BOOLEAN"},
		{types.Null(types.Long), nil, "BIGINT"},
	} {
		lit, err := literal(c.v)
		if err != nil {
			t.Fatal(err)
		}
		if got := scalar(t, db, "SELECT "+lit); got != c.want {
			t.Errorf("%s: got %v, want %v", lit, got, c.want)
		}
		if got := scalar(t, db, "SELECT typeof("+lit+")"); got != c.typ {
			t.Errorf("%s is a %v, want %s", lit, got, c.typ)
		}
	}
}
