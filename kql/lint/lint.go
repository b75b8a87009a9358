package lint

import (
	"reflect"
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/syntax"
)

// Check gives the warnings for a query that parsed without errors, in order of place.
func Check(q *syntax.Query) *diag.List {
	c := &checker{found: &diag.List{}}
	c.unusedLets(q)
	visit(reflect.ValueOf(q.Statements), c.node)
	c.found.Sort()
	diag.NewSource("query", q.Text).Locate(c.found.Items...)
	return c.found
}

type checker struct{ found *diag.List }

// visit calls see for every node below v, outer ones first.
func visit(v reflect.Value, see func(syntax.Node)) {
	switch v.Kind() {
	case reflect.Interface:
		visit(v.Elem(), see)
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(syntax.Node); ok {
			see(n)
		}
		visit(v.Elem(), see)
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), see)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			visit(v.Field(i), see)
		}
	}
}

func (c *checker) node(n syntax.Node) {
	switch n := n.(type) {
	case *syntax.TabularExpr:
		for i := 1; i < len(n.Operators); i++ {
			c.pair(n.Operators[i-1], n.Operators[i])
		}
	case *syntax.WhereOp:
		if l, ok := bare(n.Predicate).(*syntax.Literal); ok && l.Kind == syntax.LitBool && l.Text == "false" {
			c.found.Add(neverTrue(l.Span()))
		}
	case *syntax.JoinOp:
		if n.Verb == "join" && n.Hint("kind") == nil {
			c.found.Add(joinWithoutKind(n.Keyword))
		}
	case *syntax.ProjectOp:
		c.ownValue(n)
	case *syntax.BinaryExpr:
		c.binary(n)
	case *syntax.InExpr:
		c.list(n)
	}
}

// unusedLets counts words: a let whose name is the text's only word of this spelling is used nowhere. A name that also names a
// column, or a let in another body, is left alone.
func (c *checker) unusedLets(q *syntax.Query) {
	words := map[string]int{}
	last := ""
	for _, t := range syntax.Tokens(q.Text) {
		switch {
		case t.Kind == syntax.Word:
			words[t.Text]++
		case t.Kind == syntax.String && last == "[": // ['name']
			words[strings.Trim(t.Text, "'\"")]++
		}
		last = t.Text
	}
	for _, s := range q.Statements {
		if let, ok := s.(*syntax.LetStmt); ok && !let.Name.Quoted && words[let.Name.Text] == 1 && hasResult(q) {
			c.found.Add(unusedLet(let.Name.Span(), let.Name.Text))
		}
	}
}

// hasResult tells queries from texts of declarations alone, which others may use.
func hasResult(q *syntax.Query) bool {
	for _, s := range q.Statements {
		if _, ok := s.(*syntax.QueryStmt); ok {
			return true
		}
	}
	return false
}

// pair looks at two operators that follow one another.
func (c *checker) pair(before, after syntax.Operator) {
	switch after := after.(type) {
	case *syntax.SummarizeOp:
		if t, ok := before.(*syntax.TakeOp); ok {
			c.found.Add(arbitraryRows(t.Keyword, "summarize", "take"))
		}
	case *syntax.SortOp:
		if t, ok := before.(*syntax.TakeOp); ok {
			c.found.Add(arbitraryRows(t.Keyword, "sort", "take"))
		}
	case *syntax.CountOp:
		if s, ok := before.(*syntax.SortOp); ok && after != nil {
			c.found.Add(orderLost(s.Keyword))
		}
	}
}

func (c *checker) ownValue(op *syntax.ProjectOp) {
	if op.Verb != "extend" {
		return
	}
	for _, e := range op.Columns {
		n, ok := bare(e.Value).(*syntax.NameExpr)
		if ok && len(e.Names) == 1 && e.Names[0].Text == n.Name {
			c.found.Add(columnToItself(e.Span(), n.Name))
		}
	}
}
