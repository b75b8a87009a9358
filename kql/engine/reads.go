package engine

import (
	"math"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Read is a table that a query reads. From is the earliest moment, in ticks, that its conditions on the table's time let
// through; math.MinInt64 where they set none.
type Read struct {
	Table string
	From  int64
}

// readsOf are the tables that an optimized plan reads, whose conditions stand as near to them as they can. Of a table that is
// read more than once the earliest moment counts.
func readsOf(n plan.Node, into []Read) []Read {
	return walkReads(n, nil, into)
}

// walkReads goes down from n, above which stand filters alone as far as the conditions say.
func walkReads(n plan.Node, conditions []plan.Expr, into []Read) []Read {
	switch n := n.(type) {
	case *plan.ScanOp:
		from := int64(math.MinInt64)
		for _, c := range conditions {
			from = max(from, lowerBound(c, n.Table.TimeColumn))
		}
		for i := range into {
			if into[i].Table == n.Table.Name {
				into[i].From = min(into[i].From, from)
				return into
			}
		}
		return append(into, Read{n.Table.Name, from})
	case *plan.FilterOp:
		plan.WalkExpr(n.Predicate, func(x plan.Expr) {
			switch x := x.(type) {
			case *plan.In:
				if x.Query != nil {
					into = readsOf(x.Query, into)
				}
			case *plan.Subquery:
				into = readsOf(x.Query, into)
			}
		})
		return walkReads(n.Input, append(conditions, n.Predicate), into)
	}
	for _, in := range n.Inputs() {
		into = readsOf(in, into)
	}
	return into
}

// lowerBound is the earliest time that a condition lets through.
func lowerBound(x plan.Expr, column string) int64 {
	c, ok := x.(*plan.Call)
	if !ok || len(c.Args) < 2 {
		return math.MinInt64
	}
	switch c.Func.Name {
	case "and":
		from := int64(math.MinInt64)
		for _, a := range c.Args {
			from = max(from, lowerBound(a, column))
		}
		return from
	case ">", ">=", "between", "==":
		return literalTime(c.Args[0], c.Args[1], column)
	case "<", "<=":
		return literalTime(c.Args[1], c.Args[0], column)
	}
	return math.MinInt64
}

// literalTime is the moment that a column is compared with, when it is that column and a moment.
func literalTime(side, bound plan.Expr, column string) int64 {
	col, isColumn := side.(*plan.Column)
	at, isLiteral := bound.(*plan.Literal)
	if !isColumn || !isLiteral || col.Name != column || at.Value.IsNull() || at.Value.Type() != types.DateTime {
		return math.MinInt64
	}
	return at.Value.Ticks()
}
