package duckdb

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// aggregation is an aggregate in the making.
type aggregation struct {
	b    *binding
	name string
	args []sqlExpr
	out  types.Schema
	// order is the ORDER BY of the rows it sees, empty where they have none; condition is that of sumif and its like.
	order, condition string
}

// aggregateTemplate makes the columns of an aggregate.
type aggregateTemplate func(a *aggregation) ([]sqlExpr, error)

// aggregate makes the columns of one aggregation function. A name that ends in if is the plain function over the rows whose
// condition, the last argument but for countif, holds.
func (st *statement) aggregate(r *relation, a plan.Aggregate, args []sqlExpr, order string) ([]sqlExpr, error) {
	g := &aggregation{b: &binding{st: st, r: r}, name: a.Func.Name, args: args, out: a.Out, order: order}
	t, ok := st.e.aggregates[g.name]
	if base, cond := conditionals()[g.name]; cond {
		if t, ok = st.e.aggregates[base]; !ok {
			return nil, notEmitted("the aggregate " + g.name)
		}
		at := min(1, len(args)-1)
		if at < 0 || args[at].typ != types.Bool {
			return nil, notEmitted("the condition of " + g.name)
		}
		g.condition = args[at].sql
		g.args = append(append([]sqlExpr(nil), args[:at]...), args[at+1:]...)
	}
	if !ok {
		return nil, notEmitted("the aggregate " + g.name)
	}
	return t(g)
}

// conditionals are the plain functions of those with a condition.
func conditionals() map[string]string {
	return map[string]string{
		"countif": "count", "sumif": "sum", "avgif": "avg", "minif": "min", "maxif": "max", "dcountif": "dcount",
		"count_distinctif": "count_distinct", "take_anyif": "take_any", "make_list_if": "make_list", "make_set_if": "make_set",
	}
}

// call is SQL of an aggregate over the rows that count: f, with the condition and more as its filter.
func (a *aggregation) call(f string, more ...string) string {
	conditions := more
	if a.condition != "" {
		conditions = append([]string{"(" + a.condition + ")"}, more...)
	}
	if len(conditions) == 0 {
		return f
	}
	return f + " FILTER (WHERE " + strings.Join(conditions, " AND ") + ")"
}

// aggregateTemplates are the aggregation functions.
func aggregateTemplates() map[string]aggregateTemplate {
	return map[string]aggregateTemplate{
		"count":          aggCount,
		"dcount":         aggDistinctCount,
		"count_distinct": aggDistinctCount,
		"sum":            aggSum,
		"avg":            aggAvg,
		"min":            aggMinMax("min"),
		"max":            aggMinMax("max"),
		"arg_max":        aggArg("max"),
		"arg_min":        aggArg("min"),
		"take_any":       aggAny,
		"make_set":       aggSet,
		"make_list":      aggList,
		"percentile":     aggPercentiles,
		"percentiles":    aggPercentiles,
	}
}

func aggCount(a *aggregation) ([]sqlExpr, error) {
	if len(a.args) != 0 {
		return nil, notEmitted("count of something")
	}
	return []sqlExpr{{sql: a.call("count(*)"), typ: types.Long}}, nil
}

// aggDistinctCount counts exactly; the second argument of dcount, the accuracy, then changes nothing.
func aggDistinctCount(a *aggregation) ([]sqlExpr, error) {
	if err := groupable(a.args[0]); err != nil {
		return nil, err
	}
	return []sqlExpr{{sql: a.call(fill("count(DISTINCT $1)", a.args[0])), typ: types.Long}}, nil
}

// aggSum adds integers in HUGEINT, which DuckDB's sum gives, and wraps around. A sum of reals has no defined order.
func aggSum(a *aggregation) ([]sqlExpr, error) {
	x := a.args[0]
	switch x.typ {
	case types.Int, types.Long, types.TimeSpan:
		return []sqlExpr{{sql: "coalesce(" + wrapAround(a.call("sum("+x.sql+")")) + ", 0)", typ: a.out[0].Type}}, nil
	case types.Real:
		return []sqlExpr{{sql: "coalesce(" + a.call("sum("+x.sql+")") + ", 0::DOUBLE)", typ: types.Real}}, nil
	}
	return nil, notEmitted("sum of a " + x.typ.String())
}

// wrapAround is a HUGEINT cut to 64 bits in two's complement.
func wrapAround(huge string) string {
	return "(((" + huge + " + 9223372036854775808::HUGEINT) & 18446744073709551615::HUGEINT) - 9223372036854775808::HUGEINT)::BIGINT"
}

