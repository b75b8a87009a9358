package plan

// WithInputs is n reading other inputs, as many as Inputs gives. The inputs must have the schemas that n expects.
func WithInputs(n Node, in []Node) Node {
	switch n := n.(type) {
	case *ScanOp, *ValuesOp, *RangeOp, *GroupInputOp:
		return n
	case *JoinOp:
		c := *n
		c.Left, c.Right = in[0], in[1]
		return &c
	case *UnionOp:
		return &UnionOp{Sources: in}
	case *EvaluateOp:
		c := *n
		if n.Input != nil {
			c.Input, in = in[0], in[1:]
		}
		c.Tables = in
		return &c
	default:
		if g := withGraphInputs(n, in); g != nil {
			return g
		}
		return withInput(n, in[0])
	}
}

// withInput is WithInputs for the nodes with one input.
func withInput(n Node, in Node) Node {
	switch n := n.(type) {
	case *FilterOp:
		c := *n
		c.Input = in
		return &c
	case *ProjectOp:
		c := *n
		c.Input = in
		return &c
	case *ExtendOp:
		c := *n
		c.Input = in
		return &c
	case *SummarizeOp:
		c := *n
		c.Input = in
		return &c
	case *DistinctOp:
		c := *n
		c.Input = in
		return &c
	case *SortOp:
		c := *n
		c.Input = in
		return &c
	case *TakeOp:
		c := *n
		c.Input = in
		return &c
	case *SampleOp:
		c := *n
		c.Input = in
		return &c
	case *SerializeOp:
		c := *n
		c.Input = in
		return &c
	case *SampleDistinctOp:
		c := *n
		c.Input = in
		return &c
	case *GetSchemaOp:
		c := *n
		c.Input = in
		return &c
	case *RemoteOp:
		c := *n
		c.Input = in
		return &c
	case *SharedOp:
		c := *n
		c.Input = in
		return &c
	default:
		return withWideInput(n, in)
	}
}

// withWideInput copies the nodes of many fields.
func withWideInput(n Node, in Node) Node {
	switch n := n.(type) {
	case *MvExpandOp:
		c := *n
		c.Input = in
		return &c
	case *MvApplyOp:
		c := *n
		c.Input = in
		return &c
	case *ParseOp:
		c := *n
		c.Input = in
		return &c
	case *ParseKVOp:
		c := *n
		c.Input = in
		return &c
	case *MakeSeriesOp:
		c := *n
		c.Input = in
		return &c
	case *TopNestedOp:
		c := *n
		c.Input = in
		return &c
	case *TopHittersOp:
		c := *n
		c.Input = in
		return &c
	case *ReduceOp:
		c := *n
		c.Input = in
		return &c
	case *PartitionOp:
		c := *n
		c.Input = in
		return &c
	case *ScanStateOp:
		c := *n
		c.Input = in
		return &c
	}
	panic("plan: a node without a copy rule")
}

// MapExprs is n with f applied to each of its own expressions (not to those within them, see MapExpr). Nil
// expressions are left out.
func MapExprs(n Node, f func(Expr) Expr) Node {
	switch n := n.(type) {
	case *RangeOp:
		c := *n
		c.From, c.To, c.Step = mapOne(n.From, f), mapOne(n.To, f), mapOne(n.Step, f)
		return &c
	case *FilterOp:
		c := *n
		c.Predicate = mapOne(n.Predicate, f)
		return &c
	case *ProjectOp:
		c := *n
		c.Columns = mapNamed(n.Columns, f)
		return &c
	case *ExtendOp:
		c := *n
		c.Columns = mapNamed(n.Columns, f)
		return &c
	case *SerializeOp:
		c := *n
		c.Columns = mapNamed(n.Columns, f)
		return &c
	case *SummarizeOp:
		c := *n
		c.By, c.Aggregates = mapNamed(n.By, f), mapAggregates(n.Aggregates, f)
		return &c
	case *SortOp:
		c := *n
		c.Keys = append([]SortKey(nil), n.Keys...)
		for i := range c.Keys {
			c.Keys[i].Expr = mapOne(c.Keys[i].Expr, f)
		}
		return &c
	case *TakeOp:
		c := *n
		c.Count = mapOne(n.Count, f)
		return &c
	case *SampleOp:
		c := *n
		c.Count = mapOne(n.Count, f)
		return &c
	case *SampleDistinctOp:
		c := *n
		c.Count, c.Of.Expr = mapOne(n.Count, f), mapOne(n.Of.Expr, f)
		return &c
	case *JoinOp:
		c := *n
		c.Keys = append([]JoinKey(nil), n.Keys...)
		for i, k := range n.Keys {
			c.Keys[i].Left, c.Keys[i].Right = mapOne(k.Left, f), mapOne(k.Right, f)
		}
		return &c
	default:
		return mapWideExprs(n, f)
	}
}

