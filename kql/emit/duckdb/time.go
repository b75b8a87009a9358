package duckdb

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// timestamp is ticks as a TIMESTAMP, cut to microseconds.
func timestamp(x string) string { return "make_timestamp(" + x + " // 10 - 62135596800000000)" }

// timeTemplates are the calendar functions over ticks since year 1; day 0 was a Monday.
func timeTemplates() map[string]template {
	const day = "864000000000"
	return map[string]template{
		"startofday":   onDateTime("($1 - $1 % "+day+")", types.DateTime),
		"hourofday":    onDateTime("($1 // 36000000000 % 24)::INTEGER", types.Int),
		"dayofweek":    onDateTime("(($1 // "+day+" + 1) % 7 * "+day+")", types.TimeSpan),
		"dayofmonth":   onDateTime("extract(day FROM $T)::INTEGER", types.Int),
		"dayofyear":    onDateTime("extract(doy FROM $T)::INTEGER", types.Int),
		"monthofyear":  onDateTime("extract(month FROM $T)::INTEGER", types.Int),
		"getyear":      onDateTime("extract(year FROM $T)::INTEGER", types.Int),
		"getmonth":     onDateTime("extract(month FROM $T)::INTEGER", types.Int),
		"startofmonth": onDateTime(truncated("month"), types.DateTime),
		"startofyear":  onDateTime(truncated("year"), types.DateTime),
	}
}

// truncated is the SQL of the start of a calendar unit, in ticks.
func truncated(unit string) string {
	return "((epoch_us(date_trunc('" + unit + "', $T)::TIMESTAMP) + 62135596800000000) * 10)"
}

// onDateTime is a template over one datetime; $T is its TIMESTAMP.
func onDateTime(text string, t types.Type) template {
	return func(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		if len(args) != 1 || args[0].typ != types.DateTime {
			return sqlExpr{}, notEmitted(c.Func.Name + " with these arguments")
		}
		return sqlExpr{sql: fillTime(text, args[0].sql), typ: t, null: args[0].null}, nil
	}
}

func fillTime(text, ticks string) string {
	return fillSQL(strings.ReplaceAll(text, "$T", timestamp(ticks)), ticks)
}
