package bind

import (
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func (b *binder) bindProject(op *syntax.ProjectOp, in *relation, v env) *relation {
	switch op.Verb {
	case "project":
		cols := b.projection(op.Columns, in, v)
		return in.projected(&plan.ProjectOp{Input: in.node, Columns: cols})
	case "extend":
		return in.with(&plan.ExtendOp{Input: in.node, Columns: b.extension(op.Columns, in, v)})
	case "serialize":
		out := in.with(in.node)
		out.serialized = true
		cols := b.extension(op.Columns, out, v)
		return out.with(&plan.SerializeOp{Input: in.node, Columns: cols})
	case "distinct":
		return b.bindDistinct(op, in, v)
	case "project-away":
		return b.bindAway(op, in)
	case "project-keep":
		return b.bindKeep(op, in)
	case "project-rename":
		return b.bindRename(op, in)
	case "project-reorder":
		return b.bindReorder(op, in)
	case "project-by-names":
		return b.bindByNames(op, in, v)
	}
	b.report(mustBegin(op.Span()))
	return brokenRelation()
}

// projected is the relation over a node that makes all its columns: nothing is open any more.
func (r *relation) projected(n plan.Node) *relation {
	out := r.with(n)
	out.open = r.broken
	return out
}

// projection binds the columns of project: names are unique, and a column made from several values gives several.
func (b *binder) projection(list []*syntax.NamedExpr, in *relation, v env) []plan.Named {
	inner := v.over(in)
	n := newNamer(nil)
	var out []plan.Named
	for _, c := range list {
		out = append(out, b.bindColumns(c, inner, n)...)
	}
	return out
}

// extension binds the columns of extend and serialize: one of the name of a column replaces it.
func (b *binder) extension(list []*syntax.NamedExpr, in *relation, v env) []plan.Named {
	inner := v.over(in)
	n := newNamer(in.schema())
	var out []plan.Named
	for _, c := range list {
		out = append(out, b.bindColumns(c, inner, n)...)
	}
	return out
}

// bindColumns binds one item of a projection.
func (b *binder) bindColumns(c *syntax.NamedExpr, v env, n *namer) []plan.Named {
	if c == nil || c.Value == nil {
		return nil // the parser has reported it
	}
	if w, ok := c.Value.(*syntax.WildcardExpr); ok {
		b.report(misplacedStar(w.Span()))
		return nil
	}
	x := b.bindExpr(c.Value, v)
	if cols := tupleColumns(x); cols != nil {
		return b.bindTuple(c, x.(*plan.Call), cols, n, v)
	}
	switch {
	case len(c.Names) == 1 && !c.Tuple:
		name := c.Names[0]
		return []plan.Named{{Name: b.explicitName(n, name), Expr: x}}
	case c.Tuple:
		if x.Type() != types.Unknown {
			b.report(notTuple(c.Value.Span()))
		}
		return nil
	}
	name, kind := b.autoName(c.Value, v)
	switch kind {
	case nameColumn:
		var ok bool
		written := name
		if name, ok = n.explicit(written); !ok {
			b.report(columnTwice(c.Value.Span(), written))
		}
	case nameDerived:
		name = n.auto(name)
	default:
		name = n.column()
	}
	return []plan.Named{{Name: name, Expr: x}}
}

func (b *binder) explicitName(n *namer, name syntax.Name) string {
	switch name.Text {
	case "first", "last", "asc", "desc":
		if !name.Quoted {
			b.report(nameNeedsBrackets(name.Span(), name.Text))
		}
	}
	out, ok := n.explicit(name.Text)
	if !ok {
		b.report(columnTwice(name.Span(), name.Text))
	}
	return out
}

// bindDistinct is distinct *, or of columns.
func (b *binder) bindDistinct(op *syntax.ProjectOp, in *relation, v env) *relation {
	var cols []plan.Named
	if len(op.Columns) == 1 && isWildcard(op.Columns[0].Value) {
		cols = references(in.schema().Visible())
	} else {
		cols = b.projection(op.Columns, in, v)
	}
	for i, c := range cols {
		if c.Expr.Type() == types.Dynamic && !in.open {
			at := op.Columns[min(i, len(op.Columns)-1)].Span()
			b.report(dynamicKey(at, "distinct", c.Name))
		}
	}
	project := &plan.ProjectOp{Input: in.node, Columns: cols}
	out := in.projected(&plan.DistinctOp{Input: project})
	out.open = out.open || in.open
	out.serialized = false
	return out
}

func isWildcard(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.StarExpr:
		return true
	case *syntax.WildcardExpr:
		return e.Pattern == "*"
	}
	return false
}

// matching are the columns that an item of project-away and its relatives names; none is reported.
func (b *binder) matching(e syntax.Expr, in *relation) []types.Column {
	schema := in.schema()
	switch e := unparen(e).(type) {
	case *syntax.StarExpr:
		return schema.Visible()
	case *syntax.WildcardExpr:
		var out []types.Column
		for _, c := range schema.Visible() {
			if wildcardMatch(e.Pattern, c.Name) {
				out = append(out, c)
			}
		}
		if out == nil && !in.open {
			b.report(noColumnMatches(e.Span(), e.Pattern))
		}
		return out
	case *syntax.NameExpr:
		if c, ok := in.row().find(e.Name); ok {
			return []types.Column{c}
		}
		if !in.open {
			b.report(unknownColumn(e.Span(), e.Name, nearest(e.Name, names(schema)), schema))
		}
		return nil
	}
	b.report(columnExpected(e.Span()))
	return nil
}

