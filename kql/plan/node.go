package plan

import (
	"context"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Node is a tabular step of the plan.
type Node interface {
	// Schema is the columns of the node's rows, hidden ones included.
	Schema() types.Schema
	// Inputs are the nodes it reads, in order; subqueries inside expressions are not among them.
	Inputs() []Node
	node()
}

// Table is a table of the catalog as the plan reads it.
type Table struct {
	Name    string
	Columns types.Schema
	// Relation is what the backend reads, such as a view's name; empty for a table that exists in the catalog
	// only (query --batch with a schema): it has no rows.
	Relation string
	// TimeColumn is TimeGenerated or Timestamp, where the table has one.
	TimeColumn string
	// Aliases maps other spellings of a column to its name.
	Aliases map[string]string
	// Shadows are further physical columns of Relation that hold what stands at paths inside dynamic columns, by their names
	// (kql/emit/duckdb.ShadowColumn). Queries do not see them.
	Shadows map[string]bool
	// Load gives the rows of a table that no backend holds, such as a watchlist or a file that externaldata names; nil for others.
	// A row has the values of Columns.
	Load func(context.Context) ([]types.Row, error)
	// Open: the table has columns that are not known here. Only queries that are checked, and not run, have such tables.
	Open bool
}

type (
	// ScanOp reads a table. Columns are those of the table that are used, all visible ones at first;
	// the rewrite pruneColumns narrows them.
	ScanOp struct {
		Table   *Table
		Columns types.Schema
	}
	// ValuesOp is literal rows: datatable, and print as one row over no columns.
	ValuesOp struct {
		Columns types.Schema
		Rows    []types.Row
	}
	// RangeOp is range Column from From to To step Step.
	RangeOp struct {
		Column         types.Column
		From, To, Step Expr
	}
	// FilterOp keeps the rows whose Predicate is true.
	FilterOp struct {
		Input     Node
		Predicate Expr
	}
	// ProjectOp makes exactly Columns. All of them see the input's columns only.
	ProjectOp struct {
		Input   Node
		Columns []Named
	}
	// ExtendOp adds Columns or replaces columns of the same name in place. All see the input's columns only.
	ExtendOp struct {
		Input   Node
		Columns []Named
	}
	// SummarizeOp groups by By and computes Aggregates. Its schema is By then the aggregates' columns.
	// Without By there is one row, also over no rows. Order maps output positions where the query put keys elsewhere: nil is
	// By first.
	SummarizeOp struct {
		Input      Node
		By         []Named
		Aggregates []Aggregate
	}
	// DistinctOp keeps one of equal rows.
	DistinctOp struct{ Input Node }
	// SortOp orders rows, stably.
	SortOp struct {
		Input Node
		Keys  []SortKey
	}
	// TakeOp keeps Count rows: the first ones of ordered rows.
	TakeOp struct {
		Input Node
		Count Expr
	}
	// SampleOp keeps Count rows at random.
	SampleOp struct {
		Input Node
		Count Expr
	}
	// JoinOp joins. Kind is one of inner, innerunique, leftouter, rightouter, fullouter, leftsemi, rightsemi, leftanti, rightanti,
	// lookup-inner, lookup-leftouter. Output says where each column comes from.
	JoinOp struct {
		Kind        string
		Left, Right Node
		Keys        []JoinKey
		Output      []JoinColumn
	}
	// UnionOp is the rows of all inputs; the binder has already aligned their columns with ProjectOps, so that all have
	// equal schemas.
	UnionOp struct{ Sources []Node }
	// MvExpandOp makes a row per element of the arrays in Columns, expanded side by side.
	MvExpandOp struct {
		Input     Node
		Columns   []MvColumn
		ItemIndex string // "" when absent
		Limit     Expr   // nil when absent: rows made per row
		BagArrays bool   // kind=array / bagexpansion=array: a bag becomes [key, value] pairs
		Out       types.Schema
	}
	// MvApplyOp expands as MvExpandOp does and runs Subquery on the rows made from each input row. Subquery reads
	// them through a GroupInputOp; its columns are appended to (or replace) the input row's.
	MvApplyOp struct {
		Input     Node
		Columns   []MvColumn
		ItemIndex string
		Limit     Expr
		Subquery  Node
		Out       types.Schema
		// Keep are the input's columns in Out; the rest comes from the subquery's row.
		Keep []string
	}
	// GroupInputOp is the rows of the group that an MvApplyOp, PartitionOp or ForkOp hands to its subquery.
	GroupInputOp struct{ Columns types.Schema }
	// ParseOp takes Value apart by Parts. Where drops rows that do not match (parse-where).
	ParseOp struct {
		Input Node
		Value Expr
		Kind  string // simple, regex, relaxed
		Flags string
		Parts []ParsePart
		Where bool
		Out   types.Schema
	}
	// ParseKVOp takes key-value pairs out of Value.
	ParseKVOp struct {
		Input                                     Node
		Value                                     Expr
		Columns                                   types.Schema
		PairDelimiter, KVDelimiter, Quote, Escape string
		Quotes                                    []string
		Greedy                                    bool
		Regex                                     string
		Out                                       types.Schema
	}
	// MakeSeriesOp makes one row per By with arrays over the axis.
	MakeSeriesOp struct {
		Input          Node
		Aggregates     []SeriesAggregate
		Axis           Named
		From, To, Step Expr // From and To nil when absent: from the data
		By             []Named
		Out            types.Schema
	}
	// SerializeOp marks the order of its input as meaningful and computes Columns, which may hold window functions.
	SerializeOp struct {
		Input   Node
		Columns []Named
	}
	// EvaluateOp runs a plugin. Args keep expressions; Dynamic is set when the schema depends on the data: Out then holds the
	// columns known before the run (two-phase binding).
	EvaluateOp struct {
		Input   Node // nil for plugins without input
		Plugin  *builtin.Function
		Args    []Expr
		Tables  []Node // tabular arguments
		Out     types.Schema
		Dynamic bool
		// Options are the named arguments: return_unmatched, radius, ...
		Options map[string]Expr
		// Aggregate is pivot's. Its Args are the pivoted column, then the keys.
		Aggregate *Aggregate
		// Names are those of sequence_detect's predicates, in order.
		Names []string
		// Given: the query itself gives the columns; the plugin's are fitted to Out by name.
		Given bool
	}
	// TopNestedOp is top-nested.
	TopNestedOp struct {
		Input  Node
		Levels []TopNestedLevel
		Out    types.Schema
	}
	// TopHittersOp is top-hitters.
	TopHittersOp struct {
		Input  Node
		Count  Expr
		Of     Named
		Weight Expr // nil: count rows
		Out    types.Schema
	}
	// SampleDistinctOp is sample-distinct Count of Of.
	SampleDistinctOp struct {
		Input Node
		Count Expr
		Of    Named
	}
	// ReduceOp is reduce by.
	ReduceOp struct {
		Input      Node
		Value      Expr
		Threshold  float64
		Characters string
		Out        types.Schema
	}
	// PartitionOp runs Subquery on the rows of each value of By.
	PartitionOp struct {
		Input    Node
		By       Expr
		Subquery Node // reads a GroupInputOp
	}
	// ScanStateOp is the scan operator.
	ScanStateOp struct {
		Input     Node
		Partition []Expr
		Declares  []ScanDeclare
		Steps     []ScanStep
		MatchID   string // "" when absent
		Out       types.Schema
	}
	// GetSchemaOp yields the schema of its input as rows.
	GetSchemaOp struct{ Input Node }
	// SharedOp is a materialised or repeatedly used sub-plan: every SharedOp of the same ID yields the same rows, computed once.
	SharedOp struct {
		ID    int
		Name  string
		Input Node
	}
)

// JoinKey pairs an expression over the left with one over the right.
type JoinKey struct{ Left, Right Expr }

// JoinColumn is one output column: Source of the left or right input.
type JoinColumn struct {
	Name   string
	Source string
	Right  bool
	Typ    types.Type
	Hidden bool
}

// MvColumn is one column of mv-expand: Expr is the array or bag, Name the column made, Typ the element's type
// (dynamic unless "to typeof").
type MvColumn struct {
	Name string
	Expr Expr
	Typ  types.Type
}

// ParsePart is a literal text, a star, or a column to fill.
type ParsePart struct {
	Text   string
	Star   bool
	Column string
	Typ    types.Type
}

// SeriesAggregate is one series of make-series; Default fills empty bins (null literal: 0 by default is decided by the binder).
// Where the series is an expression over aggregates, as in round(avg(x), 2), Expr is that expression, over the columns of Inner, and
// Aggregate.Out has the series' type.
type SeriesAggregate struct {
	Aggregate Aggregate
	Name      string
	Default   Expr
	Expr      Expr // nil: Aggregate is the series
	Inner     []Aggregate
}

// TopNestedLevel is one level of top-nested.
type TopNestedLevel struct {
	Count  Expr // nil: all
	Of     Named
	Others Expr // nil when absent
	By     Aggregate
	// ByExpr wraps the aggregate's column where the order is by an expression over it; nil when plain.
	ByExpr Expr
	Desc   bool
}

// ScanDeclare is a state column of scan.
type ScanDeclare struct {
	Name    string
	Typ     types.Type
	Default Expr
}

// ScanStep is one step of scan. Inside Condition and Assignments a Column named "step.col" is the state of another step.
type ScanStep struct {
	Name        string
	Optional    bool
	Output      string // all, last, none
	Condition   Expr
	Assignments []Named
}

// Result is a bound query: the plan, and what is not rows.
type Result struct {
	Node Node
	// Names of several results (fork, facet, as); Node is then the first.
	Others []NamedResult
	// Render is the visualization asked for, with its properties.
	Render *Render
}

// NamedResult is one of several results.
type NamedResult struct {
	Name string
	Node Node
}

// Render is render's request.
type Render struct {
	Visualization string
	Properties    map[string]string
}
