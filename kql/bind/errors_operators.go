package bind

import (
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// The second half of the messages: operators, their columns and options, limits.

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

func externalAddress(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1268", at, "externaldata needs the addresses of files as literal text").
		WithFix(`write [ "https://host/path" ] behind the columns`)
}

func externalOption(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1268", at, "%s of externaldata has a value that cannot be used", quote(name)).
		WithFix(`write with (format="csv", ignoreFirstRecord=true)`)
}

func operatorUnsupported(at diag.Span, verb string) *diag.Diagnostic {
	return diag.Errorf("KQL1269", at, "the operator %s is not part of this engine", verb)
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

func tooManySteps(at diag.Span, most int) *diag.Diagnostic {
	return diag.Errorf("KQL1285", at, "the pipeline has more than %d operators", most).
		WithFix("put several columns into one extend, several conditions into one where, or share a part: let x = materialize(...)")
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
