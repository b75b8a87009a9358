package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Some functions give several columns (https://learn.microsoft.com/kusto/query/series-fit-line-function and the
// others below). In the plan such a call is an array of its values, and each column takes its element out.

// tuples are the functions of several columns. The columns' names follow function_argument_.
var tuples = map[string]types.Schema{
	"series_fit_line": {{Name: "rsquare", Type: types.Real}, {Name: "slope", Type: types.Real}, {Name: "variance", Type: types.Real},
		{Name: "rvariance", Type: types.Real}, {Name: "interception", Type: types.Real}, {Name: "line_fit", Type: types.Dynamic}},
	"series_fit_2lines": {{Name: "rsquare", Type: types.Real}, {Name: "split_idx", Type: types.Long}, {Name: "variance", Type: types.Real},
		{Name: "rvariance", Type: types.Real}, {Name: "line_fit", Type: types.Dynamic}, {Name: "right_rsquare", Type: types.Real},
		{Name: "right_slope", Type: types.Real}, {Name: "right_interception", Type: types.Real}, {Name: "right_variance", Type: types.Real},
		{Name: "right_rvariance", Type: types.Real}, {Name: "left_rsquare", Type: types.Real}, {Name: "left_slope", Type: types.Real},
		{Name: "left_interception", Type: types.Real}, {Name: "left_variance", Type: types.Real}, {Name: "left_rvariance", Type: types.Real}},
	"series_fit_poly": {{Name: "rsquare", Type: types.Real}, {Name: "coefficients", Type: types.Dynamic}, {Name: "variance", Type: types.Real},
		{Name: "rvariance", Type: types.Real}, {Name: "poly_fit", Type: types.Dynamic}},
	"series_stats": {{Name: "min", Type: types.Real}, {Name: "min_idx", Type: types.Long}, {Name: "max", Type: types.Real},
		{Name: "max_idx", Type: types.Long}, {Name: "avg", Type: types.Real}, {Name: "stdev", Type: types.Real}, {Name: "variance", Type: types.Real}},
	"series_periods_detect":   {{Name: "periods", Type: types.Dynamic}, {Name: "scores", Type: types.Dynamic}},
	"series_periods_validate": {{Name: "periods", Type: types.Dynamic}, {Name: "scores", Type: types.Dynamic}},
	"series_decompose": {{Name: "baseline", Type: types.Dynamic}, {Name: "seasonal", Type: types.Dynamic}, {Name: "trend", Type: types.Dynamic},
		{Name: "residual", Type: types.Dynamic}},
	"series_decompose_anomalies": {{Name: "ad_flag", Type: types.Dynamic}, {Name: "ad_score", Type: types.Dynamic}, {Name: "baseline", Type: types.Dynamic}},
	"series_decompose_forecast": {{Name: "baseline", Type: types.Dynamic}, {Name: "seasonal", Type: types.Dynamic}, {Name: "trend", Type: types.Dynamic},
		{Name: "residual", Type: types.Dynamic}},
	"series_fft":  {{Name: "real", Type: types.Dynamic}, {Name: "imag", Type: types.Dynamic}},
	"series_ifft": {{Name: "real", Type: types.Dynamic}, {Name: "imag", Type: types.Dynamic}},
}

// tupleColumns are the columns of a call that gives several, or nil. array_sort_asc and its sibling give several when
// they sort several arrays.
func tupleColumns(e plan.Expr) types.Schema {
	c, ok := e.(*plan.Call)
	if !ok {
		return nil
	}
	if !sortsArrays(c) {
		return tuples[c.Func.Name]
	}
	var out types.Schema
	for _, a := range c.Args {
		if a.Type() != types.Bool {
			out = append(out, types.Column{Name: "sorted", Type: types.Dynamic})
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

func sortsArrays(c *plan.Call) bool {
	return c.Func.Name == "array_sort_asc" || c.Func.Name == "array_sort_desc"
}

// bindTuple makes the columns of a call of several: written names take the first ones, the others are named after the
// function and its argument.
func (b *binder) bindTuple(c *syntax.NamedExpr, x *plan.Call, cols types.Schema, n *namer, v env) []plan.Named {
	if len(c.Names) > len(cols) {
		b.report(tooManyNames(c.Names[len(cols)].Span(), len(cols)))
	}
	prefix := func(int) string { return x.Func.Name + "_" }
	if e, ok := unparen(c.Value).(*syntax.CallExpr); ok && len(e.Args) > 0 {
		prefix = func(i int) string {
			if sortsArrays(x) {
				return b.partName(e.Args[i].Value, v)
			}
			return x.Func.Name + "_" + b.partName(e.Args[0].Value, v)
		}
	}
	// The service gives "s = series_stats(x)" one column only.
	if len(c.Names) == 1 && !c.Tuple && x.Func.Name == "series_stats" {
		cols = cols[:1]
	}
	var out []plan.Named
	for i, col := range cols {
		name := ""
		if i < len(c.Names) {
			name = b.explicitName(n, c.Names[i])
		} else {
			name = n.auto(prefix(i) + "_" + col.Name)
		}
		out = append(out, plan.Named{Name: name, Expr: b.element(x, i, col.Type)})
	}
	return out
}

// element is the i-th value of a call of several.
func (b *binder) element(x *plan.Call, i int, t types.Type) plan.Expr {
	e := &plan.Path{Base: x, Index: long(int64(i))}
	if t == types.Dynamic {
		return e
	}
	return b.scalarCall(castFunctions[t], t, x.At, e)
}
