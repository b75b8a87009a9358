package scalar

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones by name must not depend on the machine

	"github.com/sleuth-sec/sleuth/kql/types"
)

// datetimeFunctions take times apart and put them together. All of them count in UTC.
func datetimeFunctions() map[string]Func {
	out := map[string]Func{
		"datetime_add": strictErr(datetimeAdd), "datetime_diff": strictErr(datetimeDiff), "datetime_part": strictErr(datetimePart),
		"make_datetime": strict(makeDateTime), "make_timespan": strict(makeTimeSpan),
		"dayofweek": part(func(t time.Time, _ int64) types.Value {
			return types.NewTimeSpan(int64(t.Weekday()) * types.TicksPerDay)
		}),
		"dayofmonth":              wholePart(time.Time.Day),
		"dayofyear":               wholePart(time.Time.YearDay),
		"hourofday":               wholePart(time.Time.Hour),
		"monthofyear":             wholePart(func(t time.Time) int { return int(t.Month()) }),
		"getmonth":                wholePart(func(t time.Time) int { return int(t.Month()) }),
		"getyear":                 wholePart(time.Time.Year),
		"week_of_year":            wholePart(isoWeek),
		"weekofyear":              wholePart(isoWeek),
		"datetime_utc_to_local":   strictErr(toLocal),
		"datetime_local_to_utc":   strictErr(toUTC),
		"datetime_list_timezones": plain(func([]types.Value) types.Value { return texts(zoneNames()) }),
	}
	for unit, ticks := range map[string]float64{"seconds": 1e7, "milliseconds": 1e4, "microseconds": 10, "nanoseconds": 0.01} {
		out["unixtime_"+unit+"_todatetime"] = fromUnix(ticks)
	}
	for _, unit := range []string{"day", "week", "month", "year"} {
		out["startof"+unit], out["endof"+unit] = periodEdge(unit, false), periodEdge(unit, true)
	}
	return out
}

func ticksOf(v types.Value) (int64, bool) {
	v = types.Convert(v, types.DateTime)
	return v.Ticks(), !v.IsNull()
}

func part(f func(t time.Time, ticks int64) types.Value) Func {
	return strict(func(args []types.Value) types.Value {
		n, ok := ticksOf(args[0])
		if !ok {
			return null
		}
		return f(types.TimeOf(n), n)
	})
}

func wholePart(f func(time.Time) int) Func {
	return part(func(t time.Time, _ int64) types.Value { return types.NewLong(int64(f(t))) })
}

func isoWeek(t time.Time) int {
	_, week := t.ISOWeek()
	return week
}

// fromUnix is null where the time lies outside years 1 to 9999.
func fromUnix(unit float64) Func {
	return strict(func(args []types.Value) types.Value {
		v := args[0].Leaf()
		var n float64
		if v.Type().Integral() && unit >= 1 {
			scaled := v.Long() * int64(unit)
			if v.Long() != 0 && scaled/v.Long() != int64(unit) {
				return null
			}
			return datetime(types.UnixEpochTicks + scaled)
		}
		n, ok := number(v)
		if n *= unit; !ok || math.IsNaN(n) || math.Abs(n) > float64(types.MaxDateTimeTicks) {
			return null
		}
		if v.Type().Integral() { // nanoseconds
			return datetime(types.UnixEpochTicks + v.Long()/100)
		}
		return datetime(types.UnixEpochTicks + int64(math.Round(n)))
	})
}

