package reference

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// decimals is the arithmetic of decimal: 34 significant digits.
var decimals = apd.BaseContext.WithPrecision(34)

// summer adds up values in the type of the result.
type summer struct {
	typ   types.Type
	n     int64 // values added
	whole int64
	real  float64
	dec   apd.Decimal
}

func newSummer(t types.Type) *summer {
	if t == types.Int {
		t = types.Long
	}
	return &summer{typ: t}
}

// add takes in a value; nulls and what is not a number do not count.
func (s *summer) add(v types.Value) {
	if v = leaf(v); v.IsNull() || !v.Type().Summable() && v.Type() != types.Bool && v.Type() != types.DateTime {
		return
	}
	s.n++
	switch s.typ {
	case types.Long, types.TimeSpan, types.DateTime:
		s.whole += asInt(v)
	case types.Decimal:
		// The context's flags say nothing that matters: overflow is beyond any sum of stored decimals.
		_, _ = decimals.Add(&s.dec, &s.dec, toDecimal(v))
	default:
		s.real += v.Float()
	}
}

func (s *summer) total() types.Value {
	switch s.typ {
	case types.Long, types.TimeSpan, types.DateTime:
		return fromInt(s.typ, s.whole)
	case types.Decimal:
		return types.NewDecimal(new(apd.Decimal).Set(&s.dec))
	case types.Dynamic:
		return types.NewDynamic(s.real)
	}
	return types.NewReal(s.real)
}

// sumAgg is sum: 0 over no values.
type sumAgg struct{ *summer }

func (a *sumAgg) add(args []types.Value) error { a.summer.add(args[0]); return nil }

func (a *sumAgg) result() ([]types.Value, error) { return one(a.total()) }

// avgAgg is avg; over no values it is NaN for reals, null for the others.
type avgAgg struct {
	typ types.Type
	sum *summer
}

func (a *avgAgg) add(args []types.Value) error {
	if a.sum == nil {
		t := a.typ
		if leaf(args[0]).Type().Integral() && t == types.Real {
			t = types.Long
		}
		a.sum = &summer{typ: t}
	}
	a.sum.add(args[0])
	return nil
}

func (a *avgAgg) result() ([]types.Value, error) {
	if a.sum == nil || a.sum.n == 0 {
		if a.typ == types.Real {
			return one(types.NewReal(math.NaN()))
		}
		return one(types.Null(a.typ))
	}
	n := a.sum.n
	switch a.sum.typ {
	case types.TimeSpan, types.DateTime:
		return one(fromInt(a.typ, a.sum.whole/n))
	case types.Long: // the sum wraps around, as the service's does
		return one(types.NewReal(float64(a.sum.whole) / float64(n)))
	case types.Decimal:
		var d apd.Decimal
		if _, err := decimals.Quo(&d, &a.sum.dec, apd.New(n, 0)); err != nil {
			return nil, err
		}
		d.Reduce(&d)
		return one(types.NewDecimal(&d))
	}
	return one(types.NewReal(a.sum.real / float64(n)))
}
