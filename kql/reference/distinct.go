package reference

import (
	"io"
	"slices"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// compileSample keeps rows at random, by reservoir sampling. It draws from the random stream of the query, so that a
// run can be repeated.
func (c *compiler) compileSample(n *plan.SampleOp) (opener, error) {
	random := scalar.Lookup("rand")
	if random == nil {
		return nil, notImplemented(diag.Span{}, "function", "rand")
	}
	return c.blocking("sample", n.Input, func(_ *state, rows []types.Row) ([]types.Row, error) {
		count, err := c.count(n.Count)
		if err != nil {
			return nil, err
		}
		if int64(len(rows)) <= count {
			return rows, nil
		}
		out := slices.Clone(rows[:count])
		for i := count; i < int64(len(rows)); i++ {
			r, err := random(c.env.Scalar, nil, types.Real)
			if err != nil {
				return nil, err
			}
			if j := int64(r.Float() * float64(i+1)); j < count {
				out[j] = rows[i]
			}
		}
		return out, nil
	})
}

func (c *compiler) compileSampleDistinct(n *plan.SampleDistinctOp) (opener, error) {
	of, err := c.expr(n.Of.Expr, overRows(n.Input.Schema()))
	if err != nil {
		return nil, err
	}
	open, err := c.compile(n.Input)
	if err != nil {
		return nil, err
	}
	return func(s *state) (Rows, error) {
		count, err := c.count(n.Count)
		if err != nil {
			return nil, err
		}
		rows, err := open(s)
		if err != nil {
			return nil, err
		}
		seen := newSet()
		return &funcRows{close: []Rows{rows}, next: func() (types.Row, error) {
			for int64(seen.len()) < count {
				row, err := rows.Next()
				if err != nil {
					return nil, err
				}
				v, err := of(row)
				if err != nil {
					return nil, err
				}
				out := types.Row{v}
				if seen.add(out) {
					return out, s.keep("sample-distinct", out, seen.len())
				}
			}
			return nil, io.EOF
		}}, nil
	}, nil
}

// set remembers rows by value.
type set struct {
	growth
	seen map[string]struct{}
	buf  []byte
}

func newSet() *set { return &set{seen: map[string]struct{}{}} }

func (s *set) len() int { return len(s.seen) }

// add reports whether the row is new.
func (s *set) add(row types.Row) bool {
	s.buf = rowKey(s.buf[:0], row)
	if _, ok := s.seen[string(s.buf)]; ok {
		return false
	}
	s.seen[string(s.buf)] = struct{}{}
	s.grow(int64(len(s.buf)) + entrySize)
	return true
}

func (c *compiler) compileDistinct(n *plan.DistinctOp) (opener, error) {
	open, err := c.compile(n.Input)
	if err != nil {
		return nil, err
	}
	return func(s *state) (Rows, error) {
		rows, err := open(s)
		if err != nil {
			return nil, err
		}
		seen := newSet()
		return &funcRows{close: []Rows{rows}, next: func() (types.Row, error) {
			for {
				row, err := rows.Next()
				if err != nil {
					return nil, err
				}
				if err := s.tick(); err != nil {
					return nil, err
				}
				if seen.add(row) {
					return row, s.keep("distinct", row, seen.len())
				}
			}
		}}, nil
	}, nil
}
