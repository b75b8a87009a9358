package duckdb

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// sqlExpr is the SQL of an expression. Null tells that it may be NULL; simple that repeating it costs nothing
// (a column or a constant); lit is its value where it is a constant.
type sqlExpr struct {
	sql    string
	typ    types.Type
	null   bool
	simple bool
	lit    *types.Value
	// shadows are the SQL of the shadow columns of a table's column, by the path below it.
	shadows map[string]string
	// member is which member of the struct that sql makes is meant; a summarize makes a struct of many members once. Only
	// aggregates have one.
	member string
}

// column is one column of a relation: its KQL name and its SQL over the relation's FROM.
type column struct {
	name string
	sqlExpr
}

// orderKey is one key of the rows' order.
type orderKey struct {
	sql              string
	desc, nullsFirst bool
}

func (k orderKey) String() string {
	s := k.sql
	if k.desc {
		s += " DESC"
	} else {
		s += " ASC"
	}
	if k.nullsFirst {
		return s + " NULLS FIRST"
	}
	return s + " NULLS LAST"
}

// relation is a SELECT in the making: SELECT cols FROM from WHERE where ORDER BY order LIMIT limit.
// The order belongs to its rows and is applied by a limit, a window, or at the end.
type relation struct {
	cols []column
	from pieces
	// alias names the rows of from, and hoists are the columns made beside theirs; a join has several aliases, and no hoists.
	alias  string
	hoists *hoists
	where  []string
	order  []orderKey
	limit  string
	// scrambled: rows without an order come as DuckDB's threads make them, another way each time.
	scrambled bool
	// all orders by all columns: the order of scrambled rows where one is needed, so that a query has one answer.
	all bool
}

// settle gives scrambled rows an order.
func (r *relation) settle() {
	if r.scrambled && len(r.order) == 0 {
		r.all = true
	}
}

// schema is the relation's columns as KQL sees them.
func (r *relation) find(name string) *column {
	for i := range r.cols {
		if r.cols[i].name == name {
			return &r.cols[i]
		}
	}
	return nil
}

// holding is the column that is sql, -1 where there is none.
func (r *relation) holding(sql string) int {
	return slices.IndexFunc(r.cols, func(c column) bool { return c.sql == sql })
}

// selectSQL renders the relation. Order keys that are no columns become columns o0, o1, ... after the others where carry is set;
// sorted adds ORDER BY even without a limit.
func (r *relation) selectSQL(carry, sorted bool) pieces {
	var b strings.Builder
	b.Grow(r.size())
	b.WriteString("SELECT ")
	for i, c := range r.cols {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.sql)
		b.WriteString(" AS c")
		b.WriteString(strconv.Itoa(i))
	}
	if carry {
		for i, k := range r.order {
			if r.holding(k.sql) >= 0 {
				continue
			}
			if i > 0 || len(r.cols) > 0 {
				b.WriteString(", ")
			}
			b.WriteString(k.sql + " AS o" + strconv.Itoa(i))
		}
		for i, sql := range r.shadowColumns() {
			b.WriteString(", " + sql + " AS s" + strconv.Itoa(i))
		}
	}
	if len(r.cols) == 0 && (!carry || len(r.order) == 0) {
		b.WriteString("1 AS nothing")
	}
	if len(r.from) > 0 {
		b.WriteString("\nFROM ")
		return r.source().around(b.String(), r.rest(sorted))
	}
	return pieces{b.String(), r.rest(sorted)}
}

// rest is what follows FROM.
func (r *relation) rest(sorted bool) string {
	var b strings.Builder
	if len(r.where) > 0 {
		b.WriteString("\nWHERE " + strings.Join(r.where, "\n  AND "))
	}
	if r.all {
		b.WriteString("\nORDER BY " + r.everything())
	} else if (sorted || r.limit != "") && len(r.order) > 0 {
		b.WriteString("\nORDER BY " + joinKeys(r.order))
	}
	if r.limit != "" {
		b.WriteString("\nLIMIT " + r.limit)
	}
	return b.String()
}

// size is about how long the relation's SQL is without its FROM.
func (r *relation) size() int {
	n := 64
	for _, c := range r.cols {
		n += len(c.sql) + len(", ") + len(" AS c100")
	}
	for _, k := range r.order {
		n += 2*len(k.sql) + 32
	}
	for _, w := range r.where {
		n += len(w) + len("\n  AND ")
	}
	return n
}

