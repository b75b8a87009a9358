package syntax

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/diag"
	"go.yaml.in/yaml/v3"
)

// shared is the folder of companions beside the repository, or "" where it is absent.
func shared(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			continue
		}
		s := filepath.Join(dir, "..", "shared")
		if _, err := os.Stat(s); err == nil {
			return s
		}
	}
	t.Skip("../shared is not present")
	return ""
}

// checkCorpusQuery parses one published query: it must satisfy what holds for every text, and, when it has
// no errors, survive printing.
func checkCorpusQuery(t *testing.T, id, text string) *diag.List {
	t.Helper()
	checkLossless(t, text)
	q, errs := Parse(text)
	checkSpans(t, text, q, errs)
	if !errs.Failed() {
		checkRoundTrip(t, id, q)
	}
	return errs
}

func TestConformanceQueriesParse(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t), "kql-conformance", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no conformance files: %v", err)
	}
	for _, path := range files {
		parsed, total := 0, 0
		eachLine(t, path, func(line []byte) {
			var r struct {
				ID, Query string
				Error     *string
				Oracle    []any `json:"oracle_errors"`
			}
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			errs := checkCorpusQuery(t, r.ID, r.Query)
			if r.Error != nil || len(r.Oracle) > 0 {
				return
			}
			total++
			if errs.Failed() {
				t.Logf("%s: %s", r.ID, diag.NewSource(r.ID, r.Query).Render(errs.First()))
				return
			}
			parsed++
		})
		t.Logf("%s: parsed %d/%d", filepath.Base(path), parsed, total)
		if parsed*1000 < total*998 {
			t.Errorf("%s: only %d of %d queries parse", filepath.Base(path), parsed, total)
		}
	}
}

func eachLine(t *testing.T, path string, f func([]byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		f(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestPublishedContentParses(t *testing.T) {
	parsed, total := 0, 0
	root := filepath.Join(shared(t), "content")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, query := range queriesOf(path, data) {
			if hasPlaceholder(query) {
				continue
			}
			total++
			name := strings.TrimPrefix(path, root)
			if errs := checkCorpusQuery(t, name, query); errs.Failed() {
				t.Logf("%s", diag.NewSource(name, query).Render(errs.First()))
				continue
			}
			parsed++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("content: parsed %d/%d", parsed, total)
	if parsed*1000 < total*990 {
		t.Errorf("content: only %d of %d queries parse", parsed, total)
	}
}

// hasPlaceholder holds for workbook parameters {Name} and manifest inputs {{name}}, which are filled before a
// query is parsed.
func hasPlaceholder(query string) bool {
	if strings.Contains(query, "{{") {
		return true
	}
	for i := 0; i < len(query); i++ {
		if query[i] != '{' {
			continue
		}
		n := i + 1
		for n < len(query) && (isNamePart(rune(query[n])) || query[n] == ':' || query[n] == '-' || query[n] == ' ') {
			n++
		}
		if n > i+1 && n < len(query) && query[n] == '}' && !isDigit(query[i+1]) {
			return true
		}
	}
	return false
}

// queriesOf finds KQL in a published file: query fields of YAML rules, and of workbook items that go to
// logs.
func queriesOf(path string, data []byte) []string {
	var found []string
	add := func(v any) {
		if s, ok := v.(string); ok && strings.TrimSpace(s) != "" {
			found = append(found, s)
		}
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		var doc any
		if yaml.Unmarshal(data, &doc) != nil {
			return nil
		}
		walk(doc, func(m map[string]any) {
			add(m["query"])
			add(m["Template"])
			add(m["FunctionQuery"])
		})
	case ".json", ".workbook":
		var doc any
		if json.Unmarshal([]byte(strings.TrimPrefix(string(data), "\ufeff")), &doc) != nil {
			return nil
		}
		walk(doc, func(m map[string]any) {
			// queryType 0 is a query of logs; others are JSON of other sources.
			if kind, ok := m["queryType"].(float64); ok && kind == 0 {
				add(m["query"])
			}
		})
	}
	return found
}

func walk(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, child := range v {
			walk(child, visit)
		}
	case []any:
		for _, child := range v {
			walk(child, visit)
		}
	}
}
