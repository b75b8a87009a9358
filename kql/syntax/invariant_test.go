package syntax

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/diag"
)

// checkLossless requires that the tokens make up the text.
func checkLossless(t *testing.T, text string) {
	t.Helper()
	var b strings.Builder
	for _, tok := range Tokens(text) {
		b.WriteString(tok.Trivia)
		if tok.Span.Start != b.Len() || text[tok.Span.Start:tok.Span.End] != tok.Text {
			t.Fatalf("token %q has the span %v at offset %d", tok.Text, tok.Span, b.Len())
		}
		b.WriteString(tok.Text)
	}
	if b.String() != text {
		t.Fatalf("tokens of %q make up %q", text, b.String())
	}
}

// checkSpans requires that every span lies inside the text.
func checkSpans(t *testing.T, text string, q *Query, errs *diag.List) {
	t.Helper()
	inside := func(what string, s diag.Span) {
		if s.Start < 0 || s.End < s.Start || s.End > len(text) {
			t.Fatalf("%s has the span %v in a text of %d bytes: %q", what, s, len(text), text)
		}
	}
	for _, d := range errs.Items {
		inside(d.Code, d.Span)
	}
	eachNode(reflect.ValueOf(q.Statements), func(at At, node string) { inside(node, at.Range) })
	for _, c := range q.Comments {
		inside("a comment", c.Range)
		if text[c.Range.Start:c.Range.End] != c.Text {
			t.Fatalf("comment %q has the span of %q", c.Text, text[c.Range.Start:c.Range.End])
		}
	}
}

// eachNode calls visit for every node below v, with the name of its type.
func eachNode(v reflect.Value, visit func(At, string)) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			eachNode(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachNode(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if at, ok := v.Field(i).Interface().(At); ok {
				visit(at, v.Type().Name())
				continue
			}
			eachNode(v.Field(i), visit)
		}
	}
}

// checkRoundTrip requires that both printed forms of a query read back as the same tree.
func checkRoundTrip(t *testing.T, id string, q *Query) {
	t.Helper()
	want := dump(q.Statements)
	formatted := Format(q)
	again, errs := Parse(formatted)
	if errs.Failed() {
		t.Fatalf("%s: the formatted query does not parse: %v\n%s", id, errs, formatted)
	}
	if got := dump(again.Statements); got != want {
		t.Fatalf("%s: the formatted query is another one\n%s\nwas:\n%s\nis:\n%s", id, formatted, want, got)
	}
	if len(again.Comments) != len(q.Comments) {
		t.Fatalf("%s: %d of %d comments are left\n%s", id, len(again.Comments), len(q.Comments), formatted)
	}
	for _, s := range q.Statements {
		e, ok := s.(*QueryStmt)
		if !ok {
			continue
		}
		line := Print(e.Expr)
		one, errs := Parse(line)
		if errs.Failed() {
			t.Fatalf("%s: the printed expression does not parse: %v\n%s", id, errs, line)
		}
		if got, want := dump(one.Statements), dump([]Statement{s}); got != want {
			t.Fatalf("%s: the printed expression is another one\n%s\nwas:\n%s\nis:\n%s", id, line, want, got)
		}
	}
}

// dump writes a tree without places, one operator or statement a line, for comparison and golden files.
func dump(v any) string {
	var b strings.Builder
	dumpValue(&b, reflect.ValueOf(v), 0)
	return b.String()
}

func dumpValue(b *strings.Builder, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		dumpValue(b, v.Elem(), depth)
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(" ")
			}
			dumpValue(b, v.Index(i), depth)
		}
		b.WriteString("]")
	case reflect.Struct:
		name := v.Type().Name()
		if strings.HasSuffix(name, "Op") || strings.HasSuffix(name, "Stmt") || name == "BadOperator" || name == "Command" {
			if b.Len() > 1 {
				b.WriteString("\n" + strings.Repeat("  ", depth))
			}
			depth++
		}
		b.WriteString("(" + name)
		dumpFields(b, v, depth)
		b.WriteString(")")
	default:
		fmt.Fprintf(b, "%#v", v.Interface())
	}
}

func dumpFields(b *strings.Builder, v reflect.Value, depth int) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Type == reflect.TypeFor[diag.Span]() || field.Type == reflect.TypeFor[At]() {
			continue
		}
		if field.Anonymous {
			dumpFields(b, v.Field(i), depth)
			continue
		}
		switch value := v.Field(i).Interface().(type) {
		case LiteralKind:
			fmt.Fprintf(b, " %s", literalKindNames[value])
			continue
		case Name:
			if value.Text != "" {
				fmt.Fprintf(b, " %s:%s", field.Name, dumpName(value))
			}
			continue
		}
		if v.Field(i).IsZero() {
			continue
		}
		b.WriteString(" " + field.Name + ":")
		dumpValue(b, v.Field(i), depth)
	}
}

func dumpName(n Name) string {
	if n.Quoted {
		return fmt.Sprintf("[%q]", n.Text)
	}
	return n.Text
}

var literalKindNames = []string{"bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "null", "type"}
