package duckdb

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// castTemplates are the conversions.
func castTemplates() map[string]template {
	return map[string]template{
		"tostring":   toStringCall,
		"tolong":     cast(types.Long),
		"toint":      cast(types.Int),
		"toreal":     cast(types.Real),
		"tobool":     cast(types.Bool),
		"todatetime": cast(types.DateTime),
	}
}

func toStringCall(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	if p, ok := c.Args[0].(*plan.Path); ok {
		if x, ok := b.splitPart(p); ok {
			return x, nil
		}
		if shadow, ok := b.shadow(p); ok {
			return b.shadowToString(shadow)
		}
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
	case types.Bool: // tostring prints True where JSON has true
		out.sql = "(CASE WHEN " + x.sql + " THEN 'True' ELSE 'False' END)"
		if x.null {
			out.sql = "(CASE " + x.sql + " WHEN true THEN 'True' WHEN false THEN 'False' END)"
		}
	case types.Int, types.Long:
		out.sql = x.sql + "::VARCHAR"
	case types.Real:
		return out, notEmitted("tostring of a real") // types.ToText picks other digits than SQL for some
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

// realText prints a DOUBLE inside a dynamic as types.FormatReal does. DuckDB prints the same digits, in another notation outside
// [1e-4, 1e15).
func realText(x string) string {
	const text = `(CASE WHEN isnan($1) THEN 'NaN' WHEN isinf($1) THEN CASE WHEN $1 > 0 THEN 'inf' ELSE '-inf' END` +
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
	return b.letExpr(leaf, func(leaf string) (sqlExpr, error) { return b.leafRead(leaf, json) })
}

// leafRead is leafToString of a leaf that may be repeated.
func (b *binding) leafRead(leaf, json string) (sqlExpr, error) {
	g, err := b.guard("tostring of a dynamic", types.String)
	if err != nil {
		return sqlExpr{}, err
	}
	// Most texts start with a small letter.
	const text = `(CASE WHEN $1 BETWEEN 'a' AND 'z~' THEN $1 WHEN $1 IS NULL THEN '' WHEN $1 BETWEEN 'A' AND 'Z~' THEN $1` +
		` WHEN NOT regexp_matches($1, '^(?:[\[{]|-?[0-9][0-9.]*[eE]|-?[0-9]{16}|-?0\.0000)') THEN $1 ELSE $2 END)`
	const rare = `(CASE WHEN $1 = 'VARCHAR' THEN $2 WHEN $1 IN ('DOUBLE', 'HUGEINT', 'UHUGEINT') THEN $4 WHEN $1 IN ('BIGINT', 'UBIGINT') THEN $5` +
		` WHEN regexp_matches($2, '[:\[,]-?[0-9][0-9.]*[eE]|[:\[,]-?[0-9]{16}|[:\[,]-?0\.0000') THEN $3` +
		` WHEN contains($2, '\') AND regexp_matches($2, '(?:^|[^\\])(?:\\\\)*\\(?:[bf]|u)') THEN $3 ELSE $2 END)`
	other := b.st.bound("json_type("+json+")", func(kind string) string {
		real := fillSQL(`CASE WHEN length($1) > 18 AND NOT regexp_matches($1, '[.eE]') THEN $2 ELSE $3 END`,
			leaf, g, b.st.bound("try_cast("+leaf+" AS DOUBLE)", realText))
		whole := fillSQL(`CASE WHEN length($1) <= 18 THEN $1 ELSE $2 END`, leaf, g)
		return fillSQL(rare, kind, leaf, g, real, whole)
	})
	return sqlExpr{sql: fillSQL(text, leaf, other), typ: types.String}, nil
}

// shadowToString is tostring of a shadow: nearly always a string without escapes.
func (b *binding) shadowToString(shadow string) (sqlExpr, error) {
	x, err := b.boundExpr("json_extract_string("+shadow+", '$')", func(leaf string) (sqlExpr, error) { return b.leafRead(leaf, shadow) })
	x.sql = fillSQL(`(CASE WHEN $1 IS NULL THEN '' WHEN $2 THEN trim($1, '"') ELSE $3 END)`, shadow, plainLeaf(shadow), x.sql)
	return x, err
}

// cast converts as types.Convert does.
func cast(t types.Type) template {
	return func(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		x := args[0]
		if x.typ == t {
			return x, nil
		}
		if x.typ == types.Dynamic {
			return b.castLeaf(c, x, t)
		}
		return b.castTo(c, x, t)
	}
}

func (b *binding) castTo(c *plan.Call, x sqlExpr, t types.Type) (sqlExpr, error) {
	out := sqlExpr{typ: t, null: true}
	integral := x.typ.Integral() || x.typ == types.Bool
	var err error
	switch {
	case x.typ == types.String:
		out.sql, err = b.readText(x.sql, t)
	case t == types.Long && (integral || x.typ.Temporal()), t == types.Real && (integral || x.typ.Temporal()),
		t == types.Int && x.typ == types.Bool:
		out.sql, out.null = x.sql+"::"+sqlType(t), x.null
	case t == types.Int && x.typ == types.Long:
		out.sql, out.null = lowBits(x.sql), x.null
	case t == types.Int && x.typ.Temporal():
		out.sql = toInt32(x.sql)
	case t == types.Long && x.typ == types.Real:
		out.sql, err = b.truncate(x.sql)
	case t == types.Int && x.typ == types.Real:
		if out.sql, err = b.truncate(x.sql); err == nil {
			out.sql = toInt32(out.sql)
		}
	case t == types.Bool && (x.typ.Integral() || x.typ == types.Real):
		out.sql, out.null = "("+x.sql+" <> 0)", x.null
	default:
		err = notEmitted(c.Func.Name + " of a " + x.typ.String())
	}
	return out, err
}

// lowBits is a BIGINT cut to its low 32 bits, as the service makes an int of a long.
func lowBits(long string) string {
	return fillSQL("(CASE WHEN ($1 & 4294967295) > 2147483647 THEN ($1 & 4294967295) - 4294967296 ELSE $1 & 4294967295 END)::INTEGER", long)
}

// toInt32 is null where the int does not hold the value.
func toInt32(long string) string {
	return fillSQL("(CASE WHEN $1 BETWEEN -2147483648 AND 2147483647 THEN $1::INTEGER END)", long)
}

// truncate cuts a DOUBLE to a BIGINT; what does not fit is null, and what barely does is left to the reference.
func (b *binding) truncate(x string) (string, error) {
	g, err := b.guard("a long of a large real", types.Long)
	const text = "(CASE WHEN isnan($1) OR abs($1) > 9.3e18 THEN NULL WHEN abs($1) > 9.2e18 THEN $2 ELSE trunc($1)::BIGINT END)"
	return fillSQL(text, x, g), err
}

// readText reads a text as a value of t: the forms that nearly all texts have, in SQL; texts that are clearly nothing of the
// kind are null; the rest is left to the reference.
func (b *binding) readText(x string, t types.Type) (string, error) {
	g, err := b.guard("reading a "+t.String()+" from text", t)
	if err != nil {
		return "", err
	}
	// A character that no number has, in a text with or without digits.
	const noNumber = "regexp_matches($1, '[!-*,/:-@G-WYZ\\[-`g-wyz{-~]')"
	const noDigits = "NOT regexp_matches($1, '[0-9∞]')"
	switch t {
	case types.Long:
		const text = "(CASE WHEN regexp_full_match($1, '-?[0-9]{1,18}') THEN $1::BIGINT WHEN " + noDigits + " OR " + noNumber + " THEN NULL ELSE $2 END)"
		return fillSQL(text, x, g), nil
	case types.Int:
		long, err := b.readText(x, types.Long)
		return toInt32(long), err
	case types.Real:
		const text = "(CASE WHEN regexp_full_match($1, '-?[0-9]{1,300}(?:\\.[0-9]{1,300})?') THEN $1::DOUBLE" +
			" WHEN regexp_matches($1, '(?i)nan|inf') THEN $2 WHEN " + noDigits + " OR " + noNumber + " THEN NULL ELSE $2 END)"
		return fillSQL(text, x, g), nil
	case types.Bool:
		long, err := b.readText(x, types.Long)
		const text = "(CASE WHEN regexp_full_match($1, '(?i)\\s*true\\s*') THEN true WHEN regexp_full_match($1, '(?i)\\s*false\\s*') THEN false ELSE $2 <> 0 END)"
		return fillSQL(text, x, long), err
	case types.DateTime:
		const iso = `[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,7})?Z`
		const text = "(CASE WHEN regexp_full_match($1, '" + iso + "') AND $1 >= '0001'" +
			" THEN (epoch_us(try_cast(substring($1, 1, 19) AS TIMESTAMP)) + 62135596800000000) * 10 + rpad(regexp_extract($1, '\\.([0-9]+)Z', 1), 7, '0')::BIGINT" +
			" WHEN NOT regexp_matches($1, '[0-9]|(?i)m') THEN NULL ELSE $2 END)"
		return fillSQL(text, x, g), nil
	}
	return "", notEmitted("a " + t.String() + " of a text")
}

// castLeaf converts what a dynamic holds. Numbers and the texts that look like them have the same result, so that most leaves
// need no look at their JSON type.
func (b *binding) castLeaf(c *plan.Call, x sqlExpr, t types.Type) (sqlExpr, error) {
	leaf := "json_extract_string(" + x.sql + ", '$')"
	if p, ok := c.Args[0].(*plan.Path); ok {
		var err error
		if leaf, err = b.pathText(p); err != nil {
			return sqlExpr{}, err
		}
	}
	if p, ok := c.Args[0].(*plan.Path); ok {
		if shadow, ok := b.shadow(p); ok {
			return b.castShadow(c, shadow, t)
		}
	}
	return b.letExpr(leaf, func(leaf string) (sqlExpr, error) { return b.castJSON(c.Func.Name, leaf, x, t) })
}

// castShadow is the cast of a shadow: nearly always a short number, whose text is read without a look at what else it may be.
func (b *binding) castShadow(c *plan.Call, shadow string, t types.Type) (sqlExpr, error) {
	x := sqlExpr{sql: shadow, typ: types.Dynamic, null: true}
	out, err := b.boundExpr("json_extract_string("+shadow+", '$')", func(leaf string) (sqlExpr, error) { return b.castJSON(c.Func.Name, leaf, x, t) })
	switch t {
	case types.Real: // JSON has no other text that reads as a DOUBLE
		out.sql = fillSQL("coalesce(CASE WHEN strlen($1) <= 18 THEN try_cast($1 AS DOUBLE) END, $2)", shadow, out.sql)
	case types.Long, types.Int:
		out.sql = fillSQL("(CASE WHEN regexp_full_match($1, '-?[0-9]{1,9}') THEN $1::"+sqlType(t)+" ELSE $2 END)", shadow, out.sql)
	}
	return out, err
}

// castJSON is the cast of JSON text x whose JSON string function gives leaf.
func (b *binding) castJSON(name, leaf string, x sqlExpr, t types.Type) (sqlExpr, error) {
	read, err := b.readText(leaf, t)
	if err != nil {
		return sqlExpr{}, err
	}
	g, err := b.guard(name+" of a dynamic", t)
	if err != nil {
		return sqlExpr{}, err
	}
	out := sqlExpr{typ: t, null: true}
	const byType = " WHEN json_type($2) = 'VARCHAR' THEN $3 WHEN json_type($2) IN ('ARRAY', 'OBJECT') THEN NULL"
	switch t {
	case types.Long, types.Int:
		const text = "(CASE WHEN $1 IS NULL THEN NULL WHEN regexp_full_match($1, '-?[0-9]{1,9}') THEN $1::" // either type holds nine digits
		// A real out of range becomes the nearest whole number here.
		long, cut := "try_cast("+leaf+" AS BIGINT)", fillSQL("(CASE WHEN abs($1) > 9.2e18 THEN $2 ELSE trunc($1)::BIGINT END)", "try_cast("+leaf+" AS DOUBLE)", g)
		if t == types.Int {
			long, cut = lowBits("("+long+")"), "trunc(greatest(least(try_cast("+leaf+" AS DOUBLE), 2147483647), -2147483648))::INTEGER"
		}
		out.sql = fillSQL(text+sqlType(t)+byType+" WHEN $1 = 'true' THEN 1 WHEN $1 = 'false' THEN 0"+
			" WHEN regexp_full_match($1, '-?[0-9]{1,18}') THEN $4 WHEN json_type($2) = 'DOUBLE' AND regexp_matches($1, '[.eE]') THEN $5 ELSE $6 END)",
			leaf, x.sql, read, long, cut, g)
	case types.Real:
		out.sql = fillSQL("(CASE WHEN $1 IS NULL THEN NULL WHEN regexp_full_match($1, '-?[0-9]{1,18}(?:\\.[0-9]{1,300})?') THEN try_cast($1 AS DOUBLE)"+byType+
			" WHEN $1 = 'true' THEN 1 WHEN $1 = 'false' THEN 0 WHEN json_type($2) = 'DOUBLE' THEN try_cast($1 AS DOUBLE) ELSE $4 END)", leaf, x.sql, read, g)
	case types.Bool:
		out.sql = fillSQL("(CASE WHEN $1 IS NULL THEN NULL WHEN $1 = 'true' THEN true WHEN $1 = 'false' THEN false"+byType+
			" WHEN regexp_full_match($1, '-?[0-9]{1,18}') THEN try_cast($1 AS BIGINT) <> 0 ELSE $4 END)", leaf, x.sql, read, g)
	case types.DateTime:
		out.sql = fillSQL("(CASE WHEN $1 IS NULL THEN NULL"+byType+" WHEN $1 IN ('true', 'false') THEN NULL ELSE $4 END)", leaf, x.sql, read, g)
	default:
		return out, notEmitted(name + " of a dynamic")
	}
	return out, nil
}
