package bind

import (
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// isDatabase reports whether e is cluster(...), database(...), workspace(...) or app(...): there is one workspace
// here, so all of them stand for it, and its tables are found by their names.
func (b *binder) isDatabase(e syntax.Expr, v env) bool {
	switch e := e.(type) {
	case *syntax.CallExpr:
		switch e.Name.Text {
		case "cluster", "database", "workspace", "app", "resource", "adx", "arg":
			return v.scope.find(e.Name.Text) == nil
		}
	case *syntax.PathCallExpr:
		return b.isDatabase(e.Base, v) && e.Name.Text == "database"
	case *syntax.NameExpr:
		ent := v.scope.find(e.Name)
		return ent != nil && ent.kind == databaseEntity
	}
	return false
}

// bindTablePath is workspace("x").Table and f(x).path of a pattern.
func (b *binder) bindTablePath(e *syntax.PathExpr, v env) *relation {
	if call, ok := e.Base.(*syntax.CallExpr); ok && e.Name != nil {
		if ent := v.scope.find(call.Name.Text); ent != nil && ent.kind == patternEntity {
			path := e.Name.Text
			return b.bindPattern(ent, call.Args, &path, e.Span(), v)
		}
	}
	if e.Name == nil || !b.isDatabase(e.Base, v) {
		if x := b.bindExpr(e, v); x.Type() != types.Unknown {
			b.report(tableExpected(e.Span()))
		}
		return brokenRelation()
	}
	if !b.source(e.Base, v) {
		return brokenRelation()
	}
	return b.namedTable(e.Name.Text, e.Name.Span(), env{scope: newScope(nil)})
}

// bindPathCall is database("d").table("t"), workspace("w").Function(...).
func (b *binder) bindPathCall(e *syntax.PathCallExpr, v env) *relation {
	if !b.isDatabase(e.Base, v) {
		b.report(notMethod(e.Name.Span(), e.Name.Text))
		return brokenRelation()
	}
	if !b.source(e.Base, v) {
		return brokenRelation()
	}
	call := &syntax.CallExpr{At: e.At, Name: e.Name, Args: e.Args}
	if e.Name.Text == "table" {
		return b.tableFunction(call, env{scope: newScope(nil)})
	}
	if f, ok := b.cat.Function(e.Name.Text); ok {
		return b.callSaved(f, e.Args, e.Span(), v, nil)
	}
	b.report(unknownFunction(e.Name.Span(), e.Name.Text, ""))
	return brokenRelation()
}
