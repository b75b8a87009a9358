package optimize

import (
	"slices"

	"github.com/sleuth-sec/sleuth/kql/plan"
)

// Split puts a RemoteOp over every largest part of n that capable accepts and that reads a table; what is left runs in the
// reference, on rows already reduced. Of a filter that the backend cannot run whole, the conjuncts that it can go along.
func (o *Optimizer) Split(n plan.Node, capable func(plan.Node) bool) plan.Node {
	s := &splitter{o: o, capable: capable, worth: reader{}.readsTable}
	return s.node(n)
}

// SplitAll is Split that also gives the backend parts that read no table, such as literal rows. It costs a statement for
// nothing, and compares the backend with the reference on queries that bring their rows with them.
func (o *Optimizer) SplitAll(n plan.Node, capable func(plan.Node) bool) plan.Node {
	s := &splitter{o: o, capable: capable, worth: func(plan.Node) bool { return true }}
	return s.node(n)
}

type splitter struct {
	o       *Optimizer
	capable func(plan.Node) bool
	worth   func(plan.Node) bool
}

func (s *splitter) node(n plan.Node) plan.Node {
	if s.worth(n) && s.capable(n) {
		return &plan.RemoteOp{Input: n}
	}
	if f, ok := n.(*plan.FilterOp); ok {
		if m := s.filter(f); m != nil {
			return m
		}
	}
	inputs := n.Inputs()
	if len(inputs) > 0 {
		out := make([]plan.Node, len(inputs))
		for i, in := range inputs {
			out[i] = s.node(in)
		}
		n = plan.WithInputs(n, out)
	}
	return plan.MapSubplans(n, s.node)
}

// filter splits the conjuncts of a filter over a part that the backend can run.
func (s *splitter) filter(f *plan.FilterOp) plan.Node {
	if !s.worth(f.Input) || !s.capable(f.Input) {
		return nil
	}
	var remote, local []plan.Expr
	for _, c := range conjuncts(f.Predicate) {
		if !hasWindow(c) && s.capable(&plan.FilterOp{Input: f.Input, Predicate: c}) {
			remote = append(remote, c)
		} else {
			local = append(local, c)
		}
	}
	if len(remote) == 0 || len(local) == 0 || s.o.and == nil || hasWindow(f.Predicate) {
		return nil
	}
	below := &plan.FilterOp{Input: f.Input, Predicate: s.o.conjunction(remote)}
	if !s.capable(below) {
		return nil
	}
	return plan.MapSubplans(&plan.FilterOp{Input: &plan.RemoteOp{Input: below}, Predicate: s.o.conjunction(local)}, s.node)
}

// reader remembers which parts of a plan read rows of the backend: each is asked about, and all that stand above it.
type reader map[plan.Node]bool

// readsTable reports whether n reads rows of the backend: literal rows are not worth a statement.
func (r reader) readsTable(n plan.Node) bool {
	if s, ok := n.(*plan.ScanOp); ok {
		return s.Table.Relation != ""
	}
	reads, ok := r[n]
	if !ok {
		reads = slices.ContainsFunc(n.Inputs(), r.readsTable) || slices.ContainsFunc(plan.Subplans(n), r.readsTable)
		r[n] = reads
	}
	return reads
}
