package capacity

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/settings"
)

// The operations that are counted. Completed is the end of a query, Ran its beginning.
const (
	Submitted = "PromptSubmitted"
	Answered  = "PromptAnswered"
	Ran       = "QueryRun"
	Completed = "QueryCompleted"
)

// ElapsedMS is the detail of an entry that says how long its queries took, in milliseconds.
const ElapsedMS = "elapsedMs"

// Limits are what one person may use in a day; 0 sets no limit.
type Limits struct {
	Prompts, Queries int64
	QueryTime        time.Duration
}

// String says what the limits are, in words.
func (l Limits) String() string {
	var out []string
	if l.Prompts > 0 {
		out = append(out, plural(l.Prompts, "prompt"))
	}
	if l.Queries > 0 {
		out = append(out, plural(l.Queries, "query"))
	}
	if l.QueryTime > 0 {
		out = append(out, plural(int64(l.QueryTime/time.Second), "query second"))
	}
	if len(out) == 0 {
		return "no limit"
	}
	return strings.Join(out, ", ")
}

// Spent says that a budget of somebody is used up.
type Spent struct {
	Budget  string // such as "200 prompts"
	Setting string
	Resets  time.Time
}

func (e *Spent) Error() string {
	return fmt.Sprintf("the budget of %s of today is spent; it resets at %s; an owner raises it on the page Settings or with sleuth settings set %s N",
		e.Budget, e.Resets.Format(time.RFC3339), e.Setting)
}

// Trail is what entries are appended to.
type Trail interface {
	Append(ctx context.Context, e audit.Entry) (uint64, error)
}

// Meter is a trail that counts what is appended, and refuses what is beyond a budget. All entries that are counted have to go through
// it. It is safe for concurrent use.
type Meter struct {
	trail  Trail
	dir    string // of the trail
	limits func(context.Context) (Limits, error)

	// gate is held shared while an entry is appended and counted, and alone while the end of the log is read: no entry is counted twice or missed.
	gate sync.RWMutex

	reading sync.Mutex // one reads the log, others wait for it
	mu      sync.Mutex
	counts  *counts // nil until the log was read, which the first budget or the first look at the usage does
	pending map[personDay]Sum
}

// New makes a meter over the trail in dir. limits are asked for each prompt and query.
func New(trail Trail, dir string, limits func(context.Context) (Limits, error)) *Meter {
	return &Meter{trail: trail, dir: dir, limits: limits, pending: map[personDay]Sum{}}
}

// Append implements Trail. A prompt or query beyond a budget is not appended: *Spent.
func (m *Meter) Append(ctx context.Context, e audit.Entry) (uint64, error) {
	if e.Operation != Submitted && e.Operation != Answered && e.Operation != Ran && e.Operation != Completed {
		return m.trail.Append(ctx, e)
	}
	var most Limits
	if e.Operation == Submitted || e.Operation == Ran {
		var err error
		if most, err = m.limits(ctx); err != nil {
			return 0, err
		}
		if most != (Limits{}) {
			if err := m.read(); err != nil {
				return 0, err
			}
		}
	}
	m.gate.RLock()
	defer m.gate.RUnlock()
	settle, err := m.reserve(e, most)
	if err != nil {
		return 0, err
	}
	index, err := m.trail.Append(ctx, e)
	settle(err == nil)
	return index, err
}

// reserve takes a place in the budgets for an entry that is about to be appended; settle counts it, or gives the place back.
func (m *Meter) reserve(e audit.Entry, most Limits) (settle func(done bool), err error) {
	who := personDay{e.Principal, dayOf(e.Time)}
	own := sumOf(e)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts != nil {
		used, waiting := m.counts.people[who], m.pending[who]
		used.add(waiting)
		if err := most.check(e, used); err != nil {
			return nil, err
		}
	}
	waiting := m.pending[who]
	waiting.add(own)
	m.pending[who] = waiting
	return func(done bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		waiting := m.pending[who]
		waiting.subtract(own)
		if m.pending[who] = waiting; waiting == (Sum{}) {
			delete(m.pending, who)
		}
		if done && m.counts != nil {
			m.counts.take(e)
		}
	}, nil
}

// check refuses what is beyond a limit, where so much was used.
func (l Limits) check(e audit.Entry, used Sum) error {
	resets := e.Time.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	switch {
	case e.Operation == Submitted && l.Prompts > 0 && used.Prompts >= l.Prompts:
		return &Spent{plural(l.Prompts, "prompt"), settings.PromptsPerDay, resets}
	case e.Operation == Ran && l.Queries > 0 && used.Queries >= l.Queries:
		return &Spent{plural(l.Queries, "query"), settings.QueriesPerDay, resets}
	case (e.Operation == Submitted || e.Operation == Ran) && l.QueryTime > 0 && used.Time >= l.QueryTime:
		return &Spent{plural(int64(l.QueryTime/time.Second), "query second"), settings.QuerySecondsPerDay, resets}
	}
	return nil
}

func plural(n int64, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case noun == "query":
		return fmt.Sprintf("%d queries", n)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// read counts the entries that the log has, once. Most of a long log is read while others go on appending, and only what came in
// meanwhile alone.
func (m *Meter) read() error {
	m.reading.Lock()
	defer m.reading.Unlock()
	m.mu.Lock()
	have := m.counts != nil
	m.mu.Unlock()
	if have {
		return nil
	}
	c := newCounts()
	var at int64
	var next uint64
	further := func() error {
		err := audit.ReadFrom(m.dir, at, next, func(group []audit.Entry, end int64) error {
			for _, e := range group {
				c.take(e)
				next = e.Index + 1
			}
			at = end
			return nil
		})
		if err != nil {
			return fmt.Errorf("counting the usage: %w", err)
		}
		return nil
	}
	if err := further(); err != nil {
		return err
	}
	m.gate.Lock()
	defer m.gate.Unlock()
	if err := further(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts = c
	return nil
}

// Used is what somebody used on the day of a moment.
func (m *Meter) Used(person string, at time.Time) (Sum, error) {
	if err := m.read(); err != nil {
		return Sum{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts.people[personDay{person, dayOf(at)}], nil
}
