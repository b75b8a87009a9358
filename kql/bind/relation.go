package bind

import (
	"slices"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// relation is a bound tabular expression.
type relation struct {
	node plan.Node
	// columns are the schema of columnsOf, the node that was last asked for one.
	columns   types.Schema
	columnsOf plan.Node
	// open: more columns may come at run time, so a name that is not in the schema is not an error.
	open bool
	// broken: the relation stands for one that could not be bound, and has been reported.
	broken bool
	// serialized: the rows have a meaningful order, which window functions need
	// (https://learn.microsoft.com/kusto/query/serialize-operator).
	serialized bool
	// aliases are other spellings of columns, as the table declares them.
	aliases map[string]string
	// name is that of the table or view that the rows come from, for union withsource and search; a let alone gives no
	// name.
	name string
	// graph: the node yields a graph, which only the operators on graphs read.
	graph bool
	// declares are names that the statements behind this one can use.
	declares []*entity
	others   []plan.NamedResult
	render   *plan.Render
}

// with is the relation that goes on with another node of the same kind of rows.
func (r *relation) with(n plan.Node) *relation {
	out := *r
	out.node, out.declares = n, nil
	return &out
}

// unordered is with, for operators that lose the order of rows.
func (r *relation) unordered(n plan.Node) *relation {
	out := r.with(n)
	out.serialized = false
	return out
}

// schema is the node's, made once, and of its input's where that is known: an extend makes its own of its input's, and so on down
// to the table.
func (r *relation) schema() types.Schema {
	if r.columnsOf == r.node {
		return r.columns
	}
	if in := r.node.Inputs(); len(in) == 1 && in[0] == r.columnsOf {
		r.columns = plan.SchemaOver(r.node, r.columns)
	} else {
		r.columns = r.node.Schema()
	}
	r.columns, r.columnsOf = slices.Clip(r.columns), r.node
	return r.columns
}

// brokenRelation stands for a table that could not be bound.
func brokenRelation() *relation {
	return &relation{node: &plan.ValuesOp{}, open: true, broken: true}
}

// row is the columns that a scalar expression can name.
type row struct {
	schema     types.Schema
	open       bool
	serialized bool
	aliases    map[string]string
	// absent are columns that are null here: search and find look at tables of different columns.
	absent types.Schema
	// typ is the type of a name that only the data can have: not known.
	typ types.Type
}

func (r *relation) row() *row {
	out := &row{schema: r.schema(), open: r.open, serialized: r.serialized, aliases: r.aliases, typ: types.Unknown}
	return out
}

// find is the column of that name, under its own spelling or an alias.
func (r *row) find(name string) (types.Column, bool) {
	if r == nil {
		return types.Column{}, false
	}
	if i := r.schema.Find(name); i >= 0 {
		return r.schema[i], true
	}
	if real, ok := r.aliases[name]; ok {
		if i := r.schema.Find(real); i >= 0 {
			return r.schema[i], true
		}
	}
	return types.Column{}, false
}

// env is where an expression stands.
type env struct {
	scope *scope
	// row is the columns in sight; nil when there are none.
	row *row
	// base is the row whose columns the bound expressions are about. Inside an inlined function it is the caller's
	// row, while row is nil.
	base *row
	// agg collects aggregates where they are allowed; outside of them no column is in sight.
	agg *aggregates
	// left and right are the rows of $left and $right.
	left, right *row
	// states are the steps of a scan, whose columns are named as step.column.
	states map[string]types.Schema
	// graph is the pattern that the expression is about; nil outside of one.
	graph *graphEnv
}

// over is the environment of expressions over a relation's rows.
func (e env) over(r *relation) env {
	w := r.row()
	return env{scope: e.scope, row: w, base: w}
}

// tabular is the environment of a tabular expression inside: no row is in sight.
func (e env) tabular() env { return env{scope: e.scope} }
