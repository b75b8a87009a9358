package builtin

// windows are the functions on serialized rows.
func windows() []*Function {
	window := func(doc string, signatures ...string) *Function {
		return declare(Window, doc, signatures...).seesNulls()
	}
	return []*Function{
		window("The number of the row, from 1 or a given start, beginning again where a condition is true.", "row_number(start?: integer, restart?: bool): long"),
		window("The sum of a column so far, beginning again where a condition is true.", "row_cumsum(term: number|timespan, restart?: bool): promoted"),
		window("The rank of a column's value, counting distinct values.", "row_rank_dense(term: any, restart?: bool): long"),
		window("The rank of a column's value, counting rows.", "row_rank_min(term: any, restart?: bool): long"),
		window("The start of the session that the row's time belongs to.",
			"row_window_session(time: datetime, max_from_first: timespan, max_between_neighbors: timespan, restart?: bool): datetime"),
		window("A column's value in an earlier row.", "prev(column: any, offset?: integer, default?: any): same"),
		window("A column's value in a later row.", "next(column: any, offset?: integer, default?: any): same"),
	}
}
