package reference

import (
	"io"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func (c *compiler) compileScan(n *plan.ScanOp) (opener, error) {
	if n.Table.Load != nil {
		return func(s *state) (Rows, error) { return loadRows(s, n) }, nil
	}
	if n.Table.Relation == "" && c.exec.opts.Source == nil {
		// A table of the catalog alone has no rows.
		return func(*state) (Rows, error) { return SliceRows(nil), nil }, nil
	}
	if c.exec.opts.Source == nil {
		return nil, noSource(n.Table.Name)
	}
	return func(s *state) (Rows, error) { return c.exec.opts.Source.Scan(s.ctx, n) }, nil
}

// loadRows are the scan's columns of a table that gives its rows itself.
func loadRows(s *state, n *plan.ScanOp) (Rows, error) {
	rows, err := n.Table.Load(s.ctx)
	if err != nil {
		return nil, err
	}
	at := make([]int, len(n.Columns))
	for i, c := range n.Columns {
		at[i] = n.Table.Columns.Find(c.Name)
	}
	out := make([]types.Row, len(rows))
	for i, row := range rows {
		out[i] = make(types.Row, len(at))
		for k, from := range at {
			out[i][k] = row[from]
		}
	}
	return SliceRows(out), nil
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
			types.NewString(col.Name), types.NewLong(int64(i)),
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
