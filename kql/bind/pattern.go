package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindPattern is a call of a pattern: the case whose values equal the arguments stands for it
// (https://learn.microsoft.com/kusto/query/pattern-statement).
func (b *binder) bindPattern(ent *entity, args []syntax.Arg, path *string, at diag.Span, v env) *relation {
	p := ent.pattern
	if len(args) != len(p.Params) {
		b.report(argumentCount(at, p.Name.Text, len(p.Params), len(p.Params), len(args)))
		return brokenRelation()
	}
	values := make([]types.Value, len(args))
	for i, a := range args {
		lit, ok := b.constant(a.Value, v).(*plan.Literal)
		if !ok {
			b.report(notConstant(a.Span()))
			return brokenRelation()
		}
		values[i] = lit.Value
	}
	for i := range p.Cases {
		if c := &p.Cases[i]; b.caseMatches(c, values, path) {
			return b.bindCase(ent, c, values, path, at)
		}
	}
	b.report(noPatternCase(at, p.Name.Text))
	return brokenRelation()
}

func (b *binder) caseMatches(c *syntax.PatternCase, values []types.Value, path *string) bool {
	if len(c.Values) != len(values) || (c.Path == nil) != (path == nil) {
		return false
	}
	for i, e := range c.Values {
		lit, ok := b.constant(e, env{scope: newScope(nil)}).(*plan.Literal)
		if !ok || lit.Value.Text() != values[i].Text() {
			return false
		}
	}
	if path == nil {
		return true
	}
	lit, ok := b.constant(c.Path, env{scope: newScope(nil)}).(*plan.Literal)
	return ok && lit.Value.Text() == *path
}

func (b *binder) bindCase(ent *entity, c *syntax.PatternCase, values []types.Value, path *string, at diag.Span) *relation {
	sc := newScope(ent.scope)
	for i, p := range ent.pattern.Params {
		sc.set(&entity{kind: scalarEntity, name: p.Name.Text, expr: &plan.Literal{Value: values[i]}})
	}
	if path != nil && ent.pattern.Path != nil {
		sc.set(&entity{kind: scalarEntity, name: ent.pattern.Path.Name.Text, expr: text(*path)})
	}
	out := brokenRelation()
	b.inBody(ent, at, func() {
		body := b.bodyScope(c.Body, sc, nil)
		if result := b.bodyResult(c.Body, c.Span()); result != nil {
			out = b.bindTable(result, env{scope: body})
		}
	})
	return out
}
