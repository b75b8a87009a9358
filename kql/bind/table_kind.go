package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/syntax"
)

// isTable reports whether an expression is tabular, by its form and the names in it, without binding it.
func (b *binder) isTable(e syntax.Expr, v env) bool {
	switch e := e.(type) {
	case *syntax.TabularExpr:
		if len(e.Operators) > 0 {
			return true
		}
		return e.Source != nil && b.isTable(e.Source, v)
	case *syntax.OperatorExpr, *syntax.WildcardExpr:
		return true
	case *syntax.ParenExpr:
		return b.isTable(e.Inner, v)
	case *syntax.NameExpr:
		return b.isTableName(e, v)
	case *syntax.CallExpr:
		return b.isTableCall(e, v)
	case *syntax.PathExpr:
		return e.Name != nil && b.isDatabase(e.Base, v)
	case *syntax.PathCallExpr:
		return true
	}
	return false
}

func (b *binder) isTableName(e *syntax.NameExpr, v env) bool {
	if _, ok := v.row.find(e.Name); ok {
		return false
	}
	if v.agg != nil {
		if _, ok := v.agg.row.find(e.Name); ok {
			return false
		}
	}
	if ent := v.scope.find(e.Name); ent != nil {
		return ent.kind == tableEntity || ent.kind == functionEntity && len(ent.lambda.Params) == 0 && b.lambdaIsTable(ent)
	}
	if _, ok := b.cat.Table(e.Name); ok {
		return true
	}
	f, ok := b.cat.Function(e.Name)
	return ok && b.savedIsTable(f)
}

func (b *binder) isTableCall(e *syntax.CallExpr, v env) bool {
	if ent := v.scope.find(e.Name.Text); ent != nil && ent.kind != scalarEntity {
		switch ent.kind {
		case functionEntity:
			return b.lambdaIsTable(ent)
		default:
			return true
		}
	}
	switch e.Name.Text {
	case "table", "external_table", "materialized_view", "stored_query_result", "graph":
		return true
	case "materialize":
		return len(e.Args) == 1 && b.isTable(e.Args[0].Value, v)
	}
	f, ok := b.cat.Function(e.Name.Text)
	return ok && b.savedIsTable(f)
}

func (b *binder) savedIsTable(f Function) bool {
	if f.Table != nil {
		return true
	}
	ent := b.savedEntity(f, diag.Span{})
	return ent != nil && b.lambdaIsTable(ent)
}

// lambdaIsTable reports whether a function gives a table. Its own names are entered by kind only.
func (b *binder) lambdaIsTable(ent *entity) bool {
	l := ent.lambda
	if ent.busy || l == nil || l.Body == nil || l.Body.Result == nil {
		return false
	}
	ent.busy = true
	defer func() { ent.busy = false }()
	sc := newScope(ent.scope)
	for _, p := range l.Params {
		kind := scalarEntity
		if p.Tabular {
			kind = tableEntity
		}
		sc.set(&entity{kind: kind, name: p.Name.Text})
	}
	for _, s := range l.Body.Statements {
		let, ok := s.(*syntax.LetStmt)
		if !ok {
			continue
		}
		inner := &entity{kind: scalarEntity, name: let.Name.Text}
		if f, ok := unparen(let.Value).(*syntax.LambdaExpr); ok {
			inner.kind, inner.lambda, inner.scope = functionEntity, f, sc
		} else if b.isTable(let.Value, env{scope: sc}) {
			inner.kind = tableEntity
		}
		sc.set(inner)
	}
	return b.isTable(l.Body.Result, env{scope: sc})
}
