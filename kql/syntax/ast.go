package syntax

import "github.com/sleuth-sec/sleuth/diag"

// Node is any part of the tree.
type Node interface{ Span() diag.Span }

// At is embedded by every node: the span of its text.
type At struct{ Range diag.Span }

// Span is the node's place in the text.
func (a At) Span() diag.Span { return a.Range }

// Query is a whole text: statements divided by semicolons. Directives ("#connect") and management
// commands (".show tables") are kept as Command.
type Query struct {
	Text       string
	Statements []Statement
	Comments   []Comment
}

// Comment is a // comment, in order of place.
type Comment struct {
	At
	Text string
}

// Statement is one of LetStmt, SetStmt, DeclareStmt, AliasStmt, RestrictStmt, PatternStmt, QueryStmt, Command.
type Statement interface {
	Node
	statement()
}

// Name is an identifier as written: bare, or quoted as ['a b'].
type Name struct {
	At
	Text   string
	Quoted bool
}

// LetStmt is let Name = Value. Value is a scalar expression, a TabularExpr or a LambdaExpr.
type LetStmt struct {
	At
	Name  Name
	Value Expr
}

// SetStmt is set Name [= Value].
type SetStmt struct {
	At
	Name  Name
	Value Expr // nil when absent
}

// DeclareStmt is declare query_parameters(Params).
type DeclareStmt struct {
	At
	Params []Param
}

// PatternStmt is declare pattern Name [= (Params)[Path] { (Values).[PathValue] = { Body } ; ... }].
type PatternStmt struct {
	At
	Name   Name
	Params []Param
	Path   *Param // nil when absent
	Cases  []PatternCase
}

// PatternCase is one arm of a pattern.
type PatternCase struct {
	At
	Values []Expr
	Path   Expr // nil when absent
	Body   *Body
}

// AliasStmt is alias database Name = Value.
type AliasStmt struct {
	At
	Name  Name
	Value Expr
}

// RestrictStmt is restrict access to (Entities).
type RestrictStmt struct {
	At
	Entities []Expr
}

// QueryStmt is a statement that is an expression: the query itself.
type QueryStmt struct {
	At
	Expr Expr
}

// Command is a management command, kept as text: it begins with a dot.
type Command struct {
	At
	Text string
}

func (*LetStmt) statement()      {}
func (*SetStmt) statement()      {}
func (*DeclareStmt) statement()  {}
func (*PatternStmt) statement()  {}
func (*AliasStmt) statement()    {}
func (*RestrictStmt) statement() {}
func (*QueryStmt) statement()    {}
func (*Command) statement()      {}

// Param is a parameter of a function or a declared query parameter: Name:Type [= Default],
// or Name:(Schema) for a tabular one, where (*) leaves the schema open.
type Param struct {
	At
	Name    Name
	Type    string // KQL type name as written; empty for a tabular parameter
	Tabular bool
	Open    bool // (*)
	Schema  []ColumnDecl
	Default Expr // nil when absent
}

// ColumnDecl is name:type.
type ColumnDecl struct {
	At
	Name Name
	Type string
}

// Body is the inside of a function: let statements and a final expression.
type Body struct {
	At
	Statements []Statement
	Result     Expr // nil when the body is empty
}

// Expr is a scalar or tabular expression.
type Expr interface {
	Node
	expr()
}

// LiteralKind tells the forms of literals apart.
type LiteralKind uint8

// The literal forms. Text of a literal stays as written; Value of a string is unescaped.
const (
	LitBool     LiteralKind = iota // true, false
	LitInt                         // int(1), int(null)
	LitLong                        // 1, 0x1f, long(1)
	LitReal                        // 1.5, 1e3, real(nan)
	LitDecimal                     // decimal(1.5)
	LitString                      // "a", @'b', ```c```, h"d", adjacent ones joined
	LitDateTime                    // datetime(2026-11-01), datetime(null)
	LitTimeSpan                    // 1d, 2.5h, timespan(1.02:03:04), time(1d)
	LitGUID                        // guid(...)
	LitNull                        // null inside dynamic()
	LitType                        // typeof(long), typeof(string): Text is the type's name
)

// Literal is a literal value. Text is the value part as written, without the type's name and parentheses
// ("2026-11-01", "null"), and for strings without quotes and with escapes resolved.
type Literal struct {
	At
	Kind   LiteralKind
	Text   string
	Hidden bool // h"...": kept out of logs
}

