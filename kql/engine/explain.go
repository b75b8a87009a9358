package engine

import (
	"context"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/emit/duckdb"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
)

// Explanation shows how a query would run.
type Explanation struct {
	Tree      string   // the query as it was read, laid out
	Plan      string   // what it means
	Optimized string   // the plan after the rewrites
	Rules     []string // the rewrites that fired
	SQL       []string // the statements of the backend
	Remainder string   // the plan with Remote where the statements stand: what is above them runs here
}

// Explain binds and splits a query without running it, but for the first phase of plugins whose columns depend on the
// data.
func (e *Engine) Explain(ctx context.Context, text string, o Options) (x *Explanation, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout(o))
	defer cancel()
	source := diag.NewSource("query", text)
	defer e.boundary(ctx, source, o, &err)
	q := e.begin(ctx, o)
	bound, _, err := q.bind(source)
	if err != nil {
		return nil, err
	}
	at := full
	if o.NoPushdown {
		at = scanning
	}
	tree, _ := syntax.Parse(text)
	x = &Explanation{Tree: syntax.Format(tree), Plan: plan.Format(bound.Node)}
	p := q.prepare(at, bound.Node)
	x.Optimized, x.Rules, x.Remainder = plan.Format(p.optimized), p.rules, remainder(p.split)
	plan.Walk(p.split, func(n plan.Node) {
		r, ok := n.(*plan.RemoteOp)
		if !ok || err != nil {
			return
		}
		var sql string
		if sql, err = p.emitter.Emit(r.Input); err == nil {
			x.SQL = append(x.SQL, duckdb.Layout(sql))
		}
	})
	return x, err
}

// remainder prints a split plan without what is inside the remote parts.
func remainder(n plan.Node) string {
	return plan.Format(plan.MapNodes(n, func(n plan.Node) plan.Node {
		if r, ok := n.(*plan.RemoteOp); ok {
			return &plan.RemoteOp{Input: &plan.GroupInputOp{Columns: r.Schema()}}
		}
		return n
	}))
}