// everything orders by all columns. DuckDB makes -0.0 of a sort key 0.0 in the rows, but not of what a key is computed from.
func (r *relation) everything() string {
	real := false
	keys := make([]string, len(r.cols))
	for i, c := range r.cols {
		keys[i] = strconv.Itoa(i + 1)
		if c.typ == types.Real {
			real = true
			keys[i] = c.sql + " + 0.0"
		}
	}
	if !real {
		return "ALL"
	}
	return strings.Join(keys, ", ")
}

func joinKeys(keys []orderKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.String()
	}
	return strings.Join(parts, ", ")
}

// statement is one SQL text in the making.
type statement struct {
	e       *Emitter
	aliases int
	// depth is how many lambdas stand around what is being written.
	depth int
	// shared are the common table expressions by SharedOp.ID; with has their definitions in order.
	shared map[int]*sharedTable
	// paths are those that the plan reads inside dynamics.
	paths map[string]bool
	with  []string
	// failed are the nodes known to have no SQL, made those known to have.
	failed map[plan.Node]error
	made   map[plan.Node]*beginning
}

// beginning is a statement that has come to a node and written nothing but that, so that another may go on from there: one in which
// the node stands alone, or below something else.
type beginning struct {
	r       *relation
	aliases int
	shared  map[int]*sharedTable
	with    []string
}

// mark is where the statement is, at a node that is r.
func (st *statement) mark(r *relation) *beginning {
	return &beginning{r.copy(), st.aliases, maps.Clone(st.shared), slices.Clip(st.with)}
}

// resume makes the statement what it was at a mark.
func (st *statement) resume(b *beginning) *relation {
	st.aliases, st.shared, st.with = b.aliases, maps.Clone(b.shared), b.with
	return b.r.copy()
}

// copy is r for another statement, in which it gets conditions and hoists of its own.
func (r *relation) copy() *relation {
	c := *r
	c.where = slices.Clip(r.where)
	if r.hoists != nil {
		c.hoists = &hoists{slices.Clip(r.hoists.list)}
	}
	return &c
}

func (st *statement) alias() string {
	st.aliases++
	return "t" + strconv.Itoa(st.aliases)
}

// wrap makes the relation a subselect, so that its columns can be named.
func (st *statement) wrap(r *relation) *relation {
	t := st.alias()
	out := rowsAs(r.selectSQL(true, false).around("(", ") AS "+t), t)
	out.cols, out.scrambled = make([]column, len(r.cols)), r.scrambled
	all := r.shadowColumns()
	for i, c := range r.cols {
		out.cols[i] = column{c.name, sqlExpr{sql: t + ".c" + strconv.Itoa(i), typ: c.typ, null: c.null, simple: true, shadows: carried(c.shadows, all, t)}}
	}
	for i, k := range r.order {
		name := ".o" + strconv.Itoa(i)
		if at := r.holding(k.sql); at >= 0 {
			name = ".c" + strconv.Itoa(at)
		}
		out.order = append(out.order, orderKey{t + name, k.desc, k.nullsFirst})
	}
	return out
}

// table makes a relation that reads the SELECT text, whose columns are c0, c1, ... as cols describes them.
func (st *statement) table(text pieces, cols []column) *relation {
	t := st.alias()
	out := rowsAs(text.around("(", ") AS "+t), t)
	out.cols = make([]column, len(cols))
	for i, c := range cols {
		out.cols[i] = column{c.name, sqlExpr{sql: t + ".c" + strconv.Itoa(i), typ: c.typ, null: c.null, simple: true}}
	}
	return out
}

// ready is r, wrapped where one of the expressions names a column that is not simple, so that nothing is computed twice.
func (st *statement) ready(r *relation, exprs ...plan.Expr) *relation {
	if r.limit != "" {
		return st.wrap(r)
	}
	costly := false
	for _, x := range exprs {
		plan.WalkExpr(x, func(x plan.Expr) {
			if c, ok := x.(*plan.Column); ok {
				if col := r.find(c.Name); col != nil && !col.simple {
					costly = true
				}
			}
		})
	}
	if costly {
		return st.wrap(r)
	}
	return r
}
