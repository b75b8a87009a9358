package bind

import (
	"fmt"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// maxPathLength bounds an edge of variable length.
const maxPathLength = 10_000

// bindGraphMatch is graph-match and graph-shortest-paths (https://learn.microsoft.com/kusto/query/graph-match-operator,
// https://learn.microsoft.com/kusto/query/graph-shortest-paths-operator).
func (b *binder) bindGraphMatch(op *syntax.GraphMatchOp, in *relation, v env) *relation {
	out := &plan.GraphMatchOp{Input: in.node, Shortest: op.Verb == "graph-shortest-paths"}
	edges, nodes := plan.GraphShape(in.node)
	g := &graphEnv{vars: map[string]*graphVariable{}, refs: &[]plan.GraphRef{}, edges: edges, nodes: nodes}
	if out.Shortest {
		out.Cycles = "none"
		out.All = b.graphWord(op, "output", v, "any", "all") == "all"
	} else {
		out.Cycles = b.graphWord(op, "cycles", v, "unique_edges", "all", "none")
	}
	for i, p := range op.Paths {
		connected := i == 0
		out.Paths = append(out.Paths, b.graphPath(p, g, v, &connected))
		if !connected {
			b.report(patternNotConnected(p.Span()))
		}
	}
	if out.Shortest && !oneVariablePath(out.Paths) {
		b.report(patternNoEdge(op.Paths[0].Span()))
	}
	inner := env{scope: v.scope, graph: g}
	if op.Where != nil {
		out.Where = b.graphWhere(op.Where, inner)
	}
	if len(op.Columns) == 0 {
		b.report(patternProject(op.Keyword, op.Verb))
	}
	b.graphColumns(op.Columns, out, inner)
	out.Refs = *g.refs
	return &relation{node: out}
}

// graphWord is an option with a few words; the first is what stands without it.
func (b *binder) graphWord(op *syntax.GraphMatchOp, option string, v env, words ...string) string {
	e := op.Hint(option)
	if e == nil {
		return words[0]
	}
	word := b.word(e, v)
	for _, w := range words {
		if w == word {
			return w
		}
	}
	b.report(wordNotAllowed(e.Span(), word, words))
	return words[0]
}

func oneVariablePath(paths []plan.GraphPath) bool {
	if len(paths) != 1 {
		return false
	}
	for _, e := range paths[0].Edges {
		if e.Variable {
			return true
		}
	}
	return false
}

// graphPath binds one sequence. connected becomes true when it shares a node with an earlier one.
func (b *binder) graphPath(p syntax.GraphPath, g *graphEnv, v env, connected *bool) plan.GraphPath {
	var out plan.GraphPath
	own := map[string]bool{}
	for _, e := range p.Elements {
		if e.Edge {
			out.Edges = append(out.Edges, b.graphEdge(e, g, v))
			continue
		}
		name := g.anonymous()
		if e.Name != nil {
			name = e.Name.Text
			old := g.vars[name]
			switch {
			case old == nil:
				g.vars[name] = &graphVariable{name: name, node: true, schema: g.nodes}
				own[name] = true
			case !old.node:
				b.report(patternNameTwice(e.Span(), name))
			case !own[name]:
				*connected = true
			}
		}
		out.Nodes = append(out.Nodes, name)
	}
	return out
}

func (b *binder) graphEdge(e syntax.GraphElement, g *graphEnv, v env) plan.GraphEdge {
	out := plan.GraphEdge{Name: g.anonymous(), Direction: e.Direction, Min: 1, Max: 1}
	if e.Range != nil {
		out.Variable = true
		out.Min, out.Max = b.pathLength(e.Range.Min, v), b.pathLength(e.Range.Max, v)
		if out.Min > out.Max {
			b.report(badRange(e.Range.Span(), fmt.Sprintf("goes from %d down to %d", out.Min, out.Max)))
		}
	}
	if e.Name == nil {
		return out
	}
	out.Name = e.Name.Text
	if g.vars[out.Name] != nil {
		b.report(patternNameTwice(e.Name.Span(), out.Name))
		return out
	}
	g.vars[out.Name] = &graphVariable{name: out.Name, variable: out.Variable, schema: g.edges}
	return out
}

func (b *binder) pathLength(e syntax.Expr, v env) int {
	x := b.constant(e, env{scope: v.scope})
	lit, ok := x.(*plan.Literal)
	switch {
	case x.Type() == types.Unknown:
		return 1 // reported
	case !ok:
		b.report(notConstant(e.Span()))
		return 1
	case !lit.Value.Type().Integral() || lit.Value.IsNull():
		b.report(badRange(e.Span(), "must be a whole number"))
		return 1
	case lit.Value.Long() < 0 || lit.Value.Long() > maxPathLength:
		b.report(badRange(e.Span(), fmt.Sprintf("must be between 0 and %d", maxPathLength)))
		return 1
	}
	return int(lit.Value.Long())
}

// graphWhere binds the constraints. A part that names properties of a variable edge without all() or any() must hold for all of its
// edges.
func (b *binder) graphWhere(e syntax.Expr, v env) plan.Expr {
	if bin, ok := unparen(e).(*syntax.BinaryExpr); ok && bin.Op == "and" {
		left, right := b.graphWhere(bin.Left, v), b.graphWhere(bin.Right, v)
		return b.operator("and", types.Bool, e.Span(), left, right)
	}
	v.graph.dotted = nil
	x := b.predicate(e, v)
	return b.overDotted("all", x, e, v)
}

// overDotted makes of an expression over properties of a variable edge one over its edges: the old notation, e.Property.
func (b *binder) overDotted(function string, x plan.Expr, e syntax.Expr, v env) plan.Expr {
	switch g := v.graph; len(g.dotted) {
	case 0:
		return x
	case 1:
		return &plan.OverPath{Func: function, Edge: g.dotted[0], Body: x}
	}
	b.report(twoVariableEdges(e.Span()))
	return unknown(types.Unknown)
}

// graphColumns binds project. A column that speaks of a variable edge is dynamic, whatever is made of its values.
func (b *binder) graphColumns(list []*syntax.NamedExpr, out *plan.GraphMatchOp, v env) {
	n := newNamer(nil)
	for _, c := range list {
		v.graph.dotted = nil
		for _, col := range b.bindColumns(c, v, n) {
			col.Expr = b.overDotted("map", col.Expr, c.Value, v)
			t := col.Expr.Type()
			plan.WalkExpr(col.Expr, func(x plan.Expr) {
				if _, ok := x.(*plan.OverPath); ok {
					t = types.Dynamic
				}
			})
			out.Columns = append(out.Columns, col)
			out.Out = append(out.Out, types.Column{Name: col.Name, Type: t})
		}
	}
}
