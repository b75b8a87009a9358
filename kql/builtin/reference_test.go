package builtin_test

import (
	"bufio"
	"context"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// TestReference runs testdata/reference.txt: what the pages of the public reference say that calls give. A line is a
// call, " => " and the result as KQL; numbers agree to the digits that the pages print.
func TestReference(t *testing.T) {
	f, err := os.Open("testdata/reference.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := engine.New(engine.Config{Catalog: noTables{}, Library: builtin.Standard()})
	cases := 0
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		line := sc.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		call, result, ok := strings.Cut(line, " => ")
		if !ok {
			t.Fatalf("line %d has no result", n)
		}
		cases++
		res, err := e.Query(context.Background(), "print call = "+call+", result = "+result, engine.Options{})
		if err != nil {
			t.Errorf("line %d: %s: %v", n, call, err)
			continue
		}
		got, want := res.Rows()[0][0], res.Rows()[0][1]
		if !near(types.ToTree(got), types.ToTree(want)) {
			t.Errorf("line %d: %s is %s, want %s", n, call, got.Text(), want.Text())
		}
	}
	t.Logf("%d calls of the reference", cases)
}

// near compares trees; a number of the reference has been rounded.
func near(got, want types.Tree) bool {
	switch w := want.(type) {
	case []types.Tree:
		g, ok := got.([]types.Tree)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !near(g[i], w[i]) {
				return false
			}
		}
		return true
	case *types.Bag:
		g, ok := got.(*types.Bag)
		if !ok || g.Len() != w.Len() {
			return false
		}
		for _, k := range w.Keys() {
			x, _ := w.Get(k)
			if y, ok := g.Get(k); !ok || !near(y, x) {
				return false
			}
		}
		return true
	case types.Value:
		g, ok := got.(types.Value)
		return ok && g.Type() == w.Type() && g.Text() == w.Text()
	}
	g, okG := real(got)
	w, okW := real(want)
	if okG && okW {
		return g == w || math.IsNaN(g) && math.IsNaN(w) || math.Abs(g-w) <= 1e-12*math.Max(1, math.Abs(w))*100
	}
	return got == want
}

func real(t types.Tree) (float64, bool) {
	switch n := t.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}
