package enginetest

import (
	"math/rand/v2"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// Query is a drawn query.
type Query struct {
	Seed uint64
	// Ordered: the rows have a total order; else they are a multiset. An array in a column named set_... has no order.
	Ordered bool
	stages  []*Expr
}

// Text is the query as KQL.
func (q *Query) Text() string {
	parts := make([]string, len(q.stages))
	for i, s := range q.stages {
		parts[i] = s.String()
	}
	return strings.Join(parts, " | ")
}

// Query draws the query of a seed.
func (g *Generator) Query(seed uint64) *Query {
	d := &draw{Rand: rand.New(rand.NewPCG(seed, 0x51ea7)), g: g, cols: fixtureColumns(), key: true}
	q := &Query{Seed: seed, stages: []*Expr{leaf(0, FixtureName)}}
	for range d.IntN(4) {
		q.stages = append(q.stages, d.stage())
	}
	last, ordered := d.finish()
	q.stages, q.Ordered = append(q.stages, last...), ordered
	return q
}

func stage(text string, args ...*Expr) *Expr { return node(types.Unknown, text, args...) }

// anyType is a type that has a column; decimals, which no backend computes with, come seldom.
func (d *draw) anyType() types.Type {
	if t := scalarTypes[d.IntN(len(scalarTypes))]; t != types.Decimal || d.one(4) {
		return t
	}
	return types.String
}

// keyType is a type that rows may be grouped by.
func (d *draw) keyType() types.Type {
	if t := d.anyType(); t != types.Dynamic {
		return t
	}
	return types.Long
}

// stage is an operator in the middle of a pipeline.
func (d *draw) stage() *Expr {
	switch d.IntN(10) {
	case 0, 1, 2:
		return stage("where "+hole, d.expr(types.Bool, 3))
	case 3, 4, 5:
		t := d.anyType()
		e := d.expr(t, 3)
		return stage("extend "+d.add(t)+" = "+hole, e)
	case 6:
		return d.project()
	case 7:
		return d.expand()
	case 8:
		return d.join()
	default:
		return d.union()
	}
}

// add names a new column of a type.
func (d *draw) add(t types.Type) string {
	name := d.name()
	for i, c := range d.cols {
		if c.name == name {
			d.cols[i].typ = t
			return name
		}
	}
	d.cols = append(d.cols, column{name, t})
	return name
}

// project keeps id, some columns, and makes others.
func (d *draw) project() *Expr {
	if d.one(3) && len(d.cols) > 4 {
		at := 1 + d.IntN(len(d.cols)-1)
		name := d.cols[at].name
		if name == "id" {
			return stage("where " + "true")
		}
		d.cols = append(d.cols[:at:at], d.cols[at+1:]...)
		return stage("project-away " + name)
	}
	var texts []string
	var args []*Expr
	var cols []column
	for _, c := range d.cols {
		if c.name == "id" || d.one(2) {
			texts, cols = append(texts, c.name), append(cols, c)
		}
	}
	before := d.cols
	for range 1 + d.IntN(2) {
		t := d.anyType()
		e := d.expr(t, 2)
		name := "p" + string(rune('0'+d.IntN(9)))
		if find(cols, name) {
			continue
		}
		texts, args, cols = append(texts, name+" = "+hole), append(args, e), append(cols, column{name, t})
	}
	d.cols = cols
	if !find(before, "id") {
		d.key = false
	}
	return stage("project "+strings.Join(texts, ", "), args...)
}

func find(cols []column, name string) bool {
	for _, c := range cols {
		if c.name == name {
			return true
		}
	}
	return false
}

// expand is mv-expand of an array.
func (d *draw) expand() *Expr {
	d.key = false
	e := d.container(1)
	as, t := "", types.Dynamic
	if d.one(3) {
		t = []types.Type{types.String, types.Long, types.Real, types.Bool, types.DateTime}[d.IntN(5)]
		as = " to typeof(" + t.String() + ")"
	}
	index := ""
	if d.one(3) && !find(d.cols, "ix") {
		index = "with_itemindex=ix "
	}
	text := "mv-expand " + index + d.add(t) + " = " + hole + as + d.pick("", "", " limit 1", " limit 3")
	if index != "" {
		d.cols = append(d.cols, column{"ix", types.Long})
	}
	return stage(text, e)
}

// join puts other rows of the fixture beside these.
func (d *draw) join() *Expr {
	t := []types.Type{types.String, types.Long, types.Int, types.Bool, types.DateTime, types.GUID, types.TimeSpan}[d.IntN(7)]
	names := d.of(t)
	if len(names) == 0 || strings.HasPrefix(names[0], "[") {
		return stage("where " + "true")
	}
	on := names[d.IntN(len(names))]
	if strings.HasPrefix(on, "[") || find(d.cols, "id2") {
		return stage("where " + "true")
	}
	other := &draw{Rand: d.Rand, g: d.g, cols: fixtureColumns(), within: true}
	kind := d.pick("inner", "leftouter", "rightouter", "fullouter", "leftsemi", "leftanti", "rightsemi", "rightanti")
	right := FixtureName + " | where " + hole + " | project " + on + " = " + columnOf[t][d.IntN(len(columnOf[t]))] + ", id2 = id, s2 = s"
	d.key = d.key && (kind == "leftsemi" || kind == "leftanti")
	made := []column{{"id2", types.Long}, {"s2", types.String}}
	switch kind {
	case "leftsemi", "leftanti":
		made = nil
	case "rightsemi", "rightanti":
		d.cols = []column{{on, t}}
	}
	d.cols = append(d.cols, made...)
	op := "join kind=" + kind
	if (kind == "inner" || kind == "leftouter") && d.one(3) {
		op = "lookup kind=" + kind
	}
	return stage(op+" ("+right+") on "+on, other.expr(types.Bool, 2))
}

func (d *draw) union() *Expr {
	d.key = false
	other := &draw{Rand: d.Rand, g: d.g, cols: fixtureColumns(), within: true}
	for _, c := range d.cols {
		if !find(other.cols, c.name) && d.one(2) {
			// The other side has the column in another type, or lacks it.
			return stage("where "+hole, d.expr(types.Bool, 2))
		}
	}
	return stage("union ("+FixtureName+" | where "+hole+" | project id, s, n, b)", other.expr(types.Bool, 2))
}
