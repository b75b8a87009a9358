package duckdb

import (
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// template makes the SQL of a call from the SQL of its arguments.
type template func(b *binding, c *plan.Call, args []sqlExpr) (sqlExpr, error)

// binding is where an expression stands: the statement, the relation whose columns it names, and where window functions
// may stand, the OVER clause of its rows.
type binding struct {
	st   *statement
	r    *relation
	over string
	// lazy counts the calls around that compute some of their arguments only.
	lazy int
}

// expr is the SQL of an expression over the relation's columns.
func (st *statement) expr(r *relation, x plan.Expr) (sqlExpr, error) {
	b := &binding{st: st, r: r}
	return b.expr(x)
}

// maxExpression bounds the SQL of one expression. Templates repeat their arguments, so that conversions nested in
// conversions grow by powers; DuckDB takes longer to plan such a text than the reference to run it.
const maxExpression = 30_000

func (b *binding) expr(x plan.Expr) (sqlExpr, error) {
	out, err := b.unbounded(x)
	if err == nil && len(out.sql) > maxExpression && out.lit == nil {
		return sqlExpr{}, notEmitted("an expression whose SQL is too long")
	}
	return out, err
}

func (b *binding) unbounded(x plan.Expr) (sqlExpr, error) {
	switch x := x.(type) {
	case *plan.Literal:
		return constant(x.Value)
	case *plan.Column:
		c := b.r.find(x.Name)
		if c == nil {
			return sqlExpr{}, notEmitted("the column " + strconv.Quote(x.Name) + ", which is not in sight")
		}
		return c.sqlExpr, nil
	case *plan.Path:
		return b.path(x)
	case *plan.Call:
		return b.call(x)
	case *plan.In:
		return b.in(x)
	case *plan.Subquery:
		return b.subquery(x)
	default:
		return sqlExpr{}, notEmitted("an expression of another kind")
	}
}

func constant(v types.Value) (sqlExpr, error) {
	sql, err := literal(v)
	return sqlExpr{sql: sql, typ: v.Type(), null: v.IsNull(), simple: true, lit: &v}, err
}

func (b *binding) call(c *plan.Call) (sqlExpr, error) {
	if c.Func.Impure {
		return sqlExpr{}, notEmitted(c.Func.Name + ", which gives another value each time")
	}
	if c.Func.Kind == builtin.Window {
		return b.window(c)
	}
	t, ok := b.st.e.scalars[c.Func.Name]
	if !ok {
		return sqlExpr{}, notEmitted(c.Func.Name)
	}
	if computesSome(c.Func.Name) {
		b.lazy++
		defer func() { b.lazy-- }()
	}
	args, err := b.exprs(c.Args)
	if err != nil {
		return sqlExpr{}, err
	}
	out, err := t(b, c, args)
	if err == nil {
		out, err = b.repeated(out, c.Args, args, func() (sqlExpr, error) { return t(b, c, args) })
	}
	if err != nil {
		return sqlExpr{}, err
	}
	if out.typ != c.Typ && sqlType(out.typ) != sqlType(c.Typ) {
		return sqlExpr{}, notEmitted(c.Func.Name + " as " + c.Typ.String())
	}
	out.typ = c.Typ
	return out, nil
}

func (b *binding) exprs(list []plan.Expr) ([]sqlExpr, error) {
	out := make([]sqlExpr, len(list))
	for i, a := range list {
		x, err := b.expr(a)
		if err != nil {
			return nil, err
		}
		out[i] = x
	}
	return out, nil
}

// predicate is SQL that is TRUE exactly where x is; where x is false or null it may be either of FALSE and NULL.
// That leaves comparisons as the plain ones that DuckDB can push into a scan.
func (st *statement) predicate(r *relation, x plan.Expr) (string, error) {
	b := &binding{st: st, r: r}
	return b.predicate(x)
}

func (b *binding) predicate(x plan.Expr) (string, error) {
	c, ok := x.(*plan.Call)
	if !ok {
		return b.condition(x)
	}
	switch c.Func.Name {
	case "and", "or":
		parts := make([]string, len(c.Args))
		for i, a := range c.Args {
			p, err := b.predicate(a)
			if err != nil {
				return "", err
			}
			parts[i] = p
		}
		return "(" + strings.Join(parts, " "+strings.ToUpper(c.Func.Name)+" ") + ")", nil
	case "==", "!=", "<", "<=", ">", ">=":
		return b.plainComparison(c)
	}
	return b.condition(x)
}

// condition is a value that is true or not; what else may stand for one is not DuckDB's to say.
func (b *binding) condition(x plan.Expr) (string, error) {
	e, err := b.expr(x)
	if err == nil && e.typ != types.Bool {
		err = notEmitted("a " + e.typ.String() + " as a condition")
	}
	return e.sql, err
}

// subquery is toscalar: the first cell, null when there is none.
func (b *binding) subquery(x *plan.Subquery) (sqlExpr, error) {
	r, err := b.st.node(x.Query)
	if err != nil {
		return sqlExpr{}, err
	}
	if len(r.cols) == 0 || r.cols[0].typ != x.Typ {
		return sqlExpr{}, notEmitted("toscalar of another type")
	}
	one := *r
	if one.limit != "" {
		one = *b.st.wrap(r)
	}
	one.cols, one.limit = one.cols[:1], "1"
	sql := one.selectSQL(false, true).around("(", ")").String()
	if x.Typ == types.String {
		sql = "coalesce(" + sql + ", '')"
	}
	return sqlExpr{sql: sql, typ: x.Typ, null: x.Typ != types.String}, nil
}

// anyNull reports whether one of the arguments may be NULL.
func anyNull(args []sqlExpr) bool {
	for _, a := range args {
		if a.null {
			return true
		}
	}
	return false
}

// text is a constant string argument.
func (x sqlExpr) text() (string, bool) {
	if x.lit == nil || x.lit.Type() != types.String {
		return "", false
	}
	return x.lit.Str(), true
}

// integer is a constant int or long argument.
func (x sqlExpr) integer() (int64, bool) {
	if x.lit == nil || !x.lit.Type().Integral() || x.lit.IsNull() {
		return 0, false
	}
	return x.lit.Long(), true
}

// fill replaces $1, $2, ... in a template's text by the SQL of the arguments.
func fill(text string, args ...sqlExpr) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.sql
	}
	return fillSQL(text, parts...)
}

