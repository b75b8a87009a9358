package reference

import (
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func (c *compiler) compileScan(n *plan.ScanOp) (opener, error) {
	if n.Table.Relation == "" && c.exec.opts.Source == nil {
		// A table of the catalog alone has no rows.
		return func(*state) (Rows, error) { return SliceRows(nil), nil }, nil
	}
	if c.exec.opts.Source == nil {
		return nil, noSource(n.Table.Name)
	}
	return func(s *state) (Rows, error) { return c.exec.opts.Source.Scan(s.ctx, n) }, nil
}

// compileFilter keeps the rows whose predicate is true; null is not.
func (c *compiler) compileFilter(n *plan.FilterOp) (opener, error) {
	sc := overRows(n.Input.Schema())
	p, err := c.expr(n.Predicate, sc)
	if err != nil {
		return nil, err
	}
	keep := func(row types.Row) (types.Row, error) {
		v, err := p(row)
		if err != nil {
			return nil, err
		}
		if is, _ := truth(v); is {
			return row, nil
		}
		return nil, nil
	}
	return c.perRow("where", n.Input, sc, keep)
}

// perRow runs f on each row, with the rows all at hand when window functions are among the expressions.
func (c *compiler) perRow(where string, in plan.Node, sc *scope, f func(types.Row) (types.Row, error)) (opener, error) {
	if !sc.frame.used() {
		return c.streaming(in, func(_ *state, row types.Row) (types.Row, error) { return f(row) })
	}
	return c.blocking(where, in, func(s *state, rows []types.Row) ([]types.Row, error) {
		if err := sc.frame.fill(rows); err != nil {
			return nil, err
		}
		var out []types.Row
		for i, row := range rows {
			sc.frame.at = i
			made, err := f(row)
			if err != nil {
				return nil, err
			}
			if made == nil {
				continue
			}
			out = append(out, made)
			if err := s.keep(where, made, len(out)); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

func (c *compiler) compileProject(n *plan.ProjectOp) (opener, error) {
	sc := overRows(n.Input.Schema())
	cols, err := c.named(n.Columns, sc)
	if err != nil {
		return nil, err
	}
	schema := n.Schema()
	return c.perRow("project", n.Input, sc, func(row types.Row) (types.Row, error) {
		out := make(types.Row, len(cols))
		for i, e := range cols {
			v, err := e(row)
			if err != nil {
				return nil, err
			}
			out[i] = convert(v, schema[i].Type)
		}
		return out, nil
	})
}

// compileExtend is extend and serialize: all columns see the input's row only.
func (c *compiler) compileExtend(in plan.Node, columns []plan.Named, schema types.Schema) (opener, error) {
	sc := overRows(in.Schema())
	cols, err := c.named(columns, sc)
	if err != nil {
		return nil, err
	}
	at := make([]int, len(columns))
	for i, col := range columns {
		at[i] = schema.Find(col.Name)
	}
	return c.perRow("extend", in, sc, func(row types.Row) (types.Row, error) {
		out := make(types.Row, len(schema))
		copy(out, row)
		for i, e := range cols {
			v, err := e(row)
			if err != nil {
				return nil, err
			}
			out[at[i]] = convert(v, schema[at[i]].Type)
		}
		return out, nil
	})
}

// count is the row count of take, sample and the like.
func (c *compiler) count(x plan.Expr) (int64, error) {
	v, err := c.constant(x)
	if err != nil {
		return 0, err
	}
	v = convert(v, types.Long)
	if v.IsNull() || v.Long() < 0 {
		return 0, nil
	}
	return v.Long(), nil
}

func (c *compiler) compileTake(n *plan.TakeOp) (opener, error) {
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
		return &funcRows{close: []Rows{rows}, next: func() (types.Row, error) {
			if count <= 0 {
				return nil, io.EOF
			}
			count--
			return rows.Next()
		}}, nil
	}, nil
}

// compileSample keeps rows at random, by reservoir sampling.
func (c *compiler) compileSample(n *plan.SampleOp) (opener, error) {
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
			if j := rand.Int64N(i + 1); j < count {
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

func (c *compiler) compileUnion(n *plan.UnionOp) (opener, error) {
	opens := make([]opener, len(n.Sources))
	for i, in := range n.Sources {
		var err error
		if opens[i], err = c.compile(in); err != nil {
			return nil, err
		}
	}
	return func(s *state) (Rows, error) {
		u := &unionRows{state: s, left: opens}
		return u, nil
	}, nil
}

// unionRows reads its inputs one after the other, opening each when it comes up.
type unionRows struct {
	state *state
	left  []opener
	now   Rows
}

func (u *unionRows) Next() (types.Row, error) {
	for {
		if u.now == nil {
			if len(u.left) == 0 {
				return nil, io.EOF
			}
			rows, err := u.left[0](u.state)
			if err != nil {
				return nil, err
			}
			u.now, u.left = rows, u.left[1:]
		}
		row, err := u.now.Next()
		if err != io.EOF {
			return row, err
		}
		if err := u.Close(); err != nil {
			return nil, err
		}
	}
}

func (u *unionRows) Close() error {
	if u.now == nil {
		return nil
	}
	err := u.now.Close()
	u.now = nil
	return err
}

// compileShared computes the rows of a shared node once, whoever asks first, and keeps them to the end of the query.
func (c *compiler) compileShared(n *plan.SharedOp) (opener, error) {
	open, err := c.compile(n.Input)
	if err != nil {
		return nil, err
	}
	return func(s *state) (Rows, error) {
		return &lazyRows{make: func() ([]types.Row, error) {
			shared := c.exec.sharedRows(n.ID)
			shared.once.Do(func() {
				own := &state{ctx: s.ctx, exec: s.exec, limits: s.limits, group: s.group}
				shared.rows, shared.err = openAll(own, "materialize", open)
			})
			return shared.rows, shared.err
		}}, nil
	}, nil
}

// compileGetSchema gives a row per column (https://learn.microsoft.com/kusto/query/getschema-operator).
func (c *compiler) compileGetSchema(n *plan.GetSchemaOp) (opener, error) {
	var rows []types.Row
	for i, col := range n.Input.Schema().Visible() {
		rows = append(rows, types.Row{
			types.NewString(col.Name), types.NewInt(int32(i)),
			types.NewString(clrName(col.Type)), types.NewString(col.Type.String()),
		})
	}
	return func(*state) (Rows, error) { return SliceRows(rows), nil }, nil
}

// clrName is the name of the type that carries t in the service.
func clrName(t types.Type) string {
	switch t {
	case types.Bool:
		return "System.SByte"
	case types.Int:
		return "System.Int32"
	case types.Long:
		return "System.Int64"
	case types.Real:
		return "System.Double"
	case types.Decimal:
		return "System.Data.SqlTypes.SqlDecimal"
	case types.DateTime:
		return "System.DateTime"
	case types.TimeSpan:
		return "System.TimeSpan"
	case types.GUID:
		return "System.Guid"
	case types.Dynamic:
		return "System.Object"
	}
	return "System.String"
}

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
