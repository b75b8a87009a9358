package bind

import (
	"math"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindPrint is print: one row. Columns without a name are print_0, print_1, ... by their place
// (https://learn.microsoft.com/kusto/query/print-operator).
func (b *binder) bindPrint(op *syntax.ProjectOp, v env) *relation {
	one := &relation{node: &plan.ValuesOp{Rows: []types.Row{{}}}, serialized: true}
	inner := v.over(one)
	n := newNamer(nil)
	var cols []plan.Named
	for i, c := range op.Columns {
		x := b.bindExpr(c.Value, inner)
		if t := tupleColumns(x); t != nil && len(c.Names) != 1 {
			cols = append(cols, b.bindTuple(c, x.(*plan.Call), t, n, inner)...)
			continue
		} else if t != nil {
			x = b.element(x.(*plan.Call), 0, t[0].Type)
		}
		name := ""
		switch {
		case len(c.Names) > 0:
			name = b.explicitName(n, c.Names[0])
		default:
			name = n.auto(numbered("print_", i))
		}
		cols = append(cols, plan.Named{Name: name, Expr: x})
	}
	return &relation{node: &plan.ProjectOp{Input: one.node, Columns: cols}, serialized: true}
}

// bindRange is range x from a to b step c (https://learn.microsoft.com/kusto/query/range-operator).
func (b *binder) bindRange(op *syntax.RangeOp, v env) *relation {
	out := &plan.RangeOp{From: b.constant(op.From, v), To: b.constant(op.To, v), Step: b.constant(op.Step, v)}
	from, to, step := out.From.Type(), out.To.Type(), out.Step.Type()
	t := from
	switch {
	case from == types.Unknown || to == types.Unknown || step == types.Unknown:
	case from == types.Dynamic || to == types.Dynamic || step == types.Dynamic:
		t = types.Dynamic
		for _, x := range []types.Type{from, to, step} {
			if x != types.Dynamic {
				t = x
			}
		}
	case from.Numeric() && to.Numeric() && step.Numeric():
		t = max(from, to, step, types.Long)
	case from == to && from.Temporal() && step == types.TimeSpan:
	default:
		b.report(rangeTypes(op.Span(), from, to, step))
		t = types.Unknown
	}
	out.Column = types.Column{Name: op.Column.Text, Type: t}
	if lit, ok := out.Step.(*plan.Literal); ok && zero(lit.Value) {
		b.report(zeroStep(op.Step.Span()))
	}
	return &relation{node: out, serialized: true}
}

func zero(v types.Value) bool {
	if v.IsNull() {
		return false
	}
	if v.Type() == types.Real {
		return v.Real() == 0 || math.IsNaN(v.Real())
	}
	return (v.Type().Integral() || v.Type() == types.TimeSpan) && v.Long() == 0
}

// bindDatatable is datatable(columns)[values]. Values convert to their column's type; a value that cannot is null
// (https://learn.microsoft.com/kusto/query/datatable-operator).
func (b *binder) bindDatatable(op *syntax.DatatableOp, v env) *relation {
	out := &plan.ValuesOp{Columns: b.declared(op.Columns)}
	n := len(out.Columns)
	if n == 0 || len(op.Columns) != n {
		return &relation{node: out, serialized: true}
	}
	if len(op.Values)%n != 0 {
		b.report(valueCount(op.Span(), len(op.Values), n))
		return &relation{node: out, serialized: true}
	}
	for i := 0; i < len(op.Values); i += n {
		row := make(types.Row, n)
		for c := range row {
			row[c] = b.cell(op.Values[i+c], out.Columns[c].Type, v)
		}
		out.Rows = append(out.Rows, row)
	}
	return &relation{node: out, serialized: true}
}

// cell is one value: a literal, or the name of one.
func (b *binder) cell(e syntax.Expr, t types.Type, v env) types.Value {
	switch unparen(e).(type) {
	case *syntax.BinaryExpr, *syntax.CallExpr, *syntax.PathExpr:
		b.report(literalExpected(e.Span()))
		return types.Null(t)
	}
	lit, ok := b.fold(b.bindExpr(e, env{scope: v.scope})).(*plan.Literal)
	if !ok {
		b.report(notConstant(e.Span()))
		return types.Null(t)
	}
	if lit.Value.Type() == types.Unknown {
		return types.Null(t)
	}
	return types.Convert(lit.Value, t)
}
