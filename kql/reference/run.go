package reference

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Options are what an Executor reads from.
type Options struct {
	// Source gives the rows of tables; without one every table is an error.
	Source Source
	// Remote is asked about each node before it is run here. It gives the rows of the nodes that a backend runs, and
	// false for all others. A node inside mv-apply or partition may be asked for once per group.
	Remote func(ctx context.Context, n plan.Node) (Rows, bool, error)
}

// Env is the circumstances of a run.
type Env struct {
	// Scalar is what scalar functions see: the time that now() gives, and the like.
	Scalar *scalar.Env
	Limits Limits
}

// Limits bound a run; zero is no limit. The time limit is the context's.
type Limits struct {
	// Rows is how many rows any one operator may keep in memory, and how many the result may have.
	Rows int64
	// Memory is an estimate, in bytes, of all rows kept in memory at one time.
	Memory int64
}

// LimitError says which limit a query met.
type LimitError struct {
	What  string // "rows" or "memory"
	Limit int64
	Where string // the operator
}

// Error implements error.
func (e *LimitError) Error() string {
	if e.What == "rows" {
		return fmt.Sprintf("%s needs more than %d rows in memory: filter or summarize earlier, or raise the row limit", e.Where, e.Limit)
	}
	return fmt.Sprintf("%s needs more than %d bytes in memory: filter, summarize or project fewer columns earlier, or raise the memory limit", e.Where, e.Limit)
}

// Executor runs the plans of one query: nodes shared between its results are computed once. It may be used
// by several goroutines.
type Executor struct {
	opts   Options
	used   atomic.Int64 // estimate of the bytes kept
	mu     sync.Mutex
	shared map[int]*sharedRows
}

// New makes an executor for one query.
func New(opts Options) *Executor {
	return &Executor{opts: opts, shared: map[int]*sharedRows{}}
}

// Run opens a node. Rows are computed as they are pulled; errors of the query come from Next, too.
func (x *Executor) Run(ctx context.Context, n plan.Node, env Env) (Rows, error) {
	c := &compiler{exec: x, ctx: ctx, env: env}
	open, err := c.compile(n)
	if err != nil {
		return nil, err
	}
	s := &state{ctx: ctx, exec: x, limits: env.Limits}
	rows, err := open(s)
	if err != nil {
		return nil, err
	}
	return &resultRows{rows: rows, state: s, limit: env.Limits.Rows}, nil
}

// Table runs a node to its end.
func (x *Executor) Table(ctx context.Context, n plan.Node, env Env) (*types.Table, error) {
	rows, err := x.Run(ctx, n, env)
	if err != nil {
		return nil, err
	}
	all, err := Collect(rows)
	if err != nil {
		return nil, err
	}
	return &types.Table{Columns: n.Schema(), Rows: all}, nil
}

// resultRows is the root: it bounds the result and frees the run's memory.
type resultRows struct {
	rows  Rows
	state *state
	limit int64
	count int64
}

func (r *resultRows) Next() (types.Row, error) {
	if err := r.state.tick(); err != nil {
		return nil, err
	}
	row, err := r.rows.Next()
	if err != nil {
		return nil, err
	}
	r.count++
	if r.limit > 0 && r.count > r.limit {
		return nil, &LimitError{What: "rows", Limit: r.limit, Where: "the result"}
	}
	return row, nil
}

func (r *resultRows) Close() error {
	r.state.release()
	return r.rows.Close()
}

// state is one opening of a plan: the context, the group that a sub-plan reads, and the memory it keeps.
type state struct {
	ctx    context.Context
	exec   *Executor
	limits Limits
	group  []types.Row
	graph  *graph // what a GraphInputOp reads
	kept   int64
	ticks  uint32
}

// child is the state of a sub-plan run on the rows of a group.
func (s *state) child(group []types.Row) *state {
	return &state{ctx: s.ctx, exec: s.exec, limits: s.limits, group: group, ticks: s.ticks}
}

// tick looks at the context once in a while; operators call it for each row that they read or make.
func (s *state) tick() error {
	s.ticks++
	if s.ticks%1024 == 0 {
		return s.ctx.Err()
	}
	return nil
}

// keep accounts for a row that stays in memory; count is how many the operator has by now.
func (s *state) keep(where string, row types.Row, count int) error {
	if err := s.tick(); err != nil {
		return err
	}
	if s.limits.Rows > 0 && int64(count) > s.limits.Rows {
		return &LimitError{What: "rows", Limit: s.limits.Rows, Where: where}
	}
	return s.charge(where, RowSize(row))
}

func (s *state) charge(where string, size int64) error {
	s.kept += size
	if used := s.exec.used.Add(size); s.limits.Memory > 0 && used > s.limits.Memory {
		return &LimitError{What: "memory", Limit: s.limits.Memory, Where: where}
	}
	return nil
}

// discharge gives back what was charged and is no longer held.
func (s *state) discharge(size int64) {
	s.kept -= size
	s.exec.used.Add(-size)
}

// release gives back all that was kept.
func (s *state) release() {
	s.exec.used.Add(-s.kept)
	s.kept = 0
}

// collect reads all rows into memory.
func (s *state) collect(where string, rows Rows) ([]types.Row, error) {
	var out []types.Row
	err := each(rows, func(row types.Row) error {
		out = append(out, row)
		return s.keep(where, row, len(out))
	})
	return out, err
}

// sharedRows are the rows of a SharedOp, computed by whoever asks first.
type sharedRows struct {
	once sync.Once
	rows []types.Row
	err  error
}

func (x *Executor) sharedRows(id int) *sharedRows {
	x.mu.Lock()
	defer x.mu.Unlock()
	r := x.shared[id]
	if r == nil {
		r = &sharedRows{}
		x.shared[id] = r
	}
	return r
}

// Constant computes an expression without columns: what binding folds, and what an API is given as a default.
func Constant(ctx context.Context, e plan.Expr, env Env) (types.Value, error) {
	c := &compiler{exec: New(Options{}), ctx: ctx, env: env}
	return c.constant(e)
}
