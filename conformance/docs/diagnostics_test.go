package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/diag"
)

// message is one constructor call: its code, the form of its text and, where it has one, of its advice.
type message struct{ code, severity, text, fix string }

var codeForm = regexp.MustCompile(`^[A-Z]{3}[0-9]{4}$`)

// verb is a placeholder of fmt; a reader sees an ellipsis.
var verb = regexp.MustCompile(`%[#+]?[.0-9]*[a-z]`)

// diagnostics are the messages of all errors*.go files, in order of code and text.
func diagnostics(t *testing.T) []message {
	t.Helper()
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
	list := slices.Collect(maps.Values(found))
	if len(list) < 50 {
		t.Fatalf("only %d messages found: have the constructors another form?", len(list))
	}
	slices.SortFunc(list, func(a, b message) int { return strings.Compare(a.code+a.text, b.code+b.text) })
	return list
}

// diagnosticsPages are the index, diagnostics.md, and a page for each code, by file name.
func diagnosticsPages(t *testing.T) map[string]string {
	pages := map[string]string{}
	var index strings.Builder
	index.WriteString("# Diagnostics\n\nMade from the constructors in the `errors*.go` files. `…` stands for what was found. KQL10xx: the text; KQL12xx: names, types and\n" +
		"operators; KQL13xx: graphs; KQL14xx: warnings of `sleuth check`; KQL40xx: while a query runs; KQL9xxx: the engine; IMP: import and workspace; PLG: manifests; CHK: `sleuth check`. A code can\n" +
		"have several forms; its page has a wrong and a right example.\n\n| code | severity | message |\n|---|---|---|\n")
	have, check := examples(t), newChecker(t)
	byCode := map[string][]message{}
	for _, m := range diagnostics(t) {
		fmt.Fprintf(&index, "| [%s](diagnostics/%s.md) | %s | %s |\n", m.code, m.code, m.severity, cell(m.text))
		byCode[m.code] = append(byCode[m.code], m)
	}
	for code, forms := range byCode {
		pages["diagnostics/"+code+".md"] = diagnosticPage(code, forms, have[code], check)
	}
	pages["diagnostics.md"] = index.String()
	return pages
}

// diagnosticPage is the page of one code: its forms, what to do, and the examples with what the program says of the wrong one.
func diagnosticPage(code string, forms []message, x example, check func(kind, text string) *diag.List) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", code, x.About)
	for _, m := range forms {
		fmt.Fprintf(&b, "- %s: %s\n", m.severity, m.text)
		if m.fix != "" {
			fmt.Fprintf(&b, "  - fix: %s\n", m.fix)
		}
	}
	fence := map[string]string{"": "kusto", "kql": "kusto", "manifest": "yaml", "told": "text"}[x.Kind]
	block := func(title, text string) {
		fmt.Fprintf(&b, "\n## %s\n\n```%s\n%s\n```\n", title, fence, strings.TrimSpace(short(text)))
	}
	block("Wrong", x.Wrong)
	if x.Kind != "told" {
		text := expanded(x.Wrong)
		for _, d := range check(x.Kind, text).Items {
			if d.Code != code {
				continue
			}
			says := d.Error()
			if fence == "kusto" && len(text) < 500 {
				says = strings.TrimRight(diag.NewSource("query", text).Render(d), "\n")
			}
			fmt.Fprintf(&b, "\n```text\n%s\n```\n", says)
			break
		}
	}
	block("Right", x.Right)
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