func (b *binder) bindAway(op *syntax.ProjectOp, in *relation) *relation {
	away := map[string]bool{}
	for _, c := range op.Columns {
		for _, col := range b.matching(c.Value, in) {
			away[col.Name] = true
		}
	}
	var keep types.Schema
	for _, c := range in.schema() {
		if !away[c.Name] {
			keep = append(keep, c)
		}
	}
	return in.with(&plan.ProjectOp{Input: in.node, Columns: references(keep)})
}

// bindKeep keeps columns in their order in the input.
func (b *binder) bindKeep(op *syntax.ProjectOp, in *relation) *relation {
	kept := map[string]bool{}
	for _, c := range op.Columns {
		for _, col := range b.matching(c.Value, in) {
			kept[col.Name] = true
		}
	}
	var keep types.Schema
	for _, c := range in.schema() {
		if kept[c.Name] {
			c.Hidden = false
			keep = append(keep, c)
		}
	}
	return in.projected(&plan.ProjectOp{Input: in.node, Columns: references(keep)})
}

// bindRename gives columns other names, in place (https://learn.microsoft.com/kusto/query/project-rename-operator).
func (b *binder) bindRename(op *syntax.ProjectOp, in *relation) *relation {
	renamed := map[string]string{}
	given := map[string]bool{}
	for _, c := range op.Columns {
		n, ok := unparen(c.Value).(*syntax.NameExpr)
		if !ok || len(c.Names) != 1 {
			b.report(columnExpected(c.Value.Span()))
			continue
		}
		col, found := in.row().find(n.Name)
		if !found {
			if !in.open {
				b.report(unknownColumn(n.Span(), n.Name, nearest(n.Name, names(in.schema())), in.schema()))
			}
			continue
		}
		name := c.Names[0]
		if given[name.Text] || name.Text != col.Name && in.schema().Find(name.Text) >= 0 {
			b.report(columnTwice(name.Span(), name.Text))
			continue
		}
		given[name.Text] = true
		renamed[col.Name] = name.Text
	}
	cols := references(in.schema())
	for i := range cols {
		if to, ok := renamed[cols[i].Name]; ok {
			cols[i].Name, cols[i].Hidden = to, false
		}
	}
	return in.with(&plan.ProjectOp{Input: in.node, Columns: cols})
}

// bindReorder puts the columns named first, each pattern's in its own order.
func (b *binder) bindReorder(op *syntax.ProjectOp, in *relation) *relation {
	placed := map[string]bool{}
	var order types.Schema
	add := func(cols []types.Column) {
		for _, c := range cols {
			if !placed[c.Name] {
				placed[c.Name] = true
				order = append(order, c)
			}
		}
	}
	named := map[string]bool{}
	for i, c := range op.Columns {
		if n, ok := unparen(c.Value).(*syntax.NameExpr); ok {
			if named[n.Name] { // the published binder's KS171
				b.report(columnNamedTwice(n.Span(), n.Name))
			}
			named[n.Name] = true
		}
		// A star takes what no other item names, so it is filled in its place by the rest.
		cols := b.matching(c.Value, in)
		if isWildcardExpr(c.Value) {
			cols = slices.DeleteFunc(slices.Clone(cols), func(c types.Column) bool { return b.namedIn(op, c.Name) })
		}
		if i < len(op.Orders) {
			sortColumns(cols, op.Orders[i])
		}
		add(cols)
	}
	add(in.schema())
	return in.with(&plan.ProjectOp{Input: in.node, Columns: references(order)})
}

func isWildcardExpr(e syntax.Expr) bool {
	switch e.(type) {
	case *syntax.StarExpr, *syntax.WildcardExpr:
		return true
	}
	return false
}

func (b *binder) namedIn(op *syntax.ProjectOp, name string) bool {
	for _, c := range op.Columns {
		if n, ok := unparen(c.Value).(*syntax.NameExpr); ok && n.Name == name {
			return true
		}
	}
	return false
}

func sortColumns(cols []types.Column, order string) {
	less := strings.Compare
	if strings.HasPrefix(order, "granny") {
		less = compareGranny
	}
	switch {
	case strings.HasSuffix(order, "asc"):
		slices.SortStableFunc(cols, func(a, b types.Column) int { return less(a.Name, b.Name) })
	case strings.HasSuffix(order, "desc"):
		slices.SortStableFunc(cols, func(a, b types.Column) int { return less(b.Name, a.Name) })
	}
}

// compareGranny orders names with numbers in them by the numbers: a9 before a10.
func compareGranny(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da > 0 && db > 0 {
			na, nb := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(b[:db], "0")
			if len(na) != len(nb) {
				return len(na) - len(nb)
			}
			if c := strings.Compare(na, nb); c != 0 {
				return c
			}
			a, b = a[da:], b[db:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// wildcardMatch matches a name with * for any text. Names are case-sensitive.
func wildcardMatch(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(name, p)
		if i < 0 {
			return false
		}
		name = name[i+len(p):]
	}
	return len(name) >= len(last) && strings.HasSuffix(name, last)
}
