package reference

import (
	"fmt"
	"maps"
	"slices"
	"sort"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bagUnpack makes a column of each property (bag-unpack-plugin). The input's columns stay, the new ones stand behind
// them in the order of their names, with them those that are also columns of the input; a property named as the bag's
// own column takes its place.
func bagUnpack(p *pluginRun) (types.Schema, []types.Row, error) {
	bagAt, err := p.column(0)
	if err != nil {
		return nil, nil, err
	}
	prefix, conflict, ignored, err := p.unpackOptions()
	if err != nil {
		return nil, nil, err
	}
	found := map[string]types.Type{} // output column to the type of its values
	for _, row := range p.rows {
		bag, ok := row[bagAt].Tree().(*types.Bag)
		if !ok {
			continue
		}
		for _, k := range bag.Keys() {
			if ignored[k] {
				continue
			}
			t, _ := bag.Get(k)
			found[prefix+k] = meet(found[prefix+k], t)
		}
	}
	schema, err := p.unpackSchema(bagAt, found, conflict)
	if err != nil {
		return nil, nil, err
	}
	rows := make([]types.Row, len(p.rows))
	for r, row := range p.rows {
		rows[r] = p.unpackRow(row, bagAt, schema, found, prefix, conflict, ignored)
		if err := p.state.keep("bag_unpack", rows[r], r); err != nil {
			return nil, nil, err
		}
	}
	return schema, rows, nil
}

func (p *pluginRun) unpackOptions() (prefix, conflict string, ignored map[string]bool, err error) {
	var v [3]types.Value
	for i := range v {
		if v[i], err = p.value(i + 1); err != nil {
			return "", "", nil, err
		}
	}
	ignored = map[string]bool{}
	for _, k := range spread(v[2]) {
		ignored[k.Text()] = true
	}
	conflict = v[1].Text()
	if conflict == "" {
		conflict = "error"
	}
	return v[0].Text(), conflict, ignored, nil
}

// meet is the type of a column that held values of type have and now t: another type makes it dynamic, but whole
// numbers join reals.
func meet(have types.Type, t types.Tree) types.Type {
	v := types.FromTree(t)
	switch now := v.Type(); {
	case v.IsNull() || have == now:
		return have
	case have == types.Unknown:
		return now
	case have.Numeric() && now.Numeric():
		return max(have, now)
	}
	return types.Dynamic
}

func (p *pluginRun) unpackSchema(bagAt int, found map[string]types.Type, conflict string) (types.Schema, error) {
	var out types.Schema
	for i, col := range p.schema {
		t, made := found[col.Name]
		switch {
		case i == bagAt && made:
			out = append(out, types.Column{Name: col.Name, Type: orDynamic(t)})
		case i == bagAt:
		case made && conflict == "error":
			return nil, badArgument(diag.Span{}, "bag_unpack", "the property "+col.Name+
				" is also a column: give a prefix, or columnsConflict as replace_source or keep_source")
		case made && conflict == "keep_source":
			found[col.Name] = col.Type
		case made:
		default:
			out = append(out, col)
		}
	}
	names := make([]string, 0, len(found))
	for n := range found {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		if out.Find(n) < 0 {
			out = append(out, types.Column{Name: n, Type: orDynamic(found[n])})
		}
	}
	return out, nil
}

func orDynamic(t types.Type) types.Type {
	if t == types.Unknown {
		return types.Dynamic
	}
	return t
}

func (p *pluginRun) unpackRow(row types.Row, bagAt int, schema types.Schema, found map[string]types.Type, prefix, conflict string, ignored map[string]bool) types.Row {
	out := make(types.Row, len(schema))
	bag, _ := row[bagAt].Tree().(*types.Bag)
	for i, col := range schema {
		_, made := found[col.Name]
		src := p.schema.Find(col.Name)
		if !made || src >= 0 && src != bagAt && conflict == "keep_source" {
			out[i] = row[src]
			continue
		}
		out[i] = types.Null(col.Type)
		if bag == nil || len(col.Name) < len(prefix) || ignored[col.Name[len(prefix):]] {
			continue
		}
		if t, ok := bag.Get(col.Name[len(prefix):]); ok {
			out[i] = convert(types.NewDynamic(t), col.Type)
		}
	}
	return out
}

// pivotLine is the cells of one combination of keys, by the name of their column.
type pivotLine struct {
	key   types.Row
	cells map[string]aggregate
}

// pivot makes a column of each value of one column, with an aggregate over the rows of the value (pivot-plugin).
func pivot(p *pluginRun) (types.Schema, []types.Row, error) {
	at, err := p.column(0)
	if err != nil {
		return nil, nil, err
	}
	keys, err := p.columns(1)
	if err != nil {
		return nil, nil, err
	}
	agg, err := p.aggregation(p.op.Aggregate, overRows(p.schema))
	if err != nil {
		return nil, nil, err
	}
	lines, names, err := p.pivotLines(at, keys, agg)
	if err != nil {
		return nil, nil, err
	}
	schema := pickSchema(p.schema, keys)
	for _, n := range names {
		schema = append(schema, types.Column{Name: n, Type: agg.out[0].Type})
	}
	var rows []types.Row
	for _, l := range lines {
		row := slices.Clone(l.key)
		for _, n := range names {
			cell := l.cells[n]
			if cell == nil {
				cell = agg.make() // no rows: 0 for counts and sums, null for others
			}
			vals, err := agg.finish(cell, nil)
			if err != nil {
				return nil, nil, err
			}
			row = append(row, vals[0])
		}
		rows = append(rows, row)
		if err := p.state.keep("pivot", row, len(rows)); err != nil {
			return nil, nil, err
		}
	}
	return schema, rows, nil
}

// maxPivotColumns bounds the columns that values make.
const maxPivotColumns = 5000

// pivotLines aggregates by keys and value; the names of the columns come sorted.
func (p *pluginRun) pivotLines(at int, keys []int, agg *aggregation) ([]*pivotLine, []string, error) {
	names := map[string]bool{}
	lines := map[string]*pivotLine{}
	var order []*pivotLine
	for _, row := range p.rows {
		key := pick(row, keys)
		id := string(rowKey(nil, key))
		l := lines[id]
		if l == nil {
			l = &pivotLine{key: key, cells: map[string]aggregate{}}
			lines[id] = l
			order = append(order, l)
		}
		name := row[at].Text()
		if names[name] = true; len(names) > maxPivotColumns {
			return nil, nil, badArgument(diag.Span{}, "pivot", fmt.Sprintf("the values would make more than %d columns: filter them, or summarize by them", maxPivotColumns))
		}
		if l.cells[name] == nil {
			l.cells[name] = agg.make()
		}
		if err := agg.feed(p.state, l.cells[name], row); err != nil {
			return nil, nil, err
		}
	}
	return order, slices.Sorted(maps.Keys(names)), nil
}

// narrow makes a row of each cell (narrow-plugin).
func narrow(p *pluginRun) (types.Schema, []types.Row, error) {
	var rows []types.Row
	for i, row := range p.rows {
		for j, v := range row {
			if p.schema[j].Hidden {
				continue
			}
			made := types.Row{types.NewLong(int64(i)), types.NewString(p.schema[j].Name), types.NewString(v.Text())}
			rows = append(rows, made)
			if err := p.state.keep("narrow", made, len(rows)); err != nil {
				return nil, nil, err
			}
		}
	}
	return p.op.Out, rows, nil
}

// preview is the first rows (preview-plugin); the count of all rows that the service gives as a second result is left out.
func preview(p *pluginRun) (types.Schema, []types.Row, error) {
	n, err := p.count(p.op.Args[0])
	if err != nil {
		return nil, nil, err
	}
	return p.schema, p.rows[:min(n, int64(len(p.rows)))], nil
}

// rowsNear is the rows around those where a condition holds (rows-near-plugin).
func rowsNear(p *pluginRun) (types.Schema, []types.Row, error) {
	sc := overRows(p.schema)
	cond, err := p.expr(p.op.Args[0], sc)
	if err != nil {
		return nil, nil, err
	}
	before, err := p.count(p.op.Args[1])
	if err != nil {
		return nil, nil, err
	}
	after := before
	if len(p.op.Args) > 2 {
		if after, err = p.count(p.op.Args[2]); err != nil {
			return nil, nil, err
		}
	}
	if err := sc.frame.fill(p.rows); err != nil {
		return nil, nil, err
	}
	var rows []types.Row
	next := int64(0) // the first row not yet given
	for i, row := range p.rows {
		sc.frame.at = i
		v, err := cond(row)
		if err != nil {
			return nil, nil, err
		}
		if is, _ := truth(v); !is {
			continue
		}
		low, high := max(next, int64(i)-before), min(int64(len(p.rows)), int64(i)+after+1)
		if low < high {
			rows = append(rows, p.rows[low:high]...)
			next = high
		}
	}
	return p.schema, rows, nil
}

// estimateRows counts the rows of the tables given; here the count is exact.
func estimateRows(p *pluginRun) (types.Schema, []types.Row, error) {
	n := len(p.rows)
	for _, t := range p.tables {
		n += len(t)
	}
	return p.op.Out, []types.Row{{types.NewLong(int64(n))}}, nil
}

// dcountIntersect counts the values common to the first sketch, the first two, and so on (dcount-intersect-plugin). The
// sketches made here are exact, and so are the counts.
func dcountIntersect(p *pluginRun) (types.Schema, []types.Row, error) {
	sketches, err := p.exprs(p.op.Args, overRows(p.schema))
	if err != nil {
		return nil, nil, err
	}
	rows := make([]types.Row, len(p.rows))
	for r, row := range p.rows {
		var common map[string]bool
		out := slices.Clone(row)
		for _, e := range sketches {
			v, err := e(row)
			if err != nil {
				return nil, nil, err
			}
			now := map[string]bool{}
			for _, t := range innerList(v, "hll") {
				key := string(appendTree(nil, t))
				if common == nil || common[key] {
					now[key] = true
				}
			}
			common = now
			out = append(out, types.NewLong(int64(len(common))))
		}
		rows[r] = out
	}
	return p.op.Out, rows, nil
}

// columnArg is the name of an argument that is a column of any table.
func columnArg(x plan.Expr) (string, bool) {
	c, ok := x.(*plan.Column)
	if !ok {
		return "", false
	}
	return c.Name, true
}
