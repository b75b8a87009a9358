package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/lint"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/api"
	pluginlint "github.com/sleuth-sec/sleuth/plugin/lint"
	"github.com/sleuth-sec/sleuth/store/catalog"
	"github.com/sleuth-sec/sleuth/workspace"
)

func checkCommand(a *app) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:     "check FILE...",
		Short:   "Parse and bind queries, rules and skill manifests without running them",
		Long:    "Checks KQL files (.kql, .csl, .txt), and plugin manifests (YAML or JSON), OpenAPI documents, promptbooks, analytics rules and hunting queries in YAML, against the known tables, and warns of what is valid and cannot be meant. Exit status 1 when a file has errors; warnings alone leave it 0.",
		Example: "  sleuth check hunting/*.kql plugins/*.yaml --format json",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.check(args, format, false) },
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

type checkedFile struct {
	Path        string             `json:"path"`
	Diagnostics []*diag.Diagnostic `json:"diagnostics"`
}

// check checks files; tests says whether the tests beside manifests run too.
func (a *app) check(args []string, format string, tests bool) error {
	if format != "text" && format != "json" {
		return usage("--format %q: use text or json", format)
	}
	s, err := entra.Load(schemas.FS())
	if err != nil {
		return err
	}
	cat, err := catalog.New(s, nil)
	if err != nil {
		return err
	}
	eng := engine.New(engine.Config{Catalog: workspace.CheckCatalog(cat), Library: builtin.Standard()})
	failed := 0
	files := make([]checkedFile, 0, len(args))
	for _, name := range args {
		text, err := os.ReadFile(a.path(name))
		if err != nil {
			return err
		}
		if decoded, err := plugin.Text(text); err == nil { // a byte order mark is no part of a text, and UTF-16 is read as what it says
			text = decoded
		}
		list := checkText(eng, name, string(text))
		files = append(files, checkedFile{Path: name, Diagnostics: list.Items})
		if format == "text" {
			src := diag.NewSource(name, string(text))
			for _, d := range list.Items {
				fmt.Fprint(a.stdout, src.Render(d))
			}
		}
		if list.Failed() {
			failed++
		}
	}
	if tests {
		more, err := a.manifestTests(eng, cat, args, format)
		if err != nil {
			return err
		}
		for _, f := range more {
			files = append(files, f)
			if len(f.Diagnostics) > 0 {
				failed++
			}
		}
	}
	if format == "json" {
		if err := json.NewEncoder(a.stdout).Encode(files); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%s checked, %d with errors\n", count(len(args), "file"), failed)
	}
	if failed > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// manifestTests runs the tests beside the manifests: plugin_test.yaml beside plugin.yaml.
func (a *app) manifestTests(eng *engine.Engine, cat *catalog.Catalog, args []string, format string) ([]checkedFile, error) {
	var out []checkedFile
	for _, name := range args {
		ext := filepath.Ext(name)
		beside := strings.TrimSuffix(name, ext) + "_test.yaml"
		if strings.HasSuffix(name, "_test.yaml") || !exists(a.path(beside)) {
			continue
		}
		manifest, err := os.ReadFile(a.path(name))
		if err != nil {
			return nil, err
		}
		m, list := plugin.Read(name, manifest)
		if list.Failed() {
			continue // told already
		}
		text, err := os.ReadFile(a.path(beside))
		if err != nil {
			return nil, err
		}
		ran, found := pluginlint.Tests(context.Background(), eng, m, beside, text, func(table string) (types.Schema, bool) {
			t, ok := cat.Table(table)
			if !ok {
				return nil, false
			}
			return t.Columns, true
		})
		out = append(out, checkedFile{Path: beside, Diagnostics: found.Items})
		if format == "text" {
			src := diag.NewSource(beside, string(text))
			for _, d := range found.Items {
				fmt.Fprint(a.stdout, src.Render(d))
			}
			fmt.Fprintf(a.stdout, "%s: %s, %d failed\n", beside, count(ran, "test"), len(found.Items))
		}
	}
	return out, nil
}

// checkText checks a text by the file's ending and, for YAML, by what it holds.
func checkText(eng *engine.Engine, name, text string) *diag.List {
	list := &diag.List{}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		if query, at, ok := ruleQuery(text); ok {
			return checkRule(eng, text, query, at)
		}
		if list = checkManifest(eng, name, text); isDocument(text) {
			_, list = api.Read("", []byte(text))
		}
	case ".json":
		if isDocument(text) {
			_, list = api.Read("", []byte(text))
			break
		}
		if plugin.IsPromptbook([]byte(text)) {
			_, list = plugin.ReadPromptbook("", []byte(text))
			break
		}
		if !isManifest(text) {
			list.Add(notChecked())
			break
		}
		list = checkManifest(eng, name, text)
	default:
		list = checkQuery(eng, text)
	}
	return list
}

