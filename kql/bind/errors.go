package bind

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// The codes of this package are KQL1201 to KQL1299. Each has one constructor. Names come first, then types,
// arguments, columns, operators, limits.

func suggest(d *diag.Diagnostic, near string) *diag.Diagnostic {
	if near == "" {
		return d
	}
	return d.WithFix("did you mean %s?", near)
}

func unknownTable(at diag.Span, name, near string) *diag.Diagnostic {
	d := diag.Errorf("KQL1201", at, "there is no table or function named %s", quote(name))
	if near == "" {
		return d.WithFix("list the tables of the workspace, or import the log that fills it")
	}
	return suggest(d, near)
}

func noTableMatches(at diag.Span, pattern string) *diag.Diagnostic {
	return diag.Errorf("KQL1202", at, "no table matches %s", pattern)
}

func unknownColumn(at diag.Span, name, near string, s types.Schema) *diag.Diagnostic {
	d := diag.Errorf("KQL1203", at, "there is no column named %s", quote(name))
	if near != "" {
		return suggest(d, near)
	}
	var have []string
	for _, c := range s.Visible() {
		have = append(have, c.Name)
	}
	const most = 12
	switch {
	case len(have) == 0:
		return d.WithFix("the rows here have no columns")
	case len(have) > most:
		return d.WithFix("the columns here are %s and %d more", strings.Join(have[:most], ", "), len(have)-most)
	}
	return d.WithFix("the columns here are %s", strings.Join(have, ", "))
}

func unknownSideColumn(at diag.Span, side, name, near string) *diag.Diagnostic {
	return suggest(diag.Errorf("KQL1203", at, "%s has no column named %s", side, quote(name)), near)
}

func noColumnMatches(at diag.Span, pattern string) *diag.Diagnostic {
	return diag.Errorf("KQL1203", at, "no column matches %s", pattern)
}

func unknownScalar(at diag.Span, name, near string) *diag.Diagnostic {
	return suggest(diag.Errorf("KQL1204", at, "there is nothing named %s", quote(name)), near)
}

func unknownFunction(at diag.Span, name, near string) *diag.Diagnostic {
	return suggest(diag.Errorf("KQL1205", at, "there is no function named %s", quote(name)), near)
}

func unknownOperator(at diag.Span, op string) *diag.Diagnostic {
	return diag.Errorf("KQL1205", at, "the operator %s is not supported", op)
}

func unknownPlugin(at diag.Span, name, near string) *diag.Diagnostic {
	return suggest(diag.Errorf("KQL1206", at, "there is no plugin named %s", quote(name)), near)
}

func pluginRefused(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1207", at, "the plugin %s is not available here", name).
		WithFix("plugins that run code or reach outside of the workspace are refused")
}

func unknownType(at diag.Span, name string) *diag.Diagnostic {
	d := diag.Errorf("KQL1208", at, "%s is not a type", quote(name))
	return d.WithFix("the types are bool, int, long, real, decimal, string, datetime, timespan, guid and dynamic")
}

func declaredTwice(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1209", at, "the name %s is already declared", quote(name)).WithFix("give one of them another name")
}

func columnTwice(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1210", at, "there are two columns named %s", quote(name)).WithFix("name one of them: other = ...")
}

func wrongKind(at diag.Span, name, is, want string) *diag.Diagnostic {
	return diag.Errorf("KQL1211", at, "%s is %s where %s is expected", quote(name), is, want)
}

func tableNotScalar(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1211", at, "%s is a table where a scalar is expected", quote(name)).
		WithFix("take one value of it: toscalar(%s | ...)", name)
}

func scalarExpected(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1211", at, "a table stands where a scalar is expected").WithFix("take one value of it: toscalar(...)")
}

func tableExpected(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1212", at, "a scalar stands where a table is expected").WithFix("write print before a scalar")
}

func tableAmongValues(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1212", at, "a table cannot stand among values").WithFix("let it be the only item of the list")
}

func needsArguments(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1213", at, "%s is a function", quote(name)).WithFix("call it: %s(...)", name)
}

func stepNotValue(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1213", at, "%s is a step", quote(name)).WithFix("name one of its columns: %s.column", name)
}

func columnExpected(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1214", at, "the name of a column is expected here")
}

func correlated(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1215", at, "%s depends on the row of the caller, which a table inside a function cannot see", quote(name)).
		WithFix("pass a constant, or use join or lookup")
}

func recursive(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1216", at, "the function %s calls itself", quote(name))
}

