package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Catalog is what the binder asks about tables and saved functions. Names are case-sensitive.
type Catalog interface {
	Table(name string) (*plan.Table, bool)
	TableNames() []string
	Function(name string) (Function, bool)
}

// Externals is what a catalog implements that lets queries read files by address. A catalog without it refuses externaldata.
type Externals interface {
	// External is the table of the rows in the files. What stands against reading them is told when it is read.
	External(External) *plan.Table
}

// External is what an externaldata operator asks for.
type External struct {
	Columns types.Schema
	// URIs are the addresses as written; what follows ";" is a secret of the storage and is left out.
	URIs []string
	// Format is the lower-case name in with(format=...), "" where none stands: the ending of the address tells it then.
	Format string
	// IgnoreFirst: the first record of each file is its header.
	IgnoreFirst bool
}

// Function is a function of the catalog. Either Text or Table is set.
type Function struct {
	Name string
	// Text is KQL: a lambda "(n:long = 3) { T | take n }", or a query, which is a function without parameters.
	Text string
	// Table gives the table that a call with these constant arguments reads.
	Table func(args []types.Value) (*plan.Table, error)
}

// Options are the circumstances of one query.
type Options struct {
	// Now is the time that now() gives, in ticks; ago() counts back from it.
	Now int64
	// Timespan narrows every table that has a time column, as the timespan of a Log Analytics request does; nil for
	// all rows.
	Timespan *Timespan
	// Params are values of declared query parameters, by name.
	Params map[string]types.Value
	// Probe runs a plan and tells the schema of its rows: the first phase of plugins whose columns depend on the
	// data. Nil leaves such schemas open.
	Probe func(plan.Node) (types.Schema, error)
	// Fold computes a call whose arguments are all literals, where a constant is required; nil folds arithmetic,
	// casts and the like only.
	Fold func(*plan.Call) (types.Value, error)
	// MaxNodes bounds the plan after inlining; 0 is DefaultMaxNodes.
	MaxNodes int
}

// Timespan is a period in ticks: From is part of it, To is not. A nil end is open.
type Timespan struct{ From, To *int64 }

// DefaultMaxNodes is the number of nodes that a plan may have once functions and lets are inlined;
// exprsPerNode is how many times as many expressions it may have.
const (
	DefaultMaxNodes = 20_000
	exprsPerNode    = 20
)

// maxInline bounds the depth of functions calling functions.
const maxInline = 64

// maxDepth bounds the depth of expressions and pipelines inside each other, so that no query exhausts the stack.
const maxDepth = 12_000

// Bind gives the plan of a query, nil when any diagnostic is an error.
func Bind(q *syntax.Query, cat Catalog, lib *builtin.Library, opts Options) (*plan.Result, *diag.List) {
	if opts.MaxNodes == 0 {
		opts.MaxNodes = DefaultMaxNodes
	}
	b := &binder{cat: cat, lib: lib, opts: opts, diags: &diag.List{}}
	rel := b.bindQuery(q)
	if rel != nil && !b.diags.Failed() {
		b.checkSize(rel, q.Statements[len(q.Statements)-1].Span())
	}
	b.diags.Sort()
	if rel == nil || b.diags.Failed() {
		return nil, b.diags
	}
	return b.result(rel), b.diags
}

type binder struct {
	cat     Catalog
	lib     *builtin.Library
	opts    Options
	diags   *diag.List
	at      *diag.Span // where the text being bound is not the query's: the call that led there
	prefix  string     // added to messages about such text
	depth   int
	inlined int
	shared  int
	full    bool // the size limit was reported
	saved   map[string]*entity
	exprs   int
	options map[string]syntax.Expr // see setOption
}

// report adds a diagnostic; inside the text of a saved function it points at the call.
func (b *binder) report(d *diag.Diagnostic) {
	if b.at != nil {
		d.Span = *b.at
		d.Message = b.prefix + d.Message
	}
	b.diags.Add(d)
}

func (b *binder) bindQuery(q *syntax.Query) *relation {
	sc := newScope(nil)
	var rel *relation
	for i, s := range q.Statements {
		if stmt, ok := s.(*syntax.QueryStmt); ok {
			bound := b.bindStatementExpr(stmt.Expr, sc)
			if b.declareOutputs(bound, sc) && hasQuery(q.Statements[i+1:]) {
				continue
			}
			if rel != nil && bound != nil {
				rel.others = append(rel.others, b.named("", bound)...)
				continue
			}
			rel = bound
			continue
		}
		b.bindStatement(s, sc)
	}
	if rel == nil && !b.diags.Failed() {
		b.report(noQuery(diag.Span{Start: len(q.Text), End: len(q.Text)}))
	}
	return rel
}

// declareOutputs enters the names that a statement gives its tables, as graph-to-table does; false when it gives none. Where other
// queries follow, they say which of them are shown.
func (b *binder) declareOutputs(rel *relation, sc *scope) bool {
	if rel == nil || len(rel.declares) == 0 {
		return false
	}
	for _, e := range rel.declares {
		if sc.names[e.name] != nil {
			b.report(declaredTwice(e.at, e.name))
			continue
		}
		sc.set(e)
	}
	return true
}

func hasQuery(list []syntax.Statement) bool {
	for _, s := range list {
		if _, ok := s.(*syntax.QueryStmt); ok {
			return true
		}
	}
	return false
}

// bindStatementExpr binds the query itself. A scalar there is an error in the service, which wants print.
func (b *binder) bindStatementExpr(e syntax.Expr, sc *scope) *relation {
	return b.bindTable(e, env{scope: sc})
}

// bindStatement enters what a statement declares into sc.
func (b *binder) bindStatement(s syntax.Statement, sc *scope) {
	switch s := s.(type) {
	case *syntax.LetStmt:
		b.bindLet(s, sc)
	case *syntax.DeclareStmt:
		for i := range s.Params {
			b.declareParameter(&s.Params[i], sc)
		}
	case *syntax.PatternStmt:
		sc.declare(b, s.Name, &entity{kind: patternEntity, pattern: s, scope: sc})
	case *syntax.SetStmt:
		b.setOption(s)
	case *syntax.AliasStmt:
		sc.declare(b, s.Name, &entity{kind: databaseEntity})
	case *syntax.RestrictStmt:
		b.restrict(s, sc)
	case *syntax.Command:
		b.report(managementCommand(s.Span(), s.Text))
	case *syntax.QueryStmt:
		b.report(misplacedQuery(s.Span()))
	}
}

// result makes the answer: hidden columns go, names of further results come.
func (b *binder) result(rel *relation) *plan.Result {
	out := &plan.Result{Node: visible(rel.node), Render: rel.render}
	for _, o := range rel.others {
		out.Others = append(out.Others, plan.NamedResult{Name: o.Name, Node: visible(o.Node)})
	}
	return out
}

func (b *binder) named(name string, rel *relation) []plan.NamedResult {
	return append([]plan.NamedResult{{Name: name, Node: rel.node}}, rel.others...)
}

// visible drops hidden columns from a node's rows.
func visible(n plan.Node) plan.Node {
	schema := n.Schema()
	shown := schema.Visible()
	if len(shown) == len(schema) {
		return n
	}
	return &plan.ProjectOp{Input: n, Columns: references(shown)}
}

func references(s types.Schema) []plan.Named {
	out := make([]plan.Named, len(s))
	for i, c := range s {
		out[i] = plan.Named{Name: c.Name, Expr: &plan.Column{Name: c.Name, Typ: c.Type}, Hidden: c.Hidden}
	}
	return out
}
