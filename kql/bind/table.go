package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindTable binds a tabular expression. It always gives a relation; one that could not be bound is broken and
// has been reported.
func (b *binder) bindTable(e syntax.Expr, v env) *relation {
	rel := b.bindRelation(e, v)
	if rel.graph {
		b.report(graphNotTable(e.Span()))
		return brokenRelation()
	}
	return rel
}

// bindRelation is bindTable where a graph may stand as well.
func (b *binder) bindRelation(e syntax.Expr, v env) *relation {
	if e == nil {
		return brokenRelation()
	}
	if !b.enter(e) {
		return brokenRelation()
	}
	defer b.leave()
	return b.bindSource(e, v)
}

func (b *binder) bindSource(e syntax.Expr, v env) *relation {
	switch e := e.(type) {
	case *syntax.TabularExpr:
		return b.bindPipeline(e, v)
	case *syntax.OperatorExpr:
		return b.bindOperator(e.Operator, nil, v)
	case *syntax.NameExpr:
		return b.bindTableName(e, v)
	case *syntax.ParenExpr:
		return b.bindRelation(e.Inner, v)
	case *syntax.CallExpr:
		return b.bindTableCall(e, v)
	case *syntax.PathExpr:
		return b.bindTablePath(e, v)
	case *syntax.PathCallExpr:
		return b.bindPathCall(e, v)
	case *syntax.WildcardExpr:
		return b.unionOf(b.wildcardTables(e, v), nil, e.Span())
	case *syntax.NamedExpr:
		return b.bindRelation(e.Value, v)
	case *syntax.BadExpr:
		return brokenRelation()
	}
	if x := b.bindExpr(e, v); x.Type() != types.Unknown {
		b.report(tableExpected(e.Span()))
	}
	return brokenRelation()
}

func (b *binder) bindPipeline(e *syntax.TabularExpr, v env) *relation {
	if e.Source == nil {
		return brokenRelation()
	}
	rel := b.bindRelation(e.Source, v)
	return b.bindOperators(rel, e.Operators, v)
}

// bindOperators applies the operators of a pipeline in turn. Names given by "as" are in sight of what follows.
func (b *binder) bindOperators(rel *relation, ops []syntax.Operator, v env) *relation {
	if most := maxSteps - steps(rel.node); len(ops) > most {
		b.report(tooManySteps(ops[max(most, 0)].Span(), maxSteps))
		broken := *rel
		broken.broken = true
		return &broken
	}
	for _, op := range ops {
		if as, ok := op.(*syntax.AsOp); ok {
			rel, v = b.bindAs(as, rel, v)
			continue
		}
		rel = b.bindOperator(op, rel, v)
	}
	return rel
}

// maxSteps bounds the operators above each other, lets and functions put in place: what rewrites a plan and what runs it looks
// at all of them from each.
const maxSteps = 250

// steps is how many operators a row passes on its way from the first of its sources.
func steps(n plan.Node) int {
	for count := 0; ; count++ {
		if n == nil {
			return count
		}
		in := n.Inputs()
		if len(in) == 0 {
			return count
		}
		n = in[0]
	}
}

// bindAs is "as Name": a name for the rows so far, usable to the right of it in the pipeline
// (https://learn.microsoft.com/kusto/query/as-operator).
func (b *binder) bindAs(op *syntax.AsOp, in *relation, v env) (*relation, env) {
	b.shared++
	out := in.with(&plan.SharedOp{ID: b.shared, Name: op.Name.Text, Input: in.node})
	sc := newScope(v.scope)
	sc.set(&entity{kind: tableEntity, name: op.Name.Text, rel: out})
	v.scope = sc
	return out, v
}