// startOf is the first tick of the period that t lies in, moved by whole periods. Weeks begin on Sunday.
func startOf(unit string, t time.Time, offset int) time.Time {
	y, m, d := t.Date()
	switch unit {
	case "day":
		return date(y, m, d+offset)
	case "week":
		return date(y, m, d-int(t.Weekday())+7*offset)
	case "month":
		return date(y, m+time.Month(offset), 1)
	}
	return date(y+offset, 1, 1)
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func periodEdge(unit string, end bool) Func {
	return strict(func(args []types.Value) types.Value {
		n, ok := ticksOf(args[0])
		offset, okOffset := optInteger(args, 1, 0)
		if !ok || !okOffset || offset > 1e7 || offset < -1e7 {
			return null
		}
		if end {
			return datetime(types.TicksOf(startOf(unit, types.TimeOf(n), int(offset)+1)) - 1)
		}
		return datetime(types.TicksOf(startOf(unit, types.TimeOf(n), int(offset))))
	})
}

// unitName is a part's name without its case and plural, or an error.
func unitName(v types.Value) (string, error) {
	name := strings.ToLower(text(v))
	switch name {
	case "year", "quarter", "month", "week", "week_of_year", "weekofyear", "day", "dayofyear", "day_of_year", "hour", "minute", "second",
		"millisecond", "microsecond", "nanosecond":
		return strings.ReplaceAll(name, "_", ""), nil
	}
	return "", fmt.Errorf("%q is not a part of a datetime: use year, quarter, month, week, day, hour, minute, second, millisecond, microsecond or nanosecond", text(v))
}

// unitTicks are the units of a fixed length.
func unitTicks(unit string) int64 {
	switch unit {
	case "week":
		return 7 * types.TicksPerDay
	case "day":
		return types.TicksPerDay
	case "hour":
		return types.TicksPerHour
	case "minute":
		return types.TicksPerMinute
	case "second":
		return types.TicksPerSecond
	case "millisecond":
		return types.TicksPerMillisecond
	case "microsecond":
		return types.TicksPerMicrosecond
	}
	return 0
}

// datetimeAdd adds calendar months keeping the day where the month has it, else on the month's last day.
func datetimeAdd(_ *Env, args []types.Value) (types.Value, error) {
	unit, err := unitName(args[0])
	if err != nil {
		return null, err
	}
	by, ok := integer(args[1])
	n, okTime := ticksOf(args[2])
	if !ok || !okTime {
		return null, nil
	}
	switch unit {
	case "year":
		return addMonths(n, by, 12), nil
	case "quarter":
		return addMonths(n, by, 3), nil
	case "month":
		return addMonths(n, by, 1), nil
	case "nanosecond":
		return datetime(n + by/100), nil
	}
	ticks := unitTicks(unit)
	if ticks == 0 {
		return null, fmt.Errorf("datetime_add has no part %q", text(args[0]))
	}
	if by > types.MaxDateTimeTicks/ticks || by < -types.MaxDateTimeTicks/ticks {
		return null, nil
	}
	return datetime(n + by*ticks), nil
}

func addMonths(n, by, each int64) types.Value {
	if by > 120000 || by < -120000 {
		return null
	}
	t := types.TimeOf(n)
	months := int64(t.Year())*12 + int64(t.Month()) - 1 + by*each
	y, m := months/12, months%12+1
	if months < 12 || y > 9999 {
		return null
	}
	day := min(t.Day(), types.DaysInMonth(int(y), int(m)))
	return datetime(types.TicksOf(date(int(y), time.Month(m), day)) + n%types.TicksPerDay)
}

// datetimeDiff counts the boundaries of the unit between two times: 23:59 and 00:01 are a day apart.
func datetimeDiff(_ *Env, args []types.Value) (types.Value, error) {
	unit, err := unitName(args[0])
	if err != nil {
		return null, err
	}
	a, okA := ticksOf(args[1])
	b, okB := ticksOf(args[2])
	if !okA || !okB {
		return null, nil
	}
	months := func(n int64) int64 {
		t := types.TimeOf(n)
		return int64(t.Year())*12 + int64(t.Month()) - 1
	}
	switch unit {
	case "year":
		return types.NewLong(months(a)/12 - months(b)/12), nil
	case "quarter":
		return types.NewLong(months(a)/3 - months(b)/3), nil
	case "month":
		return types.NewLong(months(a) - months(b)), nil
	case "week":
		week := func(n int64) int64 { return types.TicksOf(startOf("week", types.TimeOf(n), 0)) }
		return types.NewLong((week(a) - week(b)) / (7 * types.TicksPerDay)), nil
	case "nanosecond":
		return types.NewLong((a - b) * 100), nil
	}
	ticks := unitTicks(unit)
	if ticks == 0 {
		return null, fmt.Errorf("datetime_diff has no part %q", text(args[0]))
	}
	return types.NewLong(a/ticks - b/ticks), nil
}

func datetimePart(_ *Env, args []types.Value) (types.Value, error) {
	unit, err := unitName(args[0])
	if err != nil {
		return null, err
	}
	n, ok := ticksOf(args[1])
	if !ok {
		return null, nil
	}
	t := types.TimeOf(n)
	out := 0
	switch unit {
	case "year":
		out = t.Year()
	case "quarter":
		out = (int(t.Month())-1)/3 + 1
	case "month":
		out = int(t.Month())
	case "week", "weekofyear":
		out = isoWeek(t)
	case "day":
		out = t.Day()
	case "dayofyear":
		out = t.YearDay()
	case "hour":
		out = t.Hour()
	case "minute":
		out = t.Minute()
	case "second":
		out = t.Second()
	case "millisecond":
		out = t.Nanosecond() / 1e6
	case "microsecond":
		out = t.Nanosecond() / 1e3
	case "nanosecond":
		out = t.Nanosecond()
	}
	return types.NewLong(int64(out)), nil
}

// makeDateTime is null where a part is out of range. Seconds may have a fraction.
func makeDateTime(args []types.Value) types.Value {
	if len(args) == 1 {
		return types.Convert(args[0], types.DateTime)
	}
	var p [5]int64
	p[1], p[2] = 1, 1
	for i := range min(len(args), 5) {
		n, ok := integer(args[i])
		if !ok {
			return null
		}
		p[i] = n
	}
	sec := 0.0
	if len(args) > 5 {
		var ok bool
		if sec, ok = number(args[5]); !ok {
			return null
		}
	}
	if p[0] < 1 || p[0] > 9999 || p[1] < 1 || p[1] > 12 || p[2] < 1 || p[2] > int64(types.DaysInMonth(int(p[0]), int(p[1]))) ||
		p[3] < 0 || p[3] > 23 || p[4] < 0 || p[4] > 59 || !(sec >= 0 && sec < 60) {
		return null
	}
	day := types.TicksOf(date(int(p[0]), time.Month(p[1]), int(p[2])))
	return datetime(day + p[3]*types.TicksPerHour + p[4]*types.TicksPerMinute + int64(math.Round(sec*1e7)))
}

// makeTimeSpan is make_timespan([days,] hours, minutes[, seconds]); null where a part is out of range.
func makeTimeSpan(args []types.Value) types.Value {
	if len(args) == 1 {
		return types.Convert(args[0], types.TimeSpan)
	}
	days, hours, minutes, seconds := int64(0), int64(0), int64(0), 0.0
	if len(args) == 4 {
		n, ok := integer(args[0])
		if !ok || n < 0 || n > 10675199 {
			return null
		}
		days, args = n, args[1:]
	}
	hours, ok := integer(args[0])
	minutes, ok2 := integer(args[1])
	if len(args) > 2 {
		var ok3 bool
		if seconds, ok3 = number(args[2]); !ok3 {
			return null
		}
	}
	if !ok || !ok2 || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !(seconds >= 0 && seconds < 60) {
		return null
	}
	return types.NewTimeSpan(days*types.TicksPerDay + hours*types.TicksPerHour + minutes*types.TicksPerMinute + int64(math.Round(seconds*1e7)))
}

// zone is a time zone by its IANA name, or by one of the names that the service lists beside.
func zone(v types.Value) (*time.Location, error) {
	name := text(v)
	l, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not a time zone: use an IANA name such as Europe/Berlin", name)
	}
	return l, nil
}

