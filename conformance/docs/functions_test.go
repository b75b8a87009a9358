package docs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/emit/duckdb"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
)

func functionsPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString("# KQL functions\n\nMade from the declarations in `kql/builtin`. *Runs in* says where a scalar function or operator is executed: `DuckDB` where a\n" +
		"SQL template says exactly the same (otherwise, and for some types of arguments, Go runs it), `Go`, `binding` where the call becomes other\n" +
		"expressions before anything runs, or `not yet`. Null rule: *null* - a null\n" +
		"argument makes the result null (of a string: empty); *own* - the function looks at nulls itself; *skipped* - an aggregation\n" +
		"leaves nulls out. In a signature, `?` marks an optional and `...` a repeated parameter.\n")
	sql := duckdb.New().Functions()
	all := builtin.Standard().All()
	if len(all) == 0 {
		t.Fatal("the library is empty")
	}
	for _, part := range []struct {
		kind  builtin.Kind
		title string
	}{
		{builtin.Scalar, "Scalar functions"}, {builtin.Operator, "Operators"}, {builtin.Aggregate, "Aggregation functions"},
		{builtin.Window, "Window functions"}, {builtin.Plugin, "Plugins"},
	} {
		runs := part.kind == builtin.Scalar || part.kind == builtin.Operator
		fmt.Fprintf(&b, "\n## %s\n\n| name | called as | what | null |%s other names |\n|---|---|---|---|%s---|\n",
			part.title, column(runs, " runs in |"), column(runs, "---|"))
		for _, f := range sorted(all, part.kind) {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |%s %s |\n", code(f.Name), signatures(f), cell(f.Doc), nullRule(f.Nulls),
				column(runs, " "+runsIn(sql, f.Name)+" |"), otherNames(f))
		}
	}
	return b.String()
}

func column(shown bool, text string) string {
	if shown {
		return text
	}
	return ""
}

func sorted(all []*builtin.Function, kind builtin.Kind) []*builtin.Function {
	var out []*builtin.Function
	for _, f := range all {
		if f.Kind == kind {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b *builtin.Function) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func runsIn(sql []string, name string) string {
	switch {
	case slices.Contains(sql, name):
		return "DuckDB"
	case scalar.Lookup(name) != nil:
		return "Go"
	case bind.Resolves(name):
		return "binding"
	}
	return "not yet"
}

func signatures(f *builtin.Function) string {
	var out []string
	for _, s := range f.Signatures {
		var params []string
		for _, p := range s.Params {
			name := p.Name
			if p.Optional {
				name += "?"
			}
			if p.Repeat {
				name += "..."
			}
			params = append(params, name)
		}
		text := code(f.Name + "(" + strings.Join(params, ", ") + ")")
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, "<br>")
}

func nullRule(r builtin.NullRule) string {
	switch r {
	case builtin.NullHandled:
		return "own"
	case builtin.NullSkipped:
		return "skipped"
	}
	return "null"
}

func otherNames(f *builtin.Function) string {
	text := codes(f.Aliases)
	if len(f.Deprecated) == 0 {
		return text
	}
	if text != "" {
		text += "; "
	}
	return text + "deprecated: " + codes(f.Deprecated)
}
