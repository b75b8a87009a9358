package scalar

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// formatFunctions print times and sizes.
func formatFunctions() map[string]Func {
	return map[string]Func{
		"format_datetime": strictErr(formatDateTime), "format_timespan": strictErr(formatTimeSpan),
		"format_bytes": strictErr(formatBytes), "tohex": strict(toHex),
	}
}

// specifiers are read greedily: the longest run of the letter that has a meaning, then what is left of the run.
type specifier struct {
	letter byte
	most   int
	print  func(n int) string
}

func padded(v int64, width int) string { return fmt.Sprintf("%0*d", width, v) }

// formatWith prints by specifiers. Delimiters stand for themselves; other characters are an error.
func formatWith(format string, specs []specifier) (string, error) {
	var b strings.Builder
	for i := 0; i < len(format); {
		c := format[i]
		spec := -1
		for j := range specs {
			if specs[j].letter == c {
				spec = j
			}
		}
		if spec < 0 {
			if !strings.ContainsRune(" /-:,._[]", rune(c)) {
				return "", fmt.Errorf("%q in the format %q is neither a specifier nor a delimiter", string(c), format)
			}
			b.WriteByte(c)
			i++
			continue
		}
		n := 1
		for n < specs[spec].most && i+n < len(format) && format[i+n] == c {
			n++
		}
		b.WriteString(specs[spec].print(n))
		i += n
	}
	return b.String(), nil
}

// fraction prints the first digits of a second's fraction; without trailing zeros for F.
func fraction(ticks int64, trim bool) func(int) string {
	return func(n int) string {
		s := padded(ticks%types.TicksPerSecond, 7)[:n]
		if trim {
			s = strings.TrimRight(s, "0")
		}
		return s
	}
}

// formatDateTime knows the specifiers of https://learn.microsoft.com/kusto/query/format-datetime-function.
func formatDateTime(_ *Env, args []types.Value) (types.Value, error) {
	n, ok := ticksOf(args[0])
	if !ok {
		return null, nil
	}
	t := types.TimeOf(n)
	two := func(v int) func(int) string {
		return func(n int) string { return padded(int64(v), n) }
	}
	hour := (t.Hour()+11)%12 + 1
	s, err := formatWith(text(args[1]), []specifier{
		{'d', 2, two(t.Day())}, {'M', 2, two(int(t.Month()))}, {'H', 2, two(t.Hour())}, {'h', 2, two(hour)},
		{'m', 2, two(t.Minute())}, {'s', 2, two(t.Second())}, {'f', 7, fraction(n, false)}, {'F', 7, fraction(n, true)},
		{'y', 4, func(n int) string {
			if n <= 2 {
				return padded(int64(t.Year()%100), n)
			}
			return padded(int64(t.Year()), n)
		}},
		{'t', 2, func(n int) string {
			if t.Hour() < 12 {
				return "AM"[:n]
			}
			return "PM"[:n]
		}},
	})
	return types.NewString(s), err
}

// formatTimeSpan puts the sign of a negative timespan before all of the rest.
func formatTimeSpan(_ *Env, args []types.Value) (types.Value, error) {
	v := types.Convert(args[0], types.TimeSpan)
	if v.IsNull() {
		return null, nil
	}
	n, sign := v.Ticks(), ""
	if n < 0 {
		n, sign = -n, "-"
	}
	part := func(unit, wrap int64) func(int) string {
		return func(width int) string { return padded(n/unit%wrap, width) }
	}
	hours := part(types.TicksPerHour, 24)
	s, err := formatWith(text(args[1]), []specifier{
		{'d', 8, part(types.TicksPerDay, math.MaxInt64)}, {'H', 2, hours}, {'h', 2, hours},
		{'m', 2, part(types.TicksPerMinute, 60)}, {'s', 2, part(types.TicksPerSecond, 60)},
		{'f', 7, fraction(n, false)}, {'F', 7, fraction(n, true)},
	})
	return types.NewString(sign + s), err
}

var byteUnits = []string{"Bytes", "KB", "MB", "GB", "TB", "PB", "EB"}

// formatBytes picks the largest unit below the size, or the one asked for.
func formatBytes(_ *Env, args []types.Value) (types.Value, error) {
	size, ok := number(args[0])
	digits, okDigits := optInteger(args, 1, 0)
	if !ok || !okDigits || digits < 0 || digits > 15 {
		return null, nil
	}
	unit := 0
	if len(args) > 2 {
		unit = -1
		for i, u := range byteUnits {
			if strings.EqualFold(u, text(args[2])) {
				unit = i
			}
		}
		if unit < 0 {
			return null, fmt.Errorf("%q is not a unit of size: use one of %s", text(args[2]), strings.Join(byteUnits, ", "))
		}
	} else {
		for unit < len(byteUnits)-1 && math.Abs(size) >= math.Pow(1024, float64(unit+1)) {
			unit++
		}
	}
	f := roundTo(size/math.Pow(1024, float64(unit)), digits)
	return types.NewString(strconv.FormatFloat(f, 'f', -1, 64) + " " + byteUnits[unit]), nil
}

// toHex prints the 64 bits of a number.
func toHex(args []types.Value) types.Value {
	n, ok := integer(args[0])
	width, okWidth := optInteger(args, 1, 0)
	if !ok || !okWidth {
		return null
	}
	return types.NewString(fmt.Sprintf("%0*x", min(max(width, 0), 64), uint64(n)))
}
