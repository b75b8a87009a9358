package duckdb

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// foldKey is the key of a string column's fold among its shadows.
const foldKey = "~"

// shadowPaths are the paths that a plan reads below dynamics, as the part of a shadow column's name after the column, so that
// a scan carries no others. The fold is among them where something compares without case.
func shadowPaths(n plan.Node) map[string]bool {
	out := map[string]bool{}
	plan.Walk(n, func(n plan.Node) {
		for _, x := range plan.Exprs(n) {
			plan.WalkExpr(x, func(x plan.Expr) {
				switch x := x.(type) {
				case *plan.Path:
					if keys, _ := pathKeys(x); len(keys) > 0 {
						out[strings.Join(keys, ".")] = true
					}
				case *plan.Call:
					if x.Func.Name == "=~" || x.Func.Name == "!~" {
						out[foldKey] = true
					}
				}
			})
		}
	})
	return out
}

// pathKeys takes a chain of constant keys apart, outermost first, and gives what stands below it.
func pathKeys(x plan.Expr) (keys []string, base plan.Expr) {
	for {
		p, ok := x.(*plan.Path)
		if !ok {
			slices.Reverse(keys)
			return keys, x
		}
		key := p.Key
		if p.Index != nil {
			l, ok := p.Index.(*plan.Literal)
			if !ok || l.Value.Type() != types.String {
				return nil, nil
			}
			key = l.Value.Str()
		}
		keys, x = append(keys, key), p.Base
	}
}

// shadowsOf are the shadow columns of a scanned column that the statement may read.
func (st *statement) shadowsOf(t *plan.Table, alias, column string) map[string]string {
	var out map[string]string
	add := func(path, name string) {
		if name == "" || !t.Shadows[name] {
			return
		}
		if id, err := quoteIdent(name); err == nil {
			if out == nil {
				out = map[string]string{}
			}
			out[path] = alias + "." + id
		}
	}
	if len(t.Shadows) == 0 {
		return nil
	}
	for path := range st.paths {
		if path == foldKey {
			add(path, FoldColumn(column))
			continue
		}
		add(path, ShadowColumn(column, strings.Split(path, ".")...))
	}
	return out
}

// shadowColumns are the SQL of the shadows of the relation's columns, each once, in a fixed order.
func (r *relation) shadowColumns() []string {
	var out []string
	seen := map[string]bool{}
	for _, c := range r.cols {
		for _, path := range slices.Sorted(maps.Keys(c.shadows)) {
			if sql := c.shadows[path]; !seen[sql] {
				seen[sql] = true
				out = append(out, sql)
			}
		}
	}
	return out
}

// carried are a column's shadows as the columns of a subselect that has them as selectSQL names them.
func carried(shadows map[string]string, all []string, alias string) map[string]string {
	if len(shadows) == 0 {
		return nil
	}
	out := make(map[string]string, len(shadows))
	for path, sql := range shadows {
		out[path] = alias + ".s" + strconv.Itoa(slices.Index(all, sql))
	}
	return out
}

// shadow is the SQL of the shadow column that holds what a path gives.
func (b *binding) shadow(x plan.Expr) (string, bool) {
	keys, base := pathKeys(x)
	c, ok := base.(*plan.Column)
	if !ok || len(keys) == 0 {
		return "", false
	}
	col := b.r.find(c.Name)
	if col == nil || col.typ != types.Dynamic {
		return "", false
	}
	sql, ok := col.shadows[strings.Join(keys, ".")]
	return sql, ok
}

// plainLeaf is the SQL condition for JSON text that is a string without escapes: what stands between its quotes is its text.
func plainLeaf(json string) string {
	return "starts_with(" + json + `, '"') AND NOT contains(` + json + `, '\')`
}

// leafOfShadow is json_extract_string of a shadow.
func leafOfShadow(json string) string {
	return fillSQL(`(CASE WHEN $2 THEN trim($1, '"') ELSE json_extract_string($1, '$') END)`, json, plainLeaf(json))
}

// quotedText is the JSON text of a constant that only a JSON string prints as, where that has no escapes.
func quotedText(v *types.Value) (string, bool) {
	if v == nil || v.IsNull() || v.Type() != types.String || !onlyString(v.Str()) {
		return "", false
	}
	s := v.Str()
	if strings.ContainsAny(s, `"\`) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
		return "", false
	}
	sql, err := validString(`"` + s + `"`)
	return sql, err == nil
}

// shadowEquals is a shadow, or tostring of one, beside a constant text: both as JSON texts, so that the scan itself compares.
func (b *binding) shadowEquals(exprs []plan.Expr, args []sqlExpr) (l, r sqlExpr, ok bool) {
	for i := range exprs {
		x := exprs[i]
		if c, is := x.(*plan.Call); is && c.Func.Name == "tostring" && len(c.Args) == 1 {
			x = c.Args[0]
		}
		shadow, is := b.shadow(x)
		if !is {
			continue
		}
		text, is := quotedText(args[1-i].lit)
		if !is {
			continue
		}
		return sqlExpr{sql: shadow, typ: types.String, null: true}, sqlExpr{sql: text, typ: types.String, simple: true}, true
	}
	return l, r, false
}
