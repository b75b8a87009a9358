package optimize

import (
	"reflect"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// pruneColumns drops columns that nothing above uses, down to the scans. It gives nil where there is nothing to drop.
//
// A shared sub-plan keeps what any of its uses needs; those are found by pruning until they stop growing.
func pruneColumns(n plan.Node) plan.Node {
	p := &pruner{shared: map[int]set{}}
	want := setOf(n.Schema())
	for {
		p.grown = false
		out := p.node(n, want)
		if p.grown {
			continue
		}
		if sameShape(out, n) {
			return nil
		}
		return exactly(out, n.Schema())
	}
}

// sameShape reports whether a is b still, where a came of pruning it: pruning drops columns, and nodes without any left, and it
// puts projections in, so that the same counts are the same plan.
func sameShape(a, b plan.Node) bool {
	if reflect.TypeOf(a) != reflect.TypeOf(b) || width(a) != width(b) {
		return false
	}
	return sameShapes(a.Inputs(), b.Inputs()) && sameShapes(plan.Subplans(a), plan.Subplans(b))
}

func sameShapes(a, b []plan.Node) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameShape(a[i], b[i]) {
			return false
		}
	}
	return true
}

// width counts the columns that a node makes or names itself.
func width(n plan.Node) int {
	switch n := n.(type) {
	case *plan.FilterOp, *plan.SortOp, *plan.TakeOp, *plan.DistinctOp, *plan.SharedOp, *plan.UnionOp:
		return 0 // as wide as the inputs
	case *plan.ExtendOp:
		return len(n.Columns)
	case *plan.SerializeOp:
		return len(n.Columns)
	case *plan.MakeGraphOp:
		return len(n.Properties)
	case *plan.GraphFilterOp, *plan.GraphMarkOp:
		return 0
	}
	return len(n.Schema())
}

// set is a set of column names.
type set map[string]bool

func setOf(s types.Schema) set {
	out := set{}
	for _, c := range s {
		out[c.Name] = true
	}
	return out
}

// with is s and the columns in the expressions; s itself where it has them.
func (s set) with(exprs ...plan.Expr) set {
	out, copied := s, false
	for _, x := range exprs {
		plan.WalkExpr(x, func(x plan.Expr) {
			c, ok := x.(*plan.Column)
			if !ok || out[c.Name] {
				return
			}
			if !copied {
				out, copied = copyOf(s), true
			}
			out[c.Name] = true
		})
	}
	return out
}

// of is the part of s that schema has.
func (s set) of(schema types.Schema) set {
	out := set{}
	for _, c := range schema {
		if s[c.Name] {
			out[c.Name] = true
		}
	}
	return out
}

type pruner struct {
	shared map[int]set
	grown  bool
}

// node rewrites n so that it yields at least the columns of need, in their old order. Need may name columns that n does not have:
// what takes columns away asks for its own below.
func (p *pruner) node(n plan.Node, need set) plan.Node {
	n = plan.MapSubplans(n, p.whole)
	switch n := n.(type) {
	case *plan.ScanOp:
		c := *n
		c.Columns = keep(n.Columns, need)
		return &c
	case *plan.FilterOp:
		return p.above(n, n.Input, need.with(n.Predicate))
	case *plan.SortOp:
		return p.above(n, n.Input, need.with(plan.Exprs(n)...))
	case *plan.TakeOp:
		return p.above(n, n.Input, need)
	case *plan.SampleOp:
		return p.above(n, n.Input, need)
	case *plan.ProjectOp:
		c := *n
		c.Columns = keepNamed(n.Columns, need)
		return p.above(&c, n.Input, set{}.with(plan.Exprs(&c)...))
	case *plan.ExtendOp:
		return p.extend(n, need)
	case *plan.SerializeOp:
		return p.serialize(n, need)
	case *plan.SummarizeOp:
		return p.summarize(n, need)
	case *plan.JoinOp:
		return p.join(n, need)
	case *plan.UnionOp:
		return p.union(n, need)
	case *plan.MvExpandOp:
		return p.mvExpand(n, need)
	case *plan.ParseOp:
		return p.parse(n, need)
	case *plan.ParseKVOp:
		return p.parseKV(n, need)
	case *plan.MakeSeriesOp, *plan.TopNestedOp, *plan.TopHittersOp, *plan.SampleDistinctOp, *plan.ReduceOp:
		// Their rows are made of their expressions alone.
		return p.above(n, n.Inputs()[0], set{}.with(plan.Exprs(n)...))
	case *plan.SharedOp:
		return p.sharedOp(n, need)
	case *plan.GraphMatchOp, *plan.GraphTableOp:
		return p.graphReader(n, need)
	default:
		return p.all(n)
	}
}

// whole prunes inside a query all of whose columns count.
func (p *pruner) whole(n plan.Node) plan.Node {
	return exactly(p.node(n, setOf(n.Schema())), n.Schema())
}

// above is n over its pruned input.
func (p *pruner) above(n, input plan.Node, need set) plan.Node {
	return plan.WithInputs(n, []plan.Node{p.node(input, need)})
}

// all is for nodes that use all columns of their inputs.
func (p *pruner) all(n plan.Node) plan.Node {
	inputs := n.Inputs()
	out := make([]plan.Node, len(inputs))
	for i, in := range inputs {
		out[i] = p.whole(in)
	}
	if len(out) == 0 {
		return n
	}
	return plan.WithInputs(n, out)
}

// keep is the columns of s that are needed; one stays where none is, as rows of no columns are awkward everywhere.
func keep(s types.Schema, need set) types.Schema {
	var out types.Schema
	for _, c := range s {
		if need[c.Name] {
			out = append(out, c)
		}
	}
	if len(out) > 0 || len(s) == 0 {
		return out
	}
	for _, c := range s {
		if c.Type != types.Dynamic && c.Type != types.String {
			return types.Schema{c}
		}
	}
	return s[:1]
}

