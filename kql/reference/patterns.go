package reference

import (
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// pattern is a set of cells (column, value) that rows have in common, with the weights of the rows that have them all:
// on the whole, and on the two sides that diffpatterns compares.
type pattern struct {
	items    []int // indexes into miner.items, ascending
	rows     []int
	weight   float64
	from, to float64
}

// item is one value of one column.
type item struct {
	column int
	value  types.Value
	rows   []int
}

// miner finds the frequent patterns of rows by Apriori, depth first: a pattern is extended by items of later columns.
type miner struct {
	columns []int // of the rows, those that take part
	items   []*item
	weights []float64
	total   float64
	least   float64 // weight that a pattern must have
	depth   int
	cap     int // patterns kept at most; the search stops there
	found   []*pattern
}

// newMiner prepares the items of rows that are frequent enough by themselves. Nulls and empty texts are wildcards.
func newMiner(rows []types.Row, columns []int, weights []float64, share float64, depth int) *miner {
	m := &miner{columns: columns, weights: weights, depth: depth, cap: 20_000}
	for _, w := range weights {
		m.total += w
	}
	m.least = share * m.total
	for _, c := range columns {
		values := map[string]*item{}
		var order []*item
		for r, row := range rows {
			if blank(row[c]) {
				continue
			}
			key := string(appendKey(nil, row[c]))
			it := values[key]
			if it == nil {
				it = &item{column: c, value: row[c]}
				values[key] = it
				order = append(order, it)
			}
			it.rows = append(it.rows, r)
		}
		for _, it := range order {
			if m.weigh(it.rows) >= m.least {
				m.items = append(m.items, it)
			}
		}
	}
	return m
}

func (m *miner) weigh(rows []int) float64 {
	sum := 0.0
	for _, r := range rows {
		sum += m.weights[r]
	}
	return sum
}

// mine finds all frequent patterns of at most depth items.
func (m *miner) mine(s *state) ([]*pattern, error) {
	for i, it := range m.items {
		if err := m.extend(s, &pattern{items: []int{i}, rows: it.rows, weight: m.weigh(it.rows)}); err != nil {
			return nil, err
		}
	}
	return m.found, nil
}

func (m *miner) extend(s *state, p *pattern) error {
	if len(m.found) >= m.cap {
		return nil
	}
	if err := s.ctx.Err(); err != nil {
		return err
	}
	m.found = append(m.found, p)
	if len(p.items) >= m.depth {
		return nil
	}
	last := p.items[len(p.items)-1]
	for i := last + 1; i < len(m.items); i++ {
		if m.items[i].column == m.items[last].column {
			continue
		}
		rows := common(p.rows, m.items[i].rows)
		if w := m.weigh(rows); w >= m.least && len(rows) > 0 {
			if err := m.extend(s, &pattern{items: append(slices.Clone(p.items), i), rows: rows, weight: w}); err != nil {
				return err
			}
		}
	}
	return nil
}

// common is the rows in both ascending lists.
func common(a, b []int) []int {
	var out []int
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return out
}

// closed leaves out the patterns that a longer one covers with the same rows.
func closed(list []*pattern) []*pattern {
	longest := map[string]*pattern{}
	var order []string
	for _, p := range list {
		var b strings.Builder
		for _, r := range p.rows {
			b.Write(appendNumber(nil, int64(r)))
		}
		key := b.String()
		have, ok := longest[key]
		if !ok {
			order = append(order, key)
		}
		if !ok || len(p.items) > len(have.items) {
			longest[key] = p
		}
	}
	out := make([]*pattern, len(order))
	for i, key := range order {
		out[i] = longest[key]
	}
	return out
}

// cells are the pattern's values under the visible columns, wildcards elsewhere.
func (m *miner) cells(p *pattern, schema types.Schema, visible []int, wildcards types.Row) types.Row {
	out := make(types.Row, len(visible))
	for i, c := range visible {
		out[i] = types.Null(schema[c].Type)
		for _, w := range wildcards {
			if w.Type() == schema[c].Type {
				out[i] = w
			}
		}
		for _, it := range p.items {
			if m.items[it].column == c {
				out[i] = m.items[it].value
			}
		}
	}
	return out
}
