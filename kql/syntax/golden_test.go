package syntax

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/sleuth-sec/sleuth/diag"
)

var update = flag.Bool("update", false, "write what the parser answers into testdata")

// TestGolden reads testdata/*.txtar. Each case is a file NAME with a query, followed by NAME/errors with what the
// parser says, or by NAME/format and NAME/tree. Queries cannot hold carriage returns there; lexer_test.go has those.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		old := txtar.Parse(data)
		fresh := &txtar.Archive{Comment: old.Comment}
		want := map[string]string{}
		for _, f := range old.Files {
			want[f.Name] = string(f.Data)
		}
		for _, f := range old.Files {
			if strings.Contains(f.Name, "/") {
				continue
			}
			fresh.Files = append(fresh.Files, f)
			answers := answer(t, f.Name, strings.TrimSuffix(string(f.Data), "\n"))
			fresh.Files = append(fresh.Files, answers...)
			if *update {
				continue
			}
			for _, a := range answers {
				if got := string(a.Data); got != want[a.Name] {
					t.Errorf("%s: %s\ngot:\n%s\nwant:\n%s", path, a.Name, got, want[a.Name])
				}
				delete(want, a.Name)
			}
			delete(want, f.Name)
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(fresh), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for name := range want {
			t.Errorf("%s: %s is expected and the parser gives no such answer", path, name)
		}
	}
}

func answer(t *testing.T, name, query string) []txtar.File {
	t.Helper()
	checkLossless(t, query)
	q, errs := Parse(query)
	checkSpans(t, query, q, errs)
	var files []txtar.File
	if len(errs.Items) > 0 {
		var b strings.Builder
		src := diag.NewSource("q", query)
		for _, d := range errs.Items {
			b.WriteString(src.Render(d))
		}
		files = append(files, txtar.File{Name: name + "/errors", Data: []byte(b.String())})
	} else {
		checkRoundTrip(t, name, q)
		formatted := Format(q)
		files = append(files, txtar.File{Name: name + "/format", Data: []byte(formatted + "\n")})
		if again, _ := Parse(formatted); Format(again) != formatted {
			t.Errorf("%s: formatting again changes the text\n%s\nto\n%s", name, formatted, Format(again))
		}
	}
	return append(files, txtar.File{Name: name + "/tree", Data: []byte(dump(q.Statements) + "\n")})
}
