package builtin

func aggregate(doc string, signatures ...string) *Function {
	f := declare(Aggregate, doc, signatures...)
	f.Nulls = NullSkipped
	return f
}

// aggregates are the aggregation functions.
func aggregates() []*Function {
	out := append(counts(), measures()...)
	out = append(out, collections()...)
	out = append(out, percentiles()...)
	return append(out, picks()...)
}

func counts() []*Function {
	return []*Function{
		// The engine takes an argument and counts all rows all the same, those where it is null among them.
		aggregate("The number of rows.", "count(ignored?: any): long").was("cnt"),
		aggregate("The number of rows for which a condition is true.", "countif(predicate: bool): long"),
		aggregate("The estimated number of distinct values.", "dcount(value: any, accuracy?!: integer): long"),
		aggregate("The estimated number of distinct values in the rows for which a condition is true.",
			"dcountif(value: any, predicate: bool, accuracy?!: integer): long"),
		aggregate("The exact number of distinct values.", "count_distinct(value: plain): long"),
		aggregate("The exact number of distinct values in the rows for which a condition is true.", "count_distinctif(value: plain, predicate: bool): long"),
		aggregate("A sketch of the distinct values, for dcount_hll.", "hll(value: any, accuracy?: integer): dynamic"),
		aggregate("A sketch of the distinct values in the rows for which a condition is true.", "hll_if(value: any, predicate: bool, accuracy?: integer): dynamic"),
		aggregate("Sketches of distinct values as one.", "hll_merge(hll: dynamic): dynamic"),
	}
}

// measures are the aggregations of numbers, each with its sibling over the rows for which a condition is true.
func measures() []*Function {
	var out []*Function
	for _, f := range []struct {
		name, doc string
		forms     []string // parameters and result
	}{
		{"sum", "The sum of the values.", []string{"value: number|timespan| promoted"}},
		{"min", "The least value.", []string{"value: plain| same"}},
		{"max", "The greatest value.", []string{"value: plain| same"}},
		{"avg", "The average of the values.", []string{"value: int|long|real| real", "value: decimal| decimal", "value: timespan| timespan", "value: datetime| datetime"}},
		{"stdev", "The standard deviation of a sample.", []string{"value: measure| real"}},
		{"stdevp", "The standard deviation of a population.", []string{"value: measure| real"}},
		{"variance", "The variance of a sample.", []string{"value: measure| real"}},
		{"variancep", "The variance of a population.", []string{"value: measure| real"}},
		{"covariance", "The covariance of a sample.", []string{"left: measure, right: measure| real"}},
		{"covariancep", "The covariance of a population.", []string{"left: measure, right: measure| real"}},
	} {
		var plain, conditional []string
		for _, form := range f.forms {
			params, result := cutLast(form, "| ")
			plain = append(plain, f.name+"("+params+"): "+result)
			conditional = append(conditional, f.name+"if("+params+", predicate: bool): "+result)
		}
		out = append(out, aggregate(f.doc, plain...), aggregate(f.doc[:len(f.doc)-1]+" in the rows for which a condition is true.", conditional...))
	}
	return append(out,
		aggregate("The bits that all values have.", "binary_all_and(value: integer): promoted"),
		aggregate("The bits that any value has.", "binary_all_or(value: integer): promoted"),
		aggregate("The bits that an odd number of values has.", "binary_all_xor(value: integer): promoted"))
}

// collections are the aggregations that gather values into a dynamic.
func collections() []*Function {
	return []*Function{
		aggregate("The values as an array, without nulls.", "make_list(value: any, max?!: integer): dynamic").was("makelist"),
		aggregate("The values as an array, in the rows for which a condition is true.", "make_list_if(value: any, predicate: bool, max?!: integer): dynamic"),
		aggregate("The values as an array, nulls among them.", "make_list_with_nulls(value: any, max?!: integer): dynamic").seesNulls(),
		aggregate("The distinct values as an array.", "make_set(value: any, max?!: integer): dynamic").was("makeset"),
		aggregate("The distinct values as an array, in the rows for which a condition is true.", "make_set_if(value: any, predicate: bool, max?!: integer): dynamic"),
		aggregate("The bags as one.", "make_bag(bag: dynamic, max?!: integer): dynamic"),
		aggregate("The bags as one, in the rows for which a condition is true.", "make_bag_if(bag: dynamic, predicate: bool, max?!: integer): dynamic"),
		aggregate("The bags as one; the older name of make_bag.", "make_dictionary(bag: dynamic, max?!: integer): dynamic").on("make-bag-aggregation-function"),
		aggregate("The least schema that all values have.", "buildschema(value: dynamic): dynamic"),
	}
}

func percentiles() []*Function {
	return []*Function{
		aggregate("The estimated value below which a percentage of the values lies.", "percentile(value: measure, percentile: number): promoted").on(percentilePage),
		aggregate("The values of several percentages, a column each.", "percentiles(value: measure, percentile...: number): promoted").on(percentilePage),
		aggregate("The values of several percentages, as an array.",
			"percentiles_array(value: measure, percentile...: number): dynamic", "percentiles_array(value: measure, percentiles: dynamic): dynamic").on(percentilePage),
		aggregate("The percentile of weighted values.", "percentilew(value: measure, weight: number, percentile: number): promoted").on(weightedPage),
		aggregate("Several percentiles of weighted values, a column each.", "percentilesw(value: measure, weight: number, percentile...: number): promoted").
			on(weightedPage),
		aggregate("Several percentiles of weighted values, as an array.",
			"percentilesw_array(value: measure, weight: number, percentile...: number): dynamic",
			"percentilesw_array(value: measure, weight: number, percentiles: dynamic): dynamic").on(weightedPage),
		aggregate("A sketch of the values' distribution, for percentile_tdigest.", "tdigest(value: measure, weight?: number): dynamic"),
		aggregate("Sketches of distributions as one.", "tdigest_merge(tdigest: dynamic): dynamic").also("merge_tdigest", "merge_tdigests").
			on("tdigest-merge-aggregation-function"),
	}
}

const (
	percentilePage = "percentiles-aggregation-function"
	weightedPage   = "percentilesw-aggregation-function"
)

// picks are the aggregations that take the values of one row.
func picks() []*Function {
	return []*Function{
		aggregate("Columns of the row in which a value is greatest.", "arg_max(maximized: orderable, returned?...: any): same").was("argmax"),
		aggregate("Columns of the row in which a value is least.", "arg_min(minimized: orderable, returned?...: any): same").was("argmin"),
		aggregate("Columns of any row.", "take_any(value...: any): same").was("any"),
		aggregate("A column of any row for which a condition is true.", "take_anyif(value: any, predicate: bool): same").was("anyif"),
		aggregate("The value of the only row of a group.", "passthrough(value: any): same").on("aggregation-functions"),
	}
}

// cutLast cuts at the last separator.
func cutLast(s, sep string) (before, after string) {
	for i := len(s) - len(sep); i >= 0; i-- {
		if s[i:i+len(sep)] == sep {
			return s[:i], s[i+len(sep):]
		}
	}
	return s, ""
}
