package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindFind is find: rows of several tables under one predicate. The columns are those asked for, or the ones that the
// predicate names and those common to all tables, and pack_ with the rest
// (https://learn.microsoft.com/kusto/query/find-operator).
func (b *binder) bindFind(op *syntax.FindOp, v env) *relation {
	parts := b.searchTables(op.Tables, op.Keyword, v.tabular())
	source := b.word(op.Hint("withsource"), v)
	if source == "" {
		source = b.word(op.Hint("with_source"), v)
	}
	if source == "" {
		source = "source_"
	}
	known := unionSchema(parts)
	s := searcher{b: b}
	named := map[string]bool{}
	var kept []*relation
	for _, p := range parts {
		inner := v.over(p)
		inner.row.absent = known
		pred := s.predicate(op.Predicate, inner, p.schema().Visible())
		collectNames(op.Predicate, named)
		if lit, ok := pred.(*plan.Literal); ok && !lit.Value.Bool() && lit.Value.Type() == types.Bool {
			continue
		}
		kept = append(kept, p.with(&plan.FilterOp{Input: p.node, Predicate: pred}))
	}
	if len(kept) == 0 {
		kept = parts
	}
	pack := op.Pack
	cols := b.findColumns(op, kept, known)
	if op.Columns == nil {
		cols, pack = smartColumns(kept, named), true
	}
	for i, p := range kept {
		kept[i] = b.findProject(p, i, cols, pack, source, op.Keyword)
	}
	return b.align(kept, false, "")
}

// collectNames notes the columns that a predicate names.
func collectNames(e syntax.Expr, into map[string]bool) {
	switch x := unparen(e).(type) {
	case *syntax.NameExpr:
		into[x.Name] = true
	case *syntax.PathExpr:
		collectNames(x.Base, into)
	case *syntax.BinaryExpr:
		collectNames(x.Left, into)
		collectNames(x.Right, into)
	case *syntax.UnaryExpr:
		collectNames(x.Operand, into)
	case *syntax.InExpr:
		collectNames(x.Left, into)
	case *syntax.BetweenExpr:
		collectNames(x.Value, into)
	case *syntax.CallExpr:
		for _, a := range x.Args {
			collectNames(a.Value, into)
		}
	}
}

// smartColumns are the columns that the predicate names, and those of one type in all tables.
func smartColumns(parts []*relation, named map[string]bool) types.Schema {
	var out types.Schema
	for _, p := range parts {
		for _, c := range p.schema() {
			if out.Find(c.Name) >= 0 || c.Hidden && !named[c.Name] {
				continue
			}
			if named[c.Name] || everyHas(parts, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

func everyHas(parts []*relation, c types.Column) bool {
	for _, p := range parts {
		s := p.schema()
		if i := s.Find(c.Name); i < 0 || s[i].Type != c.Type {
			return false
		}
	}
	return true
}

// findColumns are the columns after project: name, or name:type.
func (b *binder) findColumns(op *syntax.FindOp, parts []*relation, known types.Schema) types.Schema {
	var out types.Schema
	for _, c := range op.Columns {
		n, ok := unparen(c.Value).(*syntax.NameExpr)
		if !ok {
			b.report(columnExpected(c.Span()))
			continue
		}
		t := types.Unknown
		if i := known.Find(n.Name); i >= 0 {
			t = known[i].Type
		} else if !anyOpen(parts) {
			b.report(unknownColumn(n.Span(), n.Name, nearest(n.Name, names(known)), known))
		}
		if c.ToType != "" {
			t = b.columnType(c.ToType, c)
		}
		if out.Find(n.Name) >= 0 {
			b.report(columnTwice(n.Span(), n.Name))
			continue
		}
		out = append(out, types.Column{Name: n.Name, Type: t})
	}
	return out
}

func anyOpen(parts []*relation) bool {
	for _, p := range parts {
		if p.open {
			return true
		}
	}
	return false
}

// findProject shows one table's part of a find.
func (b *binder) findProject(p *relation, i int, cols types.Schema, pack bool, source string, at diag.Span) *relation {
	list := []plan.Named{{Name: source, Expr: text(p.sourceName(i, source))}}
	shown := map[string]bool{}
	for _, c := range cols {
		var e plan.Expr = &plan.Literal{Value: types.Null(c.Type)}
		if have, ok := p.row().find(c.Name); ok {
			e = b.convertTo(column(have), c.Type, at)
			shown[have.Name] = true
		}
		list = append(list, plan.Named{Name: c.Name, Expr: e})
	}
	if pack {
		var args []plan.Expr
		for _, c := range p.schema().Visible() {
			if !shown[c.Name] {
				args = append(args, text(c.Name), column(c))
			}
		}
		list = append(list, plan.Named{Name: "pack_", Expr: b.scalarCall("bag_pack", types.Dynamic, at, args...)})
	}
	return p.projected(&plan.ProjectOp{Input: p.node, Columns: list})
}
