package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// searchSource is the column in which search shows where a row comes from.
const searchSource = "$table"

// bindSearch is search: terms looked for in every column of every table, or of the rows so far
// (https://learn.microsoft.com/kusto/query/search-operator). The result has $table and the columns of all tables.
func (b *binder) bindSearch(op *syntax.SearchOp, in *relation, v env) *relation {
	kind := b.word(op.Hint("kind"), v)
	switch kind {
	case "", "case_insensitive", "case_sensitive", "default":
	default:
		b.report(badKind(op.Hint("kind").Span(), "search", kind, []string{"case_insensitive", "case_sensitive"}))
	}
	var parts []*relation
	if in != nil {
		parts = []*relation{in}
	} else {
		parts = b.searchTables(op.Tables, op.Keyword, v.tabular())
	}
	s := searcher{b: b, sensitive: kind == "case_sensitive"}
	known := unionSchema(parts)
	for i, p := range parts {
		inner := v.over(p)
		inner.row.absent = known
		pred := s.predicate(op.Predicate, inner, p.schema().Visible())
		parts[i] = p.with(&plan.FilterOp{Input: p.node, Predicate: pred})
	}
	out := b.align(parts, false, searchSource)
	return out
}

// unionSchema is all the columns of several tables: a name that one of them lacks is null there, not an error.
func unionSchema(parts []*relation) types.Schema {
	var out types.Schema
	for _, p := range parts {
		for _, c := range p.schema() {
			if out.Find(c.Name) < 0 {
				out = append(out, c)
			}
		}
	}
	return out
}

// searchTables are the tables of search and find: those named, or all.
func (b *binder) searchTables(list []syntax.Expr, at diag.Span, v env) []*relation {
	if len(list) == 0 {
		found := b.tableNames(v.scope, "*")
		var out []*relation
		for _, n := range found {
			out = append(out, b.namedTable(n, at, v))
		}
		return out
	}
	var out []*relation
	for _, t := range list {
		switch t := unparen(t).(type) {
		case *syntax.WildcardExpr:
			out = append(out, b.wildcardTables(t, v)...)
		case *syntax.StarExpr:
			out = append(out, b.wildcardTables(&syntax.WildcardExpr{At: t.At, Pattern: "*"}, v)...)
		default:
			out = append(out, b.bindTable(t, v))
		}
	}
	return out
}

// searcher turns a search predicate into one over a table's columns: a bare text is looked for in all of them.
type searcher struct {
	b         *binder
	sensitive bool
}

func (s searcher) predicate(e syntax.Expr, v env, cols types.Schema) plan.Expr {
	switch x := unparen(e).(type) {
	case nil:
		return &plan.Literal{Value: types.NewBool(true)}
	case *syntax.Literal:
		if x.Kind == syntax.LitString {
			return s.anyColumn(x.Text, x.Span(), cols)
		}
	case *syntax.StarExpr:
		return &plan.Literal{Value: types.NewBool(true)}
	case *syntax.BinaryExpr:
		switch x.Op {
		case "and", "or":
			return s.b.operator(x.Op, types.Bool, x.OpSpan, s.predicate(x.Left, v, cols), s.predicate(x.Right, v, cols))
		case ":":
			return s.columnTerm(x, v, cols)
		}
	case *syntax.CallExpr:
		if x.Name.Text == "not" && len(x.Args) == 1 {
			return s.b.scalarCall("not", types.Bool, x.Span(), s.predicate(x.Args[0].Value, v, cols))
		}
	}
	return s.b.predicate(e, v)
}

// columnTerm is column:"text".
func (s searcher) columnTerm(x *syntax.BinaryExpr, v env, cols types.Schema) plan.Expr {
	lit, ok := s.b.fold(s.b.bindExpr(x.Right, v)).(*plan.Literal)
	if isStar(x.Left) && ok {
		return s.anyColumn(lit.Value.Text(), x.Span(), cols)
	}
	left := s.b.bindExpr(x.Left, v)
	if !ok {
		s.b.report(notConstant(x.Right.Span()))
		return unknown(types.Bool)
	}
	if t := left.Type(); t != types.String && t != types.Dynamic && t != types.Unknown {
		if lit.Value.Type() != types.String {
			return s.b.binary("==", x.OpSpan, left, lit)
		}
		left = s.b.scalarCall("tostring", types.String, x.OpSpan, left)
	}
	return s.term(left, lit.Value.Text(), x.OpSpan)
}

func (s searcher) anyColumn(word string, at diag.Span, cols types.Schema) plan.Expr {
	var any plan.Expr
	for _, c := range cols {
		var left plan.Expr = column(c)
		if c.Type != types.String && c.Type != types.Dynamic {
			left = s.b.scalarCall("tostring", types.String, at, left)
		}
		test := s.term(left, word, at)
		if any == nil {
			any = test
		} else {
			any = s.b.operator("or", types.Bool, at, any, test)
		}
	}
	if any == nil {
		return &plan.Literal{Value: types.NewBool(false)}
	}
	return any
}

// term is how search compares: "x" as has, "x*" as hasprefix, "*x" as hassuffix, "*x*" as contains, and a star inside as a
// regular expression.
func (s searcher) term(left plan.Expr, word string, at diag.Span) plan.Expr {
	op, value := searchOperator(word)
	if op == "" {
		return &plan.Literal{Value: types.NewBool(true)}
	}
	if op == "matches regex" {
		if !s.sensitive {
			value = "(?i)" + value
		}
	} else if s.sensitive {
		op += "_cs"
	}
	return s.b.operator(op, types.Bool, at, left, text(value))
}
