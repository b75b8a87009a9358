package conformance

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/optimize"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

var (
	failures = flag.Bool("failures", false, "print each example that fails")
	family   = flag.String("family", "", "run the groups whose name has this in it only")
)

// queryTime is what now() gives: a time after all that the examples mention.
const queryTime = types.UnixEpochTicks + 20_500*types.TicksPerDay

// TestKQLDocumentation runs the examples of the public reference.
func TestKQLDocumentation(t *testing.T) { runExamples(t, "docs-examples.jsonl", 0.94) }

// TestKQLRecorded runs queries with the results that the service's own engine gave.
func TestKQLRecorded(t *testing.T) { runExamples(t, "engine-recorded.jsonl", 0.99) }

// TestKQLOptimized runs the recorded queries again with the plan rewritten: what passed before must pass still.
func TestKQLOptimized(t *testing.T) {
	passed, same := 0, 0
	for _, e := range readExamples(t, "engine-recorded.jsonl") {
		if kind, _ := runExample(e, nil); kind != "" || e.want == "error" {
			continue
		}
		passed++
		if kind, reason := runExample(e, rewritten); kind != "" {
			t.Errorf("%s %s: %s\n%s", kind, e.id, reason, e.query)
			continue
		}
		same++
	}
	t.Logf("engine-recorded.jsonl: rewritten: %d/%d", same, passed)
}

// rewritten is what the optimizer makes of a plan.
func rewritten(n plan.Node) plan.Node {
	env := reference.Env{Scalar: scalar.NewEnv(queryTime, 1)}
	fold := func(c *plan.Call) (types.Value, error) { return reference.Constant(context.Background(), c, env) }
	n, _ = optimize.New(builtin.Standard(), fold).Run(n)
	return n
}

// tally counts passes by group.
type tally struct{ passed, all int }

// runExamples scores a file; least is the share of its examples that must pass.
func runExamples(t *testing.T, file string, least float64) {
	scores := map[string]*tally{}
	kinds := map[string]int{}
	disputes := readDisputes(t)
	for _, e := range readExamples(t, file) {
		if !strings.Contains(e.group, *family) {
			continue
		}
		kind, reason := runExample(e, nil)
		for _, group := range []string{e.group, "level " + e.want, "total"} {
			s := scores[group]
			if s == nil {
				s = &tally{}
				scores[group] = s
			}
			s.all++
			if kind == "" {
				s.passed++
			}
		}
		if kind == "" {
			continue
		}
		if _, ok := disputes[e.id]; ok {
			kind = "disputed"
		}
		kinds[kind]++
		if *failures {
			t.Logf("%s %s [%s]: %s\n    %s", kind, e.id, e.group, reason, strings.ReplaceAll(e.query, "\n", "\n    "))
		}
	}
	var groups []string
	for g := range scores {
		groups = append(groups, g)
	}
	sort.Strings(groups)
	for _, g := range groups {
		t.Logf("%s: %s: %d/%d", file, g, scores[g].passed, scores[g].all)
	}
	t.Logf("%s: failures by kind: %v", file, kinds)
	if total := scores["total"]; *family == "" && float64(total.passed) < least*float64(total.all) {
		t.Errorf("%s: %d of %d pass, fewer than %.0f %%", file, total.passed, total.all, least*100)
	}
}

// runExample runs one example; it gives the kind of failure and a reason, or "".
func runExample(e *example, rewrite func(plan.Node) plan.Node) (kind, reason string) {
	limit := 20 * time.Second
	if e.want == "schema" {
		limit = 3 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	table, err := runQuery(ctx, e.query, tablesOf(e.schema), rewrite)
	switch {
	case e.want == "error" && err != nil:
		return "", ""
	case e.want == "error":
		return "accepted", "an error is expected"
	case err != nil && e.want == "schema" && table != nil && errors.Is(err, context.DeadlineExceeded):
		// Some pages make millions of rows; their columns are all that is compared.
	case err != nil:
		return "rejected", err.Error()
	}
	return e.check(table)
}

// runQuery takes a query from its text to its rows. A panic is a failure like any other, so that one does not hide the
// rest.
func runQuery(ctx context.Context, text string, cat bind.Catalog, rewrite func(plan.Node) plan.Node) (table *types.Table, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	q, parsed := syntax.Parse(text)
	if parsed.Failed() {
		return nil, parsed.Err()
	}
	env := reference.Env{Scalar: scalar.NewEnv(queryTime, 1)}
	executor := reference.New(reference.Options{})
	res, bound := bind.Bind(q, cat, builtin.Standard(), bind.Options{
		Now: queryTime,
		Probe: func(n plan.Node) (types.Schema, error) {
			return reference.New(reference.Options{}).Probe(ctx, n, env)
		},
		Fold: func(c *plan.Call) (types.Value, error) { return reference.Constant(ctx, c, env) },
	})
	if err := bound.Err(); err != nil {
		return nil, err
	}
	node := res.Node
	if rewrite != nil {
		node = rewrite(node)
	}
	if table, err = executor.Table(ctx, node, env); err != nil {
		return &types.Table{Columns: res.Node.Schema()}, err
	}
	return table, nil
}

// tables is a catalog of empty tables.
type tables map[string]*plan.Table

func tablesOf(schemas map[string]string) tables {
	out := tables{}
	for name, text := range schemas {
		t := &plan.Table{Name: name}
		for _, part := range strings.Split(text, ",") {
			col, typ, _ := strings.Cut(strings.TrimSpace(part), ":")
			if kind, ok := types.ParseType(typ); ok {
				t.Columns = append(t.Columns, types.Column{Name: strings.Trim(col, `['"]`), Type: kind})
			}
		}
		out[name] = t
	}
	return out
}

func (c tables) Table(name string) (*plan.Table, bool) { t, ok := c[name]; return t, ok }

func (c tables) TableNames() []string {
	var out []string
	for n := range c {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

func (c tables) Function(string) (bind.Function, bool) { return bind.Function{}, false }

// readDisputes are the reasons of disputed.txt by the examples' names.
func readDisputes(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("disputed.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, reason, ok := strings.Cut(line, "\t")
		if !ok || reason == "" {
			t.Errorf("disputed.txt: no reason for %s", id)
		}
		out[id] = reason
	}
	return out
}