func keepNamed(list []plan.Named, need set) []plan.Named {
	var out []plan.Named
	for _, c := range list {
		if need[c.Name] {
			out = append(out, c)
		}
	}
	if len(out) == 0 && len(list) > 0 {
		return list[:1]
	}
	return out
}

func (p *pruner) extend(n *plan.ExtendOp, need set) plan.Node {
	cols, below := added(n.Columns, need)
	if len(cols) == 0 {
		return p.node(n.Input, below)
	}
	c := *n
	c.Columns = cols
	return p.above(&c, n.Input, below)
}

func (p *pruner) serialize(n *plan.SerializeOp, need set) plan.Node {
	c := *n
	var below set
	c.Columns, below = added(n.Columns, need)
	return p.above(&c, n.Input, below)
}

// added is the needed columns of an extend, and what it then needs of its input. A column that is replaced must stay
// in the input to keep its place.
func added(named []plan.Named, need set) ([]plan.Named, set) {
	var cols []plan.Named
	below := need
	for _, c := range named {
		if need[c.Name] {
			cols = append(cols, c)
			below = below.with(c.Expr)
		}
	}
	return cols, below
}

func (p *pruner) summarize(n *plan.SummarizeOp, need set) plan.Node {
	c := *n
	c.Aggregates = nil
	for _, a := range n.Aggregates {
		for _, o := range a.Out {
			if need[o.Name] {
				c.Aggregates = append(c.Aggregates, a)
				break
			}
		}
	}
	if len(c.Aggregates) == 0 && len(c.By) == 0 {
		c.Aggregates = n.Aggregates[:min(1, len(n.Aggregates))]
	}
	return p.above(&c, n.Input, set{}.with(plan.Exprs(&c)...))
}

func (p *pruner) join(n *plan.JoinOp, need set) plan.Node {
	left, right := set{}, set{}
	c := *n
	c.Output = nil
	for _, o := range n.Output {
		if need[o.Name] {
			c.Output = append(c.Output, o)
		}
	}
	if len(c.Output) == 0 {
		c.Output = n.Output[:min(1, len(n.Output))]
	}
	for _, o := range c.Output {
		if o.Right {
			right[o.Source] = true
		} else {
			left[o.Source] = true
		}
	}
	for _, k := range n.Keys {
		left, right = left.with(k.Left), right.with(k.Right)
	}
	return plan.WithInputs(&c, []plan.Node{p.node(n.Left, left), p.node(n.Right, right)})
}

func (p *pruner) union(n *plan.UnionOp, need set) plan.Node {
	if len(n.Sources) == 0 {
		return n
	}
	want := keep(n.Schema(), need)
	out := make([]plan.Node, len(n.Sources))
	for i, s := range n.Sources {
		out[i] = exactly(p.node(s, setOf(want)), want)
	}
	return plan.WithInputs(n, out)
}

// widened prunes below a node that yields its input's columns, in place or followed by those it makes.
func (p *pruner) widened(n plan.Node, input plan.Node, out types.Schema, made, need set) (plan.Node, types.Schema) {
	below := need.of(input.Schema()).with(plan.Exprs(n)...)
	for name := range made { // what is replaced in place must stay in the input, to keep its place
		if input.Schema().Find(name) >= 0 {
			below[name] = true
		}
	}
	in := p.node(input, below)
	have := setOf(in.Schema())
	var left types.Schema
	for _, o := range out {
		if made[o.Name] || have[o.Name] {
			left = append(left, o)
		}
	}
	return in, left
}

func (p *pruner) mvExpand(n *plan.MvExpandOp, need set) plan.Node {
	made := set{}
	if n.ItemIndex != "" {
		made[n.ItemIndex] = true
	}
	for _, c := range n.Columns {
		made[c.Name] = true
	}
	c := *n
	c.Input, c.Out = p.widened(n, n.Input, n.Out, made, need)
	return &c
}

func (p *pruner) parse(n *plan.ParseOp, need set) plan.Node {
	made := set{}
	for _, part := range n.Parts {
		if part.Column != "" {
			made[part.Column] = true
		}
	}
	c := *n
	c.Input, c.Out = p.widened(n, n.Input, n.Out, made, need)
	return &c
}

func (p *pruner) parseKV(n *plan.ParseKVOp, need set) plan.Node {
	c := *n
	c.Input, c.Out = p.widened(n, n.Input, n.Out, setOf(n.Columns), need)
	return &c
}

func (p *pruner) sharedOp(n *plan.SharedOp, need set) plan.Node {
	have := p.shared[n.ID]
	if have == nil {
		have = set{}
		p.shared[n.ID] = have
	}
	schema := n.Schema()
	for c := range need.of(schema) {
		if !have[c] {
			have[c], p.grown = true, true
		}
	}
	want := keep(schema, have)
	return plan.WithInputs(n, []plan.Node{exactly(p.node(n.Input, setOf(want)), want)})
}

// exactly is n with the columns of want in their order.
func exactly(n plan.Node, want types.Schema) plan.Node {
	have := n.Schema()
	same := len(have) == len(want)
	for i := 0; same && i < len(want); i++ {
		same = have[i].Name == want[i].Name
	}
	if same {
		return n
	}
	cols := make([]plan.Named, len(want))
	for i, c := range want {
		cols[i] = plan.Named{Name: c.Name, Expr: &plan.Column{Name: c.Name, Typ: c.Type}}
	}
	return &plan.ProjectOp{Input: n, Columns: cols}
}
