package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/plugin"
)

func checkCommand(a *app) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:     "check FILE...",
		Short:   "Parse and bind queries and skill manifests without running them",
		Long:    "Checks KQL files (.kql, .csl, .txt) and plugin manifests (.yaml, .yml) against the known tables. Exit status 1 when a file has errors.",
		Example: "  sleuth check hunting/*.kql plugins/*.yaml --format json",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.check(args, format) },
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

type checkedFile struct {
	Path        string             `json:"path"`
	Diagnostics []*diag.Diagnostic `json:"diagnostics"`
}

func (a *app) check(args []string, format string) error {
	if format != "text" && format != "json" {
		return usage("--format %q: use text or json", format)
	}
	s, err := entra.Load(schemas.FS())
	if err != nil {
		return err
	}
	cat, err := newCatalog(s, nil)
	if err != nil {
		return err
	}
	eng := engine.New(engine.Config{Catalog: cat, Library: builtin.Standard()})
	failed := 0
	files := make([]checkedFile, 0, len(args))
	for _, name := range args {
		text, err := os.ReadFile(a.path(name))
		if err != nil {
			return err
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

// checkText checks a manifest or a query by the file's ending.
func checkText(eng *engine.Engine, name, text string) *diag.List {
	list := &diag.List{}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		if _, err := plugin.Parse(name, []byte(text)); err != nil {
			list.Add(diag.Errorf("PLG0001", diag.Span{}, "%s", err))
		}
	default:
		list = eng.Check(text)
	}
	return list
}
