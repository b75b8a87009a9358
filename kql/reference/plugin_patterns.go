package reference

import (
	"math"
	"slices"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// segmentArgs are the optional arguments of autocluster, basket and diffpatterns, in the order in which each
// page gives them; "~" stands for the default.
type segmentArgs struct {
	number    float64 // threshold or size weight
	second    float64 // dimensions or seeds
	weight    int     // column; -1 for 1 a row
	wildcards types.Row
}

// parseSegmentArgs reads the arguments behind the first ones: a weight column may stand among the numbers, and what
// comes behind them are wildcards, one per type.
func (p *pluginRun) parseSegmentArgs(args []plan.Expr, number, second float64) (*segmentArgs, error) {
	out := &segmentArgs{number: number, second: second, weight: -1}
	numbers := 0
	for i, x := range args {
		if name, ok := columnArg(x); ok {
			out.weight = p.schema.Find(name)
			continue
		}
		v, err := p.constant(x)
		if err != nil {
			return nil, err
		}
		skip := v.Type() == types.String && v.Str() == "~"
		switch {
		case i < 3 && skip && i == 1:
			// the weight column's default
		case i < 3 && (skip || v.Type().Numeric()) && numbers < 2:
			if !skip && numbers == 0 {
				out.number = v.Float()
			} else if !skip {
				out.second = v.Float()
			}
			numbers++
		case !skip:
			out.wildcards = append(out.wildcards, v)
		}
	}
	return out, nil
}

// dimensions are the columns that patterns are made of, and all that are shown.
func (p *pluginRun) dimensions(without ...int) (dims, visible []int) {
	for i, col := range p.schema {
		if col.Hidden {
			continue
		}
		visible = append(visible, i)
		if !slices.Contains(without, i) {
			dims = append(dims, i)
		}
	}
	return dims, visible
}

func (p *pluginRun) weights(column int) []float64 {
	out := make([]float64, len(p.rows))
	for i, row := range p.rows {
		out[i] = 1
		if column >= 0 {
			if v := convert(row[column], types.Real); !v.IsNull() {
				out[i] = v.Real()
			} else {
				out[i] = 0
			}
		}
	}
	return out
}

// basket is every pattern that is frequent enough, the most frequent first (basket-plugin).
func basket(p *pluginRun) (types.Schema, []types.Row, error) {
	args, err := p.parseSegmentArgs(p.op.Args, 0.05, 5)
	if err != nil {
		return nil, nil, err
	}
	dims, visible := p.dimensions(args.weight)
	m := newMiner(p.rows, dims, p.weights(args.weight), args.number, int(args.second))
	found, err := m.mine(p.state)
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(found, func(a, b *pattern) int { return compareReals(b.weight, a.weight) })
	return p.op.Out, p.segments(m, found, visible, args.wildcards), nil
}

func (p *pluginRun) segments(m *miner, found []*pattern, visible []int, wildcards types.Row) []types.Row {
	rows := make([]types.Row, len(found))
	for i, f := range found {
		head := types.Row{types.NewLong(int64(i)), types.NewLong(int64(math.Round(f.weight))), types.NewReal(f.weight / m.total * 100)}
		rows[i] = append(head, m.cells(f, p.schema, visible, wildcards)...)
	}
	return rows
}

// autocluster picks few patterns that together cover much (autocluster-plugin): again and again the pattern with the best
// balance of size and of columns fixed, over the rows that are left.
func autocluster(p *pluginRun) (types.Schema, []types.Row, error) {
	args, err := p.parseSegmentArgs(p.op.Args, 0.5, 5)
	if err != nil {
		return nil, nil, err
	}
	dims, visible := p.dimensions(args.weight)
	weights := p.weights(args.weight)
	all := newMiner(p.rows, dims, weights, 0.05, len(dims))
	all.cap = 5_000
	candidates, err := all.mine(p.state)
	if err != nil {
		return nil, nil, err
	}
	candidates = closed(candidates)
	left := slices.Clone(weights)
	var picked []*pattern
	const most = 64
	for len(picked) < most {
		var best *pattern
		bestScore, least := 0.0, all.least
		for _, c := range candidates {
			fresh := 0.0
			for _, r := range c.rows {
				fresh += left[r]
			}
			score := math.Pow(fresh/all.total, args.number) * math.Pow(float64(len(c.items))/float64(max(1, len(dims))), 1-args.number)
			if fresh >= least && fresh > 0 && score > bestScore {
				best, bestScore = c, score
			}
		}
		if best == nil {
			break
		}
		picked = append(picked, best)
		for _, r := range best.rows {
			left[r] = 0
		}
		if err := p.state.ctx.Err(); err != nil {
			return nil, nil, err
		}
	}
	return p.op.Out, p.segments(all, picked, visible, args.wildcards), nil
}

// diffPatterns is the patterns whose shares differ between the rows of two values of a column (diffpatterns-plugin).
func diffPatterns(p *pluginRun) (types.Schema, []types.Row, error) {
	split, err := p.column(0)
	if err != nil {
		return nil, nil, err
	}
	a, err := p.value(1)
	if err != nil {
		return nil, nil, err
	}
	b, err := p.value(2)
	if err != nil {
		return nil, nil, err
	}
	args, err := p.diffArgs()
	if err != nil {
		return nil, nil, err
	}
	weights := p.weights(args.weight)
	dims, visible := p.dimensions(split, args.weight)
	// A pattern can differ by the threshold only where one side has it that often.
	var side [2]float64
	of := make([]int, len(p.rows))
	for i, row := range p.rows {
		of[i] = -1
		switch row[split].Text() {
		case a.Text():
			of[i] = 0
		case b.Text():
			of[i] = 1
		}
		if of[i] < 0 {
			weights[i] = 0
			continue
		}
		side[of[i]] += weights[i]
	}
	m := newMiner(p.rows, dims, weights, 0, int(args.second))
	m.least = args.number * min(side[0], side[1])
	m.items = slices.DeleteFunc(m.items, func(it *item) bool { w := m.weigh(it.rows); return w <= 0 || w < m.least })
	found, err := m.mine(p.state)
	if err != nil {
		return nil, nil, err
	}
	return p.op.Out, p.differences(m, closed(found), of, side, args, visible), nil
}

// diffArgs are (threshold, weight column, dimensions, wildcards...) behind the split.
func (p *pluginRun) diffArgs() (*segmentArgs, error) {
	var rest []plan.Expr
	if len(p.op.Args) > 3 {
		rest = p.op.Args[3:]
	}
	// The page puts the weight column before the threshold.
	if len(rest) > 1 {
		if _, isColumn := columnArg(rest[1]); !isColumn {
			rest = append([]plan.Expr{rest[1], rest[0]}, rest[2:]...)
		}
	}
	return p.parseSegmentArgs(rest, 0.05, 5)
}

func (p *pluginRun) differences(m *miner, found []*pattern, of []int, side [2]float64, args *segmentArgs, visible []int) []types.Row {
	share := func(w, all float64) float64 {
		if all == 0 {
			return 0
		}
		return w / all * 100
	}
	kept := found[:0]
	for _, f := range found {
		for _, r := range f.rows {
			switch of[r] {
			case 0:
				f.from += m.weights[r]
			case 1:
				f.to += m.weights[r]
			}
		}
		f.weight = math.Abs(share(f.from, side[0]) - share(f.to, side[1]))
		if f.weight >= args.number*100 {
			kept = append(kept, f)
		}
	}
	slices.SortStableFunc(kept, func(a, b *pattern) int { return compareReals(b.weight, a.weight) })
	rows := make([]types.Row, len(kept))
	for i, f := range kept {
		head := append(longs(i, int(math.Round(f.from)), int(math.Round(f.to))),
			types.NewReal(share(f.from, side[0])), types.NewReal(share(f.to, side[1])), types.NewReal(f.weight))
		rows[i] = append(head, m.cells(f, p.schema, visible, args.wildcards)...)
	}
	return rows
}
