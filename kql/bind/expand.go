package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindMvExpand is mv-expand: a row per element (https://learn.microsoft.com/kusto/query/mv-expand-operator).
func (b *binder) bindMvExpand(op *syntax.MvExpandOp, in *relation, v env) *relation {
	cols, schema := b.expanded(op.Columns, in, v)
	out := &plan.MvExpandOp{Input: in.node, Columns: cols, BagArrays: b.bagArrays(&op.Op, v)}
	if op.Limit != nil {
		out.Limit = b.count(op.Limit, v)
	}
	out.ItemIndex, schema = b.itemIndex(&op.Op, schema, v)
	out.Out = schema
	return in.with(out)
}

// bagArrays is bagexpansion=array, also written kind=array.
func (b *binder) bagArrays(op *syntax.Op, v env) bool {
	word := ""
	for _, name := range []string{"bagexpansion", "kind"} {
		h := op.Hint(name)
		if h == nil {
			continue
		}
		word = b.word(h, v)
		if word != "array" && word != "bag" {
			b.report(badKind(h.Span(), "mv-expand", word, []string{"array", "bag"}))
		}
	}
	return word == "array"
}

// itemIndex adds the column of with_itemindex, behind the others.
func (b *binder) itemIndex(op *syntax.Op, schema types.Schema, v env) (string, types.Schema) {
	h := op.Hint("with_itemindex")
	if h == nil {
		return "", schema
	}
	name := b.word(h, v)
	return name, put(schema, types.Column{Name: name, Type: types.Long})
}

// put replaces the column of the same name, or adds one.
func put(s types.Schema, c types.Column) types.Schema {
	if i := s.Find(c.Name); i >= 0 {
		s[i] = c
		return s
	}
	return append(s, c)
}

// expanded binds the columns of mv-expand and mv-apply, and the schema that results. An unnamed column keeps the
// name of what it expands, and so replaces it.
func (b *binder) expanded(list []*syntax.NamedExpr, in *relation, v env) ([]plan.MvColumn, types.Schema) {
	inner := v.over(in)
	schema := append(types.Schema(nil), in.schema()...)
	n := newNamer(in.schema())
	var out []plan.MvColumn
	for _, c := range list {
		x := b.bindExpr(c.Value, inner)
		if t := x.Type(); t != types.Dynamic && t != types.Unknown {
			b.report(cannotExpand(c.Value.Span(), t))
		}
		col := plan.MvColumn{Expr: x, Typ: types.Dynamic, Name: b.expandedName(c, inner, n)}
		if c.ToType != "" {
			t, ok := types.ParseType(c.ToType)
			if !ok {
				b.report(unknownType(c.Span(), c.ToType))
			} else {
				col.Typ = t
			}
		}
		schema = put(schema, types.Column{Name: col.Name, Type: col.Typ})
		out = append(out, col)
	}
	return out, schema
}

func (b *binder) expandedName(c *syntax.NamedExpr, v env, n *namer) string {
	if len(c.Names) > 0 {
		return b.explicitName(n, c.Names[0])
	}
	name, kind := b.autoName(c.Value, v)
	switch kind {
	case nameNone:
		return n.column()
	case nameColumn:
		out, ok := n.explicit(name)
		if !ok {
			b.report(columnTwice(c.Value.Span(), name))
		}
		return out
	}
	return n.auto(name)
}

// bindMvApply is mv-apply: a subquery over the rows that each row expands to. Its result's columns are added to the row's own
// (https://learn.microsoft.com/kusto/query/mv-apply-operator).
func (b *binder) bindMvApply(op *syntax.MvApplyOp, in *relation, v env) *relation {
	cols, schema := b.expanded(op.Columns, in, v)
	out := &plan.MvApplyOp{Input: in.node, Columns: cols}
	if op.Limit != nil {
		out.Limit = b.count(op.Limit, v)
	}
	out.ItemIndex, schema = b.itemIndex(&op.Op, schema, v)
	group := in.with(&plan.GroupInputOp{Columns: schema})
	group.serialized = true
	sub := b.bindOperators(group, op.Subquery, v)
	out.Subquery = sub.node
	// The row keeps its columns. A column that is expanded under its own name goes, and comes back where the subquery has it; what the
	// subquery makes under another column's name stands in that one's place, and the rest behind.
	gone, expanded := map[string]bool{}, map[string]bool{}
	for i, c := range cols {
		expanded[c.Name] = true
		if i < len(op.Columns) && len(op.Columns[i].Names) == 0 {
			gone[c.Name] = true
		}
	}
	made := sub.schema()
	for _, c := range in.schema() {
		i := made.Find(c.Name)
		switch {
		case gone[c.Name], expanded[c.Name] && i < 0:
		case i >= 0:
			out.Out = append(out.Out, made[i])
		default:
			out.Keep = append(out.Keep, c.Name)
			out.Out = append(out.Out, c)
		}
	}
	for _, c := range made {
		if out.Out.Find(c.Name) < 0 {
			out.Out = append(out.Out, c)
		}
	}
	rel := in.with(out)
	rel.open = in.open || sub.open
	rel.broken = in.broken || sub.broken
	return rel
}
