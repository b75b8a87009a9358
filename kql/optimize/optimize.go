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

// Optimizer holds what the rules need.
type Optimizer struct {
	lib   *builtin.Library
	and   *builtin.Function
	fold  func(*plan.Call) (types.Value, error)
	rules []Rule
}

// New makes an optimizer. The library gives the declaration of and; fold computes a call of constants, nil folds none.
func New(lib *builtin.Library, fold func(*plan.Call) (types.Value, error)) *Optimizer {
	o := &Optimizer{lib: lib, fold: fold}
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
	f := &firing{seen: map[string]bool{}}
	for range maxRounds {
		changed := false
		n = plan.MapNodes(n, func(n plan.Node) plan.Node {
			for _, r := range o.rules {
				if m := r.Apply(n); m != nil {
					f.add(r.Name)
					n, changed = m, true
				}
			}
			return n
		})
		if !changed {
			break
		}
	}
	if m := pruneColumns(n); m != nil {
		f.add("pruneColumns")
		n = m
	}
	return n, f.names
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
