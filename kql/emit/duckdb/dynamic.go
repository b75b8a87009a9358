package duckdb

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// path is the JSON text below a chain of keys and indexes, NULL where absent or null.
func (b *binding) path(x *plan.Path) (sqlExpr, error) {
	if shadow, ok := b.shadow(x); ok {
		return sqlExpr{sql: shadow, typ: types.Dynamic, null: true, simple: true}, nil
	}
	base, steps, err := b.pathOf(x)
	if err != nil {
		return sqlExpr{}, err
	}
	sql := "nullif(json_extract(" + base + ", " + steps + ")::VARCHAR, 'null')"
	return sqlExpr{sql: sql, typ: types.Dynamic, null: true}, nil
}

// pathText is the text of the leaf below a path as DuckDB prints it: exact for strings, and NULL where absent.
func (b *binding) pathText(x *plan.Path) (string, error) {
	if shadow, ok := b.shadow(x); ok {
		return leafOfShadow(shadow), nil
	}
	base, steps, err := b.pathOf(x)
	return "json_extract_string(" + base + ", " + steps + ")", err
}

// pathOf takes a chain of paths apart into the dynamic below it and one JSON path.
func (b *binding) pathOf(x plan.Expr) (base, steps string, err error) {
	var parts []string
	for {
		p, ok := x.(*plan.Path)
		if !ok {
			break
		}
		step, err := pathStep(p)
		if err != nil {
			return "", "", err
		}
		parts = append(parts, step)
		x = p.Base
		if shadow, ok := b.shadow(x); ok { // a shorter text to look into
			return shadow, jsonPath(parts), nil
		}
	}
	e, err := b.expr(x)
	if err != nil {
		return "", "", err
	}
	if e.typ != types.Dynamic {
		return "", "", notEmitted("a path into a " + e.typ.String())
	}
	if !e.simple {
		e.sql = b.once(e.sql)
	}
	return e.sql, jsonPath(parts), nil
}

// jsonPath is the SQL of a JSON path of steps, the last one first.
func jsonPath(steps []string) string {
	slices.Reverse(steps)
	return quoteString("$" + strings.Join(steps, ""))
}

// pathStep is one step of a JSON path: ."key", [3], [#-1].
func pathStep(p *plan.Path) (string, error) {
	if p.Index == nil {
		return keyStep(p.Key)
	}
	l, ok := p.Index.(*plan.Literal)
	switch {
	case ok && l.Value.Type() == types.String:
		return keyStep(l.Value.Str())
	case ok && l.Value.Type().Integral() && !l.Value.IsNull():
		if n := l.Value.Long(); n < 0 {
			return "[#" + strconv.FormatInt(n, 10) + "]", nil
		} else {
			return "[" + strconv.FormatInt(n, 10) + "]", nil
		}
	}
	return "", notEmitted("an index that is not a constant")
}

// keyStep quotes a key. The JSON path of DuckDB has no escape for a quote or a backslash, and reads * as a wildcard.
func keyStep(key string) (string, error) {
	if key == "" || strings.ContainsAny(key, "\"\\*\x00\n") {
		return "", notEmitted("the property name " + strconv.Quote(key))
	}
	if _, err := validString(key); err != nil {
		return "", err
	}
	return `."` + key + `"`, nil
}

// dynamicTemplates are the functions over dynamics.
func dynamicTemplates() map[string]template {
	return map[string]template{
		"parse_json":   parseJSON,
		"array_length": arrayLength,
		"bag_keys":     bagKeys,
		"bag_pack":     bagPack,
		"pack_array":   packArray,
	}
}