// aggAvg divides the sum, which wraps around, by the count. Over no values it is NaN for numbers and null for times.
func aggAvg(a *aggregation) ([]sqlExpr, error) {
	x := a.args[0]
	n := a.call("count(" + x.sql + ")")
	switch x.typ {
	case types.Int, types.Long:
		const text = "(CASE WHEN $1 = 0 THEN 'nan'::DOUBLE ELSE ($2)::DOUBLE / $1 END)"
		return []sqlExpr{{sql: fillSQL(text, n, wrapAround(a.call("sum("+x.sql+")"))), typ: types.Real}}, nil
	case types.Real:
		return []sqlExpr{{sql: fillSQL("(CASE WHEN $1 = 0 THEN 'nan'::DOUBLE ELSE $2 / $1 END)", n, a.call("sum("+x.sql+")")), typ: types.Real}}, nil
	case types.DateTime, types.TimeSpan:
		sql := fillSQL("(CASE WHEN $1 = 0 THEN NULL ELSE $2 // $1 END)", n, wrapAround(a.call("sum("+x.sql+")")))
		return []sqlExpr{{sql: sql, typ: x.typ, null: true}}, nil
	}
	return nil, notEmitted("avg of a " + x.typ.String())
}

// aggMinMax: NaN is the extreme on either side, in DuckDB above all numbers only.
func aggMinMax(f string) aggregateTemplate {
	return func(a *aggregation) ([]sqlExpr, error) {
		x := a.args[0]
		plain := a.call(f + "(" + x.sql + ")")
		switch x.typ {
		case types.Int, types.Long, types.DateTime, types.TimeSpan, types.Bool, types.GUID:
			return []sqlExpr{{sql: plain, typ: x.typ, null: true}}, nil
		case types.String:
			return []sqlExpr{{sql: "coalesce(" + plain + ", '')", typ: x.typ}}, nil
		case types.Real:
			sql := plain
			if f == "min" {
				sql = "(CASE WHEN " + a.call("count(*)", "isnan("+x.sql+")") + " > 0 THEN 'nan'::DOUBLE ELSE " + plain + " END)"
			}
			return []sqlExpr{{sql: sql, typ: x.typ, null: true}}, nil
		}
		return nil, notEmitted(f + " of a " + x.typ.String())
	}
}

// aggArg is arg_max and arg_min. All columns come from one row, hence one struct per row and not one arg_max per column;
// where every key is null it is a row of them.
func aggArg(f string) aggregateTemplate {
	return func(a *aggregation) ([]sqlExpr, error) {
		key := a.args[0]
		switch key.typ {
		case types.Int, types.Long, types.DateTime, types.TimeSpan, types.String, types.Bool:
		default:
			return nil, notEmitted("arg_" + f + " of a " + key.typ.String())
		}
		first := sqlExpr{sql: f + "(" + key.sql + ")", typ: key.typ, null: true}
		if key.typ == types.String {
			first.sql, first.null = "coalesce("+first.sql+", '')", false
		}
		row := "arg_" + f + "(" + structOf(a.args[1:]) + ", " + key.sql + ")"
		if key.null {
			row = "coalesce(" + row + ", any_value(" + structOf(a.args[1:]) + ") FILTER (WHERE " + key.sql + " IS NULL))"
		}
		return append([]sqlExpr{first}, fieldsOf(row, a.args[1:])...), nil
	}
}

