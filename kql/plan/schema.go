package plan

import "github.com/sleuth-sec/sleuth/kql/types"

// Schema implements Node.
func (n *ScanOp) Schema() types.Schema { return n.Columns }

// Schema implements Node.
func (n *ValuesOp) Schema() types.Schema { return n.Columns }

// Schema implements Node.
func (n *RangeOp) Schema() types.Schema { return types.Schema{n.Column} }

// Schema implements Node.
func (n *FilterOp) Schema() types.Schema { return n.Input.Schema() }

// Schema implements Node.
func (n *ProjectOp) Schema() types.Schema { return schemaOf(n.Columns) }

// Schema implements Node.
func (n *ExtendOp) Schema() types.Schema { return extended(n.Input.Schema(), n.Columns) }

// Schema implements Node.
func (n *SerializeOp) Schema() types.Schema { return extended(n.Input.Schema(), n.Columns) }

// Schema implements Node.
func (n *SummarizeOp) Schema() types.Schema {
	s := schemaOf(n.By)
	for _, a := range n.Aggregates {
		s = append(s, a.Out...)
	}
	return s
}

// Schema implements Node.
func (n *DistinctOp) Schema() types.Schema { return n.Input.Schema() }

// Schema implements Node.
func (n *SortOp) Schema() types.Schema { return n.Input.Schema() }

// Schema implements Node.
func (n *TakeOp) Schema() types.Schema { return n.Input.Schema() }

// Schema implements Node.
func (n *SampleOp) Schema() types.Schema { return n.Input.Schema() }

// Schema implements Node.
func (n *JoinOp) Schema() types.Schema {
	s := make(types.Schema, len(n.Output))
	for i, c := range n.Output {
		s[i] = types.Column{Name: c.Name, Type: c.Typ, Hidden: c.Hidden}
	}
	return s
}

// Schema implements Node.
func (n *UnionOp) Schema() types.Schema {
	if len(n.Sources) == 0 {
		return nil
	}
	return n.Sources[0].Schema()
}

// Schema implements Node.
func (n *MvExpandOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *MvApplyOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *GroupInputOp) Schema() types.Schema { return n.Columns }

// Schema implements Node.
func (n *ParseOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *ParseKVOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *MakeSeriesOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *EvaluateOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *TopNestedOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *TopHittersOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *SampleDistinctOp) Schema() types.Schema { return schemaOf([]Named{n.Of}) }

// Schema implements Node.
func (n *ReduceOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *PartitionOp) Schema() types.Schema { return n.Subquery.Schema() }

// Schema implements Node.
func (n *ScanStateOp) Schema() types.Schema { return n.Out }

// Schema implements Node.
func (n *GetSchemaOp) Schema() types.Schema {
	return types.Schema{
		{Name: "ColumnName", Type: types.String}, {Name: "ColumnOrdinal", Type: types.Long},
		{Name: "DataType", Type: types.String}, {Name: "ColumnType", Type: types.String},
	}
}

// Schema implements Node.
func (n *SharedOp) Schema() types.Schema { return n.Input.Schema() }

// SchemaOver is n.Schema() where the schema of its one input is at hand.
func SchemaOver(n Node, input types.Schema) types.Schema {
	switch n := n.(type) {
	case *FilterOp, *SortOp, *TakeOp:
		return input
	case *ExtendOp:
		return extended(input, n.Columns)
	}
	return n.Schema()
}

func schemaOf(columns []Named) types.Schema {
	s := make(types.Schema, len(columns))
	for i, c := range columns {
		s[i] = types.Column{Name: c.Name, Type: c.Expr.Type(), Hidden: c.Hidden}
	}
	return s
}

func extended(in types.Schema, columns []Named) types.Schema {
	s := append(make(types.Schema, 0, len(in)+len(columns)), in...)
	for _, c := range columns {
		col := types.Column{Name: c.Name, Type: c.Expr.Type()}
		if i := s.Find(c.Name); i >= 0 {
			s[i] = col
		} else {
			s = append(s, col)
		}
	}
	return s
}
