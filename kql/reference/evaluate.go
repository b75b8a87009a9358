package reference

import (
	"context"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// plugin computes all rows of an evaluate, and their columns.
type plugin func(p *pluginRun) (types.Schema, []types.Row, error)

// plugins are those that can run, by name; each has its page under https://learn.microsoft.com/kusto/query.
func plugins() map[string]plugin {
	return map[string]plugin{
		"bag_unpack":                 bagUnpack,
		"pivot":                      pivot,
		"narrow":                     narrow,
		"preview":                    preview,
		"rows_near":                  rowsNear,
		"ipv4_lookup":                ipLookup,
		"ipv6_lookup":                ipLookup,
		"geo_polygon_lookup":         geoLookup("geo_point_in_polygon"),
		"geo_line_lookup":            geoLookup("geo_distance_point_to_line"),
		"dcount_intersect":           dcountIntersect,
		"rolling_percentile":         rollingPercentile,
		"activity_counts_metrics":    activityCounts,
		"activity_metrics":           activityMetrics,
		"session_count":              sessionCount,
		"activity_engagement":        activityEngagement,
		"new_activity_metrics":       newActivity,
		"active_users_count":         activeUsers,
		"sliding_window_counts":      slidingCounts,
		"funnel_sequence":            funnelSequence,
		"funnel_sequence_completion": funnelCompletion,
		"sequence_detect":            sequenceDetect,
		"autocluster":                autocluster,
		"basket":                     basket,
		"diffpatterns":               diffPatterns,
		"estimate_rows_count":        estimateRows,
	}
}

// pluginRun is one run of a plugin: its call, and the rows that it reads.
type pluginRun struct {
	*compiler
	op     *plan.EvaluateOp
	state  *state
	schema types.Schema // of rows
	rows   []types.Row
	tables [][]types.Row
}

func (c *compiler) compileEvaluate(n *plan.EvaluateOp) (opener, error) {
	run, open, err := c.openPlugin(n)
	if err != nil {
		return nil, err
	}
	return func(s *state) (Rows, error) {
		return &lazyRows{make: func() ([]types.Row, error) {
			p, err := open(s)
			if err != nil {
				return nil, err
			}
			schema, rows, err := run(p)
			if err != nil {
				return nil, err
			}
			return fit(schema, rows, n.Out), nil
		}}, nil
	}, nil
}

// openPlugin finds the plugin of a node, and how to read what it needs.
func (c *compiler) openPlugin(n *plan.EvaluateOp) (plugin, func(*state) (*pluginRun, error), error) {
	run := plugins()[n.Plugin.Name]
	if run == nil {
		return nil, nil, notImplemented(diag.Span{}, "plugin", n.Plugin.Name)
	}
	var opens []opener
	for _, in := range n.Inputs() {
		open, err := c.compile(in)
		if err != nil {
			return nil, nil, err
		}
		opens = append(opens, open)
	}
	return run, func(s *state) (*pluginRun, error) {
		p := &pluginRun{compiler: c, op: n, state: s}
		for i, open := range opens {
			rows, err := openAll(s, n.Plugin.Name, open)
			if err != nil {
				return nil, err
			}
			if i == 0 && n.Input != nil {
				p.rows, p.schema = rows, n.Input.Schema()
			} else {
				p.tables = append(p.tables, rows)
			}
		}
		return p, nil
	}, nil
}

// fit puts rows under the columns that the plan has, by name; where the plan gives other types the values convert.
func fit(have types.Schema, rows []types.Row, want types.Schema) []types.Row {
	from := make([]int, len(want))
	same := len(have) == len(want)
	for i, col := range want {
		from[i] = have.Find(col.Name)
		same = same && from[i] == i && have[i].Type == col.Type
	}
	if same {
		return rows
	}
	out := make([]types.Row, len(rows))
	for r, row := range rows {
		out[r] = make(types.Row, len(want))
		for i, col := range want {
			out[r][i] = types.Null(col.Type)
			if from[i] >= 0 {
				out[r][i] = convert(row[from[i]], col.Type)
			}
		}
	}
	return out
}

// Probe tells the columns of a node's rows. Those of a plugin whose columns depend on the data are found by running
// it: the first phase of binding.
func (x *Executor) Probe(ctx context.Context, n plan.Node, env Env) (types.Schema, error) {
	e, ok := n.(*plan.EvaluateOp)
	if !ok || !e.Dynamic {
		return n.Schema(), nil
	}
	c := &compiler{exec: x, ctx: ctx, env: env}
	run, open, err := c.openPlugin(e)
	if err != nil {
		return nil, err
	}
	s := &state{ctx: ctx, exec: x, limits: env.Limits}
	defer s.release()
	p, err := open(s)
	if err != nil {
		return nil, err
	}
	schema, _, err := run(p)
	return schema, err
}

// column is the place of an argument that is a column of the input.
func (p *pluginRun) column(i int) (int, error) {
	if i < len(p.op.Args) {
		if c, ok := p.op.Args[i].(*plan.Column); ok {
			if at := p.schema.Find(c.Name); at >= 0 {
				return at, nil
			}
			return 0, unknownColumn(c.Name)
		}
	}
	return 0, badArgument(diag.Span{}, p.op.Plugin.Name, "a column of the input is missing among the arguments")
}

// columns are the places of the arguments from the i-th on.
func (p *pluginRun) columns(i int) ([]int, error) {
	var out []int
	for ; i < len(p.op.Args); i++ {
		at, err := p.column(i)
		if err != nil {
			return nil, err
		}
		out = append(out, at)
	}
	return out, nil
}

// value is an argument that is constant; null when absent.
func (p *pluginRun) value(i int) (types.Value, error) {
	if i >= len(p.op.Args) {
		return types.Value{}, nil
	}
	return p.constant(p.op.Args[i])
}

// option is a named argument; null when absent.
func (p *pluginRun) option(name string) (types.Value, error) {
	x, ok := p.op.Options[name]
	if !ok {
		return types.Value{}, nil
	}
	return p.constant(x)
}

// pick is the cells of some columns.
func pick(row types.Row, at []int) types.Row {
	out := make(types.Row, len(at))
	for i, a := range at {
		out[i] = row[a]
	}
	return out
}

// pickSchema is the columns at some places.
func pickSchema(s types.Schema, at []int) types.Schema {
	out := make(types.Schema, len(at))
	for i, a := range at {
		out[i] = s[a]
	}
	return out
}
