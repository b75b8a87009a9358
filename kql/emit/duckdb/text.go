package duckdb

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// stringTemplates are the functions that make or measure strings.
func stringTemplates() map[string]template {
	return map[string]template{
		"strcat":         strcat,
		"strlen":         onStrings("length($1)::BIGINT", types.Long),
		"substring":      substring,
		"replace_string": onStrings("CASE WHEN $2 = '' THEN $1 ELSE replace($1, $2, $3) END", types.String),
		"string_size":    onStrings("strlen($1)::BIGINT", types.Long),
		"tolower":        onStrings("lower($1)", types.String),
		"toupper":        onStrings(upperText, types.String),
		"indexof":        indexOf,
		"split":          split,
		"extract":        extract,
		"replace_regex":  replaceRegex,
		"trim":           trim(true, true),
		"trim_start":     trim(true, false),
		"trim_end":       trim(false, true),
		"strcat_delim":   strcatDelim,
	}
}

// upperText leaves the sharp s alone, as Go does; DuckDB knows its capital.
const upperText = "CASE WHEN contains($1, 'ß') THEN array_to_string(list_transform(string_split($1, 'ß'), lambda p: upper(p)), 'ß') ELSE upper($1) END"

// onStrings is a template whose arguments are all strings.
func onStrings(text string, t types.Type) template {
	return func(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		for _, a := range args {
			if a.typ != types.String {
				return sqlExpr{}, notEmitted(c.Func.Name + " of a " + a.typ.String())
			}
		}
		return sqlExpr{sql: "(" + fill(text, args...) + ")", typ: t}, nil
	}
}

// strcat joins the texts of its arguments.
func strcat(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	parts := make([]string, len(args))
	for i, a := range args {
		x := a
		var err error
		if a.typ == types.Dynamic {
			x, err = toStringCall(b, &plan.Call{Func: c.Func, Args: c.Args[i : i+1], Typ: types.String}, args[i:i+1])
		} else {
			x, err = b.toString(a)
		}
		if err != nil {
			return sqlExpr{}, err
		}
		parts[i] = x.sql
	}
	return sqlExpr{sql: "(" + strings.Join(parts, " || ") + ")", typ: types.String}, nil
}

// substring counts from 0, in characters.
func substring(_ *binding, _ *plan.Call, args []sqlExpr) (sqlExpr, error) {
	start, ok := args[1].integer()
	if args[0].typ != types.String || !ok || start < 0 || start > 1<<30 {
		return sqlExpr{}, notEmitted("substring from a computed or negative start")
	}
	if len(args) == 2 {
		return sqlExpr{sql: "substring(" + args[0].sql + ", " + quoteInteger(start+1) + ")", typ: types.String}, nil
	}
	n, ok := args[2].integer()
	if !ok || n < 0 || n > 1<<30 {
		return sqlExpr{}, notEmitted("substring of a computed or negative length")
	}
	return sqlExpr{sql: "substring(" + args[0].sql + ", " + quoteInteger(start+1) + ", " + quoteInteger(n) + ")", typ: types.String}, nil
}

// indexOf finds a constant that is not empty.
func indexOf(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	part, ok := args[1].text()
	if len(args) != 2 || !ok || part == "" || args[0].typ != types.String {
		return sqlExpr{}, notEmitted("indexof with more than a constant text")
	}
	return sqlExpr{sql: "(strpos(" + args[0].sql + ", " + args[1].sql + ") - 1)", typ: types.Long}, nil
}

// split is the JSON array of the parts.
func split(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	list, err := splitList(args)
	if err != nil {
		return sqlExpr{}, err
	}
	return sqlExpr{sql: "to_json(" + list + ")::VARCHAR", typ: types.Dynamic}, nil
}

// splitList is the parts as a list.
func splitList(args []sqlExpr) (string, error) {
	if len(args) != 2 || args[0].typ != types.String {
		return "", notEmitted("split with an index")
	}
	if sep, ok := args[1].text(); !ok || sep == "" {
		return "", notEmitted("split by a computed or empty separator")
	}
	return "string_split(" + args[0].sql + ", " + args[1].sql + ")", nil
}

