package bind

import (
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Functions of the query are inlined: the body is bound anew for each call, with parameters standing for the bound
// arguments (https://learn.microsoft.com/kusto/query/functions/user-defined-functions).

// inlineCall binds a call of a function of the query as a scalar.
func (b *binder) inlineCall(ent *entity, e *syntax.CallExpr, v env) plan.Expr {
	switch ent.kind {
	case functionEntity:
	case patternEntity:
		b.report(tableNotScalar(e.Span(), e.Name.Text))
		return unknown(types.Unknown)
	default:
		b.report(wrongKind(e.Name.Span(), e.Name.Text, ent.kind.String(), "a function"))
		return unknown(types.Unknown)
	}
	if b.lambdaIsTable(ent) {
		b.report(tableNotScalar(e.Span(), e.Name.Text))
		return unknown(types.Unknown)
	}
	return b.inlineScalar(ent, e.Args, e.Span(), v)
}

func (b *binder) inlineScalar(ent *entity, args []syntax.Arg, at diag.Span, v env) plan.Expr {
	sc, ok := b.bindParameters(ent, args, at, v, nil)
	if !ok {
		return unknown(types.Unknown)
	}
	out := unknown(types.Unknown)
	b.inBody(ent, at, func() {
		body := b.bodyScope(ent.lambda.Body, sc, v.base)
		if result := b.bodyResult(ent.lambda.Body, ent.lambda.Span()); result != nil {
			out = b.bindExpr(result, env{scope: body, base: v.base})
		}
	})
	return b.fold(out)
}

// inlineTable binds a call of a function whose result is a table. first is the piped table of invoke.
func (b *binder) inlineTable(ent *entity, args []syntax.Arg, at diag.Span, v env, first *relation) *relation {
	sc, ok := b.bindParameters(ent, args, at, v, first)
	if !ok {
		return brokenRelation()
	}
	out := brokenRelation()
	b.inBody(ent, at, func() {
		body := b.bodyScope(ent.lambda.Body, sc, nil)
		if result := b.bodyResult(ent.lambda.Body, ent.lambda.Span()); result != nil {
			out = b.bindRelation(result, env{scope: body})
		}
	})
	return out
}

// inBody runs bind inside a function's body: calls do not recurse, and messages about text that is not the query's
// point at the call.
func (b *binder) inBody(ent *entity, at diag.Span, bind func()) {
	if ent.busy {
		b.report(recursive(at, ent.name))
		return
	}
	if b.inlined >= maxInline {
		b.report(inlineTooDeep(at, maxInline))
		return
	}
	ent.busy = true
	b.inlined++
	cat := b.cat
	if ent.cat != nil {
		b.cat = ent.cat
	}
	if ent.source != nil && b.at == nil {
		b.at, b.prefix = &at, "in the saved function "+ent.source.name+": "
		defer func() { b.at, b.prefix = nil, "" }()
	}
	bind()
	b.cat = cat
	b.inlined--
	ent.busy = false
}

// bodyResult is the expression that a body ends with; one without is reported.
func (b *binder) bodyResult(body *syntax.Body, at diag.Span) syntax.Expr {
	if body == nil || body.Result == nil {
		b.report(emptyBody(at))
		return nil
	}
	return body.Result
}

// bodyScope enters the let statements of a body.
func (b *binder) bodyScope(body *syntax.Body, sc *scope, base *row) *scope {
	inner := newScope(sc)
	if body == nil {
		return inner
	}
	for _, s := range body.Statements {
		let, ok := s.(*syntax.LetStmt)
		if !ok {
			b.bindStatement(s, inner)
			continue
		}
		inner.declare(b, let.Name, b.letEntity(let.Value, env{scope: inner, base: base}))
	}
	return inner
}

// bindParameters enters the parameters of a function with the arguments of a call.
func (b *binder) bindParameters(ent *entity, args []syntax.Arg, at diag.Span, v env, first *relation) (*scope, bool) {
	sc := newScope(ent.scope)
	params := ent.lambda.Params
	given, ok := b.assign(ent, args, at, first != nil)
	if !ok {
		return nil, false
	}
	for i := range params {
		p := &params[i]
		arg := given[i]
		switch {
		case i == 0 && first != nil:
			if !p.Tabular {
				b.report(invokeNotTabular(at, ent.name))
				return nil, false
			}
			sc.set(&entity{kind: tableEntity, name: p.Name.Text, rel: b.tabularArgument(p, first, at)})
		case p.Tabular:
			sc.set(&entity{kind: tableEntity, name: p.Name.Text, rel: b.tabularArgument(p, b.bindTable(arg.Value, v.tabular()), arg.Span())})
		case arg != nil:
			sc.set(&entity{kind: scalarEntity, name: p.Name.Text, base: v.base, expr: b.argument(p, arg.Value, v)})
		default:
			sc.set(&entity{kind: scalarEntity, name: p.Name.Text, expr: b.argument(p, p.Default, env{scope: ent.scope})})
		}
	}
	return sc, true
}

// assign gives each parameter its argument: in order, then by name; nil where the default stands.
func (b *binder) assign(ent *entity, args []syntax.Arg, at diag.Span, piped bool) ([]*syntax.Arg, bool) {
	params := ent.lambda.Params
	given := make([]*syntax.Arg, len(params))
	next := 0
	if piped {
		next = 1
	}
	least := 0
	for i := range params {
		if params[i].Default == nil {
			least++
		}
	}
	count := func() ([]*syntax.Arg, bool) {
		n := len(args)
		if piped {
			n++
		}
		b.report(argumentCount(at, ent.name, least, len(params), n))
		return nil, false
	}
	for i := range args {
		a := &args[i]
		if a.Name != nil {
			at := -1
			for j := range params {
				if params[j].Name.Text == a.Name.Text {
					at = j
				}
			}
			if at < 0 || given[at] != nil {
				b.report(noParameter(a.Name.Span(), ent.name, a.Name.Text))
				return nil, false
			}
			given[at] = a
			continue
		}
		if next >= len(params) {
			return count()
		}
		given[next] = a
		next++
	}
	for i := range params {
		if given[i] == nil && params[i].Default == nil && !(piped && i == 0) {
			return count()
		}
	}
	return given, true
}

func (b *binder) argument(p *syntax.Param, e syntax.Expr, v env) plan.Expr {
	if b.isTable(e, v) {
		b.report(scalarExpected(e.Span()))
		return unknown(types.Unknown)
	}
	x := b.fold(b.bindExpr(e, v))
	t, ok := types.ParseType(p.Type)
	if !ok {
		b.report(unknownType(p.Span(), p.Type))
		return x
	}
	return b.convertTo(x, t, e.Span())
}

// tabularArgument checks that a table has the columns that a parameter declares.
func (b *binder) tabularArgument(p *syntax.Param, rel *relation, at diag.Span) *relation {
	if p.Open || rel.open {
		return rel
	}
	schema := rel.schema()
	for _, c := range p.Schema {
		t, ok := types.ParseType(c.Type)
		if !ok {
			b.report(unknownType(c.Span(), c.Type))
			continue
		}
		i := schema.Find(c.Name.Text)
		if i < 0 {
			b.report(argumentLacksColumn(at, p.Name.Text, c.Name.Text, t))
		} else if schema[i].Type != t && schema[i].Type != types.Unknown {
			b.report(argumentColumnType(at, p.Name.Text, c.Name.Text, t, schema[i].Type))
		}
	}
	return rel
}

// savedEntity is a saved function of the catalog as an entity, read once for a query: one that calls itself, over others or
// not, is found to be busy.
func (b *binder) savedEntity(f Function, at diag.Span) *entity {
	if ent, ok := b.saved[f.Name]; ok {
		return ent
	}
	ent := b.readSaved(f, at)
	if ent != nil {
		if b.saved == nil {
			b.saved = map[string]*entity{}
		}
		b.saved[f.Name] = ent
	}
	return ent
}

func (b *binder) readSaved(f Function, at diag.Span) *entity {
	src := f.Text
	if !strings.HasPrefix(strings.TrimSpace(src), "(") || !strings.HasSuffix(strings.TrimRight(strings.TrimSpace(src), ";"), "}") {
		src = "() {\n" + src + "\n}"
	}
	q, errs := syntax.Parse("let saved = " + src + ";")
	if errs.Failed() {
		b.report(badSavedFunction(at, f.Name, errs.First()))
		return nil
	}
	for _, s := range q.Statements {
		if let, ok := s.(*syntax.LetStmt); ok {
			if l, ok := let.Value.(*syntax.LambdaExpr); ok {
				return &entity{kind: functionEntity, name: f.Name, lambda: l, scope: newScope(nil), source: &savedSource{f.Name}, cat: unrestricted(b.cat)}
			}
		}
	}
	b.report(badSavedFunction(at, f.Name, nil))
	return nil
}
