package reference

import (
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// convert gives a value the type that the plan says it has. Functions mostly return the right one already;
// literals of a branch (iff(p, 1, 2.5)) and leaves of dynamics do not. What cannot be converted is null.
func convert(v types.Value, t types.Type) types.Value {
	if v.Type() == t || t == types.Unknown {
		return v
	}
	if v.IsNull() {
		return types.Null(t)
	}
	if v.Type() == types.Dynamic {
		l := leaf(v)
		if l.Type() == types.Dynamic {
			if t == types.String {
				return types.NewString(v.Text())
			}
			return types.Null(t)
		}
		return convert(l, t)
	}
	switch t {
	case types.String:
		return types.NewString(v.Text())
	case types.Dynamic:
		return types.NewDynamic(types.ToTree(v))
	case types.Bool:
		if v.Type().Numeric() {
			return types.NewBool(v.Float() != 0)
		}
	case types.GUID:
		if g, ok := types.ParseGUID(v.Text()); ok {
			return types.NewGUID(g)
		}
	case types.Int, types.Long, types.Real, types.Decimal:
		return convertNumber(v, t)
	}
	return types.Null(t)
}

func convertNumber(v types.Value, t types.Type) types.Value {
	if v.Type() == types.String {
		if v = parseNumber(v.Str()); v.IsNull() {
			return types.Null(t)
		}
	}
	if !v.Type().Numeric() && v.Type() != types.Bool {
		return types.Null(t)
	}
	switch t {
	case types.Real:
		return types.NewReal(v.Float())
	case types.Decimal:
		return types.NewDecimal(toDecimal(v))
	}
	n := v.Long()
	if v.Type() == types.Real || v.Type() == types.Decimal {
		f := v.Float()
		if math.IsNaN(f) || math.Abs(f) >= 1<<63 {
			return types.Null(t)
		}
		n = int64(f)
	}
	if t == types.Long {
		return types.NewLong(n)
	}
	if n != int64(int32(n)) {
		return types.Null(t)
	}
	return types.NewInt(int32(n))
}

func parseNumber(s string) types.Value {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return types.NewLong(n)
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return types.NewReal(f)
	}
	return types.Value{}
}

// toDecimal is a number as a decimal; reals by their shortest digits, NaN and infinities as 0.
func toDecimal(v types.Value) *apd.Decimal {
	switch v.Type() {
	case types.Decimal:
		return v.Decimal()
	case types.Real:
		d, _, err := apd.NewFromString(strconv.FormatFloat(v.Real(), 'g', -1, 64))
		if err != nil || d.Form != apd.Finite {
			return apd.New(0, 0)
		}
		return d
	}
	return apd.New(v.Long(), 0)
}