func fillSQL(text string, parts ...string) string {
	size := len(text)
	for i, part := range parts {
		size += len(part) * strings.Count(text, "$"+strconv.Itoa(i+1))
	}
	var b strings.Builder
	b.Grow(size)
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 || i+1 == len(text) {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		if n := int(text[i+1]) - '1'; n >= 0 && n < len(parts) && n < 9 {
			b.WriteString(parts[n])
			text = text[i+2:]
			continue
		}
		b.WriteByte('$')
		text = text[i+1:]
	}
}

// inexact is SQL that fails the statement where a value turns up whose result would not be exactly the reference's. The
// caller sees IsInexact and runs without the templates that use it.
func inexact(t types.Type) string { return "error('" + inexactMark + "')::" + sqlType(t) }

const inexactMark = "sleuth: outside the exact range"

// IsInexact reports whether a backend's error came from a guard in the emitted SQL: the query is fine, but it has to run
// with an emitter made by NewUnguarded.
func IsInexact(err error) bool { return err != nil && strings.Contains(err.Error(), inexactMark) }

// Guarded reports whether a statement may fail so. It may say so of one that only speaks of it.
func Guarded(sql string) bool { return strings.Contains(sql, inexactMark) }

// guard is inexact, or ErrNotEmitted for an emitter without guards.
func (b *binding) guard(what string, t types.Type) (string, error) {
	if b.st.e.unguarded {
		return "", notEmitted(what)
	}
	return inexact(t), nil
}
