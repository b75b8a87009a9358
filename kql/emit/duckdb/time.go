package duckdb

import (
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// timestamp is ticks as a TIMESTAMP, cut to microseconds. Ticks are never negative, so // cuts downwards.
func timestamp(x string) string { return "make_timestamp(" + x + " // 10 - 62135596800000000)" }

// ticksOf is a TIMESTAMP as ticks.
func ticksOf(timestamp string) string {
	return "((epoch_us(" + timestamp + ") + 62135596800000000) * 10)"
}

// The days are counted from 0001-01-01, which was a Monday; weeks begin on Sunday.
const (
	daySQL  = "864000000000"
	weekSQL = "(($1 // " + daySQL + " - ($1 // " + daySQL + " + 1) % 7) * " + daySQL + ")"
)

// timeTemplates are the calendar functions.
func timeTemplates() map[string]template {
	m := map[string]template{
		"dayofweek":     onDateTime("(($1 // "+daySQL+" + 1) % 7 * "+daySQL+")", types.TimeSpan),
		"datetime_part": datetimePart,
		"datetime_diff": datetimeDiff,
		"datetime_add":  datetimeAdd,
	}
	for name, unit := range map[string]string{"dayofmonth": "day", "dayofyear": "dayofyear", "hourofday": "hour", "monthofyear": "month",
		"getyear": "year", "week_of_year": "week"} {
		m[name] = onDateTime(parts()[unit], types.Long)
	}
	starts := map[string]string{
		"day": "($1 - $1 % " + daySQL + ")", "week": weekSQL,
		"month": ticksOf("date_trunc('month', $T)::TIMESTAMP"), "year": ticksOf("date_trunc('year', $T)::TIMESTAMP"),
	}
	nexts := map[string]string{
		"day": "($1 - $1 % " + daySQL + " + " + daySQL + ")", "week": "(" + weekSQL + " + 7 * " + daySQL + ")",
		"month": ticksOf("date_trunc('month', $T)::TIMESTAMP + INTERVAL 1 MONTH"),
		"year":  ticksOf("date_trunc('year', $T)::TIMESTAMP + INTERVAL 1 YEAR"),
	}
	for unit := range starts {
		m["startof"+unit] = onDateTime(nullOutside(starts[unit]), types.DateTime)
		m["endof"+unit] = onDateTime(nullOutside("("+nexts[unit]+" - 1)"), types.DateTime)
	}
	return m
}

// nullOutside makes ticks outside the range of datetime null.
func nullOutside(sql string) string {
	return "(CASE WHEN " + sql + " BETWEEN 0 AND 3155378975999999999 THEN " + sql + " END)"
}

// onDateTime is a template over one datetime, $1; $T is its TIMESTAMP. Whole numbers come in the type of the call.
func onDateTime(text string, t types.Type) template {
	return func(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		if len(args) != 1 || args[0].typ != types.DateTime {
			return sqlExpr{}, notEmitted(c.Func.Name + " with these arguments")
		}
		out := sqlExpr{sql: fillTime(text, args[0].sql), typ: t, null: true}
		if t == types.Long {
			out.sql, out.typ = "("+out.sql+")::"+sqlType(c.Typ), c.Typ
		}
		return out, nil
	}
}

func fillTime(text, ticks string) string {
	return fillSQL(strings.ReplaceAll(text, "$T", timestamp("$1")), ticks)
}

// parts are the parts of a datetime as numbers.
func parts() map[string]string {
	return map[string]string{
		"year": "extract(year FROM $T)", "quarter": "extract(quarter FROM $T)", "month": "extract(month FROM $T)",
		"week": "extract(week FROM $T)", "weekofyear": "extract(week FROM $T)", "day": "extract(day FROM $T)", "dayofyear": "extract(doy FROM $T)",
		"hour": "$1 // 36000000000 % 24", "minute": "$1 // 600000000 % 60", "second": "$1 // 10000000 % 60",
		"millisecond": "$1 % 10000000 // 10000", "microsecond": "$1 % 10000000 // 10", "nanosecond": "$1 % 10000000 * 100",
	}
}

// unitName is a constant unit without case and underscores.
func unitName(x sqlExpr) string {
	s, _ := x.text()
	return strings.ReplaceAll(strings.ToLower(s), "_", "")
}

func datetimePart(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	text, ok := parts()[unitName(args[0])]
	if !ok || args[1].typ != types.DateTime {
		return sqlExpr{}, notEmitted("datetime_part with these arguments")
	}
	return sqlExpr{sql: "(" + fillTime(text, args[1].sql) + ")::" + sqlType(c.Typ), typ: c.Typ, null: args[1].null}, nil
}

// unitTicks are the units of a fixed length.
func unitTicks(unit string) int64 {
	return map[string]int64{
		"day": types.TicksPerDay, "hour": types.TicksPerHour, "minute": types.TicksPerMinute, "second": types.TicksPerSecond,
		"millisecond": types.TicksPerMillisecond, "microsecond": types.TicksPerMicrosecond,
	}[unit]
}

// datetimeDiff counts the borders of a unit between two times.
func datetimeDiff(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	if args[1].typ != types.DateTime || args[2].typ != types.DateTime {
		return sqlExpr{}, notEmitted("datetime_diff with these arguments")
	}
	count := ""
	switch unit := unitName(args[0]); unit {
	case "year":
		count = "extract(year FROM $T)"
	case "quarter":
		count = "(extract(year FROM $T) * 4 + extract(quarter FROM $T))"
	case "month":
		count = "(extract(year FROM $T) * 12 + extract(month FROM $T))"
	case "week":
		count = "(($1 // " + daySQL + " + 1) // 7)"
	default:
		n := unitTicks(unit)
		if n == 0 {
			return sqlExpr{}, notEmitted("datetime_diff in " + unit)
		}
		count = "($1 // " + strconv.FormatInt(n, 10) + ")"
	}
	sql := "(" + fillTime(count, args[1].sql) + " - " + fillTime(count, args[2].sql) + ")::BIGINT"
	return sqlExpr{sql: sql, typ: c.Typ, null: args[1].null || args[2].null}, nil
}

// datetimeAdd adds a constant number of units. Of months the day stays where the month has it.
func datetimeAdd(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	by, ok := args[1].integer()
	if !ok || args[2].typ != types.DateTime || by > 120_000 || by < -120_000 {
		return sqlExpr{}, notEmitted("datetime_add with these arguments")
	}
	unit := unitName(args[0])
	months := map[string]int64{"year": 12, "quarter": 3, "month": 1}[unit]
	if months > 0 {
		moved := ticksOf("date_trunc('day', $T)::TIMESTAMP + to_months(" + quoteInteger(by*months) + "::INTEGER)")
		return sqlExpr{sql: fillTime(nullOutside("("+moved+" + $1 % "+daySQL+")"), args[2].sql), typ: types.DateTime, null: true}, nil
	}
	n := unitTicks(unit)
	if unit == "week" {
		n = 7 * types.TicksPerDay
	}
	if n == 0 {
		return sqlExpr{}, notEmitted("datetime_add in " + unit)
	}
	sum := "(" + args[2].sql + "::HUGEINT + " + quoteInteger(by) + "::HUGEINT * " + strconv.FormatInt(n, 10) + ")"
	return sqlExpr{sql: inRange(sum, types.DateTime), typ: types.DateTime, null: true}, nil
}