// DynamicLit is dynamic(...) with a JSON-like value inside: Value is a Literal, ArrayLit, BagLit or a
// nested typed literal such as datetime(...).
type DynamicLit struct {
	At
	Value Expr
}

// ArrayLit is [a, b] inside dynamic().
type ArrayLit struct {
	At
	Items []Expr
}

// BagLit is {"k": v} inside dynamic().
type BagLit struct {
	At
	Keys   []string
	Values []Expr
}

// NameExpr is a reference to a column, table, variable or function without parentheses.
type NameExpr struct {
	At
	Name string
	// Quoted is set for ['name'] and ["name"].
	Quoted bool
}

// WildcardExpr is a name with * in it (Sig*, *), where the grammar allows it.
type WildcardExpr struct {
	At
	Pattern string
}

// PathExpr is Base.Name, Base["key"] or Base[expr]. Exactly one of Name and Index is used.
type PathExpr struct {
	At
	Base  Expr
	Name  *Name // after a dot
	Index Expr  // between brackets
}

// Arg is an argument of a call; Name is set for name=value forms.
type Arg struct {
	At
	Name  *Name
	Value Expr
}

// CallExpr is Name(Args). A call through a path, as in cluster("c").database("d").table("t") or
// workspace("w").T, is a PathCallExpr.
type CallExpr struct {
	At
	Name Name
	Args []Arg
}

// PathCallExpr is Base.Name(Args).
type PathCallExpr struct {
	At
	Base Expr
	Name Name
	Args []Arg
}

// UnaryExpr is -x or +x. (not is a function.)
type UnaryExpr struct {
	At
	Op      string
	OpSpan  diag.Span
	Operand Expr
}

// BinaryExpr is x op y for arithmetic, comparison, string and logical operators. Op is the canonical
// spelling: "==", "!=" (also for <>), "=~", "has", "!has_cs", "matches regex", "and", "or", ...
type BinaryExpr struct {
	At
	Op     string
	OpSpan diag.Span
	Left   Expr
	Right  Expr
}

// InExpr is x in (list), with Op one of in, !in, in~, !in~, has_any, has_all. The list may hold a single
// tabular or dynamic expression.
type InExpr struct {
	At
	Op     string
	OpSpan diag.Span
	Left   Expr
	List   []Expr
}

// BetweenExpr is x [!]between (low .. high).
type BetweenExpr struct {
	At
	Not       bool
	Value     Expr
	Low, High Expr
}

// StarExpr is * used as a left side: where * has "x", or as an argument: count(*), arg_max(t, *).
type StarExpr struct{ At }

// ParenExpr is (x).
type ParenExpr struct {
	At
	Inner Expr
}

// LambdaExpr is [view] (Params) { Body }.
type LambdaExpr struct {
	At
	View   bool
	Params []Param
	Body   *Body
}

// TabularExpr is Source | Operator | ... . Source is any expression that can be a table; operators
// that stand first (print, range, datatable, union, search, find, externaldata) are the Source
// themselves, wrapped as an OperatorExpr.
type TabularExpr struct {
	At
	Source    Expr
	Operators []Operator
}

// OperatorExpr is an operator that begins a pipeline.
type OperatorExpr struct {
	At
	Operator Operator
}

// NamedExpr is Name = Expr, or (A, B) = Expr, in projections and aggregations.
type NamedExpr struct {
	At
	Names []Name // empty when unnamed; several for (A, B) = Expr
	Tuple bool   // written with parentheses
	Value Expr
	// ToType is set where "to typeof(T)" may follow, as in mv-expand.
	ToType string
}

// BadExpr stands where no expression could be read.
type BadExpr struct{ At }

func (*Literal) expr()      {}
func (*DynamicLit) expr()   {}
func (*ArrayLit) expr()     {}
func (*BagLit) expr()       {}
func (*NameExpr) expr()     {}
func (*WildcardExpr) expr() {}
func (*PathExpr) expr()     {}
func (*CallExpr) expr()     {}
func (*PathCallExpr) expr() {}
func (*UnaryExpr) expr()    {}
func (*BinaryExpr) expr()   {}
func (*InExpr) expr()       {}
func (*BetweenExpr) expr()  {}
func (*StarExpr) expr()     {}
func (*ParenExpr) expr()    {}
func (*LambdaExpr) expr()   {}
func (*TabularExpr) expr()  {}
func (*OperatorExpr) expr() {}
func (*NamedExpr) expr()    {}
func (*BadExpr) expr()      {}
