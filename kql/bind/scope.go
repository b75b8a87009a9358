package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

type entityKind uint8

const (
	scalarEntity entityKind = iota
	tableEntity
	functionEntity
	patternEntity
	databaseEntity
)

func (k entityKind) String() string {
	return [...]string{"a scalar", "a table", "a function", "a pattern", "a database"}[k]
}

// entity is what a name declared in the query stands for.
type entity struct {
	kind entityKind
	name string
	at   diag.Span
	// scalar: expr, and the row that its columns belong to.
	expr plan.Expr
	base *row
	// table: the bound relation.
	rel *relation
	// view: a function without parameters that union * and wildcards include.
	view    bool
	lambda  *syntax.LambdaExpr
	pattern *syntax.PatternStmt
	// scope is where the function or pattern was declared.
	scope *scope
	// source of the lambda's text, when it is not the query.
	source *savedSource
	// cat is the catalog that the function's body sees: that of its place, before any restrict access behind it.
	cat Catalog
	// key: the value of a partition, which toscalar(name) means also where a column has the name.
	key bool
	// busy guards against functions that call themselves.
	busy bool
}

// savedSource names the saved function that a lambda comes from: messages inside it point at the call.
type savedSource struct{ name string }

// scope is the names declared by let and parameters, innermost first.
type scope struct {
	parent *scope
	names  map[string]*entity
	order  []string
}

func newScope(parent *scope) *scope { return &scope{parent: parent, names: map[string]*entity{}} }

func (s *scope) find(name string) *entity {
	for ; s != nil; s = s.parent {
		if e := s.names[name]; e != nil {
			return e
		}
	}
	return nil
}

// declare enters a name. Each scope may declare it once; an inner scope hides the outer.
func (s *scope) declare(b *binder, name syntax.Name, e *entity) {
	e.name, e.at = name.Text, name.Span()
	if s.names[name.Text] != nil {
		b.report(declaredTwice(name.Span(), name.Text))
		return
	}
	s.set(e)
}

func (s *scope) set(e *entity) {
	if s.names[e.name] == nil {
		s.order = append(s.order, e.name)
	}
	s.names[e.name] = e
}

// all are the names in sight that keep reports true for.
func (s *scope) all(keep func(*entity) bool) []string {
	var out []string
	seen := map[string]bool{}
	for ; s != nil; s = s.parent {
		for _, n := range s.order {
			if e := s.names[n]; !seen[n] && keep(e) {
				out = append(out, n)
			}
			seen[n] = true
		}
	}
	return out
}

func (b *binder) bindLet(s *syntax.LetStmt, sc *scope) {
	sc.declare(b, s.Name, b.letEntity(s.Value, env{scope: sc}))
}

// letEntity is what let stands for: a function, a table or a scalar, told by the form of the value and the
// names in it.
func (b *binder) letEntity(value syntax.Expr, e env) *entity {
	sc := e.scope
	if l, ok := unparen(value).(*syntax.LambdaExpr); ok {
		return &entity{kind: functionEntity, lambda: l, scope: sc, view: l.View, cat: b.cat}
	}
	if n, ok := unparen(value).(*syntax.NameExpr); ok {
		if old := sc.find(n.Name); old != nil && (old.kind == functionEntity || old.kind == patternEntity) {
			alias := *old
			return &alias
		}
	}
	if b.isTable(value, e) {
		return &entity{kind: tableEntity, rel: b.bindRelation(value, e.tabular())}
	}
	return &entity{kind: scalarEntity, base: e.base, expr: b.fold(b.bindExpr(value, e))}
}

// declareParameter enters a query parameter with the value given for it, or its default.
func (b *binder) declareParameter(p *syntax.Param, sc *scope) {
	t, ok := types.ParseType(p.Type)
	if !ok {
		b.report(unknownType(p.Span(), p.Type))
	}
	if v, given := b.opts.Params[p.Name.Text]; given {
		if ok && v.Type() != t {
			b.report(parameterType(p.Span(), p.Name.Text, t, v.Type()))
		}
		sc.declare(b, p.Name, &entity{kind: scalarEntity, expr: &plan.Literal{Value: v}})
		return
	}
	if p.Default == nil {
		b.report(parameterMissing(p.Span(), p.Name.Text))
		sc.declare(b, p.Name, &entity{kind: scalarEntity, expr: unknown(t)})
		return
	}
	e := b.bindExpr(p.Default, env{scope: sc})
	sc.declare(b, p.Name, &entity{kind: scalarEntity, expr: b.convertTo(e, t, p.Default.Span())})
}

// restrict narrows the tables in sight to those named.
func (b *binder) restrict(s *syntax.RestrictStmt, sc *scope) {
	allowed := map[string]bool{}
	for _, e := range s.Entities {
		switch x := unparen(e).(type) {
		case *syntax.NameExpr:
			allowed[x.Name] = true
		case *syntax.WildcardExpr:
			for _, n := range b.tableNames(sc, x.Pattern) {
				allowed[n] = true
			}
		default:
			b.bindTable(e, env{scope: sc})
		}
	}
	b.cat = restricted{Catalog: b.cat, allowed: allowed}
}

// restricted is a catalog narrowed by restrict access.
type restricted struct {
	Catalog
	allowed map[string]bool
}

// unrestricted is what saved functions see: restrict access is about the query's own statements.
func unrestricted(c Catalog) Catalog {
	for {
		r, ok := c.(restricted)
		if !ok {
			return c
		}
		c = r.Catalog
	}
}

func (r restricted) Table(name string) (*plan.Table, bool) {
	if !r.allowed[name] {
		return nil, false
	}
	return r.Catalog.Table(name)
}

func (r restricted) TableNames() []string {
	var out []string
	for _, n := range r.Catalog.TableNames() {
		if r.allowed[n] {
			out = append(out, n)
		}
	}
	return out
}

func unparen(e syntax.Expr) syntax.Expr {
	for {
		p, ok := e.(*syntax.ParenExpr)
		if !ok {
			return e
		}
		e = p.Inner
	}
}
