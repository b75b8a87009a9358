package plan

// Inputs implements Node.
func (n *ScanOp) Inputs() []Node { return nil }

// Inputs implements Node.
func (n *ValuesOp) Inputs() []Node { return nil }

// Inputs implements Node.
func (n *RangeOp) Inputs() []Node { return nil }

// Inputs implements Node.
func (n *FilterOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *ProjectOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *ExtendOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *SummarizeOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *DistinctOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *SortOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *TakeOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *SampleOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *JoinOp) Inputs() []Node { return []Node{n.Left, n.Right} }

// Inputs implements Node.
func (n *UnionOp) Inputs() []Node { return n.Sources }

// Inputs implements Node.
func (n *MvExpandOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *MvApplyOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *GroupInputOp) Inputs() []Node { return nil }

// Inputs implements Node.
func (n *ParseOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *ParseKVOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *MakeSeriesOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *SerializeOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node: the piped input, where there is one, then the tabular arguments.
func (n *EvaluateOp) Inputs() []Node {
	if n.Input == nil {
		return n.Tables
	}
	return append([]Node{n.Input}, n.Tables...)
}

// Inputs implements Node.
func (n *TopNestedOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *TopHittersOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *SampleDistinctOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *ReduceOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *PartitionOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *ScanStateOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *GetSchemaOp) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *SharedOp) Inputs() []Node { return []Node{n.Input} }

func (*ScanOp) node()           {}
func (*ValuesOp) node()         {}
func (*RangeOp) node()          {}
func (*FilterOp) node()         {}
func (*ProjectOp) node()        {}
func (*ExtendOp) node()         {}
func (*SummarizeOp) node()      {}
func (*DistinctOp) node()       {}
func (*SortOp) node()           {}
func (*TakeOp) node()           {}
func (*SampleOp) node()         {}
func (*JoinOp) node()           {}
func (*UnionOp) node()          {}
func (*MvExpandOp) node()       {}
func (*MvApplyOp) node()        {}
func (*GroupInputOp) node()     {}
func (*ParseOp) node()          {}
func (*ParseKVOp) node()        {}
func (*MakeSeriesOp) node()     {}
func (*SerializeOp) node()      {}
func (*EvaluateOp) node()       {}
func (*TopNestedOp) node()      {}
func (*TopHittersOp) node()     {}
func (*SampleDistinctOp) node() {}
func (*ReduceOp) node()         {}
func (*PartitionOp) node()      {}
func (*ScanStateOp) node()      {}
func (*GetSchemaOp) node()      {}
func (*SharedOp) node()         {}
