package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindTable binds a tabular expression. It always gives a relation; one that could not be bound is broken and
// has been reported.
func (b *binder) bindTable(e syntax.Expr, v env) *relation {
	rel := b.bindRelation(e, v)
	if rel.graph {
		b.report(graphNotTable(e.Span()))
		return brokenRelation()
	}
	return rel
}

// bindRelation is bindTable where a graph may stand as well.
func (b *binder) bindRelation(e syntax.Expr, v env) *relation {
	if e == nil {
		return brokenRelation()
	}
	if !b.enter(e) {
		return brokenRelation()
	}
	defer b.leave()
	return b.bindSource(e, v)
}

func (b *binder) bindSource(e syntax.Expr, v env) *relation {
	switch e := e.(type) {
	case *syntax.TabularExpr:
		return b.bindPipeline(e, v)
	case *syntax.OperatorExpr:
		return b.bindOperator(e.Operator, nil, v)
	case *syntax.NameExpr:
		return b.bindTableName(e, v)
	case *syntax.ParenExpr:
		return b.bindRelation(e.Inner, v)
	case *syntax.CallExpr:
		return b.bindTableCall(e, v)
	case *syntax.PathExpr:
		return b.bindTablePath(e, v)
	case *syntax.PathCallExpr:
		return b.bindPathCall(e, v)
	case *syntax.WildcardExpr:
		return b.unionOf(b.wildcardTables(e, v), nil, e.Span())
	case *syntax.NamedExpr:
		return b.bindRelation(e.Value, v)
	case *syntax.BadExpr:
		return brokenRelation()
	}
	if x := b.bindExpr(e, v); x.Type() != types.Unknown {
		b.report(tableExpected(e.Span()))
	}
	return brokenRelation()
}

func (b *binder) bindPipeline(e *syntax.TabularExpr, v env) *relation {
	if e.Source == nil {
		return brokenRelation()
	}
	rel := b.bindRelation(e.Source, v)
	return b.bindOperators(rel, e.Operators, v)
}

// bindOperators applies the operators of a pipeline in turn. Names given by "as" are in sight of what follows.
func (b *binder) bindOperators(rel *relation, ops []syntax.Operator, v env) *relation {
	if most := maxSteps - steps(rel.node); len(ops) > most {
		b.report(tooManySteps(ops[max(most, 0)].Span(), maxSteps))
		broken := *rel
		broken.broken = true
		return &broken
	}
	for _, op := range ops {
		if as, ok := op.(*syntax.AsOp); ok {
			rel, v = b.bindAs(as, rel, v)
			continue
		}
		rel = b.bindOperator(op, rel, v)
	}
	return rel
}

// maxSteps bounds the operators above each other, lets and functions put in place: what rewrites a plan and what runs it looks
// at all of them from each.
const maxSteps = 250

// steps is how many operators a row passes on its way from the first of its sources.
func steps(n plan.Node) int {
	for count := 0; ; count++ {
		if n == nil {
			return count
		}
		in := n.Inputs()
		if len(in) == 0 {
			return count
		}
		n = in[0]
	}
}

// bindAs is "as Name": a name for the rows so far, usable to the right of it in the pipeline
// (https://learn.microsoft.com/kusto/query/as-operator).
func (b *binder) bindAs(op *syntax.AsOp, in *relation, v env) (*relation, env) {
	b.shared++
	out := in.with(&plan.SharedOp{ID: b.shared, Name: op.Name.Text, Input: in.node})
	sc := newScope(v.scope)
	sc.set(&entity{kind: tableEntity, name: op.Name.Text, rel: out})
	v.scope = sc
	return out, v
}

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

func (b *binder) bindTableName(e *syntax.NameExpr, v env) *relation {
	if ent := v.scope.find(e.Name); ent != nil {
		return b.bindTableEntity(e, ent, v)
	}
	if t, ok := b.cat.Table(e.Name); ok {
		return b.scan(t, e.Span())
	}
	if f, ok := b.cat.Function(e.Name); ok {
		return b.callSaved(f, nil, e.Span(), v, nil)
	}
	b.report(unknownTable(e.Span(), e.Name, nearest(e.Name, b.allTables(v.scope))))
	return brokenRelation()
}

func (b *binder) bindTableEntity(e *syntax.NameExpr, ent *entity, v env) *relation {
	switch ent.kind {
	case tableEntity:
		if ent.rel == nil {
			return brokenRelation()
		}
		return ent.rel
	case functionEntity:
		if b.lambdaIsTable(ent) || ent.busy {
			out := *b.inlineTable(ent, nil, e.Span(), v, nil)
			if ent.view {
				out.name = e.Name
			}
			return &out
		}
		b.report(tableExpected(e.Span()))
	default:
		b.report(wrongKind(e.Span(), e.Name, ent.kind.String(), "a table"))
	}
	return brokenRelation()
}

