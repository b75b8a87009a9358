package duckdb

import (
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// joinKinds gives the SQL of each kind of join.
func joinSQL(kind string) (string, bool) {
	switch kind {
	case "inner", "innerunique", "lookup-inner":
		return "INNER JOIN", true
	case "leftouter", "lookup-leftouter":
		return "LEFT JOIN", true
	case "rightouter":
		return "RIGHT JOIN", true
	case "fullouter":
		return "FULL JOIN", true
	case "leftsemi", "rightsemi":
		return "SEMI JOIN", true
	case "leftanti", "rightanti":
		return "ANTI JOIN", true
	}
	return "", false
}

// join joins on equal keys. A string that an outer join leaves without a row is empty, not null.
func (st *statement) join(n *plan.JoinOp) (*relation, error) {
	op, ok := joinSQL(n.Kind)
	if !ok {
		return nil, notEmitted("join kind=" + n.Kind)
	}
	left, leftKeys, err := st.joinSide(n.Left, n.Keys, false)
	if err != nil {
		return nil, err
	}
	right, rightKeys, err := st.joinSide(n.Right, n.Keys, true)
	if err != nil {
		return nil, err
	}
	if n.Kind == "innerunique" {
		left, leftKeys = st.unique(left, leftKeys)
	}
	on := make([]string, len(n.Keys))
	for i := range n.Keys {
		if on[i], err = joinCondition(leftKeys[i], rightKeys[i]); err != nil {
			return nil, err
		}
	}
	if len(on) == 0 {
		on = []string{"true"}
	}
	first, second := left, right
	if strings.HasPrefix(n.Kind, "rights") || n.Kind == "rightanti" {
		first, second = right, left
	}
	from := slices.Concat(first.source(), second.source().around("\n"+op+" ", "\n  ON "+strings.Join(on, " AND ")))
	out := &relation{from: from, scrambled: true}
	for _, c := range n.Output {
		col, err := joinColumn(n, c, left, right)
		if err != nil {
			return nil, err
		}
		out.cols = append(out.cols, col)
	}
	return st.wrapIfOuter(out, n.Kind), nil
}

// wrapIfOuter: the columns of an outer join may be COALESCE calls, which a later filter must not repeat.
func (st *statement) wrapIfOuter(r *relation, kind string) *relation {
	if strings.HasSuffix(kind, "outer") {
		return st.wrap(r)
	}
	return r
}

// joinSide is one input as a subselect, and the SQL of its keys.
func (st *statement) joinSide(n plan.Node, keys []plan.JoinKey, isRight bool) (*relation, []sqlExpr, error) {
	r, err := st.node(n)
	if err != nil {
		return nil, nil, err
	}
	if r.limit == "" {
		r.order = nil
	}
	r = st.wrap(r)
	r.order = nil
	out := make([]sqlExpr, len(keys))
	for i, k := range keys {
		x := k.Left
		if isRight {
			x = k.Right
		}
		if out[i], err = st.expr(r, x); err != nil {
			return nil, nil, err
		}
	}
	return r, out, nil
}

// unique keeps one row per key of the left side, whichever (https://learn.microsoft.com/kusto/query/join-innerunique): the
// same one on every run.
func (st *statement) unique(r *relation, keys []sqlExpr) (*relation, []sqlExpr) {
	all := *r
	all.cols = append([]column(nil), r.cols...)
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.sql
		all.cols = append(all.cols, column{"", k})
	}
	one := all.selectSQL(false, false).distinct(" ON (" + strings.Join(parts, ", ") + ")")
	out := st.table(append(one, "\nORDER BY ALL"), all.cols)
	n := len(r.cols)
	made := make([]sqlExpr, len(keys))
	for i := range keys {
		made[i] = out.cols[n+i].sqlExpr
	}
	out.cols = out.cols[:n]
	return out, made
}

func joinCondition(l, r sqlExpr) (string, error) {
	if l.typ != r.typ && !(l.typ.Integral() && r.typ.Integral()) {
		return "", notEmitted("join of a " + l.typ.String() + " with a " + r.typ.String())
	}
	if err := groupable(l); err != nil {
		return "", err
	}
	if l.null && r.null { // null keys are equal to each other
		return l.sql + " IS NOT DISTINCT FROM " + r.sql, nil
	}
	return l.sql + " = " + r.sql, nil
}

func joinColumn(n *plan.JoinOp, c plan.JoinColumn, left, right *relation) (column, error) {
	from, padded := left, n.Kind == "rightouter" || n.Kind == "fullouter"
	if c.Right {
		from, padded = right, strings.HasSuffix(n.Kind, "leftouter") || n.Kind == "fullouter"
	}
	src := from.find(c.Source)
	if src == nil || src.typ != c.Typ {
		return column{}, notEmitted("the join column " + c.Source)
	}
	x := src.sqlExpr
	if padded && c.Typ == types.String {
		x = sqlExpr{sql: "coalesce(" + x.sql + ", '')", typ: c.Typ}
	} else if padded {
		x.null = true
	}
	return column{c.Name, x}, nil
}
