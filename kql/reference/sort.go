package reference

import (
	"slices"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// compileSort orders rows, stably. Texts are ordered by code point, as the service does.
func (c *compiler) compileSort(n *plan.SortOp) (opener, error) {
	sc := overRows(n.Input.Schema())
	keys := make([]evaluator, len(n.Keys))
	for i, k := range n.Keys {
		var err error
		if keys[i], err = c.expr(k.Expr, sc); err != nil {
			return nil, err
		}
	}
	return c.blocking("sort", n.Input, func(s *state, rows []types.Row) ([]types.Row, error) {
		if err := sc.frame.fill(rows); err != nil {
			return nil, err
		}
		sorted := make([]keyed, len(rows))
		for i, row := range rows {
			sc.frame.at = i
			key := make(types.Row, len(keys))
			for j, e := range keys {
				var err error
				if key[j], err = e(row); err != nil {
					return nil, err
				}
			}
			sorted[i] = keyed{key, row}
		}
		slices.SortStableFunc(sorted, func(a, b keyed) int { return compareKeys(n.Keys, a.key, b.key) })
		out := make([]types.Row, len(rows))
		for i := range sorted {
			out[i] = sorted[i].row
		}
		return out, s.ctx.Err()
	})
}

// keyed is a row with the values that it is ordered by.
type keyed struct{ key, row types.Row }

func compareKeys(keys []plan.SortKey, a, b types.Row) int {
	for i := range keys {
		if d := compareWithNulls(a[i], b[i], keys[i].Desc, keys[i].NullsFirst); d != 0 {
			return d
		}
	}
	return 0
}

// compareWithNulls orders values of one key. NaN stands with the nulls, after or before them like a value.
func compareWithNulls(a, b types.Value, desc, nullsFirst bool) int {
	if x, y := a.IsNull(), b.IsNull(); x || y {
		d := compareInts(boolInt(y), boolInt(x)) // nulls before values
		if !nullsFirst {
			d = -d
		}
		return d
	}
	d := compare(a, b)
	if desc {
		d = -d
	}
	return d
}
