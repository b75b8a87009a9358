package plan

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Expr is a typed scalar expression over the rows of a node's input: Literal, Column, Call, Path, In, Subquery or OverPath.
type Expr interface {
	// Type is the expression's type; Unknown only for a null literal without a type.
	Type() types.Type
	expr()
}

// Literal is a constant.
type Literal struct{ Value types.Value }

// Column is a column of the input, by name.
type Column struct {
	Name string
	Typ  types.Type
}

// Call is a scalar function, operator or window function applied to arguments. Arguments are as the query gave
// them: executors convert (int to long to real, dynamic leaf to the operator's type) by the rules of the function.
type Call struct {
	Func *builtin.Function
	Args []Expr
	Typ  types.Type
	At   diag.Span // for run-time errors
}

// Path is Base.Key or Base[Index] on a dynamic: Key where it is a constant property name, else Index (an
// integer for arrays, negative from the end; a string for bags). The result is dynamic, null where absent.
type Path struct {
	Base  Expr
	Key   string
	Index Expr // nil when Key is used
}

// In is Left in (List) and its relatives; exactly one of List and Query is set. Query has one column that counts.
// Op is in, !in, in~, !in~, has_any, has_all. A dynamic array among List stands for its elements.
type In struct {
	Op    string
	Left  Expr
	List  []Expr
	Query Node
}

// Subquery is toscalar(Query): the first column of its first row, null when there is none.
type Subquery struct {
	Query Node
	Typ   types.Type
}

// Lambda-free by construction: calls of user functions are inlined by the binder.

// Type implements Expr.
func (e *Literal) Type() types.Type { return e.Value.Type() }

// Type implements Expr.
func (e *Column) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Call) Type() types.Type { return e.Typ }

// Type implements Expr.
func (e *Path) Type() types.Type { return types.Dynamic }

// Type implements Expr.
func (e *In) Type() types.Type { return types.Bool }

// Type implements Expr.
func (e *Subquery) Type() types.Type { return e.Typ }

func (*Literal) expr()  {}
func (*Column) expr()   {}
func (*Call) expr()     {}
func (*Path) expr()     {}
func (*In) expr()       {}
func (*Subquery) expr() {}

// Named is an expression with the name of the column it makes.
type Named struct {
	Name   string
	Expr   Expr
	Hidden bool // the column stays hidden: not shown by * and in the result
}

// Aggregate is an aggregation function applied to arguments, making one or more columns: arg_max(t, a, b) makes three,
// percentiles(x, 50, 95) two. Args are evaluated per input row; constants among them are Literals.
type Aggregate struct {
	Func *builtin.Function
	Args []Expr
	// Out are the names and types of the columns made, in order.
	Out types.Schema
	At  diag.Span
}

// SortKey is one key of an order.
type SortKey struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}
