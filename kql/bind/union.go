package bind

import (
	"slices"
	"strconv"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func numbered(name string, i int) string { return name + strconv.Itoa(i) }

// bindUnion is union [kind=inner|outer] [withsource=C] [isfuzzy=true] tables
// (https://learn.microsoft.com/kusto/query/union-operator).
func (b *binder) bindUnion(op *syntax.UnionOp, in *relation, v env) *relation {
	kind := b.word(op.Hint("kind"), v)
	if kind != "" && kind != "inner" && kind != "outer" {
		b.report(badKind(op.Hint("kind").Span(), "union", kind, []string{"inner", "outer"}))
	}
	fuzzy := equalFold(b.word(op.Hint("isfuzzy"), v), "true")
	var parts []*relation
	if in != nil {
		parts = append(parts, in)
	}
	parts = append(parts, b.unionParts(op, v.tabular(), fuzzy)...)
	source := b.word(op.Hint("withsource"), v)
	if source == "" {
		source = b.word(op.Hint("with_source"), v)
	}
	if fuzzy && len(parts) == 0 {
		b.report(nothingLeft(op.Keyword))
		return brokenRelation()
	}
	return b.align(parts, kind == "inner", source)
}

// unionParts binds the tables of a union. With isfuzzy, tables that are not there are left out, with a warning; the
// service asks that one at least is there.
func (b *binder) unionParts(op *syntax.UnionOp, v env, fuzzy bool) []*relation {
	var parts []*relation
	for _, t := range op.Tables {
		if w, ok := unparen(t).(*syntax.WildcardExpr); ok {
			parts = append(parts, b.wildcardTables(w, v)...)
			continue
		}
		if s, ok := unparen(t).(*syntax.StarExpr); ok {
			parts = append(parts, b.wildcardTables(&syntax.WildcardExpr{At: s.At, Pattern: "*"}, v)...)
			continue
		}
		if !fuzzy {
			parts = append(parts, b.bindTable(t, v))
			continue
		}
		if rel := b.bindFuzzy(t, v); rel != nil {
			parts = append(parts, rel)
		}
	}
	return parts
}

// bindFuzzy binds a table of a fuzzy union; nil when it cannot be bound. Its errors become warnings.
func (b *binder) bindFuzzy(t syntax.Expr, v env) *relation {
	outer := b.diags
	b.diags = &diag.List{}
	rel := b.bindTable(t, v)
	found := b.diags
	b.diags = outer
	if !found.Failed() {
		for _, d := range found.Items {
			b.diags.Add(d)
		}
		return rel
	}
	if b.full {
		b.diags.Add(found.First())
		return nil
	}
	for _, d := range found.Items {
		if d.Severity == diag.Error && len(found.Items) > 0 && d == found.First() {
			b.diags.Add(leftOut(d))
		}
	}
	return nil
}

// wildcardTables are the tables and views that a pattern names.
func (b *binder) wildcardTables(w *syntax.WildcardExpr, v env) []*relation {
	found := b.tableNames(v.scope, w.Pattern)
	if len(found) == 0 {
		b.report(noTableMatches(w.Span(), w.Pattern))
		return []*relation{brokenRelation()}
	}
	var out []*relation
	for _, n := range found {
		out = append(out, b.namedTable(n, w.Span(), v))
	}
	return out
}

// tableNames are the tables of the catalog and the views of the query whose names match.
func (b *binder) tableNames(sc *scope, pattern string) []string {
	var out []string
	for _, n := range b.cat.TableNames() {
		if wildcardMatch(pattern, n) && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	for _, n := range sc.all(func(e *entity) bool { return e.kind == functionEntity && e.view }) {
		if wildcardMatch(pattern, n) && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// allTables are the names that could stand for a table.
func (b *binder) allTables(sc *scope) []string {
	tables := sc.all(func(e *entity) bool { return e.kind == tableEntity || e.kind == functionEntity })
	return append(tables, b.cat.TableNames()...)
}

func (b *binder) unionOf(parts []*relation, _ *relation, at diag.Span) *relation {
	return b.align(parts, false, "")
}

// unionColumn is one column of a union: for each part the name of the column that fills it, "" for none.
type unionColumn struct {
	column types.Column
	from   []string
}

// align gives all parts the same columns. A name whose types differ among the parts becomes a column per type, name_type
// (the reference's rule for kind=outer); with kind=inner only the columns that all parts have remain.
func (b *binder) align(parts []*relation, inner bool, source string) *relation {
	out := &relation{}
	for _, p := range parts {
		out.open = out.open || p.open
		out.broken = out.broken || p.broken
		if out.aliases == nil {
			out.aliases = p.aliases
		}
	}
	cols := unionColumns(parts, inner)
	renameSplit(cols)
	used := map[string]bool{}
	if source != "" {
		used[source] = true
	}
	for i := range cols {
		name := cols[i].column.Name
		for n := 1; used[name]; n++ {
			name = numbered(cols[i].column.Name, n)
		}
		used[name] = true
		cols[i].column.Name = name
	}
	op := &plan.UnionOp{}
	for i, p := range parts {
		op.Sources = append(op.Sources, alignPart(p, i, cols, source))
	}
	out.node = op
	if len(parts) == 1 {
		out.node = op.Sources[0]
	}
	if len(parts) == 0 {
		out.node = &plan.ValuesOp{}
	}
	return out
}

func alignPart(p *relation, i int, cols []unionColumn, source string) plan.Node {
	var list []plan.Named
	if source != "" {
		list = append(list, plan.Named{Name: source, Expr: text(p.sourceName(i, source))})
	}
	same := source == "" && len(cols) == len(p.schema())
	for c, col := range cols {
		var e plan.Expr = &plan.Literal{Value: types.Null(col.column.Type)}
		if col.from[i] != "" {
			e = &plan.Column{Name: col.from[i], Typ: col.column.Type}
		}
		same = same && p.schema()[c] == col.column && col.from[i] == col.column.Name
		list = append(list, plan.Named{Name: col.column.Name, Expr: e, Hidden: col.column.Hidden})
	}
	if same {
		return p.node
	}
	return &plan.ProjectOp{Input: p.node, Columns: list}
}

// sourceName is what withsource shows: the table's name, or union_argN; search shows search_argN.
func (r *relation) sourceName(i int, source string) string {
	switch {
	case r.name != "":
		return r.name
	case source == searchSource:
		return numbered("search_arg", i)
	}
	return numbered("union_arg", i)
}

// unionColumns collects the columns by name and type, in order of appearance, types of one name together.
func unionColumns(parts []*relation, inner bool) []unionColumn {
	var order []string
	byName := map[string][]unionColumn{}
	for i, p := range parts {
		for _, c := range p.schema() {
			list, seen := byName[c.Name]
			if !seen {
				order = append(order, c.Name)
			}
			at := slices.IndexFunc(list, func(u unionColumn) bool { return u.column.Type == c.Type })
			if at < 0 {
				list = append(list, unionColumn{column: c, from: make([]string, len(parts))})
				at = len(list) - 1
			}
			list[at].from[i] = c.Name
			if list[at].column.Hidden && !c.Hidden {
				// Seen for the first time here: what is hidden has no place among the columns.
				list[at].column.Hidden = false
				if seen {
					order = append(slices.DeleteFunc(order, func(n string) bool { return n == c.Name }), c.Name)
				}
			}
			byName[c.Name] = list
		}
	}
	var out []unionColumn
	for _, n := range order {
		list := byName[n]
		if inner && !everywhere(list, len(parts)) {
			continue
		}
		out = append(out, list...)
	}
	return out
}

func everywhere(list []unionColumn, parts int) bool {
	filled := 0
	for _, c := range list {
		for _, f := range c.from {
			if f != "" {
				filled++
			}
		}
	}
	return filled == parts
}

// renameSplit names the columns of a name with several types after their types.
func renameSplit(cols []unionColumn) {
	count := map[string]int{}
	for _, c := range cols {
		count[c.column.Name]++
	}
	for i := range cols {
		if count[cols[i].column.Name] > 1 {
			cols[i].column.Name += "_" + cols[i].column.Type.String()
		}
	}
}
