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
	if isParser(name) {
		return d.WithFix("%s", addParser)
	}
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
	d := diag.Errorf("KQL1205", at, "there is no function named %s", quote(name))
	if isParser(name) {
		return d.WithFix("%s", addParser)
	}
	return suggest(d, near)
}

// isParser reports whether a name is one of the Advanced Security Information Model's parsers, which the service has as functions
// (https://learn.microsoft.com/azure/sentinel/normalization-about-parsers).
func isParser(name string) bool {
	for _, prefix := range []string{"_Im_", "_ASim_", "ASim", "vim", "im"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest != "" && rest[0] >= 'A' && rest[0] <= 'Z'
		}
	}
	return false
}

const addParser = "it is a parser of the information model ASIM: save it from its published file, sleuth functions add PARSER.yaml"

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

func columnNamedTwice(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1210", at, "the column %s is named twice", quote(name)).WithFix("remove one of them")
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

func noSource(at diag.Span, err error) *diag.Diagnostic {
	return diag.Errorf("KQL1295", at, "%v", err).WithFix("name a table of this workspace by itself")
}
