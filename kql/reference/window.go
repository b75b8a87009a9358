package reference

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// frame is the rows that the window functions of one operator see. Their values are computed for all rows before
// the operator's own expressions, so that iff and the like, which skip arguments, skip no row of a running sum.
type frame struct {
	rows []types.Row
	at   int // the row that expressions are computed for
	fns  []*windowCall
}

// windowCall is one call, with its values once the frame is filled.
type windowCall struct {
	make   func(f *frame, out []types.Value) error
	values []types.Value
}

func (f *frame) used() bool { return len(f.fns) > 0 }

// fill computes the calls in the order in which they were compiled: arguments before the calls that use them.
func (f *frame) fill(rows []types.Row) error {
	f.rows = rows
	for _, w := range f.fns {
		w.values = make([]types.Value, len(rows))
		if err := w.make(f, w.values); err != nil {
			return err
		}
	}
	f.at = 0
	return nil
}

// eval computes an argument for the i-th row.
func (f *frame) eval(e evaluator, i int) (types.Value, error) {
	f.at = i
	return e(f.rows[i])
}

// window compiles a call of a window function (https://learn.microsoft.com/kusto/query/window-functions).
func (c *compiler) window(x *plan.Call, sc *scope) (evaluator, error) {
	args, err := c.exprs(x.Args, sc)
	if err != nil {
		return nil, err
	}
	w := &windowCall{}
	switch x.Func.Name {
	case "prev":
		w.make = shifted(args, x.Typ, -1)
	case "next":
		w.make = shifted(args, x.Typ, 1)
	case "row_number":
		w.make = rowNumber(args)
	case "row_cumsum":
		w.make = cumulativeSum(args, x.Typ)
	case "row_rank_dense":
		w.make = rowRank(args, true)
	case "row_rank_min":
		w.make = rowRank(args, false)
	case "row_window_session":
		w.make = windowSession(args)
	default:
		return nil, notImplemented(x.At, "window function", x.Func.Name)
	}
	f := sc.frame
	f.fns = append(f.fns, w)
	return func(types.Row) (types.Value, error) {
		if f.at >= len(w.values) {
			return types.Value{}, misplacedWindow(x.At, x.Func.Name)
		}
		return w.values[f.at], nil
	}, nil
}

// shifted is prev and next: the value some rows before or after, a default beyond the ends.
func shifted(args []evaluator, t types.Type, sign int64) func(*frame, []types.Value) error {
	return func(f *frame, out []types.Value) error {
		for i := range out {
			offset := int64(1)
			if len(args) > 1 {
				v, err := f.eval(args[1], i)
				if err != nil {
					return err
				}
				offset = convert(v, types.Long).Long()
			}
			j := int64(i) + sign*offset
			var v types.Value
			var err error
			switch {
			case j >= 0 && j < int64(len(f.rows)):
				v, err = f.eval(args[0], int(j))
			case len(args) > 2:
				v, err = f.eval(args[2], i)
			default:
				v = types.Null(t)
			}
			if err != nil {
				return err
			}
			out[i] = convert(v, t)
		}
		return nil
	}
}

// flag computes an optional condition for a row.
func (f *frame) flag(args []evaluator, n, i int) (bool, error) {
	if len(args) <= n {
		return false, nil
	}
	v, err := f.eval(args[n], i)
	if err != nil {
		return false, err
	}
	is, _ := truth(v)
	return is, nil
}

func rowNumber(args []evaluator) func(*frame, []types.Value) error {
	return func(f *frame, out []types.Value) error {
		start, n := int64(1), int64(0)
		for i := range out {
			if i == 0 && len(args) > 0 {
				v, err := f.eval(args[0], 0)
				if err != nil {
					return err
				}
				start = convert(v, types.Long).Long()
			}
			restart, err := f.flag(args, 1, i)
			if err != nil {
				return err
			}
			if i == 0 || restart {
				n = start
			} else {
				n++
			}
			out[i] = types.NewLong(n)
		}
		return nil
	}
}

// cumulativeSum skips nulls, whose rows show the sum so far.
func cumulativeSum(args []evaluator, t types.Type) func(*frame, []types.Value) error {
	return func(f *frame, out []types.Value) error {
		sum := newSummer(t)
		for i := range out {
			restart, err := f.flag(args, 1, i)
			if err != nil {
				return err
			}
			if restart {
				sum = newSummer(t)
			}
			v, err := f.eval(args[0], i)
			if err != nil {
				return err
			}
			sum.add(v)
			out[i] = sum.total()
		}
		return nil
	}
}

// rowRank counts, since the last restart, the distinct values before a row's (dense), or the rows before the
// first one of its value.
func rowRank(args []evaluator, dense bool) func(*frame, []types.Value) error {
	return func(f *frame, out []types.Value) error {
		var rank, rows int64
		var last []byte
		for i := range out {
			restart, err := f.flag(args, 1, i)
			if err != nil {
				return err
			}
			v, err := f.eval(args[0], i)
			if err != nil {
				return err
			}
			key := appendKey(nil, v)
			if restart || i == 0 {
				rank, rows, last = 0, 0, nil
			}
			rows++
			if last == nil || string(key) != string(last) {
				if dense {
					rank++
				} else {
					rank = rows
				}
			}
			last = key
			out[i] = types.NewLong(rank)
		}
		return nil
	}
}

// windowSession gives the start of each row's session: a new one begins after a gap, after too long a time, or where
// the restart condition holds.
func windowSession(args []evaluator) func(*frame, []types.Value) error {
	return func(f *frame, out []types.Value) error {
		var start, last types.Value
		for i := range out {
			var v [3]types.Value
			for j := range v {
				var err error
				if v[j], err = f.eval(args[j], i); err != nil {
					return err
				}
			}
			restart, err := f.flag(args, 3, i)
			if err != nil {
				return err
			}
			now := v[0]
			switch {
			case now.IsNull():
				start = types.Null(types.DateTime) // the next value begins a session
			case restart, start.IsNull(),
				!v[1].IsNull() && now.Ticks()-start.Ticks() >= v[1].Ticks(),
				!v[2].IsNull() && now.Ticks()-last.Ticks() >= v[2].Ticks():
				start = now
			}
			last = now
			out[i] = start
		}
		return nil
	}
}
