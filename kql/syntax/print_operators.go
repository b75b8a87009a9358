package syntax

// operator writes one operator, without the bar before it.
func (w *printer) operator(op Operator) {
	switch op := op.(type) {
	case *WhereOp:
		w.head("where", op.Hints)
		w.put(" ")
		w.expr(op.Predicate)
	case *ProjectOp:
		w.project(op)
	case *SummarizeOp:
		w.summarize(op)
	case *SortOp:
		w.head("sort", op.Hints)
		w.put(" by ")
		w.sortKeys(op.Keys)
	case *TopOp:
		w.head("top", op.Hints, op.Count)
		w.put(" by ")
		w.sortKeys(op.Keys)
	case *TakeOp:
		w.head("take", op.Hints, op.Count)
	case *SampleOp:
		w.head("sample", op.Hints, op.Count)
	case *SampleDistinctOp:
		w.head("sample-distinct", op.Hints, op.Count)
		w.put(" of ")
		w.expr(op.Of)
	case *CountOp:
		w.head("count", op.Hints)
		if op.As != nil {
			w.put(" as ")
			w.name(*op.As)
		}
	case *MvExpandOp:
		w.head("mv-expand", op.Hints)
		w.expansions(op.Columns, op.Limit)
	case *MvApplyOp:
		w.mvApply(op)
	case *ParseOp:
		w.parse(op)
	case *ParseKVOp:
		w.head("parse-kv", nil, op.Value)
		w.put(" as ")
		w.schema(op.Columns, false)
		w.properties(op.Options, " with ")
	case *MakeSeriesOp:
		w.makeSeries(op)
	case *ReduceOp:
		w.head("reduce", op.Hints)
		w.put(" by ")
		w.expr(op.Value)
		if len(op.Options) > 0 {
			w.put(" with ")
			w.hintList(op.Options)
		}
	case *TopNestedOp:
		w.topNested(op)
	case *TopHittersOp:
		w.head("top-hitters", op.Hints, op.Count)
		w.put(" of ")
		w.expr(op.Of)
		w.optional(" by ", op.By)
	case *ScanOp:
		w.scan(op)
	default:
		w.tableOperator(op)
	}
}

// tableOperator writes operators on whole tables, and sources.
func (w *printer) tableOperator(op Operator) {
	switch op := op.(type) {
	case *JoinOp:
		w.head(op.Verb, op.Hints, op.Right)
		if len(op.On) > 0 {
			w.put(" on ")
			w.exprs(op.On)
		}
	case *UnionOp:
		w.head("union", op.Hints)
		w.put(" ")
		w.columns(len(op.Tables), func(i int) Node { return op.Tables[i] }, func(w *printer, i int) { w.expr(op.Tables[i]) })
	case *RangeOp:
		w.put("range ")
		w.name(op.Column)
		w.optional(" from ", op.From)
		w.optional(" to ", op.To)
		w.optional(" step ", op.Step)
	case *DatatableOp:
		w.datatable(op)
	case *ExternalDataOp:
		w.head("externaldata", op.Hints)
		w.put(" ")
		w.schema(op.Columns, false)
		w.put(" [")
		w.exprs(op.URIs)
		w.put("]")
		w.properties(op.Options, " with ")
	case *EvaluateOp:
		w.head("evaluate", op.Hints, op.Call)
		if op.HasSchema {
			w.put(" : ")
			w.schema(op.Schema, op.OpenSchema)
		}
	case *InvokeOp:
		if op.Path != nil {
			w.head("invoke", op.Hints, op.Path)
		} else {
			w.head("invoke", op.Hints, op.Call)
		}
	case *AsOp:
		w.head("as", op.Hints)
		w.put(" ")
		w.name(op.Name)
	case *RenderOp:
		w.put("render ", op.Visualization)
		w.properties(op.Properties, " with ")
	case *GetSchemaOp:
		w.head("getschema", op.Hints)
	case *ConsumeOp:
		w.head("consume", op.Hints)
	default:
		w.nestingOperator(op)
	}
}

// nestingOperator writes operators that hold tables or pipelines.
func (w *printer) nestingOperator(op Operator) {
	switch op := op.(type) {
	case *SearchOp:
		w.head("search", op.Hints)
		w.tables(op.Tables)
		w.put(" ")
		w.expr(op.Predicate)
	case *FindOp:
		w.find(op)
	case *ForkOp:
		w.fork(op)
	case *FacetOp:
		w.put("facet by ")
		w.exprs(op.Columns)
		if len(op.With) > 0 {
			w.put(" with ")
			w.subquery(op.With, op.Range.End)
		}
	case *PartitionOp:
		w.partition(op)
	case *OpaqueOp:
		w.put(op.Verb)
		if op.Text != "" {
			w.put(" ", op.Text)
		}
	case *BadOperator:
		w.bad = true
	default:
		w.graphOperator(op)
	}
}

// head writes the operator's name, its hints, and its first operand if there is one.
func (w *printer) head(name string, hints []Hint, operand ...Expr) {
	w.put(name)
	if len(hints) > 0 {
		w.put(" ")
	}
	for i, h := range hints {
		if i > 0 {
			w.put(" ")
		}
		w.hint(h)
	}
	for _, e := range operand {
		w.put(" ")
		w.expr(e)
	}
}

// hint writes name=value. An unsigned name needs no quotes; what was quoted stays so.
func (w *printer) hint(h Hint) {
	w.name(Name{Text: h.Name, Quoted: len(Tokens(h.Name)) != 2 && !isHintName(h.Name)})
	w.put("=")
	w.expr(h.Value)
}

func isHintName(name string) bool { return len(name) > 5 && name[:5] == "hint." }

func (w *printer) hintList(list []Hint) {
	w.list(len(list), func(i int) { w.hint(list[i]) })
}

func (w *printer) properties(list []Hint, before string) {
	if len(list) == 0 {
		return
	}
	w.put(before, "(")
	w.hintList(list)
	w.put(")")
}

func (w *printer) optional(before string, e Expr) {
	if e != nil {
		w.put(before)
		w.expr(e)
	}
}

func (w *printer) tables(list []Expr) {
	if len(list) > 0 {
		w.put(" in (")
		w.exprs(list)
		w.put(")")
	}
}

func (w *printer) sortKeys(keys []SortKey) {
	w.list(len(keys), func(i int) {
		w.expr(keys[i].Value)
		if keys[i].Order != "" {
			w.put(" ", keys[i].Order)
		}
		if keys[i].Nulls != "" {
			w.put(" nulls ", keys[i].Nulls)
		}
	})
}

func (w *printer) project(op *ProjectOp) {
	w.head(op.Verb, op.Hints)
	if len(op.Columns) == 0 {
		return
	}
	w.put(" ")
	w.columns(len(op.Columns), func(i int) Node { return op.Columns[i] }, func(w *printer, i int) {
		w.named(op.Columns[i])
		if i < len(op.Orders) && op.Orders[i] != "" {
			w.put(" ", op.Orders[i])
		}
	})
}

func (w *printer) summarize(op *SummarizeOp) {
	var hints, trailing []Hint
	for _, h := range op.Hints {
		if h.Name == "bin" {
			trailing = append(trailing, h)
		} else {
			hints = append(hints, h)
		}
	}
	w.head("summarize", hints)
	if len(op.Aggregates) > 0 {
		w.put(" ")
		w.namedList(op.Aggregates)
	}
	if op.HasBy {
		w.put(" by ")
		w.namedList(op.By)
	}
	for _, h := range trailing {
		w.put(" ")
		w.hint(h)
	}
}
