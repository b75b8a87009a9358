package duckdb

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// castTemplates are the conversions.
func castTemplates() map[string]template {
	return map[string]template{
		"tostring": toStringCall,
		"tolong":   toInteger(types.Long),
		"toint":    toInteger(types.Int),
		"toreal":   toRealCall,
		"tobool":   toBoolCall,
	}
}

func toStringCall(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	if p, ok := c.Args[0].(*plan.Path); ok {
		leaf, err := b.pathText(p)
		if err != nil {
			return sqlExpr{}, err
		}
		return b.leafToString(leaf, args[0].sql)
	}
	if args[0].typ == types.Dynamic {
		return b.leafToString("json_extract_string("+args[0].sql+", '$')", args[0].sql)
	}
	return b.toString(args[0])
}

// toString is the text of a value, empty for null.
func (b *binding) toString(x sqlExpr) (sqlExpr, error) {
	out := sqlExpr{typ: types.String}
	switch x.typ {
	case types.String:
		return x, nil
	case types.GUID:
		out.sql = x.sql
	case types.Bool, types.Int, types.Long:
		out.sql = x.sql + "::VARCHAR"
	case types.Real:
		out.sql = realText(x.sql)
	case types.DateTime:
		out.sql = dateTimeText(x.sql)
	case types.TimeSpan:
		out.sql = timeSpanText(x.sql)
	default:
		return out, notEmitted("tostring of a " + x.typ.String())
	}
	if x.null {
		out.sql = "coalesce(" + out.sql + ", '')"
	}
	return out, nil
}

// realText prints a DOUBLE as types.FormatReal does. DuckDB prints the same digits, in another notation outside
// [1e-4, 1e15).
func realText(x string) string {
	const text = `(CASE WHEN isnan($1) THEN 'NaN' WHEN isinf($1) THEN CASE WHEN $1 > 0 THEN 'Infinity' ELSE '-Infinity' END` +
		` WHEN $1 = 0 OR (abs($1) >= 1e-4 AND abs($1) < 1e15) THEN $1::VARCHAR` +
		` WHEN abs($1) >= 1e15 AND abs($1) < 1e16 THEN regexp_replace(regexp_replace(regexp_replace(` +
		`$1::VARCHAR, '\.0$', ''), '^(-?\d)(\d+)(?:\.(\d+))?$', '\1.\2\3'), '\.?0*$', '') || 'E+15'` +
		` WHEN abs($1) < 1e-4 AND abs($1) >= 1e-5 THEN regexp_replace($1::VARCHAR, '^(-?)(\d)\.?(\d*)e-05$', '\10.0000\2\3')` +
		` ELSE upper($1::VARCHAR) END)`
	return fillSQL(text, x)
}

// dateTimeText prints ticks as 2026-11-14T02:11:09.4310000Z.
func dateTimeText(x string) string {
	const text = `(strftime(make_timestamp($1 // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.') || lpad(($1 % 10000000)::VARCHAR, 7, '0') || 'Z')`
	return fillSQL(text, x)
}

// timeSpanText prints ticks as [-][d.]hh:mm:ss[.fffffff]. Years of ticks fit, the least long does not negate: HUGEINT.
func timeSpanText(x string) string {
	const text = `(CASE WHEN $1 < 0 THEN '-' ELSE '' END` +
		` || CASE WHEN abs($1::HUGEINT) >= 864000000000 THEN (abs($1::HUGEINT) // 864000000000)::VARCHAR || '.' ELSE '' END` +
		` || lpad((abs($1::HUGEINT) // 36000000000 % 24)::VARCHAR, 2, '0') || ':'` +
		` || lpad((abs($1::HUGEINT) // 600000000 % 60)::VARCHAR, 2, '0') || ':'` +
		` || lpad((abs($1::HUGEINT) // 10000000 % 60)::VARCHAR, 2, '0')` +
		` || CASE WHEN $1 % 10000000 <> 0 THEN '.' || lpad((abs($1::HUGEINT) % 10000000)::VARCHAR, 7, '0') ELSE '' END)`
	return fillSQL(text, x)
}

// leafToString is tostring of JSON text whose JSON string function gives leaf. That text is exact for strings, bools,
// plain numbers and null; numbers in other notations are printed again, and arrays and bags hold where they print alike.
func (b *binding) leafToString(leaf, json string) (sqlExpr, error) {
	g, err := b.guard("tostring of a dynamic", types.String)
	if err != nil {
		return sqlExpr{}, err
	}
	const text = `(CASE WHEN $1 IS NULL THEN ''` +
		` WHEN NOT regexp_matches($1, '^(?:[\[{]|-?[0-9][0-9.]*[eE]|-?[0-9]{16}|-?0\.0000|-?(?:nan|NaN|inf|Inf))') THEN $1` +
		` WHEN json_type($2) = 'VARCHAR' THEN $1` +
		` WHEN json_type($2) IN ('DOUBLE', 'HUGEINT', 'UHUGEINT') THEN CASE WHEN length($1) > 18 AND NOT regexp_matches($1, '[.eE]') THEN $4 ELSE $3 END` +
		` WHEN json_type($2) IN ('BIGINT', 'UBIGINT') THEN CASE WHEN length($1) <= 18 THEN $1 ELSE $4 END` +
		` WHEN regexp_matches($1, '[:\[,]-?[0-9][0-9.]*[eE]|[:\[,]-?[0-9]{16}|[:\[,]-?0\.0000|[:\[,]-?(?:nan|NaN|inf|Inf)') THEN $4` +
		` WHEN contains($1, '\') AND regexp_matches($1, '(?:^|[^\\])(?:\\\\)*\\(?:[bf]|u)') THEN $4` +
		` ELSE $1 END)`
	sql := fillSQL(text, leaf, json, realText("("+leaf+")::DOUBLE"), g)
	return sqlExpr{sql: sql, typ: types.String}, nil
}

// toInteger converts to long or int.
func toInteger(t types.Type) template {
	return func(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		x := args[0]
		switch {
		case x.typ == t:
			return x, nil
		case x.typ == types.Int && t == types.Long, x.typ == types.Bool:
			return sqlExpr{sql: x.sql + "::" + sqlType(t), typ: t, null: x.null}, nil
		}
		return sqlExpr{}, notEmitted(c.Func.Name + " of a " + x.typ.String())
	}
}

func toRealCall(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	x := args[0]
	switch {
	case x.typ == types.Real:
		return x, nil
	case x.typ.Integral():
		return sqlExpr{sql: x.sql + "::DOUBLE", typ: types.Real, null: x.null}, nil
	}
	return sqlExpr{}, notEmitted(c.Func.Name + " of a " + x.typ.String())
}

func toBoolCall(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	x := args[0]
	if x.typ == types.Bool {
		return x, nil
	}
	return sqlExpr{}, notEmitted(c.Func.Name + " of a " + x.typ.String())
}
