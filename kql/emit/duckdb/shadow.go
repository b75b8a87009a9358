package duckdb

import (
	"strings"
	"unicode"
)

// A shadow column is a physical column beside a dynamic one that holds what stands at one path inside it, so that a query on that
// path reads a short column rather than parsing JSON text. The tables of the catalog name theirs in plan.Table.Shadows; they are
// no columns of the KQL table. What one holds is:
//
//   - NULL where the path is absent or null, and where the dynamic is null or has no such object on the way;
//   - else the compact JSON text of the value, the representation of any dynamic. A string has one spelling only, the one DuckDB
//     prints: "\u0041" is kept as "A", a slash as a slash, so equal strings are equal texts. A number is kept as it was written, or
//     as DuckDB prints it.
//
// Paths are keys alone, no indexes, and keys mind the case.
//
// A folded column is a shadow column of a string column (FoldColumn): what =~ compares.

// ShadowColumn is the name of the shadow column of a path of keys below a column: DeviceDetail$operatingSystem,
// LocationDetails$geoCoordinates.latitude. It is "" where a path has no such name: no key, or one that holds a dot or a dollar sign.
func ShadowColumn(column string, keys ...string) string {
	if len(keys) == 0 {
		return ""
	}
	for _, k := range keys {
		if k == "" || strings.ContainsAny(k, ".$") {
			return ""
		}
	}
	return column + "$" + strings.Join(keys, ".")
}

// FoldColumn is the name of the shadow column that holds Fold of a string column. A column without one has none in
// plan.Table.Shadows. Rows of a closed day are in its order where it is the column of who acts, so zone maps skip by it.
func FoldColumn(column string) string { return column + "$~" }

// Fold is the one text of all that =~ finds equal: Fold(a) == Fold(b) exactly where strings.EqualFold(a, b). Text in lower case
// ASCII is its own.
func Fold(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return strings.Map(foldRune, s)
		}
	}
	return s
}

// foldRune is the first rune of those that fold into each other, ASCII letters in lower case.
func foldRune(r rune) rune {
	first := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		first = min(first, f)
	}
	if 'A' <= first && first <= 'Z' {
		return first + 'a' - 'A'
	}
	return first
}
