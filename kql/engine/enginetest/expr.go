package enginetest

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// Expr is an expression: its text in parts, with the arguments between them.
type Expr struct {
	Type  types.Type
	parts []string
	args  []*Expr
}

// leaf is an expression without arguments.
func leaf(t types.Type, text string) *Expr { return &Expr{Type: t, parts: []string{text}} }

// hole stands for an argument in the text that node takes apart.
const hole = "\x00"

// node is an expression of a text with a hole for each argument.
func node(t types.Type, text string, args ...*Expr) *Expr {
	return &Expr{Type: t, parts: strings.Split(text, hole), args: args}
}

// String is the expression as KQL.
func (e *Expr) String() string {
	var b strings.Builder
	e.write(&b)
	return b.String()
}

func (e *Expr) write(b *strings.Builder) {
	for i, p := range e.parts {
		b.WriteString(p)
		if i < len(e.args) {
			e.args[i].write(b)
		}
	}
}

// columnOf is the fixture's column of a type.
var columnOf = map[types.Type][]string{
	types.Bool: {"b"}, types.Int: {"i"}, types.Long: {"n", "id"}, types.Real: {"r"}, types.Decimal: {"m"}, types.String: {"s", "u"},
	types.DateTime: {"TimeGenerated"}, types.TimeSpan: {"d"}, types.GUID: {"g"}, types.Dynamic: {"j", "a"},
}

// literals are constants of each type, extremes included.
var literals = map[types.Type][]string{
	types.Bool:    {"true", "false", "bool(null)"},
	types.Int:     {"int(0)", "int(3)", "int(-3)", "int(2147483647)", "int(-2147483648)", "int(null)"},
	types.Long:    {"0", "1", "-3", "7", "2", "100", "long(null)", "9223372036854775807", "-9223372036854775807", "9007199254740993"},
	types.Real:    {"1.5", "0.0", "-2.0", "real(null)", "real(nan)", "real(+inf)", "1e-7", "1e300", "0.1", "-0.0", "2.5"},
	types.Decimal: {"decimal(1.5)", "decimal(0)", "decimal(null)", "decimal(-7)"},
	types.String: {"'RU'", "'alice@contoso.com'", "''", "'é'", "'É'", "'ß'", "'K'", "'s'", "'a'", "'python'", "'Windows NT'", "'@contoso'", "'b_c'", "'日本語'", "'2'", "'-'", "'Σ'", "'ς'", "'%'", "'_'", `'\''`, `'"'`,
		`'\\'`, `'\n'`, "@'\\d'", "'-- x'", "'i'", "'ı'", "'12'", "'-7'", "'1.5'", "'true'", "'null'", "'2025-11-25'", "' '", "'.'", "'*'", "'ru'", "'contoso.com'", "'ab'", "'\\t'", "'$1'", "'e\u0301'", "'[1,2]'"},
	types.DateTime: {"datetime(2025-11-25T10:11:12.1234567Z)", "datetime(null)", "datetime(0001-01-01)", "datetime(9999-12-31T23:59:59.9999999Z)", "datetime(2024-02-29)", "datetime(1970-01-01)"},
	types.TimeSpan: {"1h", "-2d", "timespan(null)", "1.5s", "0s", "1tick", "7d", "365d", "time(-10675199.02:48:05.4775808)"},
	types.GUID:     {"guid(0f8fad5b-d9cb-469f-a165-70867728950e)", "guid(null)"},
	types.Dynamic:  {"dynamic({\"country\":\"RU\"})", "dynamic(null)", "dynamic([1,\"a\"])", "dynamic([])", "dynamic(5)", "dynamic(\"ru\")", "dynamic({})", "dynamic([[1],[2,3]])", "dynamic(1.5)", "dynamic(true)"},
}

// paths are ways into the fixture's dynamics.
var paths = []string{"j.country", "j.n", "j.x.y", "j.f", "j.x", "j['country']", "a[0]", "a[-1]", "j.x.y[1]", "a[0].r", "j.missing", "j.ok", "j.big", "j.e", "j.s", "j['']", "j['a.b']", `j['q"q']`, "j['a b'][\"c'd\"]", "j.x[0].y",
	"j.x.x.x.x.x[0][0]", "a[1]", "a[-2]", "a[100]", "j[0]", "a.k", "j.t", "j.d", "j.z"}

// regexes, dateParts and the like are what constants of those parameters may be; other texts are errors of the query.
var (
	regexes   = []string{"@'[a-z]+@'", "@'(\\w+)'", "'a'", "@'\\d+'", "@'^$'", "@'\\s+'", "@'[^a-c]'", "@'(?i)RU'", "@'x*'", "@'(a)(b)?'", "@'é'", "@'.'", "@'[[:upper:]]+'", "@'\\bC'", "@'a{2,3}|b'", "@'\\p{L}+'", "@'^.*$'"}
	dateParts = []string{"'day'", "'hour'", "'month'", "'year'", "'minute'", "'second'", "'week'", "'quarter'", "'millisecond'", "'microsecond'", "'nanosecond'"}
)
