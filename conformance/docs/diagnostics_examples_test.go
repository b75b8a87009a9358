package docs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/lint"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/store/catalog"
)

// example is a wrong and a right text for one code.
type example struct {
	Code, About, Wrong, Right string
	// Kind: "kql" (or empty) is a query over the known tables, which are empty; "manifest" a skill manifest; "told" a
	// situation that a text alone cannot make: it is shown and not run.
	Kind string
}

// examples reads testdata/diagnostics.yaml, by code.
func examples(t *testing.T) map[string]example {
	t.Helper()
	text, err := os.ReadFile("testdata/diagnostics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []example
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&list); err != nil {
		t.Fatal(err)
	}
	out := map[string]example{}
	for _, x := range list {
		if _, twice := out[x.Code]; twice {
			t.Errorf("two examples of %s", x.Code)
		}
		out[x.Code] = x
	}
	return out
}

// TestDiagnosticExamples runs every example: the wrong text must meet its code and the right one no error.
func TestDiagnosticExamples(t *testing.T) {
	check := newChecker(t)
	for code, x := range examples(t) {
		t.Run(code, func(t *testing.T) {
			if x.Kind == "told" {
				t.Skip("told, not run")
			}
			if found := check(x.Kind, expanded(x.Wrong)); !has(found, code) {
				t.Errorf("%s\ngives %s, not %s", short(x.Wrong), found, code)
			}
			for _, d := range check(x.Kind, expanded(x.Right)).Items {
				if d.Severity == diag.Error || d.Code == code {
					t.Errorf("%s\ngives %s", short(x.Right), d)
				}
			}
		})
	}
}

// TestEveryDiagnosticHasAnExample holds the codes of the sources to the file of examples, both ways.
func TestEveryDiagnosticHasAnExample(t *testing.T) {
	have, codes := examples(t), map[string]bool{}
	for _, m := range diagnostics(t) {
		codes[m.code] = true
		if _, ok := have[m.code]; !ok {
			t.Errorf("%s has no example in testdata/diagnostics.yaml", m.code)
			have[m.code] = example{}
		}
	}
	for code := range have {
		if !codes[code] {
			t.Errorf("there is an example of %s, which no source gives", code)
		}
	}
	t.Logf("diagnostics with examples: %d", len(codes))
}

// newChecker gives the diagnostics of a text: of a query all that parsing, binding, lint and running on empty tables find.
func newChecker(t *testing.T) func(kind, text string) *diag.List {
	t.Helper()
	known, err := entra.Load(schemas.FS())
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.New(known, nil)
	if err != nil {
		t.Fatal(err)
	}
	eng := engine.New(engine.Config{Catalog: cat, Library: builtin.Standard()})
	return func(kind, text string) *diag.List {
		if kind == "manifest" {
			return manifestErrors(text)
		}
		list := eng.Check(text)
		if list.Failed() {
			return list
		}
		if tree, errs := syntax.Parse(text); !errs.Failed() {
			list.Items = append(list.Items, lint.Check(tree).Items...)
		}
		_, err := eng.Query(context.Background(), text, engine.Options{Timeout: 5 * time.Minute, Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
		var found *diag.List
		var one *diag.Diagnostic
		switch {
		case errors.As(err, &found):
			list.Items = append(list.Items, found.Items...)
		case errors.As(err, &one):
			list.Items = append(list.Items, one)
		case err != nil:
			list.Items = append(list.Items, diag.Errorf("", diag.Span{}, "%v", err))
		}
		return list
	}
}

// manifestErrors are the findings without the name of the file, which the example does not have.
func manifestErrors(text string) *diag.List {
	_, list := plugin.Read("", []byte(text))
	return list
}

func has(list *diag.List, code string) bool {
	for _, d := range list.Items {
		if d.Code == code {
			return true
		}
	}
	return false
}

var repeated = regexp.MustCompile(`\{repeat:(.+?):(\d+)\}`)

// expanded writes {repeat:TEXT:N} out, so that a file can hold examples of limits.
func expanded(text string) string {
	return repeated.ReplaceAllStringFunc(text, func(m string) string {
		p := repeated.FindStringSubmatch(m)
		n, _ := strconv.Atoi(p[2])
		return strings.Repeat(p[1], n)
	})
}

// short shows what expanded writes out as a reader can take it.
func short(text string) string {
	return repeated.ReplaceAllStringFunc(text, func(m string) string {
		p := repeated.FindStringSubmatch(m)
		return fmt.Sprintf("%s … (%s times)", p[1], p[2])
	})
}
