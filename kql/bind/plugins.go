package bind

import (
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// pluginRule is how a plugin's arguments and columns are bound.
type pluginRule struct {
	schema func(*pluginCall) (types.Schema, bool)
	// input: the plugin needs rows before it; dynamic: columns depend on the data; keepsOrder: rows stay in order.
	input, dynamic, keepsOrder bool
}

// plugins are the rules by name, each by its page under https://learn.microsoft.com/kusto/query.
func plugins() map[string]pluginRule {
	return map[string]pluginRule{
		"autocluster":                {schema: segments(false), input: true},
		"basket":                     {schema: segments(false), input: true},
		"diffpatterns":               {schema: segments(true), input: true},
		"bag_unpack":                 {schema: bagUnpack, input: true, dynamic: true, keepsOrder: true},
		"pivot":                      {schema: pivot, input: true, dynamic: true},
		"narrow":                     {schema: narrow, input: true},
		"ipv4_lookup":                {schema: ipLookup, input: true},
		"ipv6_lookup":                {schema: ipLookup, input: true},
		"geo_polygon_lookup":         {schema: geoLookup, input: true},
		"geo_line_lookup":            {schema: geoLookup, input: true},
		"rows_near":                  {schema: rowsNear, input: true, keepsOrder: true},
		"preview":                    {schema: preview, input: true},
		"dcount_intersect":           {schema: dcountIntersect, input: true},
		"rolling_percentile":         {schema: rollingPercentile, input: true},
		"estimate_rows_count":        {schema: fixed(types.Schema{{Name: "EstimatedRowsCount", Type: types.Long}})},
		"session_count":              {schema: timeline(6, "count_sessions"), input: true},
		"active_users_count":         {schema: timeline(8, "dcount"), input: true},
		"activity_counts_metrics":    {schema: timeline(5, "count", "dcount", "new_dcount", "aggregated_dcount"), input: true},
		"sliding_window_counts":      {schema: timeline(6, "Count", "Dcount"), input: true},
		"activity_metrics":           {schema: activityMetrics, input: true},
		"activity_engagement":        {schema: activityEngagement, input: true},
		"new_activity_metrics":       {schema: newActivityMetrics, input: true},
		"funnel_sequence":            {schema: funnelSequence, input: true},
		"funnel_sequence_completion": {schema: funnelCompletion, input: true},
		"sequence_detect":            {schema: sequenceDetect, input: true},
	}
}

// refusedPlugins reach outside of the workspace or run code: they stay refused.
var refusedPlugins = set("python", "r", "csharp", "sql_request", "mysql_request", "postgresql_request", "cosmosdb_sql_request",
	"http_request", "http_request_post", "azure_digital_twins_query_request", "dax_request", "execute_query", "execute_show_command",
	"external_datatable", "infer_storage_schema", "infer_storage_schema_with_suggestions", "ai_embed_text", "ai_chat_completion",
	"ai_chat_completion_prompt", "ai_embeddings", "identity", "identity_v3", "schema_merge")

func fixed(s types.Schema) func(*pluginCall) (types.Schema, bool) {
	return func(*pluginCall) (types.Schema, bool) { return s, true }
}

// segments is autocluster, basket and diffpatterns: counts of a pattern, then the columns that it fixes.
func segments(diff bool) func(*pluginCall) (types.Schema, bool) {
	return func(p *pluginCall) (types.Schema, bool) {
		first := 0
		out := types.Schema{{Name: "SegmentId", Type: types.Long}, {Name: "Count", Type: types.Long}, {Name: "Percent", Type: types.Real}}
		if diff {
			if !p.need(3, -1) {
				return nil, false
			}
			out = types.Schema{{Name: "SegmentId", Type: types.Long}, {Name: "CountA", Type: types.Long}, {Name: "CountB", Type: types.Long},
				{Name: "PercentA", Type: types.Real}, {Name: "PercentB", Type: types.Real}, {Name: "PercentDiffAB", Type: types.Real}}
			p.column(0, "SplitColumn")
			first = 1
		}
		for i := first; i < len(p.args); i++ {
			p.out.Args = append(p.out.Args, p.b.fold(p.b.bindExpr(p.args[i].Value, p.v)))
		}
		n := newNamer(nil)
		for _, c := range out {
			n.auto(c.Name)
		}
		for _, c := range p.in.schema().Visible() {
			out = append(out, types.Column{Name: n.auto(c.Name), Type: c.Type})
		}
		return out, true
	}
}

// bagUnpack knows the input's columns without the bag: those of the bag come from the data.
func bagUnpack(p *pluginCall) (types.Schema, bool) {
	if !p.need(1, 4) {
		return nil, false
	}
	c, ok := p.column(0, "column")
	if !ok {
		return nil, false
	}
	if c.Type != types.Dynamic && c.Type != types.Unknown {
		p.b.report(notDynamic(p.args[0].Span(), c.Type))
		return nil, false
	}
	for i, name := range []string{"OutputColumnPrefix", "columnsConflict", "ignoredProperties"} {
		if x := p.constant(i+1, name); x == nil {
			p.out.Args = append(p.out.Args, &plan.Literal{Value: types.Null(types.Dynamic)})
		}
	}
	var out types.Schema
	for _, have := range p.in.schema() {
		if have.Name != c.Name {
			out = append(out, have)
		}
	}
	return out, true
}

// pivot(column[, aggregate][, columns...]): keys, then a column per value. Args are the column, the aggregate's arguments come with
// Aggregate.
func pivot(p *pluginCall) (types.Schema, bool) {
	if !p.need(1, -1) {
		return nil, false
	}
	c, ok := p.column(0, "pivotColumn")
	if !ok {
		return nil, false
	}
	agg := p.b.aggregate("count", p.e.Span(), types.Schema{{Name: "count_", Type: types.Long}})
	used := map[string]bool{c.Name: true}
	if len(p.args) > 1 {
		if agg, ok = p.pivotAggregate(p.args[1].Value, used); !ok {
			return nil, false
		}
	}
	p.out.Aggregate = &agg
	var keys types.Schema
	if len(p.args) > 2 {
		keys = p.rest(2)
	} else {
		for _, have := range p.in.schema().Visible() {
			if !used[have.Name] {
				keys = append(keys, have)
				p.out.Args = append(p.out.Args, column(have))
			}
		}
	}
	return keys, true
}

func (p *pluginCall) pivotAggregate(e syntax.Expr, used map[string]bool) (plan.Aggregate, bool) {
	call, ok := unparen(e).(*syntax.CallExpr)
	var f *builtin.Function
	if ok {
		f = p.b.lib.Lookup(builtin.Aggregate, call.Name.Text)
	}
	if f == nil {
		p.b.report(pivotWithoutAggregate(e.Span()))
		return plan.Aggregate{}, false
	}
	aggs := &aggregates{row: p.in.row(), by: map[string]bool{}}
	agg := p.b.bindAggregate(f, call, env{scope: p.v.scope, base: aggs.row, agg: aggs})
	for _, a := range agg.Args {
		walkExpr(a, func(x plan.Expr) {
			if c, ok := x.(*plan.Column); ok {
				used[c.Name] = true
			}
		})
	}
	return agg, agg.Func != nil
}

func narrow(p *pluginCall) (types.Schema, bool) {
	return types.Schema{{Name: "Row", Type: types.Long}, {Name: "Column", Type: types.String}, {Name: "Value", Type: types.String}}, true
}

// ipLookup(table, address, network[, more keys][, return_unmatched]): the input's columns, then the table's.
func ipLookup(p *pluginCall) (types.Schema, bool) {
	if !p.need(3, -1) {
		return nil, false
	}
	right := p.table(0, "LookupTable")
	_, okSource := p.column(1, "SourceIPv4Key")
	n := p.positional()
	keys := map[string]bool{}
	ok := true
	for i := 2; i < n; i++ {
		e := p.arg(i, "")
		if lit, isLit := unparen(e).(*syntax.Literal); isLit && lit.Kind == syntax.LitBool {
			p.out.Args = append(p.out.Args, p.b.bindLiteral(lit))
			continue
		}
		name := &plan.Column{}
		if c, found := p.lookupColumn(e, right); found {
			name = column(c)
			if i > 2 {
				keys[c.Name] = true
			}
		} else {
			ok = false
		}
		p.out.Args = append(p.out.Args, name)
	}
	p.named("return_unmatched")
	var extra []string
	for k := range keys {
		extra = append(extra, k)
	}
	return p.joined(right, extra), okSource && ok
}

// lookupColumn is a column of the looked-up table.
func (p *pluginCall) lookupColumn(e syntax.Expr, right *relation) (types.Column, bool) {
	n, ok := unparen(e).(*syntax.NameExpr)
	if !ok {
		p.b.report(columnExpected(e.Span()))
		return types.Column{}, false
	}
	c, found := right.row().find(n.Name)
	if !found && !right.open {
		p.b.report(unknownSideColumn(n.Span(), "the lookup table", n.Name, nearest(n.Name, names(right.schema()))))
	}
	if !found && right.open {
		return types.Column{Name: n.Name, Type: right.row().typ}, true
	}
	return c, found
}

// named binds the arguments that have a name, as name=constant.
func (p *pluginCall) named(allowed ...string) {
	for _, a := range p.args {
		if a.Name == nil {
			continue
		}
		ok := false
		for _, n := range allowed {
			ok = ok || n == a.Name.Text
		}
		if !ok {
			p.b.report(unknownOption(a.Name.Span(), p.e.Name.Text, a.Name.Text, allowed))
			continue
		}
		if p.out.Options == nil {
			p.out.Options = map[string]plan.Expr{}
		}
		p.out.Options[a.Name.Text] = p.b.constant(a.Value, p.v)
	}
}

// joined is the columns of a lookup: the input's, then the table's under free names; extra keys are not repeated.
func (p *pluginCall) joined(right *relation, without []string) types.Schema {
	skip := set(without...)
	out := append(types.Schema(nil), p.in.schema().Visible()...)
	n := newNamer(nil)
	for _, c := range out {
		n.auto(c.Name)
	}
	for _, c := range right.schema().Visible() {
		if !skip[c.Name] {
			out = append(out, types.Column{Name: n.auto(c.Name), Type: c.Type})
		}
	}
	return out
}

// geoLookup(table, key, longitude, latitude[, options]): the input's columns and the table's, its key only when asked for.
func geoLookup(p *pluginCall) (types.Schema, bool) {
	if !p.need(4, 8) {
		return nil, false
	}
	right := p.table(0, "LookupTable")
	key, ok := p.lookupColumn(p.arg(1, "LookupKey"), right)
	p.out.Args = append(p.out.Args, column(key))
	_, lon := p.column(2, "SourceLongitude")
	_, lat := p.column(3, "SourceLatitude")
	options := []string{"radius", "return_unmatched", "lookup_area_radius", "return_lookup_key"}
	p.named(options...)
	if p.out.Options == nil {
		p.out.Options = map[string]plan.Expr{}
	}
	for i := 4; i < p.positional(); i++ {
		p.out.Options[options[i-4]] = p.b.constant(p.arg(i, ""), p.v)
	}
	without := []string{key.Name}
	if lit, isLit := p.out.Options["return_lookup_key"].(*plan.Literal); isLit && lit.Value.Bool() {
		without = nil
	}
	return p.joined(right, without), ok && lon && lat
}

// rowsNear(condition, before[, after]) keeps the rows around those where the condition holds.
func rowsNear(p *pluginCall) (types.Schema, bool) {
	if !p.need(2, 3) {
		return nil, false
	}
	p.out.Args = append(p.out.Args, p.b.predicate(p.args[0].Value, p.v))
	p.constant(1, "NumRows")
	p.constant(2, "NumRowsAfter")
	return p.in.schema(), true
}

func preview(p *pluginCall) (types.Schema, bool) {
	if !p.need(1, 1) {
		return nil, false
	}
	p.constant(0, "NumberOfRows")
	return p.in.schema(), true
}
