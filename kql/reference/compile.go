package reference

import (
	"context"
	"fmt"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// opener opens a compiled node. It may be called several times, once after the other.
type opener func(*state) (Rows, error)

// compiler turns the nodes of one run into openers. What it makes belongs to one goroutine.
type compiler struct {
	exec  *Executor
	ctx   context.Context
	env   Env
	group *groupFrame // the group that a sub-plan runs on; nil outside of one
}

// groupFrame is the rows of the group that mv-apply or partition runs its sub-plan on at the moment, for queries inside the
// sub-plan's expressions.
type groupFrame struct {
	rows []types.Row
	runs int // counts the groups so far
}

// within is the compiler of a sub-plan that runs on groups.
func (c *compiler) within() (*compiler, *groupFrame) {
	inner := *c
	inner.group = &groupFrame{}
	return &inner, inner.group
}

// run reads all rows of a sub-plan over a group.
func (f *groupFrame) run(s *state, where string, sub opener, rows []types.Row) ([]types.Row, error) {
	child := s.child(rows)
	defer child.release()
	f.rows = rows
	f.runs++
	return openAll(child, where, sub)
}

// readsGroup reports that a query reads the group around it. The groups of operators inside are their own.
func readsGroup(n plan.Node) bool {
	if _, ok := n.(*plan.GroupInputOp); ok {
		return true
	}
	for _, in := range n.Inputs() {
		if readsGroup(in) {
			return true
		}
	}
	found := false
	plan.EachExpr(n, func(x plan.Expr) {
		plan.WalkExpr(x, func(x plan.Expr) {
			switch x := x.(type) {
			case *plan.Subquery:
				found = found || readsGroup(x.Query)
			case *plan.In:
				found = found || x.Query != nil && readsGroup(x.Query)
			}
		})
	})
	return found
}

// compile asks the backend for the node first; where that declines, the node is run here. With a backend, nodes are
// compiled when they are opened: a node that the backend runs need not be one that can run here.
func (c *compiler) compile(n plan.Node) (opener, error) {
	if c.exec.opts.Remote == nil {
		return c.compileLocal(n)
	}
	var local opener
	return func(s *state) (Rows, error) {
		if local == nil {
			rows, ok, err := c.exec.opts.Remote(s.ctx, n)
			if err != nil || ok {
				return rows, err
			}
			if local, err = c.compileLocal(n); err != nil {
				return nil, err
			}
		}
		return local(s)
	}, nil
}

func (c *compiler) compileLocal(n plan.Node) (opener, error) {
	switch n := n.(type) {
	case *plan.ScanOp:
		return c.compileScan(n)
	case *plan.ValuesOp:
		return func(*state) (Rows, error) { return SliceRows(n.Rows), nil }, nil
	case *plan.RangeOp:
		return c.compileRange(n)
	case *plan.FilterOp:
		return c.compileFilter(n)
	case *plan.ProjectOp:
		return c.compileProject(n)
	case *plan.ExtendOp:
		return c.compileExtend(n.Input, n.Columns, n.Schema())
	case *plan.SerializeOp:
		return c.compileExtend(n.Input, n.Columns, n.Schema())
	case *plan.SummarizeOp:
		return c.compileSummarize(n)
	case *plan.DistinctOp:
		return c.compileDistinct(n)
	case *plan.SortOp:
		return c.compileSort(n)
	case *plan.TakeOp:
		return c.compileTake(n)
	case *plan.SampleOp:
		return c.compileSample(n)
	case *plan.JoinOp:
		return c.compileJoin(n)
	case *plan.UnionOp:
		return c.compileUnion(n)
	case *plan.GroupInputOp:
		return func(s *state) (Rows, error) { return SliceRows(s.group), nil }, nil
	case *plan.SharedOp:
		return c.compileShared(n)
	case *plan.RemoteOp:
		return c.compile(n.Input)
	}
	return c.compileRare(n)
}

// compileRare goes on with the operators that few queries use.
func (c *compiler) compileRare(n plan.Node) (opener, error) {
	switch n := n.(type) {
	case *plan.MvExpandOp:
		return c.compileMvExpand(n)
	case *plan.MvApplyOp:
		return c.compileMvApply(n)
	case *plan.ParseOp:
		return c.compileParse(n)
	case *plan.ParseKVOp:
		return c.compileParseKV(n)
	case *plan.MakeSeriesOp:
		return c.compileMakeSeries(n)
	case *plan.EvaluateOp:
		return c.compileEvaluate(n)
	case *plan.TopNestedOp:
		return c.compileTopNested(n)
	case *plan.TopHittersOp:
		return c.compileTopHitters(n)
	case *plan.SampleDistinctOp:
		return c.compileSampleDistinct(n)
	case *plan.ReduceOp:
		return c.compileReduce(n)
	case *plan.PartitionOp:
		return c.compilePartition(n)
	case *plan.ScanStateOp:
		return c.compileScanState(n)
	case *plan.GetSchemaOp:
		return c.compileGetSchema(n)
	case *plan.GraphMatchOp:
		return c.compileGraphMatch(n)
	case *plan.GraphTableOp:
		return c.compileGraphTable(n)
	case *plan.GraphPartitionOp:
		return c.compileGraphPartition(n)
	}
	return nil, fmt.Errorf("kql/reference: no executor for %T", n)
}

// blocking is an operator that needs its input as a whole: f makes its rows of the input's.
func (c *compiler) blocking(where string, in plan.Node, f func(*state, []types.Row) ([]types.Row, error)) (opener, error) {
	open, err := c.compile(in)
	if err != nil {
		return nil, err
	}
	return func(s *state) (Rows, error) {
		return &lazyRows{make: func() ([]types.Row, error) {
			rows, err := openAll(s, where, open)
			if err != nil {
				return nil, err
			}
			return f(s, rows)
		}}, nil
	}, nil
}

func openAll(s *state, where string, open opener) ([]types.Row, error) {
	in, err := open(s)
	if err != nil {
		return nil, err
	}
	return s.collect(where, in)
}

// streaming is an operator that makes at most one row of each input row; a nil row is dropped.
func (c *compiler) streaming(in plan.Node, f func(*state, types.Row) (types.Row, error)) (opener, error) {
	open, err := c.compile(in)
	if err != nil {
		return nil, err
	}
	return func(s *state) (Rows, error) {
		rows, err := open(s)
		if err != nil {
			return nil, err
		}
		return &funcRows{close: []Rows{rows}, next: func() (types.Row, error) {
			for {
				row, err := rows.Next()
				if err != nil {
					return nil, err
				}
				if err := s.tick(); err != nil {
					return nil, err
				}
				out, err := f(s, row)
				if out != nil || err != nil {
					return out, err
				}
			}
		}}, nil
	}, nil
}

// spreading is an operator that makes any number of rows of each input row.
func (c *compiler) spreading(in plan.Node, f func(*state, types.Row) ([]types.Row, error)) (opener, error) {
	open, err := c.compile(in)
	if err != nil {
		return nil, err
	}
	return func(s *state) (Rows, error) {
		rows, err := open(s)
		if err != nil {
			return nil, err
		}
		var made []types.Row
		var held int64
		return &funcRows{close: []Rows{rows}, next: func() (types.Row, error) {
			for len(made) == 0 {
				row, err := rows.Next()
				if err != nil {
					return nil, err
				}
				if err := s.tick(); err != nil {
					return nil, err
				}
				if made, err = f(s, row); err != nil {
					return nil, err
				}
				s.discharge(held)
				if held = 0; len(made) > 0 {
					held = int64(len(made)) * RowSize(made[0])
				}
				if err := s.charge("the expansion of a row", held); err != nil {
					return nil, err
				}
			}
			row := made[0]
			made = made[1:]
			return row, nil
		}}, nil
	}, nil
}
