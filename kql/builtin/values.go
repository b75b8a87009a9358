package builtin

// conversions are the functions that turn a value into one of another type.
func conversions() []*Function {
	return []*Function{
		scalar("The text of a value; the empty text for null.", "tostring(value: any): string").seesNulls().gives("tostring(123)", "'123'").gives("tostring(1d)", "'1.00:00:00'"),
		scalar("The hexadecimal digits of a whole number.", "tohex(value: integer, length?: integer): string").gives("tohex(256)", "'100'").gives("tohex(256, 8)", "'00000100'"),
		scalar("A long of a value, null where it is none.", "tolong(value: any): long").gives("tolong('123')", "123").gives("isnull(tolong('x'))", "true"),
		scalar("An int of a value, null where it is none.", "toint(value: any): int").gives("toint('123') == 123", "true"),
		scalar("A real of a value, null where it is none.", "toreal(value: any): real").also("todouble", "tofloat").gives("toreal('1.5')", "1.5"),
		scalar("A decimal of a value, null where it is none.", "todecimal(value: any): decimal").gives("todecimal('1.5')", "decimal(1.5)"),
		scalar("A bool of a value, null where it is none.", "tobool(value: any): bool").also("toboolean").gives("tobool('true')", "true").gives("tobool(123)", "true"),
		scalar("A datetime of a value, null where it is none.", "todatetime(value: any): datetime").gives("todatetime('2015-12-24')", "datetime(2015-12-24)"),
		scalar("A timespan of a value, null where it is none.", "totimespan(value: any): timespan").also("totime").gives("totimespan('0.00:01:00')", "1m"),
		scalar("A guid of a text, null where it is none.", "toguid(value: string|dynamic|guid): guid").
			gives("toguid('70fc66f7-8279-44fc-9092-d364d70fce44')", "guid(70fc66f7-8279-44fc-9092-d364d70fce44)"),
		scalar("The name of a value's type.", "gettype(value: any): string").seesNulls().gives("gettype('a')", "'string'").gives("gettype(dynamic([1]))", "'array'"),
	}
}

// choices are the functions that look at nulls, choose and test.
func choices() []*Function {
	return []*Function{
		scalar("One of two values, by a condition.", "iff(if: bool, then: any, else: any): branches").also("iif").seesNulls().gives("iff(2 > 1, 'a', 'b')", "'a'"),
		scalar("The value behind the first condition that is true, or the last argument.",
			"case(condition...: bool, then...: any, else: any): branches").seesNulls().gives("case(false, 1, true, 2, 3)", "2"),
		scalar("The first argument that is not null, nor an empty text.", "coalesce(value...: any): common").seesNulls().gives("coalesce(tolong('x'), 42)", "42"),
		scalar("The greatest of its arguments.", "max_of(value...: orderable): common").seesNulls().gives("max_of(10, 1, -3)", "10"),
		scalar("The least of its arguments.", "min_of(value...: orderable): common").seesNulls().gives("min_of(10, 1, -3)", "-3"),
		scalar("The opposite of a bool.", "not(value: bool): bool").gives("not(true)", "false"),
		scalar("Whether a value is null; a text never is.", "isnull(value: any): bool").seesNulls().gives("isnull('')", "false"),
		scalar("Whether a value is not null.", "isnotnull(value: any): bool").also("notnull").seesNulls().gives("isnotnull(1)", "true"),
		scalar("Whether a value is null or an empty text.", "isempty(value: any): bool").seesNulls().gives("isempty('')", "true"),
		scalar("Whether a value is neither null nor an empty text.", "isnotempty(value: any): bool").also("notempty").seesNulls().gives("isnotempty('')", "false"),
		scalar("Whether a value lies no further than a distance from another.", "around(value: measure, center: measure, delta: measure): bool").
			gives("around(10, 12, 2)", "true"),
		scalar("True, or the query fails with a message.", "assert(condition!: bool, message: string): bool").
			gives("assert(true, 'never')", "true"),
		scalar("A column where the rows have it, else another value.", "column_ifexists(column!: string, default: any): second").
			was("columnifexists").on("column-ifexists-function").
			gives("column_ifexists('none', 1)", "1"),
		scalar("Whether the rows have a column.", "iscolumnexists(column!: string): bool").on("column-ifexists-function").
			gives("iscolumnexists('none')", "false"),
	}
}

// binning are the functions that round to a grid.
func binning() []*Function {
	return []*Function{
		scalar("The greatest multiple of a step that is not above a value.",
			"bin(value: number, step: number): wide", "bin(value: timespan, step: timespan): timespan",
			"bin(value: datetime, step: timespan): datetime", "bin(value: datetime, step: datetime): datetime").also("floor").
			gives("bin(4.5, 1)", "4.0").gives("bin(datetime(1970-05-11 13:45:07), 1d)", "datetime(1970-05-11)").gives("bin(-1, 5)", "-5"),
		scalar("As bin, on a grid that goes through a given point.",
			"bin_at(value: number, step: number, point: number): wide", "bin_at(value: timespan, step: timespan|number, point: timespan): timespan",
			"bin_at(value: datetime, step: measure, point: datetime): datetime").gives("bin_at(6.5, 2.5, 7)", "4.5"),
		scalar("As bin, on the grid that the options query_bin_auto_size and query_bin_auto_at of the query set.", "bin_auto(value: measure): same"),
		scalar("Rounds to a number of decimal places.", "round(value: number, precision?: integer): same").gives("round(2.98765, 3)", "2.988"),
		scalar("The least whole number that is not below a value.", "ceiling(value: number): same").gives("ceiling(1.1)", "2.0"),
	}
}
