package reference

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// scanner is a compiled scan (https://learn.microsoft.com/kusto/query/scan-operator). Expressions see a wide row: the record, the
// declared columns with their defaults, then for each step the state of the sequence there, as columns "step.column".
type scanner struct {
	op       *plan.ScanStateOp
	steps    []scanStep
	defaults types.Row
	in, cols int // columns of a record, and with the declared ones
	matchID  int // its place in the output; -1 without
	empty    types.Row
}

type scanStep struct {
	plan.ScanStep
	when   evaluator
	assign []evaluator
	at     []int // of each assignment among the declared columns
}

// sequence is what one step remembers: the last record of every step up to it.
type sequence struct {
	id      int64
	records []types.Row // by step; nil where a step had none
	last    types.Row   // with output=last, the record that goes out when the step's run of matches ends
}

func (c *compiler) compileScanState(n *plan.ScanStateOp) (opener, error) {
	in := n.Input.Schema()
	sc := &scanner{op: n, in: len(in), cols: len(in) + len(n.Declares), matchID: -1}
	schema := append(types.Schema(nil), in...)
	for _, d := range n.Declares {
		v, err := c.constant(d.Default)
		if err != nil {
			return nil, err
		}
		sc.defaults = append(sc.defaults, convert(v, d.Typ))
		schema = append(schema, types.Column{Name: d.Name, Type: d.Typ})
	}
	wide := append(types.Schema(nil), schema...)
	for _, s := range n.Steps {
		for _, col := range schema {
			wide = append(wide, types.Column{Name: s.Name + "." + col.Name, Type: col.Type})
		}
	}
	for _, col := range in {
		sc.empty = append(sc.empty, types.Null(col.Type))
	}
	sc.empty = append(sc.empty, sc.defaults...)
	if n.MatchID != "" {
		sc.matchID = n.Out.Find(n.MatchID)
	}
	if err := sc.compile(c, wide); err != nil {
		return nil, err
	}
	keys, err := c.exprs(n.Partition, overRows(in))
	if err != nil {
		return nil, err
	}
	return c.blocking("scan", n.Input, func(s *state, rows []types.Row) ([]types.Row, error) {
		groups, err := groupRows(rows, keys)
		if err != nil {
			return nil, err
		}
		var out []types.Row
		var id int64
		for _, g := range groups {
			if out, err = sc.run(s, g, out, &id); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

func (sc *scanner) compile(c *compiler, wide types.Schema) error {
	scope := overRows(wide)
	for _, s := range sc.op.Steps {
		step := scanStep{ScanStep: s}
		var err error
		if step.when, err = c.expr(s.Condition, scope); err != nil {
			return err
		}
		if step.assign, err = c.named(s.Assignments, scope); err != nil {
			return err
		}
		for _, a := range s.Assignments {
			for i, d := range sc.op.Declares {
				if d.Name == a.Name {
					step.at = append(step.at, sc.in+i)
				}
			}
		}
		sc.steps = append(sc.steps, step)
	}
	return nil
}

// run takes records through the steps, last step first: a record goes on with the sequence of the step before, else it stays
// with that of the step itself; the first step begins sequences.
func (sc *scanner) run(s *state, rows []types.Row, out []types.Row, id *int64) ([]types.Row, error) {
	states := make([]*sequence, len(sc.steps))
	for _, row := range rows {
		for k := len(sc.steps) - 1; k >= 0; k-- {
			seq, from := sc.candidate(states, k)
			rec, err := sc.try(k, row, seq)
			if err != nil {
				return nil, err
			}
			if rec == nil && from != k && states[k] != nil {
				seq, from = states[k], k
				if rec, err = sc.try(k, row, seq); err != nil {
					return nil, err
				}
			}
			if rec == nil {
				continue
			}
			next := &sequence{records: make([]types.Row, len(sc.steps))}
			if seq == nil {
				*id++
				next.id = *id - 1
			} else {
				next.id = seq.id
				copy(next.records, seq.records)
			}
			if from >= 0 && from != k {
				if out, err = sc.flush(s, out, states[from]); err != nil {
					return nil, err
				}
				states[from] = nil
			}
			if from != k { // another sequence takes the step's place
				if out, err = sc.flush(s, out, states[k]); err != nil {
					return nil, err
				}
			}
			next.records[k] = rec
			states[k] = next
			if out, err = sc.emit(s, out, k, rec, next); err != nil {
				return nil, err
			}
		}
	}
	var err error
	for _, seq := range states {
		if out, err = sc.flush(s, out, seq); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// candidate is the sequence that step k would go on with, and the step that has it: that of the nearest step before, over
// optional ones; for the first steps also none, which begins a sequence.
func (sc *scanner) candidate(states []*sequence, k int) (*sequence, int) {
	for j := k - 1; j >= 0; j-- {
		if states[j] != nil {
			return states[j], j
		}
		if !sc.steps[j].Optional {
			return sc.own(states, k)
		}
	}
	if states[k] != nil {
		return states[k], k
	}
	return nil, -1
}

func (sc *scanner) own(states []*sequence, k int) (*sequence, int) {
	if states[k] != nil {
		return states[k], k
	}
	return nil, -2 // a step that cannot begin has nothing to go on with
}

// try gives the record with its declared columns when the step's condition holds, else nil.
func (sc *scanner) try(k int, row types.Row, seq *sequence) (types.Row, error) {
	if seq == nil && !sc.begins(k) {
		return nil, nil
	}
	wide := make(types.Row, 0, sc.cols*(1+len(sc.steps)))
	wide = append(append(wide, row...), sc.defaults...)
	for j := range sc.steps {
		if seq != nil && seq.records[j] != nil {
			wide = append(wide, seq.records[j]...)
		} else {
			wide = append(wide, sc.empty...)
		}
	}
	step := &sc.steps[k]
	v, err := step.when(wide)
	if err != nil {
		return nil, err
	}
	if is, _ := truth(v); !is {
		return nil, nil
	}
	rec := append(types.Row(nil), wide[:sc.cols]...)
	for i, e := range step.assign {
		v, err := e(wide)
		if err != nil {
			return nil, err
		}
		rec[step.at[i]] = convert(v, sc.op.Declares[step.at[i]-sc.in].Typ)
	}
	return rec, nil
}

// begins reports whether step k may begin a sequence: all steps before it are optional.
func (sc *scanner) begins(k int) bool {
	for j := 0; j < k; j++ {
		if !sc.steps[j].Optional {
			return false
		}
	}
	return true
}

// emit adds the record to the output as the step asks: every record, the last one of a run, or none.
func (sc *scanner) emit(s *state, out []types.Row, k int, rec types.Row, seq *sequence) ([]types.Row, error) {
	if sc.steps[k].Output == "none" {
		return out, nil
	}
	row := make(types.Row, len(sc.op.Out))
	copy(row, rec)
	if sc.matchID >= 0 {
		row[sc.matchID] = types.NewLong(seq.id)
	}
	if sc.steps[k].Output == "last" {
		seq.last = row
		return out, nil
	}
	out = append(out, row)
	return out, s.keep("scan", row, len(out))
}

// flush gives out the record that a sequence held back.
func (sc *scanner) flush(s *state, out []types.Row, seq *sequence) ([]types.Row, error) {
	if seq == nil || seq.last == nil {
		return out, nil
	}
	out = append(out, seq.last)
	return out, s.keep("scan", seq.last, len(out))
}
