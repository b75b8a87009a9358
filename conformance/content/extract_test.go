package content_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// published is one query of the collection.
type published struct {
	ID   string `json:"id"` // path and place in the file
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// sharedFolder is the companion folder beside the repository; the test is skipped where it is missing.
func sharedFolder(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "..", "shared", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there", path)
	}
	return path
}

// publishedQueries are all queries of the collection, in the order of their paths.
func publishedQueries(t *testing.T) []published {
	t.Helper()
	root := sharedFolder(t, "content")
	var out []published
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for i, q := range queriesOf(path, text) {
			q.ID = fmt.Sprintf("%s#%d", filepath.ToSlash(rel), i+1)
			out = append(out, q)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.SliceStable(out, func(i, k int) bool { return out[i].ID < out[k].ID })
	if len(out) == 0 {
		t.Fatal("the collection has no queries")
	}
	return out
}

// queriesOf takes the queries out of a file. A file that is neither YAML nor JSON has none.
func queriesOf(path string, text []byte) []published {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		return yamlQueries(text)
	case ".json", ".workbook":
		var doc any
		if json.Unmarshal(text, &doc) != nil {
			return nil
		}
		w := jsonWalk{}
		w.walk(doc)
		return w.out
	}
	return nil
}

// yamlQueries reads a rule or hunting query ("query"), a parser ("ParserQuery", "FunctionQuery"), a plugin manifest
// ("SkillGroups") or a query collection ("sources"), in any document of the file.
func yamlQueries(text []byte) []published {
	var out []published
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var node yaml.Node
		if err := dec.Decode(&node); err != nil {
			if !errors.Is(err, io.EOF) {
				return out // the rest of a broken file is nobody's query
			}
			return out
		}
		var doc any
		if node.Decode(&doc) != nil {
			continue
		}
		m, ok := doc.(map[string]any)
		if !ok {
			continue
		}
		for _, key := range []string{"query", "ParserQuery", "FunctionQuery"} {
			kind := "rule"
			if key != "query" {
				kind = "parser"
			}
			if q, ok := m[key].(string); ok && strings.TrimSpace(q) != "" {
				out = append(out, published{Kind: kind, Text: q})
			}
		}
		out = append(out, manifestQueries(m)...)
		out = append(out, collectionQueries(m)...)
	}
}

// manifestQueries are the templates of a plugin's KQL skills, filled.
func manifestQueries(m map[string]any) []published {
	var out []published
	for _, g := range list(m["SkillGroups"]) {
		group, _ := g.(map[string]any)
		for _, s := range list(group["Skills"]) {
			skill, _ := s.(map[string]any)
			settings, _ := skill["Settings"].(map[string]any)
			template, _ := settings["Template"].(string)
			if format, _ := group["Format"].(string); !strings.EqualFold(format, "KQL") || strings.TrimSpace(template) == "" {
				continue
			}
			out = append(out, published{Kind: "plugin", Text: fillManifest(template, list(skill["Inputs"]))})
		}
	}
	return out
}

// collectionQueries are the queries of a Python query collection: sources.NAME.args.query, with defaults for parameters.
func collectionQueries(m map[string]any) []published {
	sources, _ := m["sources"].(map[string]any)
	defaults, _ := m["defaults"].(map[string]any)
	names := make([]string, 0, len(sources))
	for name := range sources {
		names = append(names, name)
	}
	sort.Strings(names)
	var out []published
	for _, name := range names {
		src, _ := sources[name].(map[string]any)
		args, _ := src["args"].(map[string]any)
		if q, ok := args["query"].(string); ok && strings.TrimSpace(q) != "" {
			params := parameters{}
			params.addPython(defaults["parameters"])
			params.addPython(src["parameters"])
			out = append(out, published{Kind: "collection", Text: params.fillPython(q)})
		}
	}
	return out
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}
