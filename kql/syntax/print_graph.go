package syntax

// graphOperator writes the operators on graphs.
func (w *printer) graphOperator(op Operator) {
	switch op := op.(type) {
	case *MakeGraphOp:
		w.makeGraph(op)
	case *GraphMatchOp:
		w.graphMatch(op)
	case *GraphMarkOp:
		w.head("graph-mark-components", op.Hints)
	case *GraphWhereOp:
		w.head(map[bool]string{false: "graph-where-nodes", true: "graph-where-edges"}[op.Edges], op.Hints, op.Predicate)
	case *GraphTableOp:
		w.put("graph-to-table ")
		w.list(len(op.Outputs), func(i int) { w.graphOutput(op.Outputs[i]) })
		w.bad = w.bad || len(op.Outputs) == 0
	}
}

func (w *printer) makeGraph(op *MakeGraphOp) {
	w.put("make-graph ")
	w.name(op.Source)
	w.put(" --> ")
	w.name(op.Target)
	if len(op.Nodes) > 0 {
		w.put(" with ")
		w.list(len(op.Nodes), func(i int) {
			w.expr(op.Nodes[i].Table)
			w.put(" on ")
			w.name(op.Nodes[i].Key)
		})
	}
	w.spacedHints(op.Hints)
	if op.Partition != nil {
		w.put(" partitioned-by ")
		w.name(op.Partition.By)
		w.put(" ")
		w.subquery(op.Partition.Operators, op.Partition.Range.End)
	}
}

func (w *printer) spacedHints(hints []Hint) {
	for _, h := range hints {
		w.put(" ")
		w.hint(h)
	}
}

func (w *printer) graphMatch(op *GraphMatchOp) {
	w.head(op.Verb, op.Hints)
	w.put(" ")
	w.list(len(op.Paths), func(i int) {
		for _, e := range op.Paths[i].Elements {
			w.graphElement(e)
		}
	})
	w.optional(" where ", op.Where)
	if len(op.Columns) > 0 {
		w.put(" project ")
		w.namedList(op.Columns)
	}
}

func (w *printer) graphElement(e GraphElement) {
	if !e.Edge {
		w.put("(")
		if e.Name != nil {
			w.name(*e.Name)
		}
		w.put(")")
		return
	}
	open, end := "-", "-"
	switch e.Direction {
	case "->":
		end = "->"
	case "<-":
		open = "<-"
	}
	w.put(open)
	if e.Name != nil || e.Range != nil {
		w.put("[")
		if e.Name != nil {
			w.name(*e.Name)
		}
		if e.Range != nil {
			w.put("*")
			w.expr(e.Range.Min)
			w.put("..")
			w.expr(e.Range.Max)
		}
		w.put("]")
	}
	w.put(end)
}

func (w *printer) graphOutput(o GraphOutput) {
	w.put(o.Kind)
	if o.As != nil {
		w.put(" as ")
		w.name(*o.As)
	}
	w.spacedHints(o.Hints)
}
