package duckdb

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// searchTemplates are the operators that look for text in text. Those without _cs compare in lower case, which DuckDB's lower
// gives for every character as Go does.
func searchTemplates() map[string]template {
	m := map[string]template{
		"=~": equalFold(false), "!~": equalFold(true),
		"matches regex": matchesRegex,
	}
	for name, form := range map[string]string{
		"contains": "contains($1, $2)", "startswith": "starts_with($1, $2)", "endswith": "ends_with($1, $2)",
	} {
		m[name], m["!"+name] = search(form, true, false), search(form, true, true)
		m[name+"_cs"], m["!"+name+"_cs"] = search(form, false, false), search(form, false, true)
	}
	for name, at := range map[string]boundaries{"has": {true, true}, "hasprefix": {start: true}, "hassuffix": {end: true}} {
		m[name], m["!"+name] = hasTerm(at, true, false), hasTerm(at, true, true)
		m[name+"_cs"], m["!"+name+"_cs"] = hasTerm(at, false, false), hasTerm(at, false, true)
	}
	return m
}

// equalFold is =~. Its folding is that of regular expressions, which differs from lower case for letters such as the long s;
// texts of ASCII, nearly all there are, need only the latter.
func equalFold(not bool) template {
	return func(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		sql, err := b.equalFoldSQL(c, args)
		if not {
			sql = "(NOT " + sql + ")"
		}
		return sqlExpr{sql: sql, typ: types.Bool}, err
	}
}

func (b *binding) equalFoldSQL(c *plan.Call, args []sqlExpr) (string, error) {
	x, y, err := b.searched(c, args)
	if err != nil {
		return "", err
	}
	s, constant := y.text()
	if fold := args[0].shadows[foldKey]; constant && fold != "" && args[0].typ == types.String {
		folded, err := validString(Fold(s))
		return "(" + fold + " = " + folded + ")", err
	}
	if l, _, ok := b.shadowEquals(c.Args, args); ok && constant { // quotes have no case
		return foldSQL("coalesce("+l.sql+", '')", `"`+s+`"`)
	}
	if constant && onlyString(s) { // arrays and bags need no exact text to differ
		beside, err := b.leafBeside(c.Args[0], args[0], y.lit)
		if err != nil {
			return "", err
		}
		if x = beside; x.null {
			x.sql = "coalesce(" + x.sql + ", '')"
		}
	}
	if constant {
		return foldSQL(x.sql, s)
	}
	g, err := b.guard(c.Func.Name+" of two columns", types.Bool)
	const text = "(CASE WHEN $1 = $2 THEN true WHEN strlen($1) = length($1) AND strlen($2) = length($2) THEN lower($1) = lower($2) ELSE $3 END)"
	return fillSQL(text, x.sql, y.sql, g), err
}