// parseJSON is the text itself where it is JSON, else a JSON string of it. A dynamic that holds a string is read again: real
// exports keep JSON text in dynamics.
func parseJSON(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	x := args[0]
	if len(args) != 1 || x.typ != types.String && x.typ != types.Dynamic {
		return sqlExpr{}, notEmitted(c.Func.Name + " of a " + x.typ.String())
	}
	g, err := b.guard("parse_json of text with surrogates", types.Dynamic)
	if err != nil {
		return sqlExpr{}, err
	}
	if x.typ == types.String {
		read := func(text string) (sqlExpr, error) {
			return sqlExpr{sql: jsonOfText(text, g), typ: types.Dynamic, null: true}, nil
		}
		if x.simple || x.lit != nil {
			return read(x.sql)
		}
		return b.letExpr(x.sql, read) // a text of kilobytes, where JSON is read in JSON, is not copied eight times to see that it is repeated
	}
	const text = "(CASE WHEN json_type($1) = 'VARCHAR' THEN $2 ELSE $1 END)"
	inner := jsonOfText("json_extract_string("+x.sql+", '$')", g)
	return sqlExpr{sql: fillSQL(text, x.sql, inner), typ: types.Dynamic, null: true}, nil
}

// jsonOfText: DuckDB's reader takes trailing commas, NaN and Infinity, which are not JSON, so what looks like them is looked at
// again without its strings; and it refuses lone surrogates, which Go reads.
func jsonOfText(x, guard string) string {
	const text = `(CASE WHEN $1 = '' THEN NULL` +
		` WHEN contains($1, '\u') AND regexp_matches($1, '\\u[dD][89a-fA-F]') THEN $2` +
		` WHEN NOT json_valid($1) THEN to_json($1)::VARCHAR` +
		` WHEN regexp_matches($1, ',\s*[\]}]|[nN][aA][nN]|[iI][nN][fF]')` +
		` AND regexp_matches(regexp_replace($1, '"(?:\\.|[^"\\])*"', '""', 'gs'), ',\s*[\]}]|[nN][aA][nN]|[iI][nN][fF]')` +
		` THEN to_json($1)::VARCHAR ELSE nullif($1, 'null') END)`
	return fillSQL(text, x, guard)
}

func arrayLength(_ *binding, _ *plan.Call, args []sqlExpr) (sqlExpr, error) {
	if args[0].typ != types.Dynamic {
		return sqlExpr{}, notEmitted("array_length of a " + args[0].typ.String())
	}
	const text = "(CASE WHEN json_type($1) = 'ARRAY' THEN json_array_length($1)::BIGINT END)"
	return sqlExpr{sql: fill(text, args[0]), typ: types.Long, null: true}, nil
}

func bagKeys(_ *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	if args[0].typ != types.Dynamic {
		return sqlExpr{}, notEmitted("bag_keys of a " + args[0].typ.String())
	}
	const text = "(CASE WHEN json_type($1) = 'OBJECT' THEN to_json(json_keys($1))::VARCHAR END)"
	return sqlExpr{sql: fill(text, args[0]), typ: types.Dynamic, null: true}, nil
}

// packable is a value inside JSON. Times, reals and decimals have forms that JSON text does not keep.
func packable(x sqlExpr) (string, error) {
	switch x.typ {
	case types.String, types.Int, types.Long, types.Bool:
		return x.sql, nil
	case types.Dynamic:
		return "(" + x.sql + ")::JSON", nil
	}
	return "", notEmitted("a " + x.typ.String() + " inside a dynamic")
}

// bagPack makes a bag of constant keys, each once.
func bagPack(_ *binding, _ *plan.Call, args []sqlExpr) (sqlExpr, error) {
	parts, seen := make([]string, len(args)), map[string]bool{}
	for i, a := range args {
		if i%2 == 1 {
			var err error
			if parts[i], err = packable(a); err != nil {
				return sqlExpr{}, err
			}
			continue
		}
		key, ok := a.text()
		if !ok || seen[key] || len(args)%2 == 1 {
			return sqlExpr{}, notEmitted("bag_pack with computed or repeated keys")
		}
		seen[key], parts[i] = true, a.sql
	}
	return sqlExpr{sql: "json_object(" + strings.Join(parts, ", ") + ")::VARCHAR", typ: types.Dynamic}, nil
}

func packArray(_ *binding, _ *plan.Call, args []sqlExpr) (sqlExpr, error) {
	parts := make([]string, len(args))
	for i, a := range args {
		var err error
		if parts[i], err = packable(a); err != nil {
			return sqlExpr{}, err
		}
	}
	return sqlExpr{sql: "json_array(" + strings.Join(parts, ", ") + ")::VARCHAR", typ: types.Dynamic}, nil
}
