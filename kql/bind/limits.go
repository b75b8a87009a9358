package bind

import (
	"math"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
)

// A let or a parameter is bound once and shared by its uses, so a short query can stand for a plan of any size. What
// later stages walk is the whole of it, and that is what the limits are on.

// sizer computes the sizes of plans and expressions, each part once however often it is used.
type sizer struct {
	nodes map[plan.Node]int
	exprs map[plan.Expr]int
}

// checkSize reports a result that is too large.
func (b *binder) checkSize(rel *relation, at diag.Span) {
	if b.full {
		return
	}
	s := sizer{nodes: map[plan.Node]int{}, exprs: map[plan.Expr]int{}}
	total := s.node(rel.node)
	for _, o := range rel.others {
		total = plus(total, s.node(o.Node))
	}
	if total > b.opts.MaxNodes*exprsPerNode {
		b.full = true
		b.report(tooLarge(at, b.opts.MaxNodes*exprsPerNode))
	}
}

// plus adds without overflow.
func plus(a, b int) int {
	if a > math.MaxInt32-b {
		return math.MaxInt32
	}
	return a + b
}

// node is the number of steps of a plan: a node counts as many as its expressions do.
func (s sizer) node(n plan.Node) int {
	if n == nil {
		return 0
	}
	if size, ok := s.nodes[n]; ok {
		return size
	}
	total := exprsPerNode
	for _, in := range n.Inputs() {
		total = plus(total, s.node(in))
	}
	plan.EachExpr(n, func(x plan.Expr) { total = plus(total, s.expr(x)) })
	switch n := n.(type) {
	case *plan.MvApplyOp:
		total = plus(total, s.node(n.Subquery))
	case *plan.PartitionOp:
		total = plus(total, s.node(n.Subquery))
	}
	s.nodes[n] = total
	if _, shared := n.(*plan.SharedOp); shared {
		s.nodes[n] = exprsPerNode // further uses read its rows
	}
	return total
}

func (s sizer) expr(e plan.Expr) int {
	if e == nil {
		return 0
	}
	if size, ok := s.exprs[e]; ok {
		return size
	}
	total := 1
	switch x := e.(type) {
	case *plan.Call:
		for _, a := range x.Args {
			total = plus(total, s.expr(a))
		}
	case *plan.Path:
		total = plus(total, plus(s.expr(x.Base), s.expr(x.Index)))
	case *plan.In:
		total = plus(total, s.expr(x.Left))
		for _, a := range x.List {
			total = plus(total, s.expr(a))
		}
		total = plus(total, s.node(x.Query))
	case *plan.Subquery:
		total = plus(total, s.node(x.Query))
	}
	s.exprs[e] = total
	return total
}
