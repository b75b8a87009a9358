package content_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store/catalog"
	"github.com/sleuth-sec/sleuth/workspace"
)

var failures = flag.Bool("failures", false, "print each query that fails")

// sampleStep is which part of the collection runs where the long tests do not: every nth query.
const sampleStep = 5

// tables is the catalog of the workspace without rows, as sleuth check has it.
func tables(t *testing.T) bind.Catalog {
	t.Helper()
	s, err := entra.Load(schemas.FS())
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.New(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return workspace.CheckCatalog(c)
}

// class is a kind of difference that is meant.
type class struct {
	Name   string `yaml:"name"`
	Reason string `yaml:"reason"`
	// Theirs and Ours are patterns of every message that one side gives and the other does not.
	Theirs string `yaml:"theirs"`
	Ours   string `yaml:"ours"`
	// Query is a pattern of the text, where the message alone would say too little.
	Query string `yaml:"query"`
}

func readClasses(t *testing.T) []class {
	t.Helper()
	text, err := os.ReadFile("classes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []class
	if err := yaml.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// classOf is the class that explains all messages of one side, or "".
func classOf(classes []class, theirs bool, query string, messages []string) string {
	name := ""
	for _, m := range messages {
		found := false
		for _, c := range classes {
			pattern := c.Ours
			if theirs {
				pattern = c.Theirs
			}
			if pattern != "" && regexp.MustCompile(pattern).MatchString(m) && regexp.MustCompile(c.Query).MatchString(query) {
				name, found = c.Name, true
				break
			}
		}
		if !found {
			return ""
		}
	}
	return name
}

// reading is what this parser and binder make of a query.
type reading struct {
	parsed, bound bool
	columns       []column
	open          bool
	messages      []string
}

func read(q string, cat bind.Catalog, lib *builtin.Library) reading {
	tree, errs := syntax.Parse(q)
	r := reading{parsed: !errs.Failed()}
	if !r.parsed {
		for _, d := range errs.Items {
			r.messages = append(r.messages, d.Code+" "+d.Message)
		}
		return r
	}
	res, diags := bind.Bind(tree, cat, lib, bind.Options{Now: types.UnixEpochTicks})
	r.bound = !diags.Failed()
	for _, d := range diags.Items {
		if d.Severity == 0 || diags.Failed() {
			r.messages = append(r.messages, d.Code+" "+d.Message)
		}
	}
	if res != nil {
		r.open = isOpen(res.Node)
		for _, c := range res.Node.Schema() {
			r.columns = append(r.columns, column{Name: c.Name, Type: c.Type.String()})
		}
	}
	return r
}

// isOpen says whether the columns of a node depend on the data.
func isOpen(n plan.Node) bool {
	open := false
	plan.Walk(n, func(n plan.Node) {
		if _, ok := n.(*plan.EvaluateOp); ok {
			open = true
		}
	})
	return open
}

// TestParity compares parser and binder with the published ones.
func TestParity(t *testing.T) {
	queries := publishedQueries(t)
	if !prove() {
		queries = everyNth(queries, sampleStep)
	}
	verdicts := askOracle(t, queries)
	cat, lib, classes := tables(t), builtin.Standard(), readClasses(t)
	var s parityScore
	s.classes = map[string]int{}
	for _, q := range queries {
		if v, ok := verdicts[q.ID]; ok {
			s.compare(t, q, v, read(q.Text, cat, lib), classes)
		}
	}
	s.log(t, len(queries))
}

func everyNth(queries []published, n int) []published {
	var out []published
	for i, q := range queries {
		if i%n == 0 {
			out = append(out, q)
		}
	}
	return out
}

// parityScore counts what TestParity compares.
type parityScore struct {
	accepted, parsed, bound, meantBound int
	rejected, rejectedToo, meant        int
	classes                             map[string]int
}

func (s *parityScore) compare(t *testing.T, q published, v verdict, r reading, classes []class) {
	if v.Bound {
		s.accepted++
		if r.parsed {
			s.parsed++
		}
		why := ""
		switch {
		case !r.bound:
			why = strings.Join(r.messages, "; ")
			if c := classOf(classes, false, q.Text, r.messages); c != "" {
				s.meantBound++
				s.classes[c]++
				return
			}
		default:
			why = difference(v, r)
		}
		if why == "" {
			s.bound++
		} else if *failures {
			t.Logf("BIND %s: %s\n%s", q.ID, why, q.Text)
		}
		return
	}
	s.rejected++
	if !r.bound {
		s.rejectedToo++
		return
	}
	var messages []string
	for _, e := range v.Errors {
		messages = append(messages, e.Code+" "+e.Message)
	}
	if c := classOf(classes, true, q.Text, messages); c != "" {
		s.meant++
		s.classes[c]++
		return
	}
	if *failures {
		t.Logf("REJECT %s: %s\n%s", q.ID, strings.Join(messages, "; "), q.Text)
	}
}

// difference says how the columns of a result differ, "" for not at all. Where either side leaves the columns to the data, those
// that theirs names must be there.
func difference(v verdict, r reading) string {
	if v.Columns == nil {
		return ""
	}
	ours := map[string]string{}
	for _, c := range r.columns {
		ours[c.Name] = c.Type
	}
	open := v.Open || r.open
	for i, c := range v.Columns {
		ty, ok := ours[c.Name]
		switch {
		case !ok && open:
		case !ok:
			return fmt.Sprintf("no column %s\n  theirs %v\n  ours   %v", c.Name, v.Columns, r.columns)
		case c.Type != "unknown" && ty != c.Type:
			return fmt.Sprintf("column %s is %s, theirs is %s", c.Name, ty, c.Type)
		case !open && (i >= len(r.columns) || r.columns[i].Name != c.Name):
			return fmt.Sprintf("other order\n  theirs %v\n  ours   %v", v.Columns, r.columns)
		}
	}
	if !open && len(r.columns) != len(v.Columns) {
		return fmt.Sprintf("%d columns, theirs are %d\n  theirs %v\n  ours   %v", len(r.columns), len(v.Columns), v.Columns, r.columns)
	}
	return ""
}

func (s *parityScore) log(t *testing.T, all int) {
	t.Logf("published content: %d queries, the published parser accepts %d", all, s.accepted)
	t.Logf("published content: parse: %d/%d", s.parsed, s.accepted)
	t.Logf("published content: bind to the same columns: %d/%d", s.bound, s.accepted-s.meantBound)
	t.Logf("published content: rejected as there: %d/%d, and %d that the service accepts", s.rejectedToo, s.rejected-s.meant, s.meant)
	names := make([]string, 0, len(s.classes))
	for n := range s.classes {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		t.Logf("published content: meant difference: %s: %d", n, s.classes[n])
	}
	if s.parsed != s.accepted {
		t.Errorf("%d of %d accepted queries parse", s.parsed, s.accepted)
	}
	if float64(s.bound) < 0.99*float64(s.accepted-s.meantBound) {
		t.Errorf("%d of %d accepted queries bind to the same columns, fewer than 99 %%", s.bound, s.accepted-s.meantBound)
	}
	if s.rejectedToo+s.meant < s.rejected*95/100 {
		t.Errorf("%d of %d rejected queries are rejected here", s.rejectedToo, s.rejected-s.meant)
	}
}
