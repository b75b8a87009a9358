package bind

import (
	"math"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
)

// checkSize reports a plan that inlining has blown up: a table let is bound once and shared, but each use counts.
func (b *binder) checkSize(rel *relation, at diag.Span) {
	if b.full {
		return
	}
	if b.size(rel.node) > b.opts.MaxNodes {
		b.full = true
		b.report(tooLarge(at, b.opts.MaxNodes))
	}
}

// size is the number of nodes of a plan, every use of a shared part counted, computed once per node.
func (b *binder) size(n plan.Node) int {
	if n == nil {
		return 0
	}
	if s, ok := b.sizes[n]; ok {
		return s
	}
	total := 1
	for _, in := range n.Inputs() {
		total += b.size(in)
		if total > math.MaxInt32 {
			total = math.MaxInt32
		}
	}
	switch n := n.(type) {
	case *plan.SharedOp:
		total = 1 // computed once
	case *plan.MvApplyOp:
		total += b.size(n.Subquery)
	case *plan.PartitionOp:
		total += b.size(n.Subquery)
	}
	b.sizes[n] = total
	return total
}