func structOf(list []sqlExpr) string {
	fields := make([]string, len(list))
	for i, x := range list {
		fields[i] = "'f" + strconv.Itoa(i) + "': " + x.sql
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// fieldsOf are the members of a struct made by structOf.
func fieldsOf(row string, list []sqlExpr) []sqlExpr {
	out := make([]sqlExpr, len(list))
	for i, x := range list {
		out[i] = sqlExpr{sql: row, typ: x.typ, null: x.typ != types.String, member: "f" + strconv.Itoa(i)}
	}
	return out
}

// aggAny takes one value that is not blank, or the columns of one row.
func aggAny(a *aggregation) ([]sqlExpr, error) {
	if len(a.args) > 1 {
		return fieldsOf(a.call("any_value("+structOf(a.args)+")"), a.args), nil
	}
	x := a.args[0]
	if x.typ == types.String {
		return []sqlExpr{{sql: "coalesce(" + a.call(fill("any_value($1)", x), fill("$1 <> ''", x)) + ", '')", typ: x.typ}}, nil
	}
	return []sqlExpr{{sql: a.call(fill("any_value($1)", x)), typ: x.typ, null: true}}, nil
}

// aggPercentiles are exact percentiles by nearest rank, which is what quantile_disc gives. NaN stands at the other end there.
func aggPercentiles(a *aggregation) ([]sqlExpr, error) {
	x := a.args[0]
	switch x.typ {
	case types.Int, types.Long, types.DateTime, types.TimeSpan, types.Real:
	default:
		return nil, notEmitted(a.name + " of a " + x.typ.String())
	}
	ranks := make([]string, len(a.args)-1)
	for i, p := range a.args[1:] {
		if p.lit == nil || !p.lit.Type().Numeric() || p.lit.IsNull() || p.lit.Float() < 0 || p.lit.Float() > 100 {
			return nil, notEmitted(a.name + " at something else than numbers from 0 to 100")
		}
		d, _, err := apd.NewFromString(strconv.FormatFloat(p.lit.Float(), 'f', -1, 64))
		if err != nil {
			return nil, notEmitted(a.name + " at " + p.sql)
		}
		d.Exponent -= 2
		ranks[i] = d.Text('f')
	}
	out := make([]sqlExpr, len(ranks))
	for i := range out {
		sql := a.call("quantile_disc("+x.sql+", ["+strings.Join(ranks, ", ")+"])") + "[" + strconv.Itoa(i+1) + "]"
		if a.condition != "" {
			sql = "(" + a.call("quantile_disc("+x.sql+", ["+strings.Join(ranks, ", ")+"])") + ")[" + strconv.Itoa(i+1) + "]"
		}
		if x.typ == types.Real {
			g, err := a.b.guard("percentiles with NaN", types.Real)
			if err != nil {
				return nil, err
			}
			sql = "(CASE WHEN " + a.call("count(*)", "isnan("+x.sql+")") + " > 0 THEN " + g + " ELSE " + sql + " END)"
		}
		out[i] = sqlExpr{sql: sql, typ: x.typ, null: true}
	}
	return out, nil
}

// maxListItems is the size of a made array where the query gives none
// (https://learn.microsoft.com/kusto/query/make-list-aggregation-function).
const maxListItems = 1_048_576

// size is the second argument of make_list and make_set, or the default.
func (a *aggregation) size() (string, error) {
	n := int64(maxListItems)
	if len(a.args) > 1 {
		given, ok := a.args[1].integer()
		if !ok || given < 0 {
			return "", notEmitted(a.name + " with a computed size")
		}
		n = given
	}
	return strconv.FormatInt(n, 10), nil
}

// aggSet is the JSON array of the distinct values, which have no order in KQL; they are ordered to be the same on every run.
func aggSet(a *aggregation) ([]sqlExpr, error) {
	x := a.args[0]
	n, err := a.size()
	if err != nil {
		return nil, err
	}
	switch x.typ {
	case types.String, types.Int, types.Long, types.Bool:
		list := a.call(fill("list(DISTINCT $1 ORDER BY $1)", x), fill("$1 IS NOT NULL", x))
		return []sqlExpr{{sql: "coalesce(to_json((" + list + ")[1:" + n + "])::VARCHAR, '[]')", typ: types.Dynamic}}, nil
	}
	return nil, notEmitted("make_set of a " + x.typ.String())
}

// aggList is the JSON array of the values in the order of the rows. The null of a dynamic is a value there, and arrays give their
// elements, which is left to the reference. Times inside a dynamic keep their type, which JSON text cannot say.
func aggList(a *aggregation) ([]sqlExpr, error) {
	x := a.args[0]
	n, err := a.size()
	if err != nil {
		return nil, err
	}
	var list string
	switch x.typ {
	case types.String, types.Int, types.Long, types.Bool:
		list = a.call("list("+x.sql+a.order+")", fill("$1 IS NOT NULL", x))
	case types.Dynamic:
		g, err := a.b.guard("make_list of arrays", types.Dynamic)
		if err != nil {
			return nil, err
		}
		item := fillSQL("(CASE WHEN json_type($1) = 'ARRAY' THEN $2 ELSE coalesce($1, 'null') END)::JSON", x.sql, g)
		list = a.call("list(" + item + a.order + ")")
	default:
		return nil, notEmitted("make_list of a " + x.typ.String())
	}
	return []sqlExpr{{sql: "coalesce(to_json((" + list + ")[1:" + n + "])::VARCHAR, '[]')", typ: types.Dynamic}}, nil
}