// isDocument says whether a text is an OpenAPI document; a manifest that has one in its file is a manifest.
func isDocument(text string) bool {
	return api.IsDocument([]byte(text)) && !strings.Contains(text, "SkillGroups")
}

// isManifest says whether a JSON text is a plugin manifest: Security Copilot's, or OpenAI's.
func isManifest(text string) bool {
	var m map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &m) != nil {
		return false
	}
	for key := range m {
		if strings.EqualFold(key, "Descriptor") || strings.EqualFold(key, "SkillGroups") || key == "name_for_model" {
			return true
		}
	}
	return false
}

// checkManifest gives what the manifest's reader finds, and of one that can be read what its queries give.
func checkManifest(eng *engine.Engine, name, text string) *diag.List {
	m, list := plugin.Read("", []byte(text))
	if list.Failed() {
		return list
	}
	for _, d := range pluginlint.Queries(eng, m, diag.NewSource(name, text)).Items {
		list.Add(d)
	}
	list.Sort()
	return list
}

// checkQuery gives what the engine finds, and for a query without faults the warnings of lint.
func checkQuery(eng *engine.Engine, text string) *diag.List {
	list := eng.Check(text)
	if list.Failed() {
		return list
	}
	if tree, errs := syntax.Parse(text); !errs.Failed() {
		for _, d := range lint.Check(tree).Items {
			list.Add(d)
		}
	}
	list.Sort()
	return list
}

// ruleQuery is the query of an analytics rule or hunting query in YAML, and where its text stands: at is the byte
// offset of the query's first line, and the indentation that YAML takes off each line.
func ruleQuery(text string) (query string, at place, ok bool) {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return "", place{}, false
	}
	fields := doc.Content[0].Content
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i].Value != "query" || fields[i+1].Kind != yaml.ScalarNode {
			continue
		}
		v := fields[i+1]
		if v.Style == yaml.LiteralStyle {
			return v.Value, place{line: v.Line + 1, block: true}, true
		}
		return v.Value, place{line: v.Line}, true
	}
	return "", place{}, false
}

// place is where a query stands in its file.
type place struct {
	line  int  // 1-based line of the query's first line
	block bool // written as a | block: its lines are the file's
}

// checkRule checks a rule's query and moves what it finds to the lines of the file.
func checkRule(eng *engine.Engine, text, query string, at place) *diag.List {
	lines := strings.SplitAfter(text, "\n")
	starts := make([]int, len(lines)+1)
	for i, l := range lines {
		starts[i+1] = starts[i] + len(l)
	}
	list := checkQuery(eng, query)
	for _, d := range list.Items {
		line := at.line
		column := 1
		if at.block { // YAML takes the first line's indentation off all lines
			first := lines[min(at.line, len(lines))-1]
			line += d.Line - 1
			column = len(first) - len(strings.TrimLeft(first, " ")) + d.Column
		}
		start := min(starts[min(line, len(lines))-1]+column-1, len(text))
		d.Span = diag.Span{Start: start, End: min(start+max(1, d.Span.End-d.Span.Start), len(text))}
		d.Line, d.Column = line, column
	}
	return list
}