// splitPart is tostring(split(x, separator)[n]), which needs no JSON in between.
func (b *binding) splitPart(p *plan.Path) (sqlExpr, bool) {
	call, ok := p.Base.(*plan.Call)
	if !ok || call.Func.Name != "split" || p.Index == nil {
		return sqlExpr{}, false
	}
	index, ok := p.Index.(*plan.Literal)
	if !ok || !index.Value.Type().Integral() || index.Value.IsNull() {
		return sqlExpr{}, false
	}
	args, err := b.exprs(call.Args)
	if err != nil {
		return sqlExpr{}, false
	}
	list, err := splitList(args)
	if err != nil {
		return sqlExpr{}, false
	}
	n := index.Value.Long()
	if n >= 0 {
		n++ // lists count from 1, and from -1 at the end
	}
	return sqlExpr{sql: "coalesce((" + list + ")[" + quoteInteger(n) + "], '')", typ: types.String}, true
}

// extract is a group of the first match.
func extract(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	re, pattern, err := constantRegex(args[0])
	if err != nil {
		return sqlExpr{}, err
	}
	group, ok := args[1].integer()
	if len(args) != 3 || !ok || group < 0 || int(group) > re.NumSubexp() || args[2].typ != types.String || c.Typ != types.String {
		return sqlExpr{}, notEmitted("extract of another type or group")
	}
	return sqlExpr{sql: fillSQL("regexp_extract($1, $2, $3)", args[2].sql, pattern, quoteInteger(group)), typ: types.String}, nil
}

// replaceRegex: the two dialects agree but for empty matches, and for what a backslash means before other characters
// than digits.
func replaceRegex(_ *binding, _ *plan.Call, args []sqlExpr) (sqlExpr, error) {
	re, pattern, err := constantRegex(args[1])
	if err != nil {
		return sqlExpr{}, err
	}
	rewrite, ok := args[2].text()
	if !ok || args[0].typ != types.String || matchesEmpty(re) || !plainRewrite(rewrite, re.NumSubexp()) {
		return sqlExpr{}, notEmitted("replace_regex of a pattern that matches nothing, or of a computed rewrite")
	}
	return sqlExpr{sql: fillSQL("regexp_replace($1, $2, $3, 'g')", args[0].sql, pattern, args[2].sql), typ: types.String}, nil
}

func plainRewrite(s string, groups int) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		i++
		if i == len(s) || s[i] < '0' || int(s[i]-'0') > groups {
			return false
		}
	}
	return true
}

// trim cuts one match at each end asked for.
func trim(start, end bool) template {
	return func(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		pattern, ok := args[0].text()
		if !ok || args[1].typ != types.String {
			return sqlExpr{}, notEmitted(c.Func.Name + " of a computed pattern")
		}
		sql := args[1].sql
		for _, end := range []struct {
			cut     bool
			pattern string
		}{{start, "^(?:" + pattern + ")"}, {end, "(?:" + pattern + ")$"}} {
			if !end.cut {
				continue
			}
			_, re, err := readRegex(end.pattern)
			if err != nil {
				return sqlExpr{}, err
			}
			sql = fillSQL("regexp_replace($1, $2, '')", sql, re)
		}
		return sqlExpr{sql: sql, typ: types.String}, nil
	}
}

func strcatDelim(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	if args[0].typ != types.String {
		return sqlExpr{}, notEmitted("strcat_delim by something else than a text")
	}
	var parts []sqlExpr
	for i := 1; i < len(args); i++ {
		if i > 1 {
			parts = append(parts, args[0])
		}
		parts = append(parts, args[i])
	}
	exprs := make([]plan.Expr, len(parts))
	for i := range parts {
		exprs[i] = c.Args[0]
		if i%2 == 0 {
			exprs[i] = c.Args[i/2+1]
		}
	}
	return strcat(b, &plan.Call{Func: c.Func, Args: exprs, Typ: c.Typ}, parts)
}
