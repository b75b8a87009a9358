package optimize

import (
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Rule is one rewrite of a node whose inputs are rewritten already. Apply gives nil where it does not apply.
type Rule struct {
	Name  string
	Apply func(plan.Node) plan.Node
}

// Optimizer holds what the rules need. It is for one query, not for several goroutines.
type Optimizer struct {
	lib   *builtin.Library
	and   *builtin.Function
	fold  func(*plan.Call) (types.Value, error)
	rules []Rule
	// unfolded are the calls of constants that gave no value.
	unfolded map[*plan.Call]bool
	// apart are the distances below which farApart has put its filter in this run.
	apart map[*plan.Call]bool
}

// New makes an optimizer. The library gives the declaration of and; fold computes a call of constants, nil folds none.
func New(lib *builtin.Library, fold func(*plan.Call) (types.Value, error)) *Optimizer {
	o := &Optimizer{lib: lib, fold: fold, unfolded: map[*plan.Call]bool{}, apart: map[*plan.Call]bool{}}
	if lib != nil {
		o.and = lib.Lookup(builtin.Operator, "and")
	}
	o.rules = o.allRules()
	return o
}

// maxRounds bounds the rounds over a plan; each round moves a filter past one node at least.
const maxRounds = 64

// Run rewrites n. The names are those of the rules that fired, in order of their first firing.
func (o *Optimizer) Run(n plan.Node) (plan.Node, []string) {
	o.apart = map[*plan.Call]bool{}
	f := &firing{seen: map[string]bool{}}
	settled := map[plan.Node]bool{}
	for range maxRounds {
		r := round{o: o, f: f, settled: settled, done: map[plan.Node]plan.Node{}}
		m := r.node(n)
		if m == n {
			break
		}
		n = m
	}
	if m := o.leavesBelowSort(n); m != nil {
		f.add("leavesBelowSort")
		n = m
	}
	if m := pruneColumns(n); m != nil {
		f.add("pruneColumns")
		n = m
	}
	return n, f.names
}

// round is one round of the rules over a plan, the inputs of a node and the queries in it first.
type round struct {
	o *Optimizer
	f *firing
	// settled are the nodes of this round and those before on which no rule fires, nor on anything below: plans are not changed in
	// place, so that they need not be looked at again. Done are this round's: a let that is used twice is one part of the plan.
	settled map[plan.Node]bool
	done    map[plan.Node]plan.Node
}

func (r *round) node(n plan.Node) plan.Node {
	if r.settled[n] {
		return n
	}
	if m, ok := r.done[n]; ok {
		return m
	}
	m := n
	inputs := n.Inputs()
	mapped, changed := make([]plan.Node, len(inputs)), false
	for i, in := range inputs {
		mapped[i] = r.node(in)
		changed = changed || mapped[i] != in
	}
	if changed {
		m = plan.WithInputs(m, mapped)
	}
	m = plan.MapSubplans(m, r.node)
	for _, rule := range r.o.rules {
		if x := rule.Apply(m); x != nil {
			r.f.add(rule.Name)
			m = x
		}
	}
	r.done[n] = m
	if m == n {
		r.settled[n] = true
	}
	return m
}

// firing records which rules fired.
type firing struct {
	seen  map[string]bool
	names []string
}

func (f *firing) add(name string) {
	if !f.seen[name] {
		f.seen[name] = true
		f.names = append(f.names, name)
	}
}
