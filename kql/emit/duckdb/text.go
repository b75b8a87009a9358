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
	}
}

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
