package enginetest

import (
	"fmt"
	"math/rand/v2"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// column is a column of the rows where an expression is drawn.
type column struct {
	name string
	typ  types.Type
}

// draw is the drawing of one query.
type draw struct {
	*rand.Rand
	g    *Generator
	cols []column
	// key: the column id numbers the rows, so that an order by it is total.
	key    bool
	within bool // inside of a subquery: no further ones
	made   int  // names given so far
}

func (d *draw) pick(options ...string) string { return options[d.IntN(len(options))] }

func (d *draw) one(in int) bool { return d.IntN(in) == 0 }

// of are the columns of a type.
func (d *draw) of(t types.Type) []string {
	var out []string
	for _, c := range d.cols {
		if c.typ == t {
			out = append(out, c.name)
		}
	}
	return out
}

func (d *draw) has(name string) bool {
	for _, c := range d.cols {
		if c.name == name {
			return true
		}
	}
	return false
}

// column is an expression that is a column, or a constant where there is none of the type.
func (d *draw) column(t types.Type) *Expr {
	if names := d.of(t); len(names) > 0 {
		return leaf(t, names[d.IntN(len(names))])
	}
	return d.constant(t)
}

func (d *draw) constant(t types.Type) *Expr { return leaf(t, literals[t][d.IntN(len(literals[t]))]) }

func (d *draw) leaf(t types.Type) *Expr {
	if t == types.Dynamic && d.one(2) {
		if p := paths[d.IntN(len(paths))]; d.has(p[:1]) {
			return leaf(t, p)
		}
	}
	if d.one(4) {
		return d.constant(t)
	}
	return d.column(t)
}

// expr draws an expression of a type.
func (d *draw) expr(t types.Type, depth int) *Expr {
	if depth <= 0 || d.one(5) {
		return d.leaf(t)
	}
	if d.one(12) {
		if e := d.special(t, depth); e != nil {
			return e
		}
	}
	from := d.g.calls[t]
	if rare := d.g.rare[t]; len(rare) > 0 && (len(from) == 0 || d.one(40)) {
		from = rare
	}
	if len(from) == 0 {
		return d.leaf(t)
	}
	// Draw the function first: one that can be called in many ways is not a more interesting one.
	c := from[d.IntN(len(from))]
	for range 3 {
		if other := from[d.IntN(len(from))]; len(other.args) < len(c.args) && d.one(2) {
			c = other
		}
	}
	var args []*Expr
	for i, p := range c.params {
		times := 1
		if p.Repeat && i == len(c.params)-1 && d.one(3) {
			times = 2
		}
		for range times {
			if p.Constant || len(p.Values) > 0 {
				list := constants(p, c.args[i])
				args = append(args, leaf(c.args[i], list[d.IntN(len(list))]))
			} else {
				args = append(args, d.expr(c.args[i], depth-1))
			}
		}
	}
	return c.with(t, args)
}

// special draws what signatures do not say: members, subqueries, negation, casts of dynamics.
func (d *draw) special(t types.Type, depth int) *Expr {
	switch t {
	case types.Dynamic:
		return node(t, "("+hole+")"+d.pick(".country", "[0]", "['n']", "[-1]", "['']", ".x.y", "[tostring(s)]", "[id % 3]"), d.container(depth-1))
	case types.Long:
		if d.one(3) && !d.within {
			return node(t, "toscalar("+hole+")", d.subquery("summarize "+d.pick("max(id)", "min(n)", "count()", "dcount(s)", "sum(id)", "max(i)")))
		}
		return node(t, "(-"+hole+")", d.expr(t, depth-1))
	case types.Real:
		return node(t, d.pick("toreal(", "todouble(")+hole+")", d.expr(types.Dynamic, depth-1))
	case types.String:
		if d.one(3) && !d.within {
			return node(t, "toscalar("+hole+")", d.subquery("summarize "+d.pick("max(s)", "min(u)", "take_any('x')")))
		}
		return node(t, "tostring("+hole+")", d.expr(types.Dynamic, depth-1))
	case types.TimeSpan:
		return node(t, "(-"+hole+")", d.expr(t, depth-1))
	case types.Bool:
		if d.one(2) && !d.within {
			of := []types.Type{types.String, types.Long, types.Int, types.DateTime, types.GUID}[d.IntN(5)]
			op := d.pick("in", "!in")
			if of == types.String {
				op = d.pick("in", "!in", "in~", "!in~", "has_any")
			}
			return node(t, "("+hole+" "+op+" ("+hole+"))", d.expr(of, depth-1), d.subquery("project x = "+columnOf[of][0]))
		}
		return node(t, "("+hole+d.pick(" == ", " != ", " =~ ", " has ", " contains ", " startswith ", " < ", " >= ")+hole+")", d.expr(types.Dynamic, depth-1), d.constant([]types.Type{types.String, types.Long, types.Real}[d.IntN(3)]))
	}
	return nil
}

// container is a dynamic that may hold others.
func (d *draw) container(depth int) *Expr {
	if d.one(2) {
		return d.column(types.Dynamic)
	}
	return d.expr(types.Dynamic, depth)
}

// subquery is a query over the fixture as an argument; its condition may be dropped.
func (d *draw) subquery(end string) *Expr {
	inner := &draw{Rand: d.Rand, g: d.g, cols: fixtureColumns(), within: true}
	return node(types.Unknown, FixtureName+" | where "+hole+" | "+end, inner.expr(types.Bool, 2))
}

// name makes a new column's name: now and then one that SQL has to quote, or that stands already.
func (d *draw) name() string {
	d.made++
	if d.one(15) {
		return d.pick(`['select']`, `['a b']`, `['q"q']`, `['semi;--']`, `['Ünï']`, `['$1']`, `['s%']`, `['back\\slash']`) // the binder takes the second of a name as a replacement
	}
	return fmt.Sprintf("x%d", d.made)
}

func fixtureColumns() []column {
	schema, _ := Fixture()
	out := make([]column, len(schema))
	for i, c := range schema {
		out[i] = column{c.Name, c.Type}
	}
	return out
}
