package syntax

import "github.com/sleuth-sec/sleuth/diag"

// Operator is one tabular operator. The bar before it is not part of its span.
type Operator interface {
	Node
	operator()
}

// Hint is name=value after an operator's name: kind=inner, hint.strategy=shuffle, withsource=T. Names are
// as written, in lower case.
type Hint struct {
	At
	Name  string
	Value Expr // a NameExpr for bare words
}

// Op is embedded by every operator: its span, its keyword's span, and its hints.
type Op struct {
	At
	Keyword diag.Span
	Hints   []Hint
}

// Hint is the value of the named hint, or nil.
func (o *Op) Hint(name string) Expr {
	for _, h := range o.Hints {
		if h.Name == name {
			return h.Value
		}
	}
	return nil
}

func (*Op) operator() {}

// SortKey is Expr [asc|desc] [nulls first|last].
type SortKey struct {
	At
	Value Expr
	// Order is "", "asc" or "desc"; Nulls is "", "first" or "last".
	Order, Nulls string
}

type (
	// WhereOp is where Predicate (also filter).
	WhereOp struct {
		Op
		Predicate Expr
	}
	// ProjectOp is project, extend, project-away, project-keep, project-rename, project-reorder,
	// project-by-names, distinct, print, serialize: Verb tells which. Wildcards stand in Columns as WildcardExpr; project-reorder has Orders.
	ProjectOp struct {
		Op
		Verb    string
		Columns []*NamedExpr
		Orders  []string // project-reorder: "", asc, desc, granny-asc, granny-desc per column
	}
	// SummarizeOp is summarize Aggregates by By.
	SummarizeOp struct {
		Op
		Aggregates []*NamedExpr
		By         []*NamedExpr
		HasBy      bool
	}
	// SortOp is sort by (also order by).
	SortOp struct {
		Op
		Keys []SortKey
	}
	// TopOp is top Count by Key.
	TopOp struct {
		Op
		Count Expr
		Keys  []SortKey
	}
	// TakeOp is take Count (also limit).
	TakeOp struct {
		Op
		Count Expr
	}
	// SampleOp is sample Count.
	SampleOp struct {
		Op
		Count Expr
	}
	// SampleDistinctOp is sample-distinct Count of Column.
	SampleDistinctOp struct {
		Op
		Count, Of Expr
	}
	// CountOp is count, or count as Name.
	CountOp struct {
		Op
		As *Name
	}
	// JoinOp is join or lookup: Verb tells which; kind stands among the hints.
	JoinOp struct {
		Op
		Verb  string
		Right Expr
		On    []Expr // names, or equalities of $left.x and $right.y
	}
	// UnionOp is union [kind=] [withsource=] [isfuzzy=] Tables. Tables may be WildcardExpr.
	UnionOp struct {
		Op
		Tables []Expr
	}
	// MvExpandOp is mv-expand (also mvexpand): bagexpansion, kind, with_itemindex stand among the hints.
	MvExpandOp struct {
		Op
		Columns []*NamedExpr
		Limit   Expr // nil when absent
	}
	// MvApplyOp is mv-apply Columns [limit N] [id Name] on ( Subquery ).
	MvApplyOp struct {
		Op
		Columns  []*NamedExpr
		Limit    Expr
		ID       Expr
		Subquery []Operator
		// SubqueryAt is the span between the parentheses.
		SubqueryAt diag.Span
	}
	// ParseOp is parse and parse-where: Verb tells which.
	ParseOp struct {
		Op
		Verb  string
		Kind  string // simple, regex, relaxed; "" is simple
		Flags string // of kind=regex
		Value Expr
		Parts []ParsePart
	}
	// ParseKVOp is parse-kv Value as (Columns) with (Options).
	ParseKVOp struct {
		Op
		Value   Expr
		Columns []ColumnDecl
		Options []Hint
	}
	// RangeOp is range Column from From to To step Step.
	RangeOp struct {
		Op
		Column         Name
		From, To, Step Expr
	}
	// DatatableOp is datatable (Columns) [ Values ]. Values are row by row.
	DatatableOp struct {
		Op
		Columns []ColumnDecl
		Values  []Expr
	}
	// ExternalDataOp is externaldata (Columns) [ URIs ] with (Options).
	ExternalDataOp struct {
		Op
		Columns []ColumnDecl
		URIs    []Expr
		Options []Hint
	}
	// MakeSeriesOp is make-series Aggregates on On [from From] [to To] step Step [by By]; or in range(From, To, Step).
	MakeSeriesOp struct {
		Op
		Aggregates     []*SeriesAggregate
		On             *NamedExpr
		From, To, Step Expr
		InRange        bool
		By             []*NamedExpr
	}
	// EvaluateOp is evaluate Call [: (Schema)].
	EvaluateOp struct {
		Op
		Call      *CallExpr
		HasSchema bool
		Schema    []ColumnDecl
		// OpenSchema is set when the schema contains *.
		OpenSchema bool
	}
	// InvokeOp is invoke Call. Path is set where the function is reached by one, as in
	// invoke database("d").f(): then Call is its first part and Path the whole.
	InvokeOp struct {
		Op
		Call *CallExpr
		Path Expr
	}
	// AsOp is as Name.
	AsOp struct {
		Op
		Name Name
	}
	// RenderOp is render Visualization [with (Properties)]. A property that lists names is an ArrayLit.
	RenderOp struct {
		Op
		Visualization string
		Properties    []Hint
	}
	// GetSchemaOp is getschema.
	GetSchemaOp struct{ Op }
	// ConsumeOp is consume.
	ConsumeOp struct{ Op }
	// ReduceOp is reduce by Value [with ...].
	ReduceOp struct {
		Op
		Value   Expr
		Options []Hint
	}
	// TopNestedOp is top-nested ... , top-nested ... .
	TopNestedOp struct {
		Op
		Levels []TopNestedLevel
	}
	// TopHittersOp is top-hitters Count of Of [by By].
	TopHittersOp struct {
		Op
		Count, Of Expr
		By        Expr
	}
	// SearchOp is search [kind=] [in (Tables)] Predicate.
	SearchOp struct {
		Op
		Tables    []Expr
		Predicate Expr
	}
	// FindOp is find [in (Tables)] where Predicate [project ...] [project-smart].
	FindOp struct {
		Op
		Tables    []Expr
		Predicate Expr
		Columns   []*NamedExpr // ToType holds a column's type where given
		Smart     bool
		Pack      bool // pack(*) at the end of the projection
	}
	// ForkOp is fork (Branch) (Branch).
	ForkOp struct {
		Op
		Branches []ForkBranch
	}
	// FacetOp is facet by Columns [with (Branch)].
	FacetOp struct {
		Op
		Columns []Expr
		With    []Operator
	}
	// PartitionOp is partition by Column (Subquery) or { Subquery }.
	PartitionOp struct {
		Op
		By       Expr
		In       Expr // by Column in (Values); nil when absent
		Subquery Expr // a TabularExpr: with a nil Source it continues the partition's rows
		Braces   bool
	}
	// ScanOp is scan [with_match_id=] [order by] [declare (...)] with (step ...; ...).
	ScanOp struct {
		Op
		OrderBy     []SortKey
		PartitionBy []Expr
		Declares    []Param
		Steps       []ScanStep
	}
	// OpaqueOp is an operator that is known by name only, such as graph-merge and macro-expand: Verb and Text.
	OpaqueOp struct {
		Op
		Verb string
		Text string
	}
	// BadOperator stands where no operator could be read.
	BadOperator struct {
		Op
		Text string
	}
)

// ParsePart is one piece of a parse pattern: a literal, a column, or a star.
type ParsePart struct {
	At
	Text string // a literal's text
	Star bool
	Name *Name
	Type string // the column's type; "" is string
}

// SeriesAggregate is [Name =] Aggregation [default = Default].
type SeriesAggregate struct {
	NamedExpr
	Default Expr // nil when absent
}

// TopNestedLevel is top-nested [Count] of Of [with others = Others] by By [asc|desc].
type TopNestedLevel struct {
	At
	Count  Expr // nil when absent
	Of     *NamedExpr
	Others Expr // nil when absent
	By     *NamedExpr
	Order  string
}

// ForkBranch is [Name =] (Operators).
type ForkBranch struct {
	At
	Name      *Name
	Operators []Operator
}

// ScanStep is step Name [optional] [output=all|last|none]: Condition [=> Assignments].
type ScanStep struct {
	At
	Name        Name
	Optional    bool
	Output      string
	Condition   Expr
	Assignments []*NamedExpr
}
