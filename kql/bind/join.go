package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// joinKinds maps the spellings of kinds to the plan's (https://learn.microsoft.com/kusto/query/join-operator).
var joinKinds = map[string]string{
	"": "innerunique", "innerunique": "innerunique", "inner": "inner", "leftouter": "leftouter", "rightouter": "rightouter",
	"fullouter": "fullouter", "leftsemi": "leftsemi", "rightsemi": "rightsemi", "leftanti": "leftanti", "leftantisemi": "leftanti",
	"anti": "leftanti", "rightanti": "rightanti", "rightantisemi": "rightanti",
}

// lookupKinds are those of lookup, leftouter by default (https://learn.microsoft.com/kusto/query/lookup-operator).
var lookupKinds = map[string]string{"": "lookup-leftouter", "leftouter": "lookup-leftouter", "inner": "lookup-inner"}

func (b *binder) bindJoin(op *syntax.JoinOp, in *relation, v env) *relation {
	kinds := joinKinds
	if op.Verb == "lookup" {
		kinds = lookupKinds
	}
	word := b.word(op.Hint("kind"), v)
	kind, ok := kinds[word]
	if !ok {
		b.report(badKind(op.Hint("kind").Span(), op.Verb, word, keysOf(kinds)))
		kind = kinds[""]
	}
	right := b.bindTable(op.Right, v.tabular())
	out := &plan.JoinOp{Kind: kind, Left: in.node, Right: right.node}
	used := map[string]bool{} // right columns that are keys
	same := map[string]bool{} // ... and have the name of their left key
	for _, on := range op.On {
		for _, k := range b.joinKeys(on, in, right, v) {
			out.Keys = append(out.Keys, k)
			if r, ok := k.Right.(*plan.Column); ok {
				used[r.Name] = true
				if l, ok := k.Left.(*plan.Column); ok && l.Name == r.Name {
					same[r.Name] = true
				}
			}
		}
	}
	if len(op.On) == 0 {
		b.report(joinWithoutKeys(op.Keyword, op.Verb))
	}
	out.Output = joinOutput(kind, in.schema(), right.schema(), used)
	rel := &relation{node: out, open: in.open || right.open, broken: in.broken || right.broken, aliases: in.aliases}
	switch kind {
	case "leftsemi", "leftanti":
		rel.open, rel.broken = in.open, in.broken
	case "rightsemi", "rightanti":
		rel.open, rel.broken, rel.aliases = right.open, right.broken, right.aliases
	}
	return rel
}

// joinOutput: semi and anti joins keep one side; the others have the left columns, then the right ones with a number
// after names that are taken. lookup leaves out the right keys.
func joinOutput(kind string, left, right types.Schema, keys map[string]bool) []plan.JoinColumn {
	var out []plan.JoinColumn
	used := map[string]bool{}
	for _, c := range right {
		used[c.Name] = true
	}
	add := func(c types.Column, name string, isRight bool) {
		used[name] = true
		out = append(out, plan.JoinColumn{Name: name, Source: c.Name, Right: isRight, Typ: c.Type, Hidden: c.Hidden})
	}
	switch kind {
	case "rightsemi", "rightanti":
		for _, c := range right {
			add(c, c.Name, true)
		}
		return out
	}
	used = map[string]bool{}
	for _, c := range left {
		if !c.Hidden {
			add(c, c.Name, false)
		}
	}
	if kind == "leftsemi" || kind == "leftanti" {
		return append(out, hiddenOutput(left, used, false)...)
	}
	// A right column keeps its name before another one's number takes it.
	later := map[string]bool{}
	for _, c := range right {
		later[c.Name] = later[c.Name] || !c.Hidden
	}
	for _, c := range right {
		if c.Hidden || keys[c.Name] && (kind == "lookup-inner" || kind == "lookup-leftouter") {
			continue
		}
		name := c.Name
		for i := 1; used[name] || name != c.Name && later[name]; i++ {
			name = numbered(c.Name, i)
		}
		add(c, name, true)
	}
	out = append(out, hiddenOutput(left, used, false)...)
	return append(out, hiddenOutput(right, used, true)...)
}

