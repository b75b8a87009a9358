package syntax

func (w *printer) expansions(columns []*NamedExpr, limit Expr) {
	w.put(" ")
	w.list(len(columns), func(i int) {
		w.named(columns[i])
		if columns[i].ToType != "" {
			w.put(" to ")
			w.typed("typeof", columns[i].ToType)
		}
	})
	w.optional(" limit ", limit)
}

func (w *printer) mvApply(op *MvApplyOp) {
	w.head("mv-apply", op.Hints)
	w.expansions(op.Columns, op.Limit)
	w.optional(" id ", op.ID)
	w.put(" on ")
	w.subquery(op.Subquery, op.Range.End)
}

func (w *printer) parse(op *ParseOp) {
	w.put(op.Verb)
	if op.Kind != "" {
		w.put(" kind=", op.Kind)
	}
	if op.Flags != "" {
		w.put(" flags=", op.Flags)
	}
	w.put(" ")
	w.expr(op.Value)
	w.put(" with")
	for _, part := range op.Parts {
		w.put(" ")
		switch {
		case part.Star:
			w.put("*")
		case part.Name != nil:
			w.name(*part.Name)
			if part.Type != "" {
				w.put(":", part.Type)
			}
		default:
			w.put(quote(part.Text, '"'))
		}
	}
}

func (w *printer) makeSeries(op *MakeSeriesOp) {
	w.head("make-series", op.Hints)
	w.put(" ")
	w.columns(len(op.Aggregates), func(i int) Node { return op.Aggregates[i] }, func(w *printer, i int) {
		w.named(&op.Aggregates[i].NamedExpr)
		w.optional(" default=", op.Aggregates[i].Default)
	})
	w.put(" on ")
	if op.On == nil {
		w.bad = true
		return
	}
	w.named(op.On)
	if op.InRange {
		w.put(" in range(")
		w.exprs([]Expr{op.From, op.To, op.Step})
		w.put(")")
	} else {
		w.optional(" from ", op.From)
		w.optional(" to ", op.To)
		w.optional(" step ", op.Step)
	}
	if len(op.By) > 0 {
		w.put(" by ")
		w.namedList(op.By)
	}
}

func (w *printer) topNested(op *TopNestedOp) {
	w.list(len(op.Levels), func(i int) {
		l := op.Levels[i]
		w.put("top-nested ")
		if l.Count != nil {
			w.expr(l.Count)
			w.put(" ")
		}
		w.put("of ")
		w.named(l.Of)
		w.optional(" with others = ", l.Others)
		w.put(" by ")
		w.named(l.By)
		if l.Order != "" {
			w.put(" ", l.Order)
		}
	})
}

func (w *printer) scan(op *ScanOp) {
	w.head("scan", op.Hints)
	if len(op.OrderBy) > 0 {
		w.put(" order by ")
		w.sortKeys(op.OrderBy)
	}
	if len(op.PartitionBy) > 0 {
		w.put(" partition by ")
		w.exprs(op.PartitionBy)
	}
	if op.Declares != nil {
		w.put(" declare ")
		w.params(op.Declares)
	}
	if len(op.Steps) == 0 {
		w.bad = true
		return
	}
	w.block(" with (", op.Steps[0].Range.Start, op.Range.End, ")", func() {
		for i, s := range op.Steps {
			if i > 0 {
				w.newline(s.Range.Start)
			}
			w.scanStep(s)
			w.put(";")
			w.last = s.Range.End
		}
	})
}

func (w *printer) scanStep(s ScanStep) {
	w.put("step ")
	w.name(s.Name)
	if s.Optional {
		w.put(" optional")
	}
	if s.Output != "" {
		w.put(" output=", s.Output)
	}
	w.put(": ")
	w.expr(s.Condition)
	if len(s.Assignments) > 0 {
		w.put(" => ")
		w.namedList(s.Assignments)
	}
}

// datatable writes one row of values a line.
func (w *printer) datatable(op *DatatableOp) {
	w.head("datatable", op.Hints)
	w.put(" ")
	w.schema(op.Columns, false)
	if !w.lines || len(op.Columns) == 0 || len(op.Values) == 0 {
		w.put(" [")
		w.exprs(op.Values)
		w.put("]")
		return
	}
	w.block(" [", op.Values[0].Span().Start, op.Range.End, "]", func() {
		for i, v := range op.Values {
			switch {
			case i == 0:
			case i%len(op.Columns) == 0:
				w.put(",")
				w.newline(v.Span().Start)
			default:
				w.put(", ")
			}
			w.expr(v)
			w.last = v.Span().End
		}
	})
}

func (w *printer) find(op *FindOp) {
	w.head("find", op.Hints)
	w.tables(op.Tables)
	w.put(" where ")
	w.expr(op.Predicate)
	switch {
	case op.Smart:
		w.put(" project-smart")
	case len(op.Columns) > 0 || op.Pack:
		w.put(" project ")
		w.list(len(op.Columns), func(i int) {
			w.expr(op.Columns[i].Value)
			if op.Columns[i].ToType != "" {
				w.put(":", op.Columns[i].ToType)
			}
		})
		if op.Pack {
			if len(op.Columns) > 0 {
				w.put(", ")
			}
			w.put("pack(*)")
		}
	}
}

func (w *printer) fork(op *ForkOp) {
	w.put("fork")
	if len(op.Branches) == 0 {
		w.bad = true
	}
	for _, b := range op.Branches {
		w.put(" ")
		if b.Name != nil {
			w.name(*b.Name)
			w.put("=")
		}
		w.subquery(b.Operators, b.Range.End)
	}
}

func (w *printer) partition(op *PartitionOp) {
	w.head("partition", op.Hints)
	w.put(" by ")
	w.expr(op.By)
	w.optional(" in ", op.In)
	w.put(" ")
	t, ok := op.Subquery.(*TabularExpr)
	switch {
	case op.Braces && ok:
		w.block("{", t.Range.Start, op.Range.End, "}", func() { w.tabular(t) })
	case op.Braces:
		w.put("{ ")
		w.expr(op.Subquery)
		w.put(" }")
	case ok:
		w.subquery(t.Operators, op.Range.End)
	default:
		w.bad = true
	}
}
