package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/emit/duckdb"
	"github.com/sleuth-sec/sleuth/kql/optimize"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// query is one query on its way.
type query struct {
	engine *Engine
	ctx    context.Context
	opts   Options
	now    int64
	env    reference.Env
	stats  Stats

	optimizer *optimize.Optimizer
}

func (e *Engine) begin(ctx context.Context, o Options) *query {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	q := &query{engine: e, ctx: ctx, opts: o, now: types.TicksOf(o.Now)}
	q.env = reference.Env{
		Scalar: scalar.NewEnv(q.now, uint64(q.now)),
		Limits: reference.Limits{Rows: e.config.Limits.KeptRows, Memory: e.memory(o)},
	}
	q.env.Scalar.Places = e.config.Places
	q.optimizer = optimize.New(e.config.Library, q.fold)
	return q
}

// fold computes a call of constants, over one row without columns.
func (q *query) fold(c *plan.Call) (types.Value, error) {
	one := &plan.ValuesOp{Rows: []types.Row{{}}}
	t, err := reference.New(reference.Options{}).Table(q.ctx, &plan.ProjectOp{Input: one, Columns: []plan.Named{{Name: "x", Expr: c}}}, q.env)
	if err != nil {
		return types.Value{}, err
	}
	return t.Rows[0][0], nil
}

// bind makes the plan.
func (q *query) bind(source *diag.Source) (*plan.Result, []*diag.Diagnostic, error) {
	tree, list := syntax.Parse(source.Text)
	if list.Failed() {
		source.Locate(list.Items...)
		return nil, nil, list
	}
	catalog := q.opts.Catalog
	if catalog == nil {
		catalog = q.engine.config.Catalog
	}
	bound, more := bind.Bind(tree, catalog, q.engine.config.Library, bind.Options{
		Now: q.now, Params: q.opts.Params, Probe: q.probe, Fold: q.fold,
	})
	for _, d := range more.Items {
		list.Add(d)
	}
	source.Locate(list.Items...)
	if err := q.ctx.Err(); err != nil {
		return nil, nil, err
	}
	if list.Failed() || bound == nil {
		return nil, nil, list
	}
	return bound, list.Items, nil
}

// probe tells the binder which columns a plugin makes of the data.
func (q *query) probe(n plan.Node) (types.Schema, error) {
	var out types.Schema
	err := q.falling(func() bool { return true }, func(at level) (err error) {
		p := q.prepare(at, n)
		out, err = q.executor(p).Probe(q.ctx, p.split, q.env)
		return err
	})
	return out, err
}

func (q *query) maxRows() int {
	if n := q.opts.MaxRows; n > 0 {
		return n
	}
	return q.engine.config.Limits.MaxRows
}

// level says how much is left to the backend.
type level uint8

const (
	full     level = iota // all that has SQL
	exact                 // all that has SQL without guards
	scanning              // reading tables
)

// falling runs f. Where the SQL meets a value outside what it computes exactly, or DuckDB refuses a statement, less is
// left to the backend, as long as it is not too late to begin again: the reference can run everything.
func (q *query) falling(again func() bool, f func(level) error) error {
	at := full
	if q.opts.NoPushdown {
		at = scanning
	}
	for {
		err := f(at)
		switch {
		case err == nil || q.ctx.Err() != nil || at == scanning || !again():
			return err
		case duckdb.IsInexact(err) && at == full:
			at = exact
		case refused(err):
			at = scanning
		default:
			return err
		}
		q.stats.Fallback = err.Error()
	}
}

// refused reports whether DuckDB would not run a statement that does not meet a limit either.
func refused(err error) bool {
	for _, kind := range []string{"Binder Error", "Parser Error", "Catalog Error", "Conversion Error", "Out of Range Error", "Invalid Input Error", "Not implemented Error"} {
		if strings.Contains(err.Error(), kind) {
			return true
		}
	}
	return false
}

