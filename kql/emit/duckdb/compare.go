package duckdb

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// comparisonTemplates are the operators that order or equate two values of one type, and between.
func comparisonTemplates() map[string]template {
	m := map[string]template{"between": between(false), "!between": between(true)}
	for op, sql := range comparisonSQL() {
		m[op] = func(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
			if l, r, ok := b.shadowEquals(c.Args, args); ok && (op == "==" || op == "!=") {
				return comparison(op, sql, l, r), nil
			}
			args, err := b.leaves(c.Args, args)
			if err != nil {
				return sqlExpr{}, err
			}
			l, r, err := b.comparable(args[0], args[1])
			if err != nil {
				return sqlExpr{}, err
			}
			return comparison(op, sql, l, r), nil
		}
	}
	return m
}

func comparisonSQL() map[string]string {
	return map[string]string{"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
}

// comparison is the value of l op r. A null differs from every value, and whether it equals another null is null
// (https://learn.microsoft.com/kusto/query/scalar-data-types/null-values); what it is before or after is null.
func comparison(op, sql string, l, r sqlExpr) sqlExpr {
	plain := plainSQL(op, sql, l, r, op != "==" && op != "!=")
	out := sqlExpr{sql: plain, typ: types.Bool, null: l.null || r.null}
	if !out.null || op != "==" && op != "!=" {
		return out
	}
	out.sql = "coalesce(" + plain + ", " + map[string]string{"==": "false", "!=": "true"}[op] + ")"
	if out.null = l.null && r.null; out.null {
		out.sql = fillSQL("(CASE WHEN $1 IS NULL AND $2 IS NULL THEN NULL ELSE $3 END)", l.sql, r.sql, out.sql)
	}
	return out
}

// plainSQL is l op r; of a null it is null, as in SQL. DuckDB takes NaN for equal to itself and above all numbers; in KQL it is
// neither equal to nor ordered with anything. With exact, NaN beside a null is null too, which a filter need not know.
func plainSQL(op, sql string, l, r sqlExpr, exact bool) string {
	plain := l.sql + " " + sql + " " + r.sql
	var checks []string
	for i, x := range []sqlExpr{l, r} {
		if x.typ != types.Real || x.lit != nil && !math.IsNaN(x.lit.Real()) {
			continue
		}
		check := "isnan(" + x.sql + ")"
		if other := []sqlExpr{r, l}[i]; exact && other.null {
			check = "(" + check + " AND " + other.sql + " IS NOT NULL)"
		}
		checks = append(checks, check)
	}
	if len(checks) == 0 {
		return "(" + plain + ")"
	}
	if op == "!=" {
		return "(" + plain + " OR " + strings.Join(checks, " OR ") + ")"
	}
	return "(" + plain + " AND NOT (" + strings.Join(checks, " OR ") + "))"
}

// plainComparison is a comparison in a filter, where null counts as false.
func (b *binding) plainComparison(c *plan.Call) (string, error) {
	args, err := b.exprs(c.Args)
	if err != nil {
		return "", err
	}
	op := c.Func.Name
	if l, r, ok := b.shadowEquals(c.Args, args); ok && op == "==" {
		return plainSQL(op, "=", l, r, false), nil
	}
	if args, err = b.leaves(c.Args, args); err != nil {
		return "", err
	}
	l, r, err := b.comparable(args[0], args[1])
	if err != nil {
		return "", err
	}
	if op == "!=" {
		return comparison(op, "<>", l, r).sql, nil
	}
	return plainSQL(op, comparisonSQL()[op], l, r, false), nil
}

// comparable brings two values to one SQL type, as the reference converts them.
func (b *binding) comparable(l, r sqlExpr) (sqlExpr, sqlExpr, error) {
	lt, rt := l.typ, r.typ
	switch {
	case lt == types.Decimal || rt == types.Decimal || lt == types.Dynamic || rt == types.Dynamic:
		return l, r, notEmitted("a comparison of a " + lt.String() + " with a " + rt.String())
	case lt == rt && lt != types.Unknown:
		return l, r, nil
	case lt.Integral() && rt.Integral():
		return l, r, nil
	case lt.Numeric() && rt.Numeric():
		if exactAsDouble(l, r) {
			return toDouble(l), toDouble(r), nil
		}
		return l, r, notEmitted("a comparison of a long with a computed real")
	}
	return l, r, notEmitted("a comparison of a " + lt.String() + " with a " + rt.String())
}

// exactAsDouble: a BIGINT loses digits as a DOUBLE, so the two compare exactly only where the real is a constant that
// longs around it can still be told from, or the integer an int.
func exactAsDouble(l, r sqlExpr) bool {
	for _, x := range []sqlExpr{l, r} {
		if x.lit != nil && !x.lit.IsNull() && math.Abs(x.lit.Float()) < 1<<53 {
			return true
		}
		if x.typ == types.Int {
			return true
		}
	}
	return false
}

func toDouble(x sqlExpr) sqlExpr {
	if x.typ == types.Real {
		return x
	}
	if x.lit != nil && !x.lit.IsNull() {
		v := types.NewReal(x.lit.Float())
		return sqlExpr{sql: quoteReal(v.Real()), typ: types.Real, simple: true, lit: &v}
	}
	v := types.NewReal(0) // any number: what was an integer is not NaN, so no check is needed
	return sqlExpr{sql: x.sql + "::DOUBLE", typ: types.Real, null: x.null, lit: &v}
}

// onlyString reports whether no other JSON value than a string prints as s.
func onlyString(s string) bool {
	if s == "" || strings.EqualFold(s, "true") || strings.EqualFold(s, "false") {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || r == '_' || r == '/' || r == '@'
}

// between includes its bounds. A timespan above a datetime counts from the lower bound.
func between(not bool) template {
	return func(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		if len(args) != 3 {
			return sqlExpr{}, notEmitted("between")
		}
		if args[0].typ == types.Dynamic && !(number(args[1]) && number(args[2])) {
			return sqlExpr{}, notEmitted("a dynamic between bounds that are no numbers") // each value is of the type it happens to have
		}
		args, err := b.leaves(c.Args, args)
		if err != nil {
			return sqlExpr{}, err
		}
		v, low, high := args[0], args[1], args[2]
		if v.typ == types.DateTime && low.typ == types.DateTime && high.typ == types.TimeSpan {
			high = after(low, high)
		}
		x, lo, err := b.comparable(v, low)
		if err != nil {
			return sqlExpr{}, err
		}
		y, hi, err := b.comparable(v, high)
		if err != nil {
			return sqlExpr{}, err
		}
		sql := "(" + plainSQL(">=", ">=", x, lo, true) + " AND " + plainSQL("<=", "<=", y, hi, true) + ")"
		if not {
			sql = "(NOT " + sql + ")"
		}
		return sqlExpr{sql: sql, typ: types.Bool, null: anyNull(args)}, nil
	}
}

// number reports whether x is a constant number.
func number(x sqlExpr) bool { return x.lit != nil && !x.null && x.lit.Type().Numeric() }

// after is low + length; of constants a constant, so that the bound can reach the scan.
func after(low, length sqlExpr) sqlExpr {
	if low.lit != nil && length.lit != nil && !low.null && !length.null {
		t := types.NewDateTime(low.lit.Ticks() + length.lit.Ticks())
		sum := low.lit.Ticks() + length.lit.Ticks()
		over := (low.lit.Ticks() < 0) == (length.lit.Ticks() < 0) && (sum < 0) != (low.lit.Ticks() < 0)
		if over || sum < 0 || sum > types.MaxDateTimeTicks {
			t = types.Null(types.DateTime)
		}
		if x, err := constant(t); err == nil {
			return x
		}
	}
	sum := "(" + low.sql + "::HUGEINT + " + length.sql + "::HUGEINT)"
	return sqlExpr{sql: inRange(sum, types.DateTime), typ: types.DateTime, null: true}
}

// logicTemplates are and, or, not, and the functions that choose among values or ask for null.
func logicTemplates() map[string]template {
	return map[string]template{
		"and":        logic(" AND "),
		"or":         logic(" OR "),
		"not":        boolCall("(NOT $1)"),
		"isnull":     isNull(true),
		"isnotnull":  isNull(false),
		"isempty":    isEmpty(true),
		"isnotempty": isEmpty(false),
		"iff":        choose,
		"case":       choose,
		"coalesce":   coalesce,
	}
}

func logic(op string) template {
	return func(_ *binding, _ *plan.Call, args []sqlExpr) (sqlExpr, error) {
		parts := make([]string, len(args))
		for i, a := range args {
			if a.typ != types.Bool {
				return sqlExpr{}, notEmitted("logic on a " + a.typ.String())
			}
			parts[i] = a.sql
		}
		return sqlExpr{sql: "(" + strings.Join(parts, op) + ")", typ: types.Bool, null: anyNull(args)}, nil
	}
}

// boolCall is a template over bools that is null where its argument is.
func boolCall(text string) template {
	return func(_ *binding, _ *plan.Call, args []sqlExpr) (sqlExpr, error) {
		if args[0].typ != types.Bool {
			return sqlExpr{}, notEmitted("logic on a " + args[0].typ.String())
		}
		return sqlExpr{sql: fill(text, args...), typ: types.Bool, null: args[0].null}, nil
	}
}

func isNull(want bool) template {
	return func(_ *binding, _ *plan.Call, args []sqlExpr) (sqlExpr, error) {
		if args[0].typ == types.String {
			return sqlExpr{sql: map[bool]string{true: "false", false: "true"}[want], typ: types.Bool}, nil
		}
		return sqlExpr{sql: fill(map[bool]string{true: "($1 IS NULL)", false: "($1 IS NOT NULL)"}[want], args[0]), typ: types.Bool}, nil
	}
}

// isEmpty is true for the empty string and for null.
func isEmpty(want bool) template {
	return func(_ *binding, _ *plan.Call, args []sqlExpr) (sqlExpr, error) {
		text := map[bool]string{true: "($1 IS NULL)", false: "($1 IS NOT NULL)"}
		switch args[0].typ {
		case types.String:
			text = map[bool]string{true: "($1 = '')", false: "($1 <> '')"}
		case types.Dynamic:
			text = map[bool]string{true: `($1 IS NULL OR $1 = '""')`, false: `($1 IS NOT NULL AND $1 <> '""')`}
		}
		return sqlExpr{sql: fill(text[want], args[0]), typ: types.Bool}, nil
	}
}

// choose is iff and case: pairs of condition and value, then the value otherwise. A null condition does not hold.
func choose(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	if len(args)%2 == 0 {
		return sqlExpr{}, notEmitted(c.Func.Name)
	}
	var b strings.Builder
	b.WriteString("CASE")
	out := sqlExpr{typ: c.Typ}
	for i := 0; i < len(args); i += 2 {
		v := args[min(i+1, len(args)-1)]
		x, err := convertChoice(v, c.Typ)
		if err != nil {
			return sqlExpr{}, err
		}
		out.null = out.null || x.null
		if i == len(args)-1 {
			b.WriteString(" ELSE " + x.sql + " END")
			break
		}
		if args[i].typ != types.Bool {
			return sqlExpr{}, notEmitted(c.Func.Name + " on a " + args[i].typ.String())
		}
		b.WriteString(" WHEN " + args[i].sql + " THEN " + x.sql)
	}
	out.sql = "(" + b.String() + ")"
	return out, nil
}

// convertChoice makes a value of the type that the call has.
func convertChoice(x sqlExpr, t types.Type) (sqlExpr, error) {
	switch {
	case x.typ == t:
		return x, nil
	case x.typ == types.Int && t == types.Long:
		return sqlExpr{sql: x.sql + "::BIGINT", typ: t, null: x.null}, nil
	case x.typ.Integral() && t == types.Real:
		return sqlExpr{sql: x.sql + "::DOUBLE", typ: t, null: x.null}, nil
	case x.typ == types.Unknown && x.null && t != types.String:
		return sqlExpr{sql: "NULL::" + sqlType(t), typ: t, null: true}, nil
	}
	return x, notEmitted("a " + x.typ.String() + " as a " + t.String())
}

// coalesce takes the first value that is there; of strings, the first that is not empty.
func coalesce(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	parts := make([]string, len(args))
	null := true
	for i, a := range args {
		x, err := convertChoice(a, c.Typ)
		if err != nil {
			return sqlExpr{}, err
		}
		parts[i] = x.sql
		if c.Typ == types.String {
			parts[i] = "nullif(" + x.sql + ", '')"
		}
		null = null && x.null
	}
	if c.Typ == types.String {
		parts, null = append(parts, "''"), false
	}
	return sqlExpr{sql: "coalesce(" + strings.Join(parts, ", ") + ")", typ: c.Typ, null: null}, nil
}
