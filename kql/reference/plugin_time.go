package reference

import (
	"math"
	"slices"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// timeline is what the activity plugins share: who, when, a range of time divided into windows, and dimensions.
type timeline struct {
	who, when        int
	start, end, step types.Value
	dims             []int
}

// timelineArgs reads (id, time, start, end, window, ... dimensions from the n-th argument on).
func (p *pluginRun) timelineArgs(n int) (*timeline, error) {
	t := &timeline{}
	var err error
	if t.who, err = p.column(0); err != nil {
		return nil, err
	}
	if t.when, err = p.column(1); err != nil {
		return nil, err
	}
	at := 2
	for _, v := range []*types.Value{&t.start, &t.end, &t.step} {
		if n == 3 && v != &t.step {
			continue // the form without start and end
		}
		if *v, err = p.value(at); err != nil {
			return nil, err
		}
		at++
	}
	if t.step.Type() == types.String || t.step.IsNull() || number(t.step) <= 0 {
		return nil, badArgument(diag.Span{}, p.op.Plugin.Name, "the window must be a number or timespan greater than 0")
	}
	t.dims, err = p.columns(n)
	return t, err
}

// bounds takes missing ends from the data.
func (t *timeline) bounds(rows []types.Row) {
	for _, row := range rows {
		v := row[t.when]
		if v.IsNull() {
			continue
		}
		if t.start.IsNull() || compare(v, t.start) < 0 {
			t.start = v
		}
		if t.end.IsNull() || compare(v, t.end) > 0 {
			t.end = v
		}
	}
}

// bin is the window of a row; false for rows outside of the range.
func (t *timeline) bin(row types.Row) (int64, bool) {
	v := row[t.when]
	if v.IsNull() || t.start.IsNull() || compare(v, t.start) < 0 || compare(v, t.end) > 0 {
		return 0, false
	}
	return t.steps(v), true
}

// steps is how many whole steps lie between the start and a value. Ticks are more than a real can hold.
func (t *timeline) steps(v types.Value) int64 {
	for _, x := range []types.Value{v, t.start, t.step} {
		if x.Type() == types.Real || x.Type() == types.Decimal {
			return int64(math.Floor((number(v) - number(t.start)) / number(t.step)))
		}
	}
	by, step := asInt(v)-asInt(t.start), asInt(t.step)
	n := by / step
	if by%step < 0 {
		n--
	}
	return n
}

func (t *timeline) point(typ types.Type, bin int64) types.Value {
	if typ == types.Real {
		return types.NewReal(number(t.start) + float64(bin)*number(t.step))
	}
	return fromInt(typ, asInt(t.start)+bin*asInt(t.step))
}

// binned is the rows of one combination of dimensions by window.
type binned struct {
	dims types.Row
	bins map[int64][]types.Row
	last int64
}

func (t *timeline) divide(rows []types.Row) []*binned {
	groups := map[string]*binned{}
	var order []*binned
	for _, row := range rows {
		bin, ok := t.bin(row)
		if !ok {
			continue
		}
		dims := pick(row, t.dims)
		key := string(rowKey(nil, dims))
		g := groups[key]
		if g == nil {
			g = &binned{dims: dims, bins: map[int64][]types.Row{}}
			groups[key] = g
			order = append(order, g)
		}
		g.bins[bin] = append(g.bins[bin], row)
		g.last = max(g.last, bin)
	}
	return order
}

// overBins makes a row per window with data of each combination: the time, the dimensions, and what f gives.
func (p *pluginRun) overBins(t *timeline, f func(g *binned) func(bin int64, rows []types.Row) types.Row) ([]types.Row, error) {
	var out []types.Row
	for _, g := range t.divide(p.rows) {
		next := f(g)
		for bin := int64(0); bin <= g.last; bin++ {
			if err := p.state.tick(); err != nil {
				return nil, err
			}
			rows, ok := g.bins[bin]
			if !ok {
				continue
			}
			row := append(types.Row{t.point(p.schema[t.when].Type, bin)}, g.dims...)
			out = append(out, append(row, next(bin, rows)...))
		}
	}
	return out, nil
}

// activityCounts is activity_counts_metrics: the rows and users of each window, the users that are new in it, and all users so
// far.
func activityCounts(p *pluginRun) (types.Schema, []types.Row, error) {
	t, err := p.timelineArgs(5)
	if err != nil {
		return nil, nil, err
	}
	rows, err := p.overBins(t, func(*binned) func(int64, []types.Row) types.Row {
		all := newSet()
		return func(_ int64, rows []types.Row) types.Row {
			now, before := newSet(), all.len()
			for _, row := range rows {
				id := row[t.who : t.who+1]
				now.add(id)
				all.add(id)
			}
			return longs(len(rows), now.len(), all.len()-before, all.len())
		}
	})
	return p.op.Out, rows, err
}

func longs(n ...int) types.Row {
	out := make(types.Row, len(n))
	for i, x := range n {
		out[i] = types.NewLong(int64(x))
	}
	return out
}

// activityMetrics compares the users of each window with those of the window before: the share that came back and the
// share that did not.
func activityMetrics(p *pluginRun) (types.Schema, []types.Row, error) {
	n := 5
	if v, err := p.value(3); err != nil || len(p.op.Args) < 5 || v.IsNull() || !v.Type().Temporal() && !v.Type().Numeric() {
		n = 3
	}
	t, err := p.timelineArgs(n)
	if err != nil {
		return nil, nil, err
	}
	t.bounds(p.rows)
	rows, err := p.overBins(t, func(g *binned) func(int64, []types.Row) types.Row {
		return func(bin int64, rows []types.Row) types.Row {
			before, now := p.users(t, g.bins[bin-1]), p.users(t, rows)
			fresh := 0
			for id := range now {
				if !before[id] {
					fresh++
				}
			}
			stayed := float64(len(now)-fresh) / float64(len(before)) // NaN without a window before
			return append(longs(len(now), fresh), types.NewReal(stayed), types.NewReal(1-stayed))
		}
	})
	return p.op.Out, rows, err
}

func (p *pluginRun) users(t *timeline, rows []types.Row) map[string]bool {
	out := map[string]bool{}
	for _, row := range rows {
		out[string(appendKey(nil, row[t.who]))] = true
	}
	return out
}

// sessionCount counts in each window the sessions that begin: a user's event begins one when the user was not there in
// the look-back window before it.
func sessionCount(p *pluginRun) (types.Schema, []types.Row, error) {
	t, err := p.timelineArgs(6)
	if err != nil {
		return nil, nil, err
	}
	back, err := p.value(5)
	if err != nil {
		return nil, nil, err
	}
	rows, err := p.overBins(t, func(*binned) func(int64, []types.Row) types.Row {
		last := map[string]float64{}
		return func(_ int64, rows []types.Row) types.Row {
			slices.SortStableFunc(rows, func(a, b types.Row) int { return compare(a[t.when], b[t.when]) })
			begun := 0
			for _, row := range rows {
				id, now := string(appendKey(nil, row[t.who])), number(row[t.when])
				if seen, ok := last[id]; !ok || now-seen > number(back) {
					begun++
				}
				last[id] = now
			}
			return longs(begun)
		}
	})
	return p.op.Out, rows, err
}

// rollingPercentile is the percentile of the values in each bin and those before it, as many bins as the window has
// (rolling-percentile-plugin).
func rollingPercentile(p *pluginRun) (types.Schema, []types.Row, error) {
	value, err := p.column(0)
	if err != nil {
		return nil, nil, err
	}
	index, err := p.column(2)
	if err != nil {
		return nil, nil, err
	}
	var v [3]types.Value
	for i, at := range []int{1, 3, 4} {
		if v[i], err = p.value(at); err != nil {
			return nil, nil, err
		}
	}
	pct, window := convert(v[0], types.Real), convert(v[2], types.Long).Long()
	dims, err := p.columns(5)
	if err != nil {
		return nil, nil, err
	}
	// Bins are those of bin(): counted from 0.
	t := &timeline{who: value, when: index, dims: dims, step: v[1]}
	if v[1].IsNull() || number(v[1]) <= 0 {
		return nil, nil, badArgument(diag.Span{}, "rolling_percentile", "the bin must be greater than 0")
	}
	t.bounds(p.rows)
	if !t.start.IsNull() {
		t.start = floorTo(t.start, t.step)
	}
	rows, err := p.overBins(t, func(g *binned) func(int64, []types.Row) types.Row {
		return func(bin int64, _ []types.Row) types.Row {
			s := &samples{}
			for b := bin - window + 1; b <= bin; b++ {
				for _, row := range g.bins[b] {
					s.add(row[value], 1)
				}
			}
			return types.Row{convert(s.percentile(pct.Real()), p.op.Out[len(p.op.Out)-1].Type)}
		}
	})
	return p.op.Out, rows, err
}

// floorTo is the start of the bin that holds v, as bin() gives it.
func floorTo(v, step types.Value) types.Value {
	if v.Type() == types.Real || step.Type() == types.Real {
		return types.NewReal(math.Floor(number(v)/number(step)) * number(step))
	}
	return fromInt(v.Type(), floorDiv(v.Long(), step.Long())*step.Long())
}

// sequenceDetect finds the ways to go through the steps in order of time, each step within a window of the last one
// and all within a span (sequence-detect-plugin).
func sequenceDetect(p *pluginRun) (types.Schema, []types.Row, error) {
	when, err := p.column(0)
	if err != nil {
		return nil, nil, err
	}
	step, err := p.value(1)
	if err != nil {
		return nil, nil, err
	}
	span, err := p.value(2)
	if err != nil {
		return nil, nil, err
	}
	f := &sequenceFinder{when: when, step: number(step), span: number(span), p: p}
	sc := overRows(p.schema)
	var dims []evaluator
	for _, x := range p.op.Args[3:] {
		e, err := p.expr(x, sc)
		if err != nil {
			return nil, nil, err
		}
		_, isColumn := columnArg(x)
		if x.Type() == types.Bool && (!isColumn || len(f.steps) < len(p.op.Names)) {
			f.steps = append(f.steps, e)
		} else {
			dims = append(dims, e)
		}
	}
	groups, err := groupRows(p.rows, dims)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range groups {
		g = slices.DeleteFunc(g, func(r types.Row) bool { return r[when].IsNull() })
		if len(g) == 0 {
			continue
		}
		slices.SortStableFunc(g, func(a, b types.Row) int { return compare(a[when], b[when]) })
		f.rows, f.seen, f.prefix = g, newSet(), nil
		for _, e := range dims {
			v, err := e(g[0])
			if err != nil {
				return nil, nil, err
			}
			f.prefix = append(f.prefix, v)
		}
		if err := f.find(0, nil); err != nil {
			return nil, nil, err
		}
	}
	return p.op.Out, f.out, nil
}

// sequenceFinder looks for sequences in the ordered rows of one combination of dimensions.
type sequenceFinder struct {
	p          *pluginRun
	when       int
	step, span float64
	steps      []evaluator
	rows       []types.Row
	prefix     types.Row
	seen       *set
	out        []types.Row
}

// find goes on from the rows so far, whose times are given, with the rows from the i-th on.
func (f *sequenceFinder) find(i int, times []types.Value) error {
	if len(times) == len(f.steps) {
		first, last := times[0], times[len(times)-1]
		row := append(append(slices.Clone(f.prefix), times...), fromInt(types.TimeSpan, last.Long()-first.Long()))
		if f.seen.add(row) {
			f.out = append(f.out, row)
			return f.p.state.keep("sequence_detect", row, len(f.out))
		}
		return nil
	}
	for ; i < len(f.rows); i++ {
		now := f.rows[i][f.when]
		if n := len(times); n > 0 && (number(now)-number(times[n-1]) > f.step || number(now)-number(times[0]) > f.span) {
			return nil
		}
		v, err := f.steps[len(times)](f.rows[i])
		if err != nil {
			return err
		}
		if is, _ := truth(v); !is {
			continue
		}
		if err := f.find(i+1, append(slices.Clip(times), now)); err != nil {
			return err
		}
	}
	return f.p.state.tick()
}
