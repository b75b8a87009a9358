package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindByNames is project-by-names: columns by texts that may hold stars, or by arrays of them; names that are no
// columns are passed over (https://learn.microsoft.com/kusto/query/project-by-names-operator).
func (b *binder) bindByNames(op *syntax.ProjectOp, in *relation, v env) *relation {
	var keep types.Schema
	add := func(pattern string) {
		for _, c := range in.schema() {
			if wildcardMatch(pattern, c.Name) && keep.Find(c.Name) < 0 && (!c.Hidden || c.Name == pattern) {
				c.Hidden = false
				keep = append(keep, c)
			}
		}
	}
	for _, c := range op.Columns {
		lit, ok := b.constant(c.Value, v).(*plan.Literal)
		switch {
		case !ok:
			b.report(notConstant(c.Value.Span()))
		case lit.Value.Type() == types.String:
			add(lit.Value.Str())
		case lit.Value.Type() == types.Dynamic:
			list, _ := lit.Value.Tree().([]types.Tree)
			for _, x := range list {
				if s, ok := x.(string); ok {
					add(s)
				}
			}
		case lit.Value.Type() != types.Unknown:
			b.report(wrongType(c.Value.Span(), "a text or an array of texts", lit.Value.Type()))
		}
	}
	return in.projected(&plan.ProjectOp{Input: in.node, Columns: references(keep)})
}
