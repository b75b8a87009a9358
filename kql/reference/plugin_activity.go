package reference

import (
	"math"
	"slices"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// divideAll divides rows by dimensions and windows, those before the start too, which look-back windows need.
func (t *timeline) divideAll(rows []types.Row) []*binned {
	groups := map[string]*binned{}
	var order []*binned
	for _, row := range rows {
		v := row[t.when]
		if v.IsNull() || t.end.IsNull() || compare(v, t.end) > 0 {
			continue
		}
		bin := t.steps(v)
		dims := pick(row, t.dims)
		key := string(rowKey(nil, dims))
		g := groups[key]
		if g == nil {
			g = &binned{dims: dims, bins: map[int64][]types.Row{}}
			groups[key] = g
			order = append(order, g)
		}
		g.bins[bin] = append(g.bins[bin], row)
	}
	last := int64(-1)
	if !t.end.IsNull() && !t.start.IsNull() {
		last = t.steps(t.end)
	}
	for _, g := range order {
		g.last = last
	}
	return order
}

// back is the rows of a window and the n-1 before it.
func (g *binned) back(bin, n int64) []types.Row {
	var out []types.Row
	for b := bin - n + 1; b <= bin; b++ {
		out = append(out, g.bins[b]...)
	}
	return out
}

// windowsIn is how many steps a look-back window has, at least one.
func (t *timeline) windowsIn(window types.Value) int64 {
	return max(1, int64(math.Ceil(number(window)/number(t.step))))
}

// slidingCounts is sliding_window_counts(id, time, start, end, look-back, bin): rows and users in the window that ends with
// each bin.
func slidingCounts(p *pluginRun) (types.Schema, []types.Row, error) {
	t, back, err := p.windowArgs(4, 5, 6)
	if err != nil {
		return nil, nil, err
	}
	n := t.windowsIn(back)
	var rows []types.Row
	for _, g := range t.divideAll(p.rows) {
		for bin := int64(0); bin <= g.last; bin++ {
			in := g.back(bin, n)
			if len(in) == 0 {
				continue
			}
			row := append(types.Row{t.point(p.schema[t.when].Type, bin)}, g.dims...)
			rows = append(rows, append(row, longs(len(in), len(p.users(t, in)))...))
			if err := p.state.tick(); err != nil {
				return nil, nil, err
			}
		}
	}
	return p.op.Out, rows, nil
}

// windowArgs reads (id, time, start, end, ...), with the step and another window at the given places and the dimensions
// from dims on.
func (p *pluginRun) windowArgs(window, step, dims int) (*timeline, types.Value, error) {
	t := &timeline{}
	var err error
	if t.who, err = p.column(0); err != nil {
		return nil, types.Value{}, err
	}
	if t.when, err = p.column(1); err != nil {
		return nil, types.Value{}, err
	}
	var other types.Value
	for _, a := range []struct {
		to *types.Value
		at int
	}{{&t.start, 2}, {&t.end, 3}, {&other, window}, {&t.step, step}} {
		if dims < 6 && a.at < 4 && a.to != &other && a.to != &t.step {
			continue // the form without start and end
		}
		if *a.to, err = p.value(a.at); err != nil {
			return nil, other, err
		}
	}
	for _, v := range []types.Value{t.step, other} {
		if v.IsNull() || v.Type() == types.String || number(v) <= 0 {
			return nil, other, badArgument(diag.Span{}, p.op.Plugin.Name, "the windows must be numbers or timespans greater than 0")
		}
	}
	t.dims, err = p.columns(dims)
	return t, other, err
}

// activityEngagement is (id, time[, start, end], inner, outer): the users of each inner window, those of the outer window that
// ends with it, and their ratio.
func activityEngagement(p *pluginRun) (types.Schema, []types.Row, error) {
	shift := 0
	if v, err := p.value(2); err == nil && v.Type() == types.TimeSpan {
		shift = 2
	}
	t, outer, err := p.windowArgs(5-shift, 4-shift, 6-shift)
	if err != nil {
		return nil, nil, err
	}
	if shift > 0 {
		t.bounds(p.rows)
	}
	n := t.windowsIn(outer)
	var rows []types.Row
	for _, g := range t.divideAll(p.rows) {
		for bin := int64(0); bin <= g.last; bin++ {
			inner := len(p.users(t, g.bins[bin]))
			if inner == 0 {
				continue
			}
			all := len(p.users(t, g.back(bin, n)))
			row := append(types.Row{t.point(p.schema[t.when].Type, bin)}, g.dims...)
			rows = append(rows, append(append(row, longs(inner, all)...), types.NewReal(float64(inner)/float64(all))))
			if err := p.state.tick(); err != nil {
				return nil, nil, err
			}
		}
	}
	return p.op.Out, rows, nil
}

// activeUsers is active_users_count(id, time, start, end, look-back, period, periods, bin): the users of each bin who, at
// one of their rows there, were there in so many periods of the look-back window before it.
func activeUsers(p *pluginRun) (types.Schema, []types.Row, error) {
	t, back, err := p.windowArgs(4, 7, 8)
	if err != nil {
		return nil, nil, err
	}
	period, err := p.value(5)
	if err != nil {
		return nil, nil, err
	}
	least, err := p.count(p.op.Args[6])
	if err != nil {
		return nil, nil, err
	}
	if period.IsNull() || number(period) <= 0 {
		return nil, nil, badArgument(diag.Span{}, p.op.Plugin.Name, "the period must be greater than 0")
	}
	times := map[string][]float64{}
	key := func(row types.Row) string { return string(appendKey(rowKey(nil, pick(row, t.dims)), row[t.who])) }
	for _, row := range p.rows {
		if !row[t.when].IsNull() {
			times[key(row)] = append(times[key(row)], number(row[t.when]))
		}
	}
	rows, err := p.overBins(t, func(*binned) func(int64, []types.Row) types.Row {
		return func(_ int64, rows []types.Row) types.Row {
			active := map[string]bool{}
			for _, row := range rows {
				now := number(row[t.when])
				seen := map[float64]bool{}
				for _, then := range times[key(row)] {
					if then <= now && then > now-number(back) {
						seen[math.Floor(then/number(period))] = true
					}
				}
				if int64(len(seen)) >= least {
					active[key(row)] = true
				}
			}
			return longs(len(active))
		}
	})
	rows = slices.DeleteFunc(rows, func(r types.Row) bool { return r[len(r)-1].Long() == 0 })
	return p.op.Out, rows, err
}

// newActivity is new_activity_metrics(id, time, start, end, window[, cohort], dimensions..., look-back table): for each window
// the users first seen in it, and how many of them each later window has.
func newActivity(p *pluginRun) (types.Schema, []types.Row, error) {
	cohort := types.Value{}
	dims := 5
	if len(p.op.Args) > 5 {
		if _, isColumn := columnArg(p.op.Args[5]); !isColumn {
			var err error
			if cohort, err = p.value(5); err != nil {
				return nil, nil, err
			}
			dims = 6
		}
	}
	t, err := p.timelineArgs(5)
	if dims == 6 || err != nil {
		full := p.op.Args
		trimmed := *p.op
		trimmed.Args = append(slices.Clone(full[:5]), full[min(dims, len(full)):]...)
		q := *p
		q.op = &trimmed
		if t, err = q.timelineArgs(5); err != nil {
			return nil, nil, err
		}
	}
	known := p.lookback(t)
	typ := p.schema[t.when].Type
	var rows []types.Row
	for _, g := range t.divide(p.rows) {
		last := t.steps(t.end)
		before := map[string]bool{} // users of the windows up to the cohort's
		for id := range known {
			before[id] = true
		}
		for from := int64(0); from <= last; from++ {
			fresh := map[string]bool{}
			for id := range p.users(t, g.bins[from]) {
				if !before[id] {
					fresh[id] = true
				}
			}
			if len(fresh) > 0 && (cohort.IsNull() || compare(cohort, t.point(typ, from)) == 0) {
				rows = append(rows, p.cohortRows(t, g, from, last, fresh, before)...)
			}
			for id := range fresh {
				before[id] = true
			}
			if err := p.state.tick(); err != nil {
				return nil, nil, err
			}
		}
	}
	return p.op.Out, rows, nil
}

// lookback is the users of the look-back table, where there is one: its column of the same name, else its first.
func (p *pluginRun) lookback(t *timeline) map[string]bool {
	out := map[string]bool{}
	if len(p.tables) == 0 {
		return out
	}
	at := max(0, p.op.Tables[0].Schema().Find(p.schema[t.who].Name))
	for _, row := range p.tables[0] {
		out[string(appendKey(nil, row[at]))] = true
	}
	return out
}

func (p *pluginRun) cohortRows(t *timeline, g *binned, from, last int64, fresh, before map[string]bool) []types.Row {
	typ := p.schema[t.when].Type
	var rows []types.Row
	for to := from; to <= last; to++ {
		now := p.users(t, g.bins[to])
		kept, added := 0, 0
		for id := range now {
			if fresh[id] {
				kept++
			}
			// New are those not seen up to the cohort's window; in that window they are the cohort itself.
			if !before[id] && (to == from || !fresh[id]) {
				added++
			}
		}
		share := float64(kept) / float64(len(fresh))
		row := append(types.Row{t.point(typ, from), t.point(typ, to)}, g.dims...)
		row = append(row, longs(added, kept, len(fresh)-kept)...)
		rows = append(rows, append(row, types.NewReal(share), types.NewReal(1-share)))
	}
	return rows
}

// funnelCompletion is funnel_sequence_completion(id, time, start, end, step, state, sequence, windows): how many users went
// through the first states of the sequence, each within a whole window.
func funnelCompletion(p *pluginRun) (types.Schema, []types.Row, error) {
	t, err := p.timelineArgsOnly()
	if err != nil {
		return nil, nil, err
	}
	at, err := p.column(5)
	if err != nil {
		return nil, nil, err
	}
	sequence, err := p.value(6)
	if err != nil {
		return nil, nil, err
	}
	windows, err := p.value(7)
	if err != nil {
		return nil, nil, err
	}
	states := spread(sequence)
	var rows []types.Row
	for _, g := range t.divide(p.rows) {
		for bin := int64(0); bin <= g.last; bin++ {
			if len(g.bins[bin]) == 0 {
				continue
			}
			paths := p.paths(t, g.bins[bin])
			for _, w := range spread(windows) {
				w = conform(types.NewDynamic(types.ToTree(w)), types.TimeSpan)
				counts := make([]int, len(states))
				for _, path := range paths {
					for i := range reached(path, t.when, at, states, number(w)) {
						counts[i]++
					}
				}
				for i, s := range states {
					rows = append(rows, types.Row{t.point(p.schema[t.when].Type, bin), convert(s, p.schema[at].Type), w, types.NewLong(int64(counts[i]))})
				}
			}
		}
	}
	return p.op.Out, rows, nil
}

// timelineArgsOnly is the first five arguments, for plugins whose others are not dimensions.
func (p *pluginRun) timelineArgsOnly() (*timeline, error) {
	op := *p.op
	op.Args = op.Args[:min(5, len(op.Args))]
	q := *p
	q.op = &op
	return q.timelineArgs(5)
}

// paths are the rows of each user in order of time.
func (p *pluginRun) paths(t *timeline, rows []types.Row) [][]types.Row {
	byUser := map[string]int{}
	var out [][]types.Row
	for _, row := range rows {
		key := string(appendKey(nil, row[t.who]))
		i, ok := byUser[key]
		if !ok {
			i = len(out)
			byUser[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], row)
	}
	for _, path := range out {
		slices.SortStableFunc(path, func(a, b types.Row) int { return compare(a[t.when], b[t.when]) })
	}
	return out
}

// reached is how many states of the sequence a user went through at best, from any row of the first state.
func reached(path []types.Row, when, at int, states []types.Value, window float64) int {
	best := 0
	for i, first := range path {
		if len(states) == 0 || first[at].Text() != states[0].Text() {
			continue
		}
		n := 1
		for _, row := range path[i+1:] {
			if n == len(states) || number(row[when])-number(first[when]) > window {
				break
			}
			if row[at].Text() == states[n].Text() {
				n++
			}
		}
		best = max(best, n)
	}
	return best
}
