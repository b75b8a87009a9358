package duckdb

import "strings"

// A shadow column is a physical column beside a dynamic one that holds what stands at one path inside it, so that a query on that
// path reads a short column rather than parsing JSON text. The tables of the catalog name theirs in plan.Table.Shadows; they are
// no columns of the KQL table. What one holds is:
//
//   - NULL where the path is absent or null, and where the dynamic is null or has no such object on the way;
//   - else the compact JSON text of the value, the representation of any dynamic. A string has one spelling only, the one DuckDB
//     prints: "\u0041" is kept as "A", a slash as a slash, so equal strings are equal texts. Numbers are kept as they are written.
//
// Paths are keys alone, no indexes, and keys mind the case.

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
