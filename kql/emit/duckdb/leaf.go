package duckdb

import (
	"math"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// leaves are the operands of a comparison, with what a dynamic holds in the type of the constant it is compared with: its text
// beside a string, its number beside a number.
func (b *binding) leaves(exprs []plan.Expr, args []sqlExpr) ([]sqlExpr, error) {
	out := append([]sqlExpr(nil), args...)
	for i := range args {
		other := args[(i+1)%len(args)]
		if len(args) == 3 && i > 0 { // between: all operands compare with the first
			other = args[0]
		}
		if other.lit == nil || other.null {
			continue
		}
		x, err := b.leafBeside(exprs[i], args[i], other.lit)
		if err != nil {
			return nil, err
		}
		out[i] = x
	}
	return out, nil
}

func (b *binding) leafBeside(e plan.Expr, x sqlExpr, constant *types.Value) (sqlExpr, error) {
	plainText := constant.Type() == types.String && onlyString(constant.Str())
	if c, ok := e.(*plan.Call); ok && plainText && c.Func.Name == "tostring" && len(c.Args) == 1 {
		if p, ok := c.Args[0].(*plan.Path); ok {
			if _, ok := b.splitPart(p); !ok {
				leaf, err := b.pathText(p)
				return sqlExpr{sql: "coalesce(" + leaf + ", '')", typ: types.String}, err
			}
		}
	}
	if x.typ != types.Dynamic {
		return x, nil
	}
	switch {
	case plainText:
		leaf, err := b.leafText(e, x)
		return sqlExpr{sql: leaf, typ: types.String, null: true}, err
	case constant.Type() == types.String && !isBoolText(constant.Str()):
		leaf, err := b.leafText(e, x)
		if err != nil {
			return x, err
		}
		text, err := b.leafToString(leaf, x.sql)
		return sqlExpr{sql: fillSQL("(CASE WHEN $1 IS NOT NULL THEN $2 END)", leaf, text.sql), typ: types.String, null: true}, err
	case constant.Type().Integral() || constant.Type() == types.Real:
		return b.leafNumber(e, x, constant)
	}
	return x, nil
}

func isBoolText(s string) bool { return strings.EqualFold(s, "true") || strings.EqualFold(s, "false") }

// leafText is the text of what a dynamic holds, as the JSON function prints it, NULL for null.
func (b *binding) leafText(e plan.Expr, x sqlExpr) (string, error) {
	if p, ok := e.(*plan.Path); ok {
		return b.pathText(p)
	}
	return "json_extract_string(" + x.sql + ", '$')", nil
}

// leafNumber is what a dynamic holds as a DOUBLE: a number or a bool itself, a text as what it reads as in the constant's type,
// NULL for anything else. It compares exactly with constants below 2^53.
func (b *binding) leafNumber(e plan.Expr, x sqlExpr, constant *types.Value) (sqlExpr, error) {
	if math.Abs(constant.Float()) >= 1<<53 {
		return x, nil
	}
	leaf, err := b.leafText(e, x)
	if err != nil {
		return x, err
	}
	t := constant.Type()
	if t == types.Int {
		return x, nil
	}
	read, err := b.readText(leaf, t)
	if err != nil {
		return x, err
	}
	// try_cast: DuckDB may compute a part that stands in several branches before it chooses one.
	const text = "(CASE WHEN $1 IS NULL THEN NULL WHEN regexp_full_match($1, '-?[0-9]{1,15}') THEN try_cast($1 AS DOUBLE)" +
		" WHEN json_type($2) = 'VARCHAR' THEN $3::DOUBLE WHEN json_type($2) IN ('ARRAY', 'OBJECT') THEN NULL" +
		" WHEN $1 = 'true' THEN 1 WHEN $1 = 'false' THEN 0 ELSE try_cast($1 AS DOUBLE) END)"
	return sqlExpr{sql: fillSQL(text, leaf, x.sql, read), typ: types.Real, null: true}, nil
}
