package duckdb

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// numberTemplates are arithmetic and the functions over numbers.
func numberTemplates() map[string]template {
	return map[string]template{
		"+":   arithmetic("+"),
		"-":   arithmetic("-"),
		"*":   arithmetic("*"),
		"/":   divide,
		"%":   modulo,
		"bin": bin,
		"abs": absolute,
	}
}

// arithmetic is +, - and * on numbers and times. Integers wrap around, so they are computed in HUGEINT and cut.
func arithmetic(op string) template {
	return func(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		if len(args) == 1 && op == "-" {
			return negate(b, c, args)
		}
		if len(args) != 2 {
			return sqlExpr{}, notEmitted(op)
		}
		l, r := args[0], args[1]
		out := sqlExpr{typ: c.Typ, null: l.null || r.null}
		huge := "(" + l.sql + "::HUGEINT " + op + " " + r.sql + "::HUGEINT)"
		switch {
		case l.typ.Integral() && r.typ.Integral() && c.Typ == types.Long:
			out.sql = wrapAround(huge)
		case c.Typ == types.Real && realOrInteger(l.typ) && realOrInteger(r.typ) && (l.typ == types.Real || r.typ == types.Real):
			out.sql = "(" + asDouble(l) + " " + op + " " + asDouble(r) + ")"
		case op == "-" && l.typ == types.DateTime && r.typ == types.DateTime:
			out.sql = "(" + l.sql + " - " + r.sql + ")" // the range of datetime is a third of BIGINT's
		case op != "*" && l.typ.Temporal() && r.typ.Temporal() && c.Typ.Temporal(),
			op == "*" && (l.typ == types.TimeSpan && r.typ.Integral() || l.typ.Integral() && r.typ == types.TimeSpan):
			out.sql, out.null = inRange(huge, c.Typ), true
		default:
			return sqlExpr{}, notEmitted(l.typ.String() + " " + op + " " + r.typ.String())
		}
		return out, nil
	}
}

func realOrInteger(t types.Type) bool { return t == types.Real || t.Integral() }

// inRange is a HUGEINT of ticks, null outside the range of datetime or timespan.
func inRange(huge string, t types.Type) string {
	low, high := "-9223372036854775808::HUGEINT", "9223372036854775807::HUGEINT"
	if t == types.DateTime {
		low, high = "0", "3155378975999999999"
	}
	return fillSQL("(CASE WHEN $1 BETWEEN $2 AND $3 THEN $1::BIGINT END)", huge, low, high)
}

func negate(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	x := args[0]
	switch {
	case x.typ == types.Real && c.Typ == types.Real:
		return sqlExpr{sql: "(-" + x.sql + ")", typ: x.typ, null: x.null}, nil
	case x.typ.Integral() && c.Typ == types.Long, x.typ == types.TimeSpan:
		return sqlExpr{sql: wrapAround("(-" + x.sql + "::HUGEINT)"), typ: c.Typ, null: x.null}, nil
	}
	return sqlExpr{}, notEmitted("- of a " + x.typ.String())
}

// divide: a division of integers cuts toward zero and by zero gives null.
func divide(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	l, r := args[0], args[1]
	switch {
	case c.Typ == types.Real && realOrInteger(l.typ) && realOrInteger(r.typ) && (l.typ == types.Real || r.typ == types.Real),
		c.Typ == types.Real && l.typ == types.TimeSpan && r.typ == types.TimeSpan:
		return sqlExpr{sql: "(" + asDouble(l) + " / " + asDouble(r) + ")", typ: types.Real, null: l.null || r.null}, nil
	case l.typ == types.TimeSpan && r.typ.Integral():
		return sqlExpr{sql: inRange("("+l.sql+"::HUGEINT // "+r.sql+"::HUGEINT)", types.TimeSpan), typ: c.Typ, null: true}, nil
	case c.Typ == types.Long && l.typ.Integral() && r.typ.Integral():
		// The least long divided by -1 does not fit a BIGINT.
		return sqlExpr{sql: wrapAround("(" + l.sql + "::HUGEINT // " + r.sql + "::HUGEINT)"), typ: c.Typ, null: true}, nil
	}
	return sqlExpr{}, notEmitted(l.typ.String() + " / " + r.typ.String())
}

func asDouble(x sqlExpr) string {
	if x.typ == types.Real {
		return x.sql
	}
	return x.sql + "::DOUBLE"
}

// modulo is never negative, and by zero it is null.
func modulo(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	l, r := args[0], args[1]
	if c.Typ == types.Long && l.typ.Integral() && r.typ.Integral() || l.typ.Temporal() && r.typ == types.TimeSpan {
		const text = "(CASE WHEN $1 % $2 < 0 THEN $1 % $2 + abs($2) ELSE $1 % $2 END)::BIGINT"
		return sqlExpr{sql: fillSQL(text, l.sql+"::HUGEINT", r.sql+"::HUGEINT"), typ: c.Typ, null: true}, nil
	}
	return sqlExpr{}, notEmitted(l.typ.String() + " % " + r.typ.String())
}

// bin rounds down to a multiple of a constant positive size.
func bin(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	x, size := args[0], args[1]
	if size.lit == nil || size.lit.IsNull() || size.lit.Type() == types.Real || size.lit.Long() <= 0 {
		return sqlExpr{}, notEmitted("bin by something that is not a positive constant")
	}
	n := quoteInteger(size.lit.Long()) + "::BIGINT"
	switch {
	case x.typ == types.DateTime && size.typ == types.TimeSpan:
		return sqlExpr{sql: fillSQL("($1 - $1 % $2)", x.sql, n), typ: x.typ, null: x.null}, nil
	case x.typ == types.TimeSpan && size.typ == types.TimeSpan, x.typ.Integral() && size.typ.Integral() && c.Typ == types.Long:
		// % has the sign of its left side; below the least multiple it wraps around.
		const text = "(CASE WHEN $1 % $2 < 0 THEN $3 ELSE $1 - $1 % $2 END)"
		wrapped := wrapAround(fillSQL("($1::HUGEINT - $1 % $2 - $2)", x.sql, n))
		return sqlExpr{sql: fillSQL(text, x.sql, n, wrapped), typ: x.typ, null: x.null}, nil
	}
	return sqlExpr{}, notEmitted("bin of a " + x.typ.String())
}

func absolute(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	if args[0].typ == types.Real {
		return sqlExpr{sql: fill("abs($1)", args[0]), typ: types.Real, null: args[0].null}, nil
	}
	return sqlExpr{}, notEmitted("abs of a " + args[0].typ.String())
}
