package bind

import (
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func (b *binder) bindSort(list []syntax.SortKey, in *relation, v env, strict bool) *relation {
	out := in.with(&plan.SortOp{Input: in.node, Keys: b.sortKeys(list, in, v, strict)})
	out.serialized = true
	return out
}

// sortKeys binds the keys of an order; strict refuses dynamic ones, as sort does and top does not. Descending by default; nulls come first in ascending order and last in descending order, unless said
// otherwise (https://learn.microsoft.com/kusto/query/sort-operator).
func (b *binder) sortKeys(list []syntax.SortKey, in *relation, v env, strict bool) []plan.SortKey {
	inner := v.over(in)
	var out []plan.SortKey
	for _, k := range list {
		x := b.bindExpr(k.Value, inner)
		if x.Type() == types.Dynamic && strict {
			b.report(dynamicKey(k.Value.Span(), "sort", ""))
		}
		key := plan.SortKey{Expr: x, Desc: k.Order != "asc"}
		key.NullsFirst = !key.Desc
		switch k.Nulls {
		case "first":
			key.NullsFirst = true
		case "last":
			key.NullsFirst = false
		}
		out = append(out, key)
	}
	return out
}

// bindTop is top n by key: sort and take.
func (b *binder) bindTop(op *syntax.TopOp, in *relation, v env) *relation {
	count := b.count(op.Count, v)
	sorted := b.bindSort(op.Keys, in, v, false)
	return sorted.with(&plan.TakeOp{Input: sorted.node, Count: count})
}

func (b *binder) bindSampleDistinct(op *syntax.SampleDistinctOp, in *relation, v env) *relation {
	n := newNamer(nil)
	b.wantsColumn(op.Of)
	of := b.single(op.Of, in, v, n)
	return &relation{node: &plan.SampleDistinctOp{Input: in.node, Count: b.count(op.Count, v), Of: of}, broken: in.broken}
}

// wantsColumn reports what is no column, where the service takes nothing else.
func (b *binder) wantsColumn(e syntax.Expr) {
	if named, ok := e.(*syntax.NamedExpr); ok {
		e = named.Value
	}
	switch e := unparen(e).(type) {
	case *syntax.NameExpr, *syntax.BadExpr, nil:
	default:
		b.report(columnExpected(e.Span()))
	}
}

// single binds an expression that makes one column.
func (b *binder) single(e syntax.Expr, in *relation, v env, n *namer) plan.Named {
	named, ok := e.(*syntax.NamedExpr)
	if !ok {
		named = &syntax.NamedExpr{At: syntax.At{Range: e.Span()}, Value: e}
	}
	cols := b.bindColumns(named, v.over(in), n)
	if len(cols) == 0 {
		return plan.Named{Name: n.column(), Expr: unknown(types.Unknown)}
	}
	return cols[0]
}

// bindTopHitters is top-hitters n of x [by weight]
// (https://learn.microsoft.com/kusto/query/top-hitters-operator).
func (b *binder) bindTopHitters(op *syntax.TopHittersOp, in *relation, v env) *relation {
	n := newNamer(nil)
	b.wantsColumn(op.Of)
	out := &plan.TopHittersOp{Input: in.node, Count: b.count(op.Count, v), Of: b.single(op.Of, in, v, n)}
	name, t := "approximate_count_"+out.Of.Name, types.Long
	if op.By != nil {
		out.Weight = b.bindExpr(op.By, v.over(in))
		t = out.Weight.Type()
		name = "approximate_sum_" + b.partName(op.By, v.over(in))
		if t != types.Unknown && !t.Summable() {
			b.report(wrongType(op.By.Span(), "a number or timespan", t))
		}
	}
	out.Out = types.Schema{{Name: out.Of.Name, Type: out.Of.Expr.Type()}, {Name: n.auto(name), Type: t}}
	return &relation{node: out, broken: in.broken, open: in.broken, serialized: true}
}

// bindTopNested is top-nested: a column and its aggregate per level
// (https://learn.microsoft.com/kusto/query/top-nested-operator).
func (b *binder) bindTopNested(op *syntax.TopNestedOp, in *relation, v env) *relation {
	n := newNamer(nil)
	out := &plan.TopNestedOp{Input: in.node}
	for _, l := range op.Levels {
		if l.Of == nil || l.By == nil {
			continue
		}
		level := plan.TopNestedLevel{Count: b.count(l.Count, v), Of: b.single(l.Of, in, v, newNamer(nil)), Desc: l.Order != "asc"}
		level.Of.Name = n.auto(level.Of.Name)
		if l.Others != nil {
			level.Others = b.convertOthers(l.Others, level.Of.Expr.Type(), v)
		}
		level.By, level.ByExpr = b.bindLevelBy(l.By, in, v, "aggregated_"+level.Of.Name, n)
		out.Out = append(out.Out, types.Column{Name: level.Of.Name, Type: level.Of.Expr.Type()})
		out.Out = append(out.Out, level.By.Out[0])
		out.Levels = append(out.Levels, level)
	}
	return &relation{node: out, broken: in.broken, open: in.broken}
}

func (b *binder) convertOthers(e syntax.Expr, t types.Type, v env) plan.Expr {
	return b.convertTo(b.constant(e, v), t, e.Span())
}

// bindLevelBy binds what a level is ordered by: an aggregate, or an expression over one.
func (b *binder) bindLevelBy(by *syntax.NamedExpr, in *relation, v env, name string, n *namer) (plan.Aggregate, plan.Expr) {
	if len(by.Names) > 0 {
		name = b.explicitName(n, by.Names[0])
	} else {
		name = n.auto(name)
	}
	aggs := &aggregates{row: in.row(), by: map[string]bool{}}
	inner := env{scope: v.scope, base: aggs.row, agg: aggs}
	failed := plan.Aggregate{Out: types.Schema{{Name: name, Type: types.Unknown}}}
	if e, ok := unparen(by.Value).(*syntax.CallExpr); ok {
		if f := b.lib.Lookup(builtin.Aggregate, e.Name.Text); f != nil {
			agg := b.bindAggregate(f, e, inner)
			if agg.Func == nil {
				return failed, nil
			}
			t := agg.Out[0].Type
			agg.Out = types.Schema{{Name: name, Type: t}}
			return agg, nil
		}
	}
	x := b.bindExpr(by.Value, inner)
	if len(aggs.list) != 1 {
		if x.Type() != types.Unknown {
			b.report(levelNotAggregate(by.Value.Span()))
		}
		return failed, nil
	}
	agg := aggs.list[0]
	old := agg.Out[0].Name
	agg.Out = types.Schema{{Name: name, Type: x.Type()}}
	return agg, renameColumn(x, old, name)
}

// renameColumn is e with references to one column under another name.
func renameColumn(e plan.Expr, from, to string) plan.Expr {
	switch x := e.(type) {
	case *plan.Column:
		if x.Name == from {
			return &plan.Column{Name: to, Typ: x.Typ}
		}
	case *plan.Call:
		args := make([]plan.Expr, len(x.Args))
		for i, a := range x.Args {
			args[i] = renameColumn(a, from, to)
		}
		return &plan.Call{Func: x.Func, Args: args, Typ: x.Typ, At: x.At}
	case *plan.Path:
		out := &plan.Path{Base: renameColumn(x.Base, from, to), Key: x.Key}
		if x.Index != nil {
			out.Index = renameColumn(x.Index, from, to)
		}
		return out
	}
	return e
}

// bindReduce is reduce by: patterns of similar texts (https://learn.microsoft.com/kusto/query/reduce-operator).
func (b *binder) bindReduce(op *syntax.ReduceOp, in *relation, v env) *relation {
	out := &plan.ReduceOp{Input: in.node, Threshold: 0.1}
	out.Value = b.bindExpr(op.Value, v.over(in))
	if t := out.Value.Type(); t != types.String && t != types.Unknown {
		out.Value = b.convertTo(out.Value, types.String, op.Value.Span())
	}
	for _, o := range op.Options {
		lit, ok := b.constant(o.Value, v).(*plan.Literal)
		switch {
		case !ok:
			b.report(notConstant(o.Span()))
		case o.Name == "threshold" && lit.Value.Type().Numeric():
			out.Threshold = lit.Value.Float()
		case o.Name == "characters":
			out.Characters = lit.Value.Text()
		case o.Name == "threshold":
			b.report(wrongType(o.Span(), "a number", lit.Value.Type()))
		default:
			b.report(unknownOption(o.Span(), "reduce", o.Name, []string{"threshold", "characters"}))
		}
	}
	out.Out = types.Schema{{Name: "Pattern", Type: types.String}, {Name: "Count", Type: types.Long}, {Name: "Representative", Type: types.String}}
	return &relation{node: out, broken: in.broken, open: in.broken}
}
