package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// message is one constructor call: its code, the form of its text and, where it has one, of its advice.
type message struct{ code, severity, text, fix string }

var codeForm = regexp.MustCompile(`^(KQL|IMP|PLG)[0-9]{4}$`)

// verb is a placeholder of fmt; a reader sees an ellipsis.
var verb = regexp.MustCompile(`%[#+]?[.0-9]*[a-z]`)

func diagnosticsPage(t *testing.T) string {
	found := map[string]message{} // the first form of a text wins; the same text at two places is one line
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasPrefix(filepath.Base(path), "errors") || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, m := range messages(file) {
			key := m.code + m.text
			if old, ok := found[key]; !ok || old.fix == "" {
				found[key] = m
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []message
	for _, m := range found {
		list = append(list, m)
	}
	if len(list) < 50 {
		t.Fatalf("only %d messages found: have the constructors another form?", len(list))
	}
	slices.SortFunc(list, func(a, b message) int { return strings.Compare(a.code+a.text, b.code+b.text) })
	var b strings.Builder
	b.WriteString("# Diagnostics\n\nMade from the constructors in the `errors*.go` files. `…` stands for what was found. KQL10xx: the text; KQL12xx: names, types and\n" +
		"operators; KQL40xx: while a query runs; KQL9xxx: the engine; IMP: import and workspace; PLG: manifests. One code can have several forms.\n\n" +
		"| code | severity | message | what to do |\n|---|---|---|---|\n")
	for _, m := range list {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", m.code, m.severity, cell(m.text), cell(m.fix))
	}
	return b.String()
}

func messages(file *ast.File) []message {
	var out []message
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		fix := adviceIn(fn)
		ast.Inspect(fn, func(n ast.Node) bool {
			if m, ok := messageOf(n); ok {
				m.fix = fix
				out = append(out, m)
			}
			return true
		})
	}
	return out
}

// messageOf reads diag.Errorf("KQL1203", at, "form", ...) and the composite &Error{Code: "PLG1001", Message: ...}.
func messageOf(n ast.Node) (message, bool) {
	switch n := n.(type) {
	case *ast.CallExpr:
		if len(n.Args) < 3 {
			return message{}, false
		}
		id, text := literal(n.Args[0]), literal(n.Args[2])
		if !codeForm.MatchString(id) || text == "" {
			return message{}, false
		}
		severity := "error"
		if name := calledName(n); strings.HasPrefix(name, "Warning") {
			severity = "warning"
		}
		return message{code: id, severity: severity, text: shown(text)}, true
	case *ast.CompositeLit:
		m := message{severity: "error"}
		for _, e := range n.Elts {
			kv, ok := e.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			switch key, _ := kv.Key.(*ast.Ident); {
			case key == nil:
			case key.Name == "Code":
				m.code = literal(kv.Value)
			case key.Name == "Message":
				m.text = shown(firstLiteral(kv.Value))
			}
		}
		return m, codeForm.MatchString(m.code) && m.text != ""
	}
	return message{}, false
}

// adviceIn are the texts of the WithFix calls of a constructor.
func adviceIn(fn *ast.FuncDecl) string {
	var out []string
	ast.Inspect(fn, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && calledName(c) == "WithFix" && len(c.Args) > 0 {
			if text := literal(c.Args[0]); text != "" {
				out = append(out, shown(text))
			}
		}
		return true
	})
	return strings.Join(out, "; or: ")
}

func calledName(c *ast.CallExpr) string {
	if s, ok := c.Fun.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	if id, ok := c.Fun.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func literal(e ast.Expr) string {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return ""
	}
	s, _ := strconv.Unquote(l.Value)
	return s
}

func firstLiteral(e ast.Expr) (text string) {
	ast.Inspect(e, func(n ast.Node) bool {
		if x, ok := n.(ast.Expr); ok && text == "" {
			text = literal(x)
		}
		return text == ""
	})
	return text
}

func shown(form string) string {
	return strings.ReplaceAll(verb.ReplaceAllString(form, "…"), "%%", "%")
}
