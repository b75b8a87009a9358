package duckdb

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// sqlType is the physical type that holds values of t.
func sqlType(t types.Type) string {
	switch t {
	case types.Bool:
		return "BOOLEAN"
	case types.Int:
		return "INTEGER"
	case types.Long, types.DateTime, types.TimeSpan:
		return "BIGINT"
	case types.Real:
		return "DOUBLE"
	default:
		return "VARCHAR"
	}
}

// quoteIdent is a delimited identifier. A NUL ends the statement's text for DuckDB's C interface, so a name
// that has one cannot be a name there.
func quoteIdent(name string) (string, error) {
	if strings.ContainsAny(name, "\x00\n") || !utf8.ValidString(name) {
		return "", notEmitted("the name " + strconv.Quote(name))
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`, nil
}

// quoteRelation quotes each part of catalog.schema.table.
func quoteRelation(name string) (string, error) {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		q, err := quoteIdent(p)
		if err != nil {
			return "", err
		}
		parts[i] = q
	}
	return strings.Join(parts, "."), nil
}

// quoteString is a string literal. Within '...' only the quote itself is special. NUL would end the statement for
// the C interface and a line feed would be indented with the text, so both are spliced in with chr.
func quoteString(s string) string {
	if !strings.ContainsAny(s, "\x00\n") {
		return quotePart(s)
	}
	var parts []string
	for {
		i := strings.IndexAny(s, "\x00\n")
		if i < 0 {
			break
		}
		parts = append(parts, quotePart(s[:i]), "chr("+strconv.Itoa(int(s[i]))+")")
		s = s[i+1:]
	}
	return "(" + strings.Join(append(parts, quotePart(s)), " || ") + ")"
}

func quotePart(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// literal is the SQL of a constant, with its physical type spelled out: DuckDB would take 5 for an INTEGER and
// 1.5 for a DECIMAL, whose arithmetic differs.
func literal(v types.Value) (string, error) {
	t := v.Type()
	if v.IsNull() {
		return "NULL::" + sqlType(t), nil
	}
	switch t {
	case types.Bool:
		return strconv.FormatBool(v.Bool()), nil
	case types.Int, types.Long, types.DateTime, types.TimeSpan:
		return quoteInteger(v.Long()) + "::" + sqlType(t), nil
	case types.Real:
		return quoteReal(v.Real()), nil
	case types.Dynamic:
		if !plainTree(v.Tree()) {
			return "", notEmitted("a dynamic constant with typed values inside")
		}
		return validString(types.FormatJSON(v.Tree()))
	default:
		return validString(v.Text())
	}
}

func validString(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", notEmitted("a string that is not UTF-8")
	}
	return quoteString(s), nil
}

func quoteInteger(n int64) string {
	if n < 0 {
		return "(" + strconv.FormatInt(n, 10) + ")"
	}
	return strconv.FormatInt(n, 10)
}

func quoteReal(f float64) string {
	switch {
	case math.IsNaN(f):
		return "'nan'::DOUBLE"
	case math.IsInf(f, 1):
		return "'inf'::DOUBLE"
	case math.IsInf(f, -1):
		return "'-inf'::DOUBLE"
	}
	return "'" + strconv.FormatFloat(f, 'g', -1, 64) + "'::DOUBLE"
}

// plainTree reports whether t survives being written as JSON and read back.
func plainTree(t types.Tree) bool {
	switch x := t.(type) {
	case types.Value:
		return false
	case float64:
		return !math.IsNaN(x) && !math.IsInf(x, 0)
	case []types.Tree:
		for _, e := range x {
			if !plainTree(e) {
				return false
			}
		}
	case *types.Bag:
		for _, k := range x.Keys() {
			if e, _ := x.Get(k); !plainTree(e) {
				return false
			}
		}
	}
	return true
}
