package reference

import (
	"io"
	"math"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// compileRange is range: from, from+step, ... up to and with to, which may also be below from when step is negative.
func (c *compiler) compileRange(n *plan.RangeOp) (opener, error) {
	return func(s *state) (Rows, error) {
		var v [3]types.Value
		for i, x := range []plan.Expr{n.From, n.To, n.Step} {
			var err error
			if v[i], err = c.constant(x); err != nil {
				return nil, err
			}
			v[i] = leaf(v[i])
			if v[i].IsNull() {
				return SliceRows(nil), nil
			}
		}
		if n.Column.Type == types.Real || n.Column.Type == types.Decimal {
			return rangeReals(s, n.Column.Type, v[0].Float(), v[1].Float(), v[2].Float()), nil
		}
		return rangeInts(s, n.Column.Type, asInt(v[0]), asInt(v[1]), asInt(v[2])), nil
	}, nil
}

func asInt(v types.Value) int64 {
	if v.Type() == types.Real || v.Type() == types.Decimal {
		return int64(v.Float())
	}
	return v.Long()
}

func rangeInts(s *state, t types.Type, from, to, step int64) Rows {
	done := step == 0
	return &funcRows{next: func() (types.Row, error) {
		if done || step > 0 && from > to || step < 0 && from < to {
			return nil, io.EOF
		}
		v := fromInt(t, from)
		next := from + step
		done = (next > from) != (step > 0) // overflow
		from = next
		return types.Row{v}, s.tick()
	}}
}

func fromInt(t types.Type, n int64) types.Value {
	switch t {
	case types.Int:
		return types.NewInt(int32(n))
	case types.DateTime:
		return types.NewDateTime(n)
	case types.TimeSpan:
		return types.NewTimeSpan(n)
	case types.Real:
		return types.NewReal(float64(n))
	}
	return convert(types.NewLong(n), t)
}

func rangeReals(s *state, t types.Type, from, to, step float64) Rows {
	i := 0.0
	return &funcRows{next: func() (types.Row, error) {
		v := from + i*step
		if step == 0 || math.IsNaN(v) || step > 0 && v > to || step < 0 && v < to {
			return nil, io.EOF
		}
		i++
		return types.Row{convert(types.NewReal(v), t)}, s.tick()
	}}
}
