package syntax

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

func seed(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no golden files: %v", err)
	}
	for _, path := range files {
		a, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			if !strings.Contains(file.Name, "/") {
				f.Add(string(file.Data))
			}
		}
	}
}

// FuzzParse holds for every text: no panic, lossless tokens, spans inside the text.
func FuzzParse(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		checkLossless(t, text)
		q, errs := Parse(text)
		checkSpans(t, text, q, errs)
		for _, d := range errs.Items {
			if d.Code == "" || d.Message == "" {
				t.Fatalf("an empty message for %q", text)
			}
		}
	})
}

// FuzzFormat holds for every text without errors: what is printed reads back as the same tree.
func FuzzFormat(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text string) {
		q, errs := Parse(text)
		if !errs.Failed() {
			checkRoundTrip(t, "fuzzed", q)
		}
	})
}