func mapWideExprs(n Node, f func(Expr) Expr) Node {
	switch n := n.(type) {
	case *MvExpandOp:
		c := *n
		c.Columns, c.Limit = mapMv(n.Columns, f), mapOne(n.Limit, f)
		return &c
	case *MvApplyOp:
		c := *n
		c.Columns, c.Limit = mapMv(n.Columns, f), mapOne(n.Limit, f)
		return &c
	case *ParseOp:
		c := *n
		c.Value = mapOne(n.Value, f)
		return &c
	case *ParseKVOp:
		c := *n
		c.Value = mapOne(n.Value, f)
		return &c
	case *MakeSeriesOp:
		return mapSeries(n, f)
	case *EvaluateOp:
		c := *n
		c.Args = mapExprList(n.Args, f)
		if n.Aggregate != nil {
			agg := mapAggregates([]Aggregate{*n.Aggregate}, f)[0]
			c.Aggregate = &agg
		}
		return &c
	case *TopNestedOp:
		return mapTopNested(n, f)
	case *TopHittersOp:
		c := *n
		c.Count, c.Of.Expr, c.Weight = mapOne(n.Count, f), mapOne(n.Of.Expr, f), mapOne(n.Weight, f)
		return &c
	case *ReduceOp:
		c := *n
		c.Value = mapOne(n.Value, f)
		return &c
	case *PartitionOp:
		c := *n
		c.By = mapOne(n.By, f)
		return &c
	case *ScanStateOp:
		return mapScan(n, f)
	default:
		return mapGraphExprs(n, f)
	}
}

func mapSeries(n *MakeSeriesOp, f func(Expr) Expr) Node {
	c := *n
	c.Aggregates = append([]SeriesAggregate(nil), n.Aggregates...)
	for i := range c.Aggregates {
		a := &c.Aggregates[i]
		a.Aggregate, a.Default = mapAggregates([]Aggregate{a.Aggregate}, f)[0], mapOne(a.Default, f)
		// Expr is over the columns of Inner, which are not the input's.
		a.Inner = mapAggregates(a.Inner, f)
	}
	c.Axis.Expr = mapOne(n.Axis.Expr, f)
	c.From, c.To, c.Step = mapOne(n.From, f), mapOne(n.To, f), mapOne(n.Step, f)
	c.By = mapNamed(n.By, f)
	return &c
}

func mapTopNested(n *TopNestedOp, f func(Expr) Expr) Node {
	c := *n
	c.Levels = append([]TopNestedLevel(nil), n.Levels...)
	for i := range c.Levels {
		l := &c.Levels[i]
		l.Count, l.Of.Expr, l.Others = mapOne(l.Count, f), mapOne(l.Of.Expr, f), mapOne(l.Others, f)
		l.By = mapAggregates([]Aggregate{l.By}, f)[0]
	}
	return &c
}

func mapScan(n *ScanStateOp, f func(Expr) Expr) Node {
	c := *n
	c.Partition = mapExprList(n.Partition, f)
	c.Declares = append([]ScanDeclare(nil), n.Declares...)
	for i := range c.Declares {
		c.Declares[i].Default = mapOne(c.Declares[i].Default, f)
	}
	c.Steps = append([]ScanStep(nil), n.Steps...)
	for i := range c.Steps {
		c.Steps[i].Condition = mapOne(c.Steps[i].Condition, f)
		c.Steps[i].Assignments = mapNamed(c.Steps[i].Assignments, f)
	}
	return &c
}

func mapOne(x Expr, f func(Expr) Expr) Expr {
	if x == nil {
		return nil
	}
	return f(x)
}

func mapExprList(list []Expr, f func(Expr) Expr) []Expr {
	out := make([]Expr, len(list))
	for i, x := range list {
		out[i] = mapOne(x, f)
	}
	return out
}

func mapNamed(list []Named, f func(Expr) Expr) []Named {
	out := make([]Named, len(list))
	for i, c := range list {
		out[i] = c
		out[i].Expr = mapOne(c.Expr, f)
	}
	return out
}

func mapAggregates(list []Aggregate, f func(Expr) Expr) []Aggregate {
	out := append([]Aggregate(nil), list...)
	for i := range out {
		out[i].Args = mapExprList(out[i].Args, f)
	}
	return out
}

func mapMv(list []MvColumn, f func(Expr) Expr) []MvColumn {
	out := append([]MvColumn(nil), list...)
	for i := range out {
		out[i].Expr = mapOne(out[i].Expr, f)
	}
	return out
}

// MapSubplans is n with f applied to the queries inside its expressions and to the bodies of mv-apply and partition.
func MapSubplans(n Node, f func(Node) Node) Node {
	old := Subplans(n)
	if len(old) == 0 {
		return n
	}
	mapped, changed := make(map[Node]Node, len(old)), false
	for _, q := range old {
		if _, done := mapped[q]; !done {
			mapped[q] = f(q)
			changed = changed || mapped[q] != q
		}
	}
	if !changed {
		return n
	}
	n = MapExprs(n, func(x Expr) Expr {
		return MapExpr(x, func(x Expr) Expr {
			switch x := x.(type) {
			case *In:
				if x.Query != nil {
					return &In{Op: x.Op, Left: x.Left, Query: mapped[x.Query]}
				}
			case *Subquery:
				return &Subquery{Query: mapped[x.Query], Typ: x.Typ}
			}
			return x
		})
	})
	switch n := n.(type) {
	case *MvApplyOp:
		c := *n
		c.Subquery = mapped[n.Subquery]
		return &c
	case *PartitionOp:
		c := *n
		c.Subquery = mapped[n.Subquery]
		return &c
	case *GraphPartitionOp:
		c := *n
		c.Subquery = mapped[n.Subquery]
		return &c
	}
	return n
}

// MapNodes rebuilds n with f applied to every node, inputs and inner queries first.
func MapNodes(n Node, f func(Node) Node) Node {
	inputs := n.Inputs()
	mapped, changed := make([]Node, len(inputs)), false
	for i, in := range inputs {
		mapped[i] = MapNodes(in, f)
		changed = changed || mapped[i] != in
	}
	if changed {
		n = WithInputs(n, mapped)
	}
	n = MapSubplans(n, func(q Node) Node { return MapNodes(q, f) })
	return f(n)
}