func emptyBody(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1217", at, "the function has no result").WithFix("end its body with an expression")
}

func badSavedFunction(at diag.Span, name string, why *diag.Diagnostic) *diag.Diagnostic {
	if why == nil {
		return diag.Errorf("KQL1218", at, "the saved function %s cannot be read", quote(name))
	}
	return diag.Errorf("KQL1218", at, "the saved function %s cannot be read: %s", quote(name), why.Message)
}

func functionFailed(at diag.Span, name string, err error) *diag.Diagnostic {
	return diag.Errorf("KQL1219", at, "%s: %v", name, err)
}

func notMethod(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1220", at, "%s cannot be called on this", quote(name)).
		WithFix("cluster(), database() and workspace() have tables and functions")
}

func notInWorkspace(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1221", at, "%s() is not available in a workspace", name).WithFix("name the table itself")
}

func noPatternCase(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1222", at, "the pattern %s has no case for these arguments", quote(name))
}

func parameterMissing(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1223", at, "the query parameter %s has no value", quote(name)).WithFix("give a value for it, or declare a default")
}

func parameterType(at diag.Span, name string, want, have types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1224", at, "the query parameter %s is declared as %s and the value given is %s", quote(name), want, have)
}

func badLiteral(at diag.Span, text string, t types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1225", at, "%s is not a %s", quote(text), t)
}

func notInDynamic(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1226", at, "only literals can stand inside dynamic()").WithFix("use pack_array() or bag_pack() for computed values")
}

func badUnary(at diag.Span, op string, t types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1227", at, "the operator %s cannot be applied to %s", op, t)
}

func badBinary(at diag.Span, op string, l, r types.Type) *diag.Diagnostic {
	d := diag.Errorf("KQL1228", at, "the operator %s cannot be applied to %s and %s", op, l, r)
	switch {
	case l == types.Dynamic && r == types.Dynamic:
		return d.WithFix("convert the dynamic values: tolong(...), tostring(...), ...")
	case op == "+" && l == types.String:
		return d.WithFix("join texts with strcat()")
	case strings.ContainsAny(op, "+-*/%") || op == "and" || op == "or":
	case textOperator(op) && l != types.String && l != types.Dynamic:
		return d.WithFix("convert the left side: tostring(...)")
	case l == types.String && r == types.DateTime, l == types.DateTime && r == types.String:
		return d.WithFix("convert the text: todatetime(...), or write datetime(2026-11-01)")
	}
	return d.WithFix("convert one side to the type of the other")
}

func badBetween(at diag.Span, op string, t, low, high types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1229", at, "the operator %s cannot be applied to %s, %s and %s", op, t, low, high).
		WithFix("between takes numbers, datetimes and timespans")
}

func boundType(at diag.Span, want, have types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1230", at, "the bound is %s where %s is expected", have, want)
}

func notBool(at diag.Span, t types.Type) *diag.Diagnostic {
	d := diag.Errorf("KQL1231", at, "the condition is %s where bool is expected", t)
	if t == types.Dynamic {
		return d.WithFix("convert it: tobool(...)")
	}
	return d.WithFix("compare it with something")
}

func noConversion(at diag.Span, from, to types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1232", at, "%s cannot become %s", from, to)
}

func notDynamic(at diag.Span, t types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1233", at, "a %s has no properties or elements", t).WithFix("parse a text first: parse_json(...)")
}

func badIndex(at diag.Span, t types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1234", at, "an index is a whole number or a text, not %s", t)
}

func dynamicKey(at diag.Span, op, name string) *diag.Diagnostic {
	what := "the expression"
	if name != "" {
		what = "the key " + quote(name)
	}
	return diag.Errorf("KQL1235", at, "%s of %s is dynamic", what, op).WithFix("convert it: tostring(...), tolong(...), ...")
}

func wrongType(at diag.Span, want string, have types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1236", at, "%s is expected here, not %s", want, have)
}

func notOrderable(at diag.Span, name string, t types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1236", at, "%s needs values that have an order, not %s", name, t).WithFix("convert it: tostring(...), tolong(...), ...")
}

func notConstant(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1237", at, "a constant is expected here").WithFix("use a literal, or a let made of literals")
}

func negativeCount(at diag.Span, n int64) *diag.Diagnostic {
	return diag.Errorf("KQL1238", at, "the number of rows cannot be %d", n)
}

