package syntax

import (
	"strings"
	"testing"
)

// TestHostileNesting requires an answer with a clear error, in linear time and bounded stack, from texts that nest or
// chain without end.
func TestHostileNesting(t *testing.T) {
	const n = 50000
	for name, c := range map[string]struct{ text, code string }{
		"parentheses": {"print " + strings.Repeat("(", n), "KQL1006"},
		"calls":       {"print " + strings.Repeat("f(", n), "KQL1006"},
		"arrays":      {"print dynamic(" + strings.Repeat("[", n), "KQL1006"},
		"bags":        {"print dynamic(" + strings.Repeat(`{"a":`, n), "KQL1006"},
		"signs":       {"print " + strings.Repeat("-", n) + "1", "KQL1006"},
		"indexes":     {"print " + strings.Repeat("a[", n), "KQL1006"},
		"lists":       {"print " + strings.Repeat("a in (", n), "KQL1006"},
		"ranges":      {"print " + strings.Repeat("a between (", n), "KQL1006"},
		"functions":   {strings.Repeat("let f = () { ", n), "KQL1006"},
		"sources":     {strings.Repeat("datatable (a:long) [ ", n), "KQL1006"},
		"apply":       {"T | " + strings.Repeat("mv-apply a on (", n), "KQL1006"},
		"fork":        {"T | fork " + strings.Repeat("(fork ", n), "KQL1006"},
		"facets":      {"T | " + strings.Repeat("facet by a with ", n), "KQL1006"},
		"partitions":  {strings.Repeat("T | partition by a { ", n), "KQL1006"},
		"chain":       {"print a" + strings.Repeat(" or a", n), "KQL1016"},
		"path":        {"print a" + strings.Repeat(".a", n), "KQL1016"},
		"brackets":    {strings.Repeat("]", n), "KQL1015"},
		"bars":        {"T " + strings.Repeat("|", n), "KQL1001"},
		"views":       {"let a = " + strings.Repeat("view (", n), "KQL1006"},
		"tuples":      {"T | extend " + strings.Repeat("(a,", n), "KQL1001"},
		"unknown":     {"T " + strings.Repeat("| x ", n), "KQL1002"},
		"directives":  {strings.Repeat("#\n", n) + "T |", "KQL1001"},
		"lets":        {strings.Repeat("let a = (", n), "KQL1001"},
		"quotes":      {strings.Repeat("“", n) + "x", "KQL1005"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := Parse(c.text)
			for _, d := range errs.Items {
				if d.Code == c.code {
					return
				}
			}
			t.Errorf("no %s among: %.500v", c.code, errs)
		})
	}
}

// TestDeepestAccepted keeps real nesting well inside the limit.
func TestDeepestAccepted(t *testing.T) {
	text := "print " + strings.Repeat("(", maxDepth/2) + "1" + strings.Repeat(")", maxDepth/2)
	if _, errs := Parse(text); errs.Failed() {
		t.Error(errs)
	}
	long := "print a" + strings.Repeat(" or a", maxChain-1)
	if _, errs := Parse(long); errs.Failed() {
		t.Error(errs)
	}
}
