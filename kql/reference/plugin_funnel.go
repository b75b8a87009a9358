package reference

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// maxSamples is how many users funnel_sequence names in a row.
const maxSamples = 128

// funnelSequence is funnel_sequence(id, time, start, end, max_between, step, state, sequence): how many users came through a
// sequence of states, by the state before and the state after it, empty where there is none soon enough
// (https://learn.microsoft.com/kusto/query/funnel-sequence-plugin). The service gives two further tables, by the state before and
// by the state after; they are left out.
func funnelSequence(p *pluginRun) (types.Schema, []types.Row, error) {
	t, err := p.funnelTimeline()
	if err != nil {
		return nil, nil, err
	}
	at, err := p.column(6)
	if err != nil {
		return nil, nil, err
	}
	limit, err := p.value(4)
	if err != nil {
		return nil, nil, err
	}
	sequence, err := p.value(7)
	if err != nil {
		return nil, nil, err
	}
	f := &funnel{t: t, state: at, typ: p.schema[at].Type, limit: limit, sequence: spread(sequence)}
	var rows []types.Row
	for _, g := range t.divide(p.rows) {
		for bin := int64(0); bin <= g.last; bin++ {
			if len(g.bins[bin]) == 0 {
				continue
			}
			f.begin()
			for _, path := range p.paths(t, g.bins[bin]) {
				f.follow(path)
				if err := p.state.tick(); err != nil {
					return nil, nil, err
				}
			}
			rows = append(rows, f.rows(t.point(p.schema[t.when].Type, bin))...)
		}
	}
	return p.op.Out, rows, nil
}

// funnelTimeline reads the arguments that all plugins over time have; between the end and the step stands the time allowed
// between two states.
func (p *pluginRun) funnelTimeline() (*timeline, error) {
	op := *p.op
	op.Args = append(append([]plan.Expr{}, p.op.Args[:4]...), p.op.Args[5])
	q := *p
	q.op = &op
	return q.timelineArgs(5)
}

// funnel counts the ways through a sequence in one window.
type funnel struct {
	t        *timeline
	state    int
	typ      types.Type
	limit    types.Value
	sequence []types.Value
	order    []string
	found    map[string]*transition
}

// transition is the users who came from a state through the sequence to another.
type transition struct {
	before, after types.Value
	users         []types.Tree
	count         int64
}

func (f *funnel) begin() { f.order, f.found = nil, map[string]*transition{} }

// follow looks for the sequence in one user's rows, in order of time. A state that repeats is one.
func (f *funnel) follow(path []types.Row) {
	var steps []types.Row
	for _, row := range path {
		if n := len(steps); n == 0 || !types.Equal(steps[n-1][f.state], row[f.state]) {
			steps = append(steps, row)
		}
	}
	seen := map[string]bool{}
	for i := 0; i+len(f.sequence) <= len(steps); i++ {
		if len(f.sequence) == 0 || !f.matches(steps, i) {
			continue
		}
		before, after := f.neighbour(steps, i-1, i), f.neighbour(steps, i+len(f.sequence), i+len(f.sequence)-1)
		key := string(rowKey(nil, types.Row{before, after}))
		if seen[key] {
			continue
		}
		seen[key] = true
		tr := f.found[key]
		if tr == nil {
			tr = &transition{before: before, after: after}
			f.found[key] = tr
			f.order = append(f.order, key)
		}
		if tr.count++; tr.count <= maxSamples {
			tr.users = append(tr.users, types.ToTree(path[0][f.t.who]))
		}
	}
}

// matches: the sequence begins at a step, and none of its states waits too long for the next.
func (f *funnel) matches(steps []types.Row, at int) bool {
	for i, want := range f.sequence {
		if compare(convert(want, f.typ), steps[at+i][f.state]) != 0 || i > 0 && !f.soon(steps[at+i-1], steps[at+i]) {
			return false
		}
	}
	return true
}

func (f *funnel) soon(a, b types.Row) bool {
	return number(b[f.t.when])-number(a[f.t.when]) <= number(f.limit)
}

// neighbour is the state at a step beside the sequence, or none.
func (f *funnel) neighbour(steps []types.Row, at, beside int) types.Value {
	if at < 0 || at >= len(steps) || !f.soon(steps[min(at, beside)], steps[max(at, beside)]) {
		return types.Null(f.typ)
	}
	return steps[at][f.state]
}

func (f *funnel) rows(window types.Value) []types.Row {
	out := make([]types.Row, 0, len(f.order))
	for _, key := range f.order {
		tr := f.found[key]
		out = append(out, types.Row{window, tr.before, tr.after, types.NewLong(tr.count), types.NewDynamic(tr.users)})
	}
	return out
}
