package builtin

// times are the functions on datetimes and timespans.
func times() []*Function {
	return append(append(periods(), timeParts()...),
		scalar("The time of the query, moved by a timespan where there is one.", "now(offset?: timespan): datetime").
			gives("now(1d) - now()", "1d"),
		scalar("The time of the query less a timespan.", "ago(span: timespan): datetime").
			gives("now() - ago(2h)", "2h"),
		scalar("A datetime of year, month, day and the parts of a time; or of a text.",
			"make_datetime(year: number, month: number, day: number, hour?: number, minute?: number, second?: number): datetime",
			"make_datetime(value: any): datetime").gives("make_datetime(2017, 10, 1, 12, 10)", "datetime(2017-10-01 12:10)"),
		scalar("A timespan of its parts, or of a text.",
			"make_timespan(hours: number, minutes: number, seconds?: number): timespan",
			"make_timespan(days: number, hours: number, minutes: number, seconds: number): timespan", "make_timespan(value: any): timespan").
			gives("make_timespan(1, 12, 30, 55.123)", "timespan(1.12:30:55.123)"),
		scalar("Adds a number of units of the calendar to a datetime.", "datetime_add(part: "+units+", amount: integer, datetime: datetime): datetime").
			gives("datetime_add('month', 1, datetime(2017-01-31))", "datetime(2017-02-28)"),
		scalar("How many borders of a unit lie between two datetimes, the first less the second.",
			"datetime_diff(part: "+units+", datetime1: datetime, datetime2: datetime): long").
			gives("datetime_diff('month', datetime(2017-01-01), datetime(2015-12-31))", "13"),
		scalar("A unit of a datetime, as a number.", "datetime_part(part: "+partNames+", datetime: datetime): int").was("datepart").
			gives("datetime_part('hour', datetime(2017-10-30 01:02:03))", "int(1)"),
		scalar("Prints a datetime by a format.", "format_datetime(datetime: datetime, format: string): string").
			gives("format_datetime(datetime(2017-01-29 09:00:05), 'yy-MM-dd [HH:mm:ss]')", "'17-01-29 [09:00:05]'"),
		scalar("Prints a timespan by a format.", "format_timespan(timespan: timespan, format: string): string").
			gives("format_timespan(time(1.02:03:04), 'd.hh:mm:ss')", "'1.02:03:04'"),
		scalar("A datetime of a time zone in UTC.", "datetime_local_to_utc(datetime: datetime, timezone: string): datetime").
			gives("datetime_local_to_utc(datetime(2022-07-10), 'Europe/Berlin')", "datetime(2022-07-09 22:00)"),
		scalar("A datetime of UTC in a time zone.", "datetime_utc_to_local(datetime: datetime, timezone: string): datetime").
			gives("datetime_utc_to_local(datetime(2022-07-10), 'US/Pacific')", "datetime(2022-07-09 17:00)"),
		scalar("The names of the time zones.", "datetime_list_timezones(): dynamic").on("datetime-list-timezones"),
		scalar("A datetime of the seconds since 1970.", "unixtime_seconds_todatetime(seconds: number): datetime").
			gives("unixtime_seconds_todatetime(1546300800)", "datetime(2019-01-01)"),
		scalar("A datetime of the milliseconds since 1970.", "unixtime_milliseconds_todatetime(milliseconds: number): datetime").
			gives("unixtime_milliseconds_todatetime(1546300800000)", "datetime(2019-01-01)"),
		scalar("A datetime of the microseconds since 1970.", "unixtime_microseconds_todatetime(microseconds: number): datetime").
			gives("unixtime_microseconds_todatetime(1546300800000000)", "datetime(2019-01-01)"),
		scalar("A datetime of the nanoseconds since 1970.", "unixtime_nanoseconds_todatetime(nanoseconds: number): datetime").
			gives("unixtime_nanoseconds_todatetime(1546300800000000000)", "datetime(2019-01-01)"),
	)
}

// units are the units of datetime_add and datetime_diff, partNames those of datetime_part.
const (
	units = "'year'|'quarter'|'month'|'week'|'day'|'hour'|'minute'|'second'|'millisecond'|'microsecond'|'nanosecond'" +
		"|'years'|'quarters'|'months'|'weeks'|'days'|'hours'|'minutes'|'seconds'|'milliseconds'|'microseconds'|'nanoseconds'"
	partNames = units + "|'weekofyear'|'week_of_year'|'dayofyear'|'dayofweek'|'weekday'|'monthofyear'|'hourofday'"
)

// timeParts are the functions that take one part out of a datetime.
func timeParts() []*Function {
	return []*Function{
		scalar("The days since Sunday, as a timespan.", "dayofweek(datetime: datetime): timespan").on("day-of-week-function").gives("dayofweek(datetime(2015-12-14))", "1d"),
		scalar("The day of the month.", "dayofmonth(datetime: datetime): int").on("day-of-month-function").gives("dayofmonth(datetime(2015-12-14))", "int(14)"),
		scalar("The day of the year.", "dayofyear(datetime: datetime): int").on("day-of-year-function").gives("dayofyear(datetime(2015-12-14))", "int(348)"),
		scalar("The hour of the day.", "hourofday(datetime: datetime): int").on("hour-of-day-function").gives("hourofday(datetime(2015-12-14 18:54))", "int(18)"),
		scalar("The number of the week in the year, by ISO 8601.", "week_of_year(datetime: datetime): int").also("weekofyear").on("week-of-year-function").
			gives("week_of_year(datetime(2020-12-31))", "int(53)"),
		scalar("The number of the month.", "monthofyear(datetime: datetime): int").also("getmonth").gives("monthofyear(datetime(2015-12-14))", "int(12)"),
		scalar("The year.", "getyear(datetime: datetime): int").gives("getyear(datetime(2015-10-12))", "int(2015)"),
	}
}

// periods are the first and last moments of the calendar's periods.
func periods() []*Function {
	var out []*Function
	for _, p := range []struct{ name, first, last string }{
		{"day", "datetime(2017-01-01)", "datetime(2017-01-01 23:59:59.9999999)"},
		{"week", "datetime(2017-01-01)", "datetime(2017-01-07 23:59:59.9999999)"},
		{"month", "datetime(2017-01-01)", "datetime(2017-01-31 23:59:59.9999999)"},
		{"year", "datetime(2017-01-01)", "datetime(2017-12-31 23:59:59.9999999)"},
	} {
		out = append(out,
			scalar("The first moment of the "+p.name+", so many "+p.name+"s later.", "startof"+p.name+"(datetime: datetime, offset?: integer): datetime").
				gives("startof"+p.name+"(datetime(2017-01-01 10:10))", p.first),
			scalar("The last moment of the "+p.name+", so many "+p.name+"s later.", "endof"+p.name+"(datetime: datetime, offset?: integer): datetime").
				gives("endof"+p.name+"(datetime(2017-01-01 10:10))", p.last))
	}
	return out
}
