package engine

import (
	"context"
	"time"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/emit/duckdb"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Config is what an engine works with.
type Config struct {
	Catalog bind.Catalog
	// Backend runs SQL; nil where no table of the catalog has a Relation.
	Backend Backend
	Library *builtin.Library
	Limits  Limits
	// Places tells where addresses are, for geo_info_from_ip_address; nil: that function fails and says what to set.
	Places scalar.Locator
}

// Limits bound one query. Zero values are the defaults. A query that meets one ends with a diagnostic that names it
// (KQL9001, KQL9003, KQL9004), but for MaxRows, which cuts the result and says so (KQL9005).
type Limits struct {
	Timeout time.Duration // DefaultTimeout
	MaxRows int           // rows of each table of a result, DefaultMaxRows
	// KeptRows is how many rows one operator may hold at a time, and Memory how many bytes the operators and the result
	// of Query may together. The backend has its own limits: DuckDB's memory_limit holds for all queries together.
	KeptRows int64 // DefaultKeptRows
	Memory   int64 // DefaultMemory
}

// The default limits: the service answers at most 500,000 rows and 30,000 from its API, in ten minutes.
const (
	DefaultTimeout  = 10 * time.Minute
	DefaultMaxRows  = 500_000
	DefaultKeptRows = 20_000_000
	DefaultMemory   = 2 << 30
)

// Options are the circumstances of one query.
type Options struct {
	// Now is the time that now() gives; the zero time is the present.
	Now time.Time
	// Timespan narrows every table to a range of its time column.
	Timespan *Timespan
	Params   map[string]types.Value
	MaxRows  int           // 0: the engine's limit
	Timeout  time.Duration // 0: the engine's limit
	Memory   int64         // bytes; 0: the engine's limit
	// Catalog replaces the engine's for this query.
	Catalog bind.Catalog
	// NoPushdown leaves only the reading of tables to the backend; everything else runs in the reference.
	NoPushdown bool
	// NoRules runs the plan as it was bound, without the rewrites of kql/optimize: what these are compared with.
	NoRules bool
}

// Timespan is a range of time in ticks, both ends included.
type Timespan struct{ From, To int64 }

// Engine runs queries. It is safe for use by several goroutines.
type Engine struct {
	config    Config
	guarded   *duckdb.Emitter
	unguarded *duckdb.Emitter
	// everything leaves literal rows to the backend too, to compare it with the reference.
	everything bool
}

// New makes an engine.
func New(c Config) *Engine {
	if c.Limits.Timeout == 0 {
		c.Limits.Timeout = DefaultTimeout
	}
	if c.Limits.MaxRows == 0 {
		c.Limits.MaxRows = DefaultMaxRows
	}
	if c.Limits.KeptRows == 0 {
		c.Limits.KeptRows = DefaultKeptRows
	}
	if c.Limits.Memory == 0 {
		c.Limits.Memory = DefaultMemory
	}
	if c.Backend == nil {
		c.Backend = noRows{}
	}
	c.Backend = shortStatements{c.Backend}
	return &Engine{
		config:    c,
		guarded:   duckdb.New(),
		unguarded: duckdb.NewUnguarded(),
	}
}

// Result is a query's answer.
type Result struct {
	// Tables are the results: one, or several of fork, facet and several statements. Stream leaves it empty.
	Tables []*types.Table
	Render *plan.Render
	// Warnings are diagnostics that did not stop the query, KQL9005 where Truncated.
	Warnings []*diag.Diagnostic
	// Truncated: the limit of rows cut a table.
	Truncated bool
	Stats     Stats
}

// Columns are the first table's columns.
func (r *Result) Columns() types.Schema { return r.Tables[0].Columns }

// Rows are the first table's rows.
func (r *Result) Rows() []types.Row { return r.Tables[0].Rows }

// Stats tells how a query ran.
type Stats struct {
	SQL        []string // the statements run, in order
	RemoteRows int      // rows that the backend gave to the reference or the result
	Elapsed    time.Duration
	Reads      []Read // the tables read
	// Fallback says why a query ran again with less left to the backend; empty when it did not.
	Fallback string
}

// Query runs a query and collects its rows, within the limits. A bad query is a *diag.List with lines and columns.
func (e *Engine) Query(ctx context.Context, text string, o Options) (*Result, error) {
	all := &collector{limit: e.memory(o)}
	res, err := e.start(ctx, text, o, all)
	if err != nil {
		return nil, err
	}
	res.Tables = all.tables
	return res, nil
}

// Check parses and binds a query without running it. Columns that only the data could tell stay open.
func (e *Engine) Check(text string) (list *diag.List) {
	source := diag.NewSource("query", text)
	var err error
	defer func() {
		if err != nil {
			list = asList(err, source)
		}
	}()
	defer e.boundary(context.Background(), source, Options{}, &err)
	tree, list := syntax.Parse(text)
	if !list.Failed() {
		q := e.begin(context.Background(), Options{})
		_, more := bind.Bind(tree, e.config.Catalog, e.config.Library, bind.Options{Now: q.now, Fold: q.fold})
		for _, d := range more.Items {
			list.Add(d)
		}
	}
	source.Locate(list.Items...)
	return list
}

// Columns binds a query and gives its result's columns, without running more of it than two-phase binding needs.
func (e *Engine) Columns(ctx context.Context, text string, o Options) (columns types.Schema, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout(o))
	defer cancel()
	source := diag.NewSource("query", text)
	defer e.boundary(ctx, source, o, &err)
	bound, _, err := e.begin(ctx, o).bind(source)
	if err != nil {
		return nil, err
	}
	return bound.Node.Schema(), nil
}

func (e *Engine) timeout(o Options) time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return e.config.Limits.Timeout
}

func (e *Engine) memory(o Options) int64 {
	if o.Memory > 0 {
		return o.Memory
	}
	return e.config.Limits.Memory
}

// noRows is the backend of catalogs whose tables are all without rows; no statement reaches it.
type noRows struct{}

func (noRows) Query(context.Context, string, types.Schema) (Rows, error) {
	return nil, errNoBackend
}
