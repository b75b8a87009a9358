package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/kql/builtin"
)

// everyone knows everyone: a pattern over it has more places than any machine can list.
const dense = `let all = range a from 1 to 60 step 1 | extend k = 1;
all | join kind=inner (all | project b = a, k) on k | where a != b | make-graph a --> b with_node_id=id | `

// TestGraphLimits ends explosive patterns by the limits, and by cancellation.
func TestGraphLimits(t *testing.T) {
	m := newMemory(t)
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard(), Limits: Limits{KeptRows: 5000, Memory: 64 << 20, Timeout: 20 * time.Second}})
	for _, q := range []string{
		dense + `graph-match (x)-[p*1..8]->(y) project x.id, y.id`,
		dense + `graph-match cycles=all (x)-[p*1..8]->(y) project n = map(p, b)`,
		dense + `graph-match (x)-->(y)-->(z)-->(w) project x.id, w.id`,
		dense + `graph-shortest-paths output=all (x)-[p*3..8]->(y) where any(inner_nodes(p), id > 1) project x.id, y.id`,
	} {
		if _, err := e.Query(context.Background(), q, Options{}); err == nil {
			t.Errorf("%s\nhas an end", q)
		} else if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s\n%v", q, err)
		}
	}
	// Nothing is kept here, so only the caller can end it.
	q := dense + `graph-match (x)-[p*1..20]->(y) where array_sum(map(p, a)) < 0 project x.id`
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	begun := time.Now()
	go func() {
		_, err := e.Query(ctx, q, Options{})
		ended <- err
	}()
	cancel()
	if err := <-ended; err == nil {
		t.Errorf("a cancelled query has an end")
	}
	t.Logf("cancelled after %v", time.Since(begun))
	bounded := New(Config{Catalog: m, Backend: m, Library: builtin.Standard(), Limits: Limits{Timeout: 50 * time.Millisecond}})
	if _, err := bounded.Query(context.Background(), q, Options{}); err == nil {
		t.Errorf("a query without an end was not ended by the limit of time")
	}
}