// foldSQL compares a text with a constant without case. The only letters beyond ASCII that fold to one of it are the long s and
// the Kelvin sign, which are one and two bytes longer: a look at the length leaves few texts to look into.
func foldSQL(x, s string) (string, error) {
	re, err := validString("(?i)" + regexp.QuoteMeta(s))
	if err != nil {
		return "", err
	}
	if !isASCII(s) {
		return fillSQL("(regexp_full_match($1, $2))", x, re), nil
	}
	low := strings.ToLower(s)
	most := len(s) + strings.Count(low, "s") + 2*strings.Count(low, "k")
	least := strconv.Itoa(len(s))
	if most == len(s) {
		return fillSQL("(strlen($1) = $2 AND lower($1) = $3)", x, least, quoteString(low)), nil
	}
	const text = "(strlen($1) BETWEEN $2 AND $3 AND CASE WHEN strlen($1) = $2 THEN lower($1) = $4 ELSE regexp_full_match($1, $5) END)"
	return fillSQL(text, x, least, strconv.Itoa(most), quoteString(low), re), nil
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// search is a template over a string and a string, both in lower case where fold is set.
func search(text string, fold, not bool) template {
	return func(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		x, y, err := b.searched(c, args)
		if err != nil {
			return sqlExpr{}, err
		}
		if fold {
			x.sql = "lower(" + x.sql + ")"
		}
		if s, ok := y.text(); ok && fold {
			if y.sql, err = validString(strings.ToLower(s)); err != nil {
				return sqlExpr{}, err
			}
		} else if fold {
			y.sql = "lower(" + y.sql + ")"
		}
		sql := "(" + fillSQL(text, x.sql, y.sql) + ")"
		if not {
			sql = "(NOT " + sql + ")"
		}
		return sqlExpr{sql: sql, typ: types.Bool}, nil
	}
}

// searched are the two sides as strings. A dynamic is searched as its text.
func (b *binding) searched(c *plan.Call, args []sqlExpr) (x, y sqlExpr, err error) {
	if len(args) != 2 || args[1].typ != types.String {
		return x, y, notEmitted(c.Func.Name + " with something else than a text")
	}
	x = args[0]
	switch x.typ {
	case types.String:
	case types.Dynamic:
		x, err = toStringCall(b, &plan.Call{Func: c.Func, Args: c.Args[:1], Typ: types.String}, args[:1])
	default:
		err = notEmitted(c.Func.Name + " in a " + x.typ.String())
	}
	return x, args[1], err
}

// hasTerm finds a constant term.
func hasTerm(at boundaries, fold, not bool) template {
	return func(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
		x, y, err := b.searched(c, args)
		if err != nil {
			return sqlExpr{}, err
		}
		term, ok := y.text()
		if !ok {
			return sqlExpr{}, notEmitted(c.Func.Name + " of a computed term")
		}
		sql, err := termSQL(x.sql, term, at, fold)
		if err != nil {
			return sqlExpr{}, err
		}
		if not {
			sql = "(NOT " + sql + ")"
		}
		return sqlExpr{sql: sql, typ: types.Bool}, nil
	}
}

// matchesRegex: both sides are RE2.
func matchesRegex(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error) {
	x, y, err := b.searched(c, args)
	if err != nil {
		return sqlExpr{}, err
	}
	_, re, err := constantRegex(y)
	if err != nil {
		return sqlExpr{}, err
	}
	return sqlExpr{sql: fillSQL("regexp_matches($1, $2)", x.sql, re), typ: types.Bool}, nil
}

// hasItems is has_any and has_all over constant terms.
func (b *binding) hasItems(x *plan.In) (sqlExpr, error) {
	if x.Query != nil {
		return sqlExpr{}, notEmitted(x.Op + " of a query")
	}
	left, err := b.expr(x.Left)
	if err != nil {
		return sqlExpr{}, err
	}
	if left.typ == types.Dynamic {
		if left, err = toStringCall(b, &plan.Call{Args: []plan.Expr{x.Left}}, []sqlExpr{left}); err != nil {
			return sqlExpr{}, err
		}
	}
	if left.typ != types.String {
		return sqlExpr{}, notEmitted(x.Op + " in a " + left.typ.String())
	}
	terms, err := b.constantTerms(x)
	if err != nil {
		return sqlExpr{}, err
	}
	var sql string
	if strings.HasSuffix(x.Op, "has_all") {
		sql, err = allTermsSQL(left.sql, terms)
	} else {
		sql, err = anyTermSQL(left.sql, terms, boundaries{true, true}, true)
	}
	if err != nil {
		return sqlExpr{}, err
	}
	if strings.HasPrefix(x.Op, "!") {
		sql = "(NOT " + sql + ")"
	}
	return sqlExpr{sql: sql, typ: types.Bool}, nil
}

// constantTerms are the terms of has_any and has_all.
func (b *binding) constantTerms(x *plan.In) ([]string, error) {
	var terms []string
	for _, e := range x.List {
		item, err := b.expr(e)
		if err != nil {
			return nil, err
		}
		items := []sqlExpr{item}
		if item.typ == types.Dynamic {
			if items, err = elements(item); err != nil {
				return nil, err
			}
		}
		for _, i := range items {
			term, ok := i.text()
			if !ok {
				return nil, notEmitted(x.Op + " of something else than constant texts")
			}
			terms = append(terms, term)
		}
	}
	if len(terms) == 0 {
		return nil, notEmitted(x.Op + " of nothing")
	}
	return terms, nil
}