func toLocal(_ *Env, args []types.Value) (types.Value, error) {
	n, ok := ticksOf(args[0])
	l, err := zone(args[1])
	if err != nil || !ok {
		return null, err
	}
	_, offset := types.TimeOf(n).In(l).Zone()
	return datetime(n + int64(offset)*types.TicksPerSecond), nil
}

// toUTC takes a time that a zone skips as one after the change, and one that it has twice as the second.
func toUTC(_ *Env, args []types.Value) (types.Value, error) {
	n, ok := ticksOf(args[0])
	l, err := zone(args[1])
	if err != nil || !ok {
		return null, err
	}
	offsetAt := func(ticks int64) int64 {
		_, offset := types.TimeOf(ticks).In(l).Zone()
		return int64(offset) * types.TicksPerSecond
	}
	early, late := offsetAt(n-types.TicksPerDay), offsetAt(n+types.TicksPerDay)
	if offsetAt(n-late) != late && offsetAt(n-early) == early {
		return datetime(n - early), nil
	}
	return datetime(n - late), nil
}

// zoneNames are the main zones of every region; those of the whole database can be used too.
var zoneNames = sync.OnceValue(func() []string {
	names := []string{"Etc/UTC", "UTC"}
	for _, n := range strings.Fields(commonZones) {
		if _, err := time.LoadLocation(n); err == nil {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	return names
})

const commonZones = `Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos Africa/Nairobi
America/Anchorage America/Argentina/Buenos_Aires America/Bogota America/Caracas America/Chicago America/Denver
America/Halifax America/Lima America/Los_Angeles America/Mexico_City America/New_York America/Phoenix
America/Santiago America/Sao_Paulo America/St_Johns America/Toronto Asia/Baghdad Asia/Bangkok Asia/Dhaka Asia/Dubai
Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Karachi Asia/Kathmandu Asia/Kolkata Asia/Manila Asia/Riyadh
Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Taipei Asia/Tashkent Asia/Tehran Asia/Tokyo Atlantic/Azores
Atlantic/Reykjavik Australia/Adelaide Australia/Brisbane Australia/Darwin Australia/Melbourne Australia/Perth
Australia/Sydney Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Brussels Europe/Bucharest Europe/Budapest
Europe/Copenhagen Europe/Dublin Europe/Helsinki Europe/Istanbul Europe/Kyiv Europe/Lisbon Europe/London
Europe/Madrid Europe/Moscow Europe/Oslo Europe/Paris Europe/Prague Europe/Rome Europe/Stockholm Europe/Vienna
Europe/Warsaw Europe/Zurich Pacific/Auckland Pacific/Fiji Pacific/Guam Pacific/Honolulu US/Central US/Eastern
US/Mountain US/Pacific`
