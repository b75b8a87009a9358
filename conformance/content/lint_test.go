package content_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/lint"
	"github.com/sleuth-sec/sleuth/kql/syntax"
)

// mostWarned is the part of published queries that one warning may be given to: a warning that more get is noise, or wrong.
const mostWarned = 0.2

// TestLint counts the warnings that published queries get. Those who wrote them use them: few should be warned of.
func TestLint(t *testing.T) {
	warnings, parsed, warned := 0, 0, map[string]int{}
	for _, q := range publishedQueries(t) {
		tree, errs := syntax.Parse(q.Text)
		if errs.Failed() {
			continue
		}
		parsed++
		codes := map[string]bool{}
		for _, d := range lint.Check(tree).Items {
			warnings++
			codes[d.Code] = true
			if *failures {
				t.Logf("LINT %s: %s", q.ID, d)
			}
		}
		for c := range codes {
			warned[c]++
		}
	}
	t.Logf("published content: lint: %d warnings on %d published rules", warnings, parsed)
	for _, c := range slices.Sorted(maps.Keys(warned)) {
		t.Logf("published content: lint: %s: %d", c, warned[c])
		if float64(warned[c]) > mostWarned*float64(parsed) {
			t.Errorf("%s is given to %d of %d published queries", c, warned[c], parsed)
		}
	}
}