func argumentCount(at diag.Span, name string, least, most, have int) *diag.Diagnostic {
	want := fmt.Sprintf("%d to %d arguments", least, most)
	switch {
	case most < 0:
		want = fmt.Sprintf("at least %s", plural(least))
	case least == most:
		want = plural(least)
	}
	return diag.Errorf("KQL1239", at, "%s takes %s, not %d", name, want, have)
}

func plural(n int) string {
	switch n {
	case 0:
		return "no arguments"
	case 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

func argumentType(at diag.Span, function, param, want string, have types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1240", at, "the argument %s of %s is %s where %s is expected", param, function, have, want)
}

func argumentTypes(at diag.Span, function string, have []types.Type) *diag.Diagnostic {
	var list []string
	for _, t := range have {
		list = append(list, t.String())
	}
	return diag.Errorf("KQL1240", at, "%s cannot take (%s)", function, strings.Join(list, ", "))
}

func noCommonType(at diag.Span, function string, have []types.Type) *diag.Diagnostic {
	var list []string
	for _, t := range have {
		list = append(list, t.String())
	}
	return diag.Errorf("KQL1241", at, "the results of %s have no common type: %s", function, strings.Join(list, ", ")).
		WithFix("convert them to one type")
}

func wordNotAllowed(at diag.Span, word string, allowed []string) *diag.Diagnostic {
	return diag.Errorf("KQL1242", at, "%s is not allowed here", quote(word)).WithFix("the words are %s", joinOr(allowed))
}

func badFormat(at diag.Span, function, bad string) *diag.Diagnostic {
	return diag.Errorf("KQL1243", at, "the format of %s has %s, which it does not know", function, quote(bad)).
		WithFix("formats are made of specifiers and of the delimiters space / - : , . _ [ ]")
}

func deprecated(at diag.Span, old, now string) *diag.Diagnostic {
	return diag.Warningf("KQL1244", at, "%s is an old spelling", old).WithFix("write %s", now)
}

func noParameter(at diag.Span, function, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1245", at, "%s has no parameter %s, or it is given twice", function, quote(name))
}

func argumentLacksColumn(at diag.Span, param, column string, t types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1246", at, "the table for %s has no column %s of type %s", param, quote(column), t)
}

func argumentColumnType(at diag.Span, param, column string, want, have types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1246", at, "the column %s of the table for %s is %s where %s is expected", quote(column), param, have, want)
}

func invokeNotTabular(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1247", at, "%s cannot be invoked on rows: its first parameter is not a table", name)
}

func misplacedAggregate(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1248", at, "the aggregation %s cannot stand here", name).WithFix("aggregations stand in summarize, make-series and top-nested")
}

func notAggregated(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1249", at, "the column %s stands outside of an aggregation", quote(name)).
		WithFix("put it after by, or take one of its values: take_any(%s)", name)
}

func misplacedPlugin(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1250", at, "%s is a plugin", name).WithFix("write evaluate %s(...)", name)
}

func misplacedStar(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1251", at, "* cannot stand here")
}

func notSerialized(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1252", at, "%s needs rows in a meaningful order", name).WithFix("put serialize or sort before it")
}

func windowInScan(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1253", at, "%s cannot stand in a step of scan", name).WithFix("refer to the state: step.column")
}

func windowWithoutRows(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1253", at, "%s needs rows, and there are none here", name)
}

func badOffset(at diag.Span, n int64) *diag.Diagnostic {
	return diag.Errorf("KQL1254", at, "the distance to the other row must be positive, not %d", n)
}

func noRow(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1255", at, "%s() needs a row, and there is none here", name)
}

func noColumns(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1256", at, "the table has no columns")
}

func notTuple(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1257", at, "the expression has one value and several names").WithFix("give it one name, without parentheses")
}

func tooManyNames(at diag.Span, n int) *diag.Diagnostic {
	return diag.Errorf("KQL1257", at, "there are more names than the %d values of the expression", n)
}

func badKind(at diag.Span, op, word string, allowed []string) *diag.Diagnostic {
	d := diag.Errorf("KQL1258", at, "%s has no kind %s", op, quote(word))
	if near := nearest(word, allowed); near != "" {
		return suggest(d, near)
	}
	return d.WithFix("the kinds are %s", joinOr(allowed))
}

func unknownOption(at diag.Span, op, word string, allowed []string) *diag.Diagnostic {
	d := diag.Errorf("KQL1258", at, "%s has no option %s", op, quote(word))
	if near := nearest(word, allowed); near != "" {
		return suggest(d, near)
	}
	return d.WithFix("the options are %s", joinOr(allowed))
}

func joinCondition(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1259", at, "a condition of a join is a column of both sides, or $left.a == $right.b")
}

func joinWithoutKeys(at diag.Span, verb string) *diag.Diagnostic {
	return diag.Errorf("KQL1259", at, "the %s has no condition", verb).WithFix("write on and a column of both sides")
}

func joinKeyTypes(at diag.Span, l, r types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1260", at, "the keys of the join are %s and %s", l, r).WithFix("convert one of them before the join, with extend")
}

func dynamicJoinKey(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1260", at, "a key of a join cannot be dynamic").WithFix("convert it before the join: extend k = tostring(...)")
}

func leftOut(d *diag.Diagnostic) *diag.Diagnostic {
	out := *d
	out.Severity = diag.Warning
	out.Message = "left out of the union: " + d.Message
	return &out
}

func cannotExpand(at diag.Span, t types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1261", at, "a %s cannot be expanded", t).WithFix("parse a text first: parse_json(...), or split(...)")
}

func columnsTouch(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1262", at, "nothing divides the column %s from the one before it", quote(name)).WithFix("put a text between them")
}

func badAxis(at diag.Span, t types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1263", at, "the axis of make-series is %s where a number, datetime or timespan is expected", t)
}

func seriesWithoutStep(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1263", at, "make-series has no step").WithFix("write step and a size: step 1h")
}

func seriesNotAggregate(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1264", at, "an aggregation is expected here").WithFix("for example count() or sum(x)")
}

func levelNotAggregate(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1264", at, "a level of top-nested is ordered by an aggregation, or an expression over one")
}

func pivotWithoutAggregate(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1264", at, "the second argument of pivot is an aggregation").WithFix("for example count() or sum(x)")
}

func rangeTypes(at diag.Span, from, to, step types.Type) *diag.Diagnostic {
	return diag.Errorf("KQL1265", at, "a range cannot go from %s to %s by %s", from, to, step).
		WithFix("use numbers, or datetimes with a timespan as step")
}

func zeroStep(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1265", at, "the step of a range cannot be 0")
}

func valueCount(at diag.Span, have, columns int) *diag.Diagnostic {
	return diag.Errorf("KQL1266", at, "%d values do not fill rows of %d columns", have, columns)
}

func stepTwice(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1267", at, "there are two steps named %s", quote(name))
}

func notDeclared(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1267", at, "%s is not declared by the scan", quote(name)).WithFix("declare (%s: long = 0)", name)
}

func externalData(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1268", at, "externaldata is not allowed here: a query reads only what the workspace holds").
		WithFix("import the file as a watchlist or table, and name that")
}

func graphUnsupported(at diag.Span, verb string) *diag.Diagnostic {
	return diag.Errorf("KQL1269", at, "the graph operator %s is not supported yet", verb)
}

func mustBegin(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1270", at, "this operator must begin a query").WithFix("remove what stands before the bar")
}

func needsInput(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1270", at, "this operator needs rows before it").WithFix("put a table and a bar before it")
}

func managementCommand(at diag.Span, text string) *diag.Diagnostic {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return diag.Errorf("KQL1271", at, "management commands are not available: %s", word)
}

func misplacedQuery(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1272", at, "an expression cannot stand here").WithFix("name it with let")
}

func noQuery(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1273", at, "the text has no query").WithFix("end it with a table, or with print")
}

func probeFailed(at diag.Span, name string, err error) *diag.Diagnostic {
	return diag.Errorf("KQL1274", at, "the columns of %s could not be found out: %v", name, err)
}

func tooLarge(at diag.Span, most int) *diag.Diagnostic {
	return diag.Errorf("KQL1280", at, "the query is too large: with functions and lets put in place it has more than %d parts", most).
		WithFix("compute shared parts once: let x = materialize(...)")
}

func tooDeep(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1281", at, "the query is nested too deep").WithFix("name inner parts with let")
}

func inlineTooDeep(at diag.Span, most int) *diag.Diagnostic {
	return diag.Errorf("KQL1281", at, "functions call functions more than %d deep", most)
}

func nameNeedsBrackets(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1282", at, "%s is a keyword and cannot name a column as it is", quote(name)).WithFix("write ['%s']", name)
}

func literalExpected(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1283", at, "the values of a datatable are literals").WithFix("compute with extend, behind the datatable")
}

func nothingLeft(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1284", at, "none of the tables of the union is there").WithFix("with isfuzzy one of them at least must be")
}
