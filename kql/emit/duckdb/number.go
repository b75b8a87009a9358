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

// arithmetic is +, - and * on numbers and times. Integers wrap around as in the service, so they are computed in HUGEINT
// and cut; results of datetimes outside their range are left to the reference.
func arithmetic(op string) template {
	return func(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		if len(args) == 1 && op == "-" {
			return negate(args[0])
		}
		if len(args) != 2 {
			return sqlExpr{}, notEmitted(op)
		}
		l, r := args[0], args[1]
		null := l.null || r.null
		switch {
		case l.typ.Integral() && r.typ.Integral() && c.Typ.Integral():
			sql := wrapAround("(" + l.sql + "::HUGEINT " + op + " " + r.sql + "::HUGEINT)")
			if c.Typ == types.Int {
				return sqlExpr{}, notEmitted("int arithmetic")
			}
			return sqlExpr{sql: sql, typ: c.Typ, null: null}, nil
		case c.Typ == types.Real && realOrInteger(l.typ) && realOrInteger(r.typ):
			return sqlExpr{sql: "(" + toDouble(l).sql + " " + op + " " + toDouble(r).sql + ")", typ: types.Real, null: null}, nil
		case op != "*" && l.typ.Temporal() && r.typ.Temporal():
			return b.timeArithmetic(op, c, l, r)
		}
		return sqlExpr{}, notEmitted(l.typ.String() + " " + op + " " + r.typ.String())
	}
}

func realOrInteger(t types.Type) bool { return t == types.Real || t.Integral() }

func negate(x sqlExpr) (sqlExpr, error) {
	if x.typ == types.Real {
		return sqlExpr{sql: "(-" + x.sql + ")", typ: x.typ, null: x.null}, nil
	}
	return sqlExpr{}, notEmitted("- of a " + x.typ.String())
}

// timeArithmetic is the difference of two datetimes, which always fits, and the guarded sums.
func (b *binding) timeArithmetic(op string, c *plan.Call, l, r sqlExpr) (sqlExpr, error) {
	out := sqlExpr{typ: c.Typ, null: l.null || r.null}
	if op == "-" && l.typ == types.DateTime && r.typ == types.DateTime {
		out.sql = "(" + l.sql + " - " + r.sql + ")"
		return out, nil
	}
	g, err := b.guard("time arithmetic", c.Typ)
	if err != nil {
		return out, err
	}
	low, high := "-9223372036854775808::HUGEINT", "9223372036854775807::HUGEINT"
	if c.Typ == types.DateTime {
		low, high = "0", "3155378975999999999"
	}
	sum := "(" + l.sql + "::HUGEINT " + op + " " + r.sql + "::HUGEINT)"
	out.sql = fillSQL("(CASE WHEN $1 < $2 OR $1 > $3 THEN $4 ELSE $1::BIGINT END)", sum, low, high, g)
	return out, nil
}

// divide: a division of integers cuts toward zero and by zero gives null.
func divide(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	l, r := args[0], args[1]
	switch {
	case c.Typ == types.Real && realOrInteger(l.typ) && realOrInteger(r.typ) && (l.typ == types.Real || r.typ == types.Real),
		c.Typ == types.Real && l.typ == types.TimeSpan && r.typ == types.TimeSpan:
		return sqlExpr{sql: "(" + asDouble(l) + " / " + asDouble(r) + ")", typ: types.Real, null: l.null || r.null}, nil
	case c.Typ == types.Long && l.typ.Integral() && r.typ.Integral():
		// The least long divided by -1 does not fit a BIGINT.
		return sqlExpr{sql: wrapAround("(" + l.sql + "::HUGEINT // " + r.sql + "::HUGEINT)"), typ: types.Long, null: true}, nil
	}
	return sqlExpr{}, notEmitted(l.typ.String() + " / " + r.typ.String())
}

func asDouble(x sqlExpr) string {
	if x.typ == types.Real {
		return x.sql
	}
	return x.sql + "::DOUBLE"
}

func modulo(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	return sqlExpr{}, notEmitted("%")
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
		// % has the sign of its left side.
		const text = "(CASE WHEN $1 % $2 < 0 THEN $1 - $1 % $2 - $2 ELSE $1 - $1 % $2 END)"
		return sqlExpr{sql: fillSQL(text, x.sql, n), typ: x.typ, null: x.null}, nil
	}
	return sqlExpr{}, notEmitted("bin of a " + x.typ.String())
}

func absolute(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	if args[0].typ == types.Real {
		return sqlExpr{sql: fill("abs($1)", args[0]), typ: types.Real, null: args[0].null}, nil
	}
	return sqlExpr{}, notEmitted("abs of a " + args[0].typ.String())
}
