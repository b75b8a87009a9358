package bind

import (
	"strconv"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// aggregates collects the aggregates of one operator. row is what their arguments see.
type aggregates struct {
	row  *row
	list []plan.Aggregate
	by   map[string]bool // keys: arg_max(x, *) leaves them out
}

// add makes a column of the summarized rows of an aggregate, and refers to it.
func (a *aggregates) add(agg plan.Aggregate) plan.Expr {
	if agg.Func == nil || len(agg.Out) == 0 {
		return unknown(types.Unknown)
	}
	for i := range agg.Out {
		agg.Out[i].Name = "$" + strconv.Itoa(len(a.list)) + "_" + strconv.Itoa(i)
	}
	a.list = append(a.list, agg)
	return column(agg.Out[0])
}

// aggregate makes a call of a built-in aggregate that an operator itself needs.
func (b *binder) aggregate(name string, at diag.Span, out types.Schema, args ...plan.Expr) plan.Aggregate {
	f := b.lib.Lookup(builtin.Aggregate, name)
	if f == nil {
		b.report(unknownFunction(at, name, ""))
	}
	return plan.Aggregate{Func: f, Args: args, Out: out, At: at}
}

// bindSummarize groups by keys and computes aggregates. Expressions over aggregates (max(a) - min(a)) are computed by a
// projection over the plain aggregates.
func (b *binder) bindSummarize(op *syntax.SummarizeOp, in *relation, v env) *relation {
	n := newNamer(nil)
	by := b.bindKeys(op.By, in, v, n)
	aggs := &aggregates{row: in.row(), by: keyColumns(by)}
	inner := env{scope: v.scope, base: aggs.row, agg: aggs}
	out := references(schemaOf(by))
	plain := true
	for _, a := range op.Aggregates {
		cols, isPlain := b.bindAggregateColumns(a, inner, n)
		out = append(out, cols...)
		plain = plain && isPlain
	}
	var node plan.Node = &plan.SummarizeOp{Input: in.node, By: by, Aggregates: aggs.list}
	if plain {
		renameAggregates(aggs.list, out[len(by):])
	} else {
		node = &plan.ProjectOp{Input: node, Columns: out}
	}
	return &relation{node: node, open: in.broken, broken: in.broken}
}

func schemaOf(cols []plan.Named) types.Schema {
	out := make(types.Schema, len(cols))
	for i, c := range cols {
		out[i] = types.Column{Name: c.Name, Type: c.Expr.Type()}
	}
	return out
}

// keyColumns are the input columns that are keys as they are.
func keyColumns(by []plan.Named) map[string]bool {
	out := map[string]bool{}
	for _, k := range by {
		if c, ok := k.Expr.(*plan.Column); ok {
			out[c.Name] = true
		}
	}
	return out
}

// renameAggregates gives the aggregates the names of the columns that show them, when each column is one aggregate's.
func renameAggregates(list []plan.Aggregate, cols []plan.Named) {
	i := 0
	for a := range list {
		for o := range list[a].Out {
			list[a].Out[o].Name = cols[i].Name
			i++
		}
	}
}

// bindKeys binds the expressions after by.
func (b *binder) bindKeys(list []*syntax.NamedExpr, in *relation, v env, n *namer) []plan.Named {
	inner := v.over(in)
	var out []plan.Named
	for _, k := range list {
		cols := b.bindColumns(k, inner, n)
		for _, c := range cols {
			if c.Expr.Type() == types.Dynamic && !in.open {
				b.report(dynamicKey(k.Span(), "summarize", c.Name))
			}
		}
		out = append(out, cols...)
	}
	return out
}

// bindAggregateColumns binds one item of summarize to its columns. The second result is whether the item is an
// aggregate as it is.
func (b *binder) bindAggregateColumns(a *syntax.NamedExpr, v env, n *namer) ([]plan.Named, bool) {
	if e, ok := unparen(a.Value).(*syntax.CallExpr); ok {
		if f := b.lib.Lookup(builtin.Aggregate, e.Name.Text); f != nil && isOwn(v.scope.find(e.Name.Text)) {
			return b.plainAggregate(f, e, a, v, n), true
		}
	}
	return b.bindColumns(a, v, n), false
}

// isOwn reports that no function of the query hides the built-in one.
func isOwn(ent *entity) bool {
	return ent == nil || ent.kind == scalarEntity || ent.kind == tableEntity
}

// plainAggregate makes the columns of an aggregate. Written names take the first ones.
func (b *binder) plainAggregate(f *builtin.Function, e *syntax.CallExpr, a *syntax.NamedExpr, v env, n *namer) []plan.Named {
	agg := b.bindAggregate(f, e, v)
	if agg.Func == nil {
		// Keep the name so that its later uses are not reported again.
		if len(a.Names) > 0 {
			return []plan.Named{{Name: b.explicitName(n, a.Names[0]), Expr: unknown(types.Unknown)}}
		}
		if name, kind := b.autoName(e, v); kind != nameNone {
			return []plan.Named{{Name: n.auto(name), Expr: unknown(types.Unknown)}}
		}
		return nil
	}
	if len(a.Names) > len(agg.Out) {
		b.report(tooManyNames(a.Names[len(agg.Out)].Span(), len(agg.Out)))
	}
	final := make([]string, len(agg.Out))
	for i, c := range agg.Out {
		switch {
		case i < len(a.Names):
			final[i] = b.explicitName(n, a.Names[i])
		case c.Name == "":
			final[i] = n.column()
		default:
			final[i] = n.auto(c.Name)
		}
	}
	v.agg.add(agg)
	out := make([]plan.Named, len(final))
	for i, c := range v.agg.list[len(v.agg.list)-1].Out {
		out[i] = plan.Named{Name: final[i], Expr: column(c)}
	}
	return out
}

// bindAggregate binds a call of an aggregate; Out has the names that its columns get without written ones. A call that
// is wrong comes back without Func.
func (b *binder) bindAggregate(f *builtin.Function, e *syntax.CallExpr, v env) plan.Aggregate {
	agg := plan.Aggregate{Func: f, At: e.Span()}
	inner := env{scope: v.scope, row: v.agg.row, base: v.agg.row}
	b.warnDeprecated(f, e)
	switch f.Name {
	case "arg_max", "arg_min", "argmax", "argmin", "take_any", "any", "anyif":
		return b.bindPicking(agg, e, v, inner)
	case "percentile", "percentiles", "percentilew", "percentilesw":
		return b.bindPercentiles(agg, e, v, inner)
	}
	for _, a := range e.Args {
		if isStar(a.Value) {
			b.report(misplacedStar(a.Span()))
			return plan.Aggregate{}
		}
		agg.Args = append(agg.Args, b.bindExpr(a.Value, inner))
	}
	// count(x) counts rows whatever x is, unless it is a condition.
	if f.Name == "count" && len(agg.Args) == 1 && agg.Args[0].Type() != types.Bool {
		agg.Args = nil
	}
	t, ok := b.resolve(f, e.Name.Span(), e.Name.Text, agg.Args, e.Args)
	if !ok && t == types.Unknown {
		return plan.Aggregate{}
	}
	switch f.Name {
	case "min", "minif", "max", "maxif":
		if len(agg.Args) > 0 && !orderable(agg.Args[0].Type()) {
			b.report(notOrderable(e.Args[0].Span(), e.Name.Text, agg.Args[0].Type()))
		}
	}
	name, _ := b.autoName(e, v)
	agg.Out = types.Schema{{Name: name, Type: t}}
	return agg
}

// bindPicking binds the aggregates that pick whole rows: arg_max(key, columns...), take_any(columns...). A star stands for the
// columns that are neither keys nor named (https://learn.microsoft.com/kusto/query/arg-max-aggregation-function).
func (b *binder) bindPicking(agg plan.Aggregate, e *syntax.CallExpr, v, inner env) plan.Aggregate {
	prefix := pickingPrefix(e, b, v)
	has := map[string]bool{}
	ranked := agg.Func.Name != "take_any" && agg.Func.Name != "any" && agg.Func.Name != "anyif"
	for i, a := range e.Args {
		if isStar(a.Value) {
			if i == 0 && ranked {
				b.report(misplacedStar(a.Span()))
				return plan.Aggregate{}
			}
			for _, c := range v.agg.row.schema.Visible() {
				if !v.agg.by[c.Name] && !has[c.Name] {
					has[c.Name] = true
					agg.Args = append(agg.Args, column(c))
					agg.Out = append(agg.Out, types.Column{Name: prefix + c.Name, Type: c.Type})
				}
			}
			continue
		}
		x := b.bindExpr(a.Value, inner)
		name := b.partName(a.Value, inner)
		if c, ok := x.(*plan.Column); ok {
			has[c.Name] = true
		}
		agg.Args = append(agg.Args, x)
		agg.Out = append(agg.Out, types.Column{Name: pickedName(e, a, i, ranked, name, prefix), Type: x.Type()})
	}
	if agg.Func.Name == "anyif" || len(agg.Args) == 0 {
		if t, ok := b.resolve(agg.Func, e.Name.Span(), e.Name.Text, agg.Args, e.Args); ok && len(agg.Out) > 0 {
			agg.Out = types.Schema{{Name: agg.Out[0].Name, Type: t}}
		} else {
			return plan.Aggregate{}
		}
	}
	if ranked && !orderable(agg.Args[0].Type()) {
		b.report(notOrderable(e.Args[0].Span(), e.Name.Text, agg.Args[0].Type()))
	}
	return agg
}

func orderable(t types.Type) bool { return t != types.Dynamic && t != types.GUID }

// pickedName is the name of one column of arg_max and its relatives: the argument's own, with a prefix under the old
// names of these functions.
func pickedName(e *syntax.CallExpr, a syntax.Arg, i int, ranked bool, name, prefix string) string {
	if a.Name != nil {
		return a.Name.Text
	}
	if i == 0 && ranked {
		side := "min_"
		if e.Name.Text == "arg_max" || e.Name.Text == "argmax" {
			side = "max_"
		}
		if e.Name.Text == "argmax" || e.Name.Text == "argmin" {
			return side + name
		}
		if name == "" {
			return side
		}
		return name
	}
	if name == "" {
		return ""
	}
	return prefix + name
}

// pickingPrefix: any(x) makes any_x, argmax(c, a) makes max_c and max_c_a; the current spellings keep names.
func pickingPrefix(e *syntax.CallExpr, b *binder, v env) string {
	inner := env{scope: v.scope, row: v.agg.row, base: v.agg.row}
	switch e.Name.Text {
	case "any":
		return "any_"
	case "anyif":
		return "anyif_"
	case "argmax", "argmin":
		if len(e.Args) > 0 {
			return e.Name.Text[3:] + "_" + b.partName(e.Args[0].Value, inner) + "_"
		}
	}
	return ""
}

// bindPercentiles makes a column per percentile, of the type of what is measured.
func (b *binder) bindPercentiles(agg plan.Aggregate, e *syntax.CallExpr, v, inner env) plan.Aggregate {
	for _, a := range e.Args {
		agg.Args = append(agg.Args, b.bindExpr(a.Value, inner))
	}
	if _, ok := b.resolve(agg.Func, e.Name.Span(), e.Name.Text, agg.Args, e.Args); !ok {
		return plan.Aggregate{}
	}
	first := 1
	if agg.Func.Name == "percentilew" || agg.Func.Name == "percentilesw" {
		first = 2
	}
	t := agg.Args[0].Type()
	if t == types.Int {
		t = types.Long
	}
	part := b.partName(e.Args[0].Value, inner)
	for i := first; i < len(agg.Args); i++ {
		agg.Args[i] = b.fold(agg.Args[i])
		if agg.Args[i].Type() != types.Unknown && !isConstant(agg.Args[i]) {
			b.report(notConstant(e.Args[i].Span()))
		}
		name := "percentile_" + part + "_" + percentileText(agg.Args[i], e.Args[i].Value)
		agg.Out = append(agg.Out, types.Column{Name: name, Type: t})
	}
	return agg
}

// percentileText is the percentile in a column's name, whether written or named by let.
func percentileText(x plan.Expr, written syntax.Expr) string {
	if s := percentileSuffix(written); s != "" {
		return s
	}
	if lit, ok := x.(*plan.Literal); ok {
		return underscored(lit.Value)
	}
	return ""
}