// prepared is a plan ready to run.
type prepared struct {
	optimized, split plan.Node
	rules            []string
	emitter          *duckdb.Session
	// whole: rows that were handed on cannot be taken back.
	whole bool
}

// prepare rewrites and splits a plan.
func (q *query) prepare(at level, n plan.Node) prepared {
	n = q.narrow(n)
	p := prepared{emitter: q.engine.guarded.Session()}
	if p.optimized = n; !q.opts.NoRules {
		p.optimized, p.rules = q.optimizer.Run(n)
	}
	capable := p.emitter.Capable
	switch at {
	case exact:
		p.emitter = q.engine.unguarded.Session()
		capable = p.emitter.Capable
	case scanning:
		capable = func(n plan.Node) bool {
			_, ok := n.(*plan.ScanOp)
			return ok && p.emitter.Capable(n)
		}
	}
	if q.engine.everything {
		p.split = q.optimizer.SplitAll(p.optimized, capable)
	} else {
		p.split = q.optimizer.Split(p.optimized, capable)
	}
	return p
}

// narrow puts the range of the timespan over every table that has a time column.
func (q *query) narrow(n plan.Node) plan.Node {
	ts := q.opts.Timespan
	if ts == nil {
		return n
	}
	lib := q.engine.config.Library
	compare := func(op string, c types.Column, ticks int64) plan.Expr {
		return &plan.Call{Func: lib.Lookup(builtin.Operator, op), Typ: types.Bool,
			Args: []plan.Expr{&plan.Column{Name: c.Name, Typ: c.Type}, &plan.Literal{Value: types.NewDateTime(ticks)}}}
	}
	return plan.MapNodes(n, func(n plan.Node) plan.Node {
		s, ok := n.(*plan.ScanOp)
		if !ok {
			return n
		}
		at := s.Columns.Find(s.Table.TimeColumn)
		if at < 0 || s.Columns[at].Type != types.DateTime {
			return n
		}
		c := s.Columns[at]
		return &plan.FilterOp{Predicate: compare("<=", c, ts.To), Input: &plan.FilterOp{Input: n, Predicate: compare(">=", c, ts.From)}}
	})
}

// remote runs the SQL of a sub-plan.
func (q *query) remote(ctx context.Context, p prepared, n plan.Node) (Rows, error) {
	sql, err := p.emitter.Emit(n)
	if err != nil {
		return nil, fmt.Errorf("emit: %w", err)
	}
	q.stats.SQL = append(q.stats.SQL, sql)
	if p.whole && duckdb.Guarded(sql) {
		ctx = context.WithValue(ctx, wholeKey{}, true)
	}
	rows, err := q.engine.config.Backend.Query(ctx, sql, n.Schema())
	if err != nil {
		return nil, err
	}
	return &counted{Rows: rows, n: &q.stats.RemoteRows}, nil
}

// counted counts the rows of the backend.
type counted struct {
	Rows
	n *int
}

func (c *counted) Next() (types.Row, error) {
	row, err := c.Rows.Next()
	if err == nil {
		*c.n++
	}
	return row, err
}

// executor runs what is left of a plan here, and its remote parts on the backend.
func (q *query) executor(p prepared) *reference.Executor {
	return reference.New(reference.Options{
		Source: tables{q, p},
		Remote: func(ctx context.Context, n plan.Node) (reference.Rows, bool, error) {
			r, ok := n.(*plan.RemoteOp)
			if !ok {
				return nil, false, nil
			}
			rows, err := q.remote(ctx, p, r.Input)
			return rows, true, err
		},
	})
}

// tables reads the tables that no RemoteOp covers: those without rows.
type tables struct {
	q *query
	p prepared
}

func (t tables) Scan(ctx context.Context, op *plan.ScanOp) (reference.Rows, error) {
	if op.Table.Relation == "" {
		return reference.SliceRows(nil), nil
	}
	return t.q.remote(ctx, t.p, op)
}