// hiddenOutput are the hidden columns of a side whose names are not taken: they never cost another column its name.
func hiddenOutput(side types.Schema, used map[string]bool, isRight bool) []plan.JoinColumn {
	var out []plan.JoinColumn
	for _, c := range side {
		if c.Hidden && !used[c.Name] {
			used[c.Name] = true
			out = append(out, plan.JoinColumn{Name: c.Name, Source: c.Name, Right: isRight, Typ: c.Type, Hidden: true})
		}
	}
	return out
}

// joinKeys binds one condition after on: a common column, or an equality of $left and $right columns; several may be
// joined by and.
func (b *binder) joinKeys(e syntax.Expr, left, right *relation, v env) []plan.JoinKey {
	switch e := unparen(e).(type) {
	case *syntax.NameExpr:
		return b.commonKey(e, left, right)
	case *syntax.BinaryExpr:
		switch e.Op {
		case "and":
			return append(b.joinKeys(e.Left, left, right, v), b.joinKeys(e.Right, left, right, v)...)
		case "==":
			return b.equalityKey(e, left, right, v)
		}
	case *syntax.BadExpr:
		return nil
	}
	b.report(joinCondition(e.Span()))
	return nil
}

func (b *binder) commonKey(e *syntax.NameExpr, left, right *relation) []plan.JoinKey {
	l, okLeft := left.row().find(e.Name)
	r, okRight := right.row().find(e.Name)
	switch {
	case !okLeft && !left.open:
		b.report(unknownSideColumn(e.Span(), "the left side", e.Name, nearest(e.Name, names(left.schema()))))
		return nil
	case !okRight && !right.open:
		b.report(unknownSideColumn(e.Span(), "the right side", e.Name, nearest(e.Name, names(right.schema()))))
		return nil
	}
	if !okLeft {
		l = types.Column{Name: e.Name, Type: left.row().typ}
	}
	if !okRight {
		r = types.Column{Name: e.Name, Type: right.row().typ}
	}
	return b.joinKey(column(l), column(r), e.Span())
}

// equalityKey is $left.a == $right.b, in either order as the service takes it.
func (b *binder) equalityKey(e *syntax.BinaryExpr, left, right *relation, v env) []plan.JoinKey {
	l, lside := b.sidePath(e.Left)
	r, rside := b.sidePath(e.Right)
	if lside == "$right" && rside == "$left" {
		l, r, lside, rside = r, l, rside, lside
	}
	if lside != "$left" || rside != "$right" {
		b.report(joinCondition(e.Span()))
		return nil
	}
	inner := env{scope: v.scope, left: left.row(), right: right.row()}
	x, y := b.bindExpr(l, inner), b.bindExpr(r, inner)
	if x.Type() == types.Unknown && !left.open || y.Type() == types.Unknown && !right.open {
		return nil
	}
	return b.joinKey(x, y, e.Span())
}

// sidePath is $left.column or $right.column; the side is "" for anything else.
func (b *binder) sidePath(e syntax.Expr) (syntax.Expr, string) {
	p, ok := unparen(e).(*syntax.PathExpr)
	if !ok {
		return e, ""
	}
	n, ok := p.Base.(*syntax.NameExpr)
	if !ok || p.Name == nil && !isText(p.Index) {
		return e, ""
	}
	if p.Name == nil {
		lit := unparen(p.Index).(*syntax.Literal)
		name := syntax.Name{At: lit.At, Text: lit.Text, Quoted: true}
		return &syntax.PathExpr{At: p.At, Base: p.Base, Name: &name}, n.Name
	}
	return p, n.Name
}

func isText(e syntax.Expr) bool {
	lit, ok := unparen(e).(*syntax.Literal)
	return ok && lit.Kind == syntax.LitString
}

// joinKey checks that two keys can be equal. Numbers meet in their widest type; other types must agree.
func (b *binder) joinKey(l, r plan.Expr, at diag.Span) []plan.JoinKey {
	x, y := l.Type(), r.Type()
	switch {
	case x == types.Unknown || y == types.Unknown, x == y && x != types.Dynamic, x.Integral() && y.Integral():
	case x == types.Dynamic || y == types.Dynamic:
		b.report(dynamicJoinKey(at))
		return nil
	default:
		b.report(joinKeyTypes(at, x, y))
		return nil
	}
	return []plan.JoinKey{{Left: l, Right: r}}
}
