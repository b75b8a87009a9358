package engine

import (
	"context"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
)

// Compile does all that Query does before the first statement runs: it reads, binds, rewrites and splits the query, and gives the
// statements of the backend. What it takes is what the engine adds to hand-written SQL.
func (e *Engine) Compile(ctx context.Context, text string, o Options) (sql []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout(o))
	defer cancel()
	source := diag.NewSource("query", text)
	defer e.boundary(ctx, source, o, &err)
	q := e.begin(ctx, o)
	bound, _, err := q.bind(source)
	if err != nil {
		return nil, err
	}
	p := q.prepare(full, bound.Node)
	plan.Walk(p.split, func(n plan.Node) {
		r, ok := n.(*plan.RemoteOp)
		if !ok || err != nil {
			return
		}
		var text string
		if text, err = p.emitter.Emit(r.Input); err == nil {
			sql = append(sql, text)
		}
	})
	return sql, err
}
