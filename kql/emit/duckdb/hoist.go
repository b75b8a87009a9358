package duckdb

import (
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
)

// Templates repeat their arguments: a text that is read as a number is looked at five times, and a conversion in a conversion 25
// times. DuckDB computes each of them, and plans each before. So what is repeated and not simple becomes a column below the
// relation's FROM, which is computed once and named from then on:
//
//	FROM "ws"."main"."SigninLogs" AS t1
//	FROM (SELECT *, json_extract_string(t1."DeviceDetail", '$."a"') AS "$0" FROM "ws"."main"."SigninLogs" AS t1) AS t1

// hoists are the columns below one FROM. Relations over the same rows share them.
type hoists struct{ list []hoisted }

// hoisted is the SQL of one and how many of them stand between it and the rows.
type hoisted struct {
	sql, name string
	level     int
}

// worthHoisting is the length of SQL from which a column of its own pays.
const worthHoisting = 40

// rowsAs makes a relation over the rows of a FROM item that is known by alias.
func rowsAs(from pieces, alias string) *relation {
	return &relation{from: from, alias: alias, hoists: &hoists{}}
}

// source is the relation's FROM with the columns that were hoisted.
func (r *relation) source() pieces {
	from := r.from
	if r.hoists == nil {
		return from
	}
	for level, more := 0, true; more; level++ {
		more = false
		var cols strings.Builder
		for _, h := range r.hoists.list {
			if h.level == level {
				cols.WriteString(", " + h.sql + " AS " + h.column())
			}
			more = more || h.level > level
		}
		if cols.Len() > 0 {
			from = from.around("(SELECT *"+cols.String()+"\nFROM ", ") AS "+r.alias)
		}
	}
	return from
}

func (h hoisted) column() string { return h.name[strings.IndexByte(h.name, '.')+1:] }

// once is the name of a column that holds sql, or sql itself where it is short, or stands over rows that cannot be given one:
// those of a join, and windows, which need the rows as they are. A guard stays where it is if lazy: a column is computed for
// every row, also for those that would not have come to it.
func (b *binding) once(sql string) string {
	if len(sql) < worthHoisting || b.r == nil || b.r.hoists == nil || strings.Contains(sql, "OVER (") || b.lazy > 0 && Guarded(sql) || b.st.inLambda(sql) {
		return sql
	}
	h := hoisted{sql: sql}
	for _, have := range b.r.hoists.list {
		if have.sql == sql {
			return have.name
		}
		if strings.Contains(sql, have.name) {
			h.level = max(h.level, have.level+1)
		}
	}
	h.name = b.r.alias + `."$` + strconv.Itoa(len(b.r.hoists.list)) + `"`
	b.r.hoists.list = append(b.r.hoists.list, h)
	return h.name
}

// computesSome are the functions that compute some of their arguments only.
func computesSome(name string) bool {
	switch name {
	case "iff", "iif", "case", "coalesce", "and", "or":
		return true
	}
	return false
}

// let gives sql a name in what f makes of it, so that f may repeat it: that of a column below FROM, or of the parameter of a lambda,
// which is computed for the rows that come to it, and once for each.
func (b *binding) let(sql string, f func(name string) string) string {
	if name := b.once(sql); name != sql || len(sql) < worthHoisting {
		return f(name)
	}
	return b.st.bound(sql, f)
}

// bound is let with a lambda. DuckDB has none over windows and subqueries. Parameters are named by how deep they stand, so that
// equal expressions are equal texts; one in sql itself may have the same name, which is its own.
func (st *statement) bound(sql string, f func(name string) string) string {
	if !lambdaOver(sql) {
		return f(sql)
	}
	st.depth++
	name := "v" + strconv.Itoa(st.depth)
	body := f(name)
	st.depth--
	if !lambdaOver(body) {
		return f(sql)
	}
	return "(list_transform([" + sql + "], lambda " + name + ": " + body + ")[1])"
}

func lambdaOver(sql string) bool {
	return !strings.Contains(sql, "OVER (") && !strings.Contains(sql, "SELECT ")
}

// inLambda reports whether sql may name the parameter of a lambda around it.
func (st *statement) inLambda(sql string) bool {
	for i := range st.depth {
		if strings.Contains(sql, "v"+strconv.Itoa(i+1)) {
			return true
		}
	}
	return false
}

// letExpr is let of an expression.
func (b *binding) letExpr(sql string, f func(name string) (sqlExpr, error)) (sqlExpr, error) {
	return madeOf(b.let, sql, f)
}

// boundExpr is letExpr by a lambda, for what is rarely looked at.
func (b *binding) boundExpr(sql string, f func(name string) (sqlExpr, error)) (sqlExpr, error) {
	return madeOf(b.st.bound, sql, f)
}

func madeOf(let func(string, func(string) string) string, sql string, f func(name string) (sqlExpr, error)) (sqlExpr, error) {
	var x sqlExpr
	var err error
	text := let(sql, func(name string) string {
		x, err = f(name)
		return x.sql
	})
	x.sql = text
	return x, err
}

// repeated makes out anew with names for those arguments that it repeats. The JSON of a path is left where it is: templates read
// its leaf, and look at the JSON only where that leaves a doubt.
func (b *binding) repeated(out sqlExpr, exprs []plan.Expr, args []sqlExpr, again func() (sqlExpr, error)) (sqlExpr, error) {
	var which []int
	for i, a := range args {
		if _, ok := exprs[i].(*plan.Path); !ok && !a.simple && a.lit == nil && len(a.sql) >= worthHoisting && strings.Count(out.sql, a.sql) > 2 {
			which = append(which, i)
		}
	}
	if len(which) == 0 {
		return out, nil
	}
	var named func(int) (sqlExpr, error)
	named = func(i int) (sqlExpr, error) {
		if i == len(which) {
			return again()
		}
		a := &args[which[i]]
		return b.letExpr(a.sql, func(name string) (sqlExpr, error) {
			a.sql, a.simple = name, true
			return named(i + 1)
		})
	}
	return named(0)
}
