package reference

import (
	"io"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// joiner is a compiled join. The right side is kept in a hash table; null keys are equal to each other.
type joiner struct {
	op          *plan.JoinOp
	left, right []evaluator
	source      []int // of each output column: its place on its side
	width       int
}

// compileJoin joins by hash (https://learn.microsoft.com/kusto/query/join-operator).
func (c *compiler) compileJoin(n *plan.JoinOp) (opener, error) {
	j := &joiner{op: n, width: len(n.Output), source: make([]int, len(n.Output))}
	lsc, rsc := overRows(n.Left.Schema()), overRows(n.Right.Schema())
	for _, k := range n.Keys {
		l, err := c.expr(k.Left, lsc)
		if err != nil {
			return nil, err
		}
		r, err := c.expr(k.Right, rsc)
		if err != nil {
			return nil, err
		}
		j.left, j.right = append(j.left, l), append(j.right, r)
	}
	for i, col := range n.Output {
		side := lsc.schema
		if col.Right {
			side = rsc.schema
		}
		if j.source[i] = side.Find(col.Source); j.source[i] < 0 {
			return nil, unknownColumn(col.Source)
		}
	}
	openLeft, err := c.compile(n.Left)
	if err != nil {
		return nil, err
	}
	openRight, err := c.compile(n.Right)
	if err != nil {
		return nil, err
	}
	return func(s *state) (Rows, error) {
		return &joinRows{joiner: j, state: s, openLeft: openLeft, openRight: openRight}, nil
	}, nil
}

// bucket is the right rows of one key.
type bucket struct {
	rows    []types.Row
	matched bool
}

// joinRows streams the left side past the hash table of the right one, then the right rows that are left over.
type joinRows struct {
	*joiner
	state               *state
	openLeft, openRight opener
	rows                Rows // the left side, then the rest
	table               map[string]*bucket
	order               []*bucket
	seen                map[string]struct{} // innerunique: the left keys so far
	buf                 []byte
	now                 types.Row
	matches             []types.Row
	rest                []types.Row
	drained             bool
}

func (r *joinRows) Next() (types.Row, error) {
	if r.table == nil {
		if err := r.build(); err != nil {
			return nil, err
		}
	}
	for {
		if err := r.state.tick(); err != nil {
			return nil, err
		}
		if len(r.matches) > 0 {
			row := r.output(r.now, r.matches[0])
			r.matches = r.matches[1:]
			return row, nil
		}
		if r.drained {
			return r.rows.Next()
		}
		row, err := r.step()
		if row != nil || err != nil {
			return row, err
		}
	}
}

// build reads the right side and opens the left one.
func (r *joinRows) build() error {
	right, err := openAll(r.state, "join", r.openRight)
	if err != nil {
		return err
	}
	r.table, r.seen = make(map[string]*bucket, len(right)), map[string]struct{}{}
	for _, row := range right {
		key, err := r.key(r.right, row)
		if err != nil {
			return err
		}
		b := r.table[string(key)]
		if b == nil {
			b = &bucket{}
			r.table[string(key)] = b
			r.order = append(r.order, b)
		}
		b.rows = append(b.rows, row)
	}
	r.rows, err = r.openLeft(r.state)
	return err
}

func (r *joinRows) key(keys []evaluator, row types.Row) ([]byte, error) {
	r.buf = r.buf[:0]
	for _, e := range keys {
		v, err := e(row)
		if err != nil {
			return nil, err
		}
		r.buf = appendKey(r.buf, v)
	}
	return r.buf, nil
}

// step takes one left row; it may give a row, set matches, or neither.
func (r *joinRows) step() (types.Row, error) {
	row, err := r.rows.Next()
	if err == io.EOF {
		return r.leftOver()
	}
	if err != nil {
		return nil, err
	}
	key, err := r.key(r.left, row)
	if err != nil {
		return nil, err
	}
	b := r.table[string(key)]
	kind := r.op.Kind
	if b == nil {
		switch kind {
		case "leftouter", "fullouter", "lookup-leftouter", "leftanti":
			return r.output(row, nil), nil
		}
		return nil, nil
	}
	if kind == "innerunique" {
		// One left row of each key takes part.
		if _, ok := r.seen[string(key)]; ok {
			return nil, nil
		}
		r.seen[string(key)] = struct{}{}
	}
	b.matched = true
	switch kind {
	case "leftsemi":
		return r.output(row, nil), nil
	case "leftanti", "rightsemi", "rightanti":
		return nil, nil
	}
	r.now, r.matches = row, b.rows
	return nil, nil
}

// leftOver follows the left side's end with the right rows that the kind asks for.
func (r *joinRows) leftOver() (types.Row, error) {
	r.drained = true
	if err := r.rows.Close(); err != nil {
		return nil, err
	}
	r.rows = SliceRows(nil)
	want, matched := false, false
	switch r.op.Kind {
	case "rightouter", "fullouter", "rightanti":
		want = true
	case "rightsemi":
		want, matched = true, true
	}
	if want {
		for _, b := range r.order {
			if b.matched == matched {
				for _, row := range b.rows {
					r.rest = append(r.rest, r.output(nil, row))
				}
			}
		}
		r.rows = SliceRows(r.rest)
	}
	return nil, nil
}

// output puts a row together; a side that is nil gives nulls.
func (r *joinRows) output(left, right types.Row) types.Row {
	out := make(types.Row, r.width)
	for i, col := range r.op.Output {
		side := left
		if col.Right {
			side = right
		}
		if side == nil {
			out[i] = types.Null(col.Typ)
		} else {
			out[i] = side[r.source[i]]
		}
	}
	return out
}

func (r *joinRows) Close() error {
	r.table, r.order = nil, nil
	if r.rows == nil {
		return nil
	}
	rows := r.rows
	r.rows = nil
	return rows.Close()
}