// scan reads a table of the catalog, within the period of the request.
func (b *binder) scan(t *plan.Table, at diag.Span) *relation {
	out := &relation{node: &plan.ScanOp{Table: t, Columns: t.Columns}, aliases: t.Aliases, name: t.Name, open: t.Open}
	span, i := b.opts.Timespan, t.Columns.Find(t.TimeColumn)
	if span == nil || i < 0 || t.Columns[i].Type != types.DateTime {
		return out
	}
	limit := func(op string, ticks *int64) {
		if ticks == nil {
			return
		}
		bound := &plan.Literal{Value: types.NewDateTime(*ticks)}
		out.node = &plan.FilterOp{Input: out.node, Predicate: b.operator(op, types.Bool, at, column(t.Columns[i]), bound)}
	}
	limit(">=", span.From)
	limit("<", span.To)
	return out
}

// callSaved is a call of a function of the catalog that gives a table.
func (b *binder) callSaved(f Function, args []syntax.Arg, at diag.Span, v env, first *relation) *relation {
	if f.Table == nil {
		ent := b.savedEntity(f, at)
		if ent == nil {
			return brokenRelation()
		}
		out := *b.inlineTable(ent, args, at, v, first)
		out.name = f.Name
		return &out
	}
	values := make([]types.Value, len(args))
	for i, a := range args {
		lit, ok := b.constant(a.Value, v).(*plan.Literal)
		if !ok {
			b.report(notConstant(a.Span()))
			return brokenRelation()
		}
		values[i] = lit.Value
	}
	t, err := f.Table(values)
	if err != nil {
		b.report(functionFailed(at, f.Name, err))
		return brokenRelation()
	}
	return b.scan(t, at)
}

func (b *binder) bindTableCall(e *syntax.CallExpr, v env) *relation {
	name := e.Name.Text
	if ent := v.scope.find(name); ent != nil {
		return b.callEntity(ent, e, v)
	}
	switch name {
	case "materialize":
		return b.bindMaterialize(e, v)
	case "table":
		return b.tableFunction(e, v)
	case "external_table", "materialized_view", "stored_query_result":
		b.report(notInWorkspace(e.Span(), name))
		return brokenRelation()
	case "graph":
		b.report(persistentGraph(e.Span()))
		return brokenRelation()
	case "toscalar":
		b.report(tableExpected(e.Span()))
		return brokenRelation()
	}
	if f, ok := b.cat.Function(name); ok {
		return b.callSaved(f, e.Args, e.Span(), v, nil)
	}
	if x := b.bindExpr(e, v); x.Type() != types.Unknown {
		b.report(tableExpected(e.Span()))
	}
	return brokenRelation()
}

func (b *binder) callEntity(ent *entity, e *syntax.CallExpr, v env) *relation {
	switch {
	case ent.kind == functionEntity && (b.lambdaIsTable(ent) || ent.busy):
		return b.inlineTable(ent, e.Args, e.Span(), v, nil)
	case ent.kind == functionEntity:
		if x := b.inlineScalar(ent, e.Args, e.Span(), v); x.Type() != types.Unknown {
			b.report(tableExpected(e.Span()))
		}
	case ent.kind == patternEntity:
		return b.bindPattern(ent, e.Args, nil, e.Span(), v)
	default:
		b.report(wrongKind(e.Name.Span(), e.Name.Text, ent.kind.String(), "a function"))
	}
	return brokenRelation()
}

// bindMaterialize is materialize(table): its rows are computed once, however often the name is used.
func (b *binder) bindMaterialize(e *syntax.CallExpr, v env) *relation {
	if len(e.Args) != 1 {
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 1, 1, len(e.Args)))
		return brokenRelation()
	}
	rel := b.bindTable(e.Args[0].Value, v)
	if rel.broken {
		return rel
	}
	b.shared++
	return rel.with(&plan.SharedOp{ID: b.shared, Input: rel.node})
}

// tableFunction is table("name").
func (b *binder) tableFunction(e *syntax.CallExpr, v env) *relation {
	if len(e.Args) == 0 || len(e.Args) > 2 {
		b.report(argumentCount(e.Name.Span(), "table", 1, 2, len(e.Args)))
		return brokenRelation()
	}
	lit, ok := b.constant(e.Args[0].Value, v).(*plan.Literal)
	if !ok || lit.Value.Type() != types.String {
		b.report(notConstant(e.Args[0].Span()))
		return brokenRelation()
	}
	return b.namedTable(lit.Value.Str(), e.Args[0].Span(), v)
}

func (b *binder) namedTable(name string, at diag.Span, v env) *relation {
	return b.bindTableName(&syntax.NameExpr{At: syntax.At{Range: at}, Name: name}, v)
}

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
