package plan

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Format prints the plan as a tree, a node a line, inputs below their node and indented:
//
//	Take 10
//	  Sort Failures desc nulls last
//	    Summarize Failures=count() by User
//	      Scan SigninLogs(User:string)
//
// Rewrites are tested by it and explain shows it.
func Format(n Node) string {
	var b strings.Builder
	printNode(&b, n, 0)
	return b.String()
}

func printNode(b *strings.Builder, n Node, depth int) {
	b.WriteString(strings.Repeat("  ", depth))
	b.WriteString(Label(n))
	b.WriteByte('\n')
	for _, in := range n.Inputs() {
		printNode(b, in, depth+1)
	}
	for _, q := range Subplans(n) {
		b.WriteString(strings.Repeat("  ", depth+1) + "(query)\n")
		printNode(b, q, depth+2)
	}
}

// Label is the line that Format prints for n.
func Label(n Node) string {
	switch n := n.(type) {
	case *ScanOp:
		return "Scan " + n.Table.Name + "(" + n.Columns.String() + ")"
	case *ValuesOp:
		return fmt.Sprintf("Values (%s) %d rows", n.Columns, len(n.Rows))
	case *RangeOp:
		return fmt.Sprintf("Range %s from %s to %s step %s", n.Column.Name, FormatExpr(n.From), FormatExpr(n.To), FormatExpr(n.Step))
	case *GroupInputOp:
		return "GroupInput (" + n.Columns.String() + ")"
	case *FilterOp:
		return "Filter " + FormatExpr(n.Predicate)
	case *ProjectOp:
		return "Project " + formatNamed(n.Columns)
	case *ExtendOp:
		return "Extend " + formatNamed(n.Columns)
	case *SerializeOp:
		return strings.TrimRight("Serialize "+formatNamed(n.Columns), " ")
	case *SummarizeOp:
		return labelSummarize(n)
	case *DistinctOp:
		return "Distinct"
	case *SortOp:
		return "Sort " + formatKeys(n.Keys)
	case *TakeOp:
		return "Take " + FormatExpr(n.Count)
	case *SampleOp:
		return "Sample " + FormatExpr(n.Count)
	case *SampleDistinctOp:
		return fmt.Sprintf("SampleDistinct %s of %s", FormatExpr(n.Count), formatNamed([]Named{n.Of}))
	case *JoinOp:
		return labelJoin(n)
	case *UnionOp:
		return "Union"
	case *SharedOp:
		return fmt.Sprintf("Shared %d %s", n.ID, n.Name)
	case *RemoteOp:
		return "Remote"
	default:
		return labelOther(n)
	}
}

func labelOther(n Node) string {
	switch n := n.(type) {
	case *MvExpandOp:
		return "MvExpand " + formatMv(n.Columns, n.ItemIndex, n.Limit)
	case *MvApplyOp:
		return "MvApply " + formatMv(n.Columns, n.ItemIndex, n.Limit)
	case *ParseOp:
		return "Parse " + FormatExpr(n.Value) + " as (" + n.Out.String() + ")"
	case *ParseKVOp:
		return "ParseKV " + FormatExpr(n.Value) + " as (" + n.Columns.String() + ")"
	case *MakeSeriesOp:
		parts := make([]string, len(n.Aggregates))
		for i, a := range n.Aggregates {
			if a.Expr != nil {
				parts[i] = a.Name + "=" + FormatExpr(a.Expr)
				continue
			}
			parts[i] = a.Name + "=" + formatCall(a.Aggregate.Func, a.Aggregate.Args)
		}
		return "MakeSeries " + strings.Join(parts, ", ") + " on " + formatNamed([]Named{n.Axis}) + by(n.By)
	case *EvaluateOp:
		return "Evaluate " + formatCall(n.Plugin, n.Args)
	case *TopNestedOp:
		return fmt.Sprintf("TopNested %d levels", len(n.Levels))
	case *TopHittersOp:
		return "TopHitters " + FormatExpr(n.Count) + " of " + formatNamed([]Named{n.Of})
	case *ReduceOp:
		return "Reduce by " + FormatExpr(n.Value)
	case *PartitionOp:
		return "Partition by " + FormatExpr(n.By)
	case *ScanStateOp:
		return fmt.Sprintf("ScanState %d steps", len(n.Steps))
	case *GetSchemaOp:
		return "GetSchema"
	default:
		if label := labelGraph(n); label != "" {
			return label
		}
		return strings.TrimPrefix(fmt.Sprintf("%T", n), "*plan.")
	}
}

func labelSummarize(n *SummarizeOp) string {
	parts := make([]string, len(n.Aggregates))
	for i, a := range n.Aggregates {
		names := make([]string, len(a.Out))
		for j, c := range a.Out {
			names[j] = c.Name
		}
		parts[i] = strings.Join(names, ",") + "=" + formatCall(a.Func, a.Args)
	}
	return strings.TrimRight("Summarize "+strings.Join(parts, ", "), " ") + by(n.By)
}

func by(list []Named) string {
	if len(list) == 0 {
		return ""
	}
	return " by " + formatNamed(list)
}

func labelJoin(n *JoinOp) string {
	keys := make([]string, len(n.Keys))
	for i, k := range n.Keys {
		keys[i] = FormatExpr(k.Left) + "==" + FormatExpr(k.Right)
	}
	return "Join " + n.Kind + " on " + strings.Join(keys, ", ") + " -> (" + n.Schema().String() + ")"
}

func formatMv(columns []MvColumn, index string, limit Expr) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = c.Name + ":" + c.Typ.String() + "=" + FormatExpr(c.Expr)
	}
	s := strings.Join(parts, ", ")
	if index != "" {
		s += " index " + index
	}
	if limit != nil {
		s += " limit " + FormatExpr(limit)
	}
	return s
}

func formatNamed(list []Named) string {
	parts := make([]string, len(list))
	for i, c := range list {
		text := FormatExpr(c.Expr)
		if col, ok := c.Expr.(*Column); ok && col.Name == c.Name {
			parts[i] = c.Name
		} else {
			parts[i] = c.Name + "=" + text
		}
	}
	return strings.Join(parts, ", ")
}

func formatKeys(keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = FormatExpr(k.Expr) + map[bool]string{true: " desc", false: " asc"}[k.Desc] +
			map[bool]string{true: " nulls first", false: " nulls last"}[k.NullsFirst]
	}
	return strings.Join(parts, ", ")
}

// FormatExpr prints an expression much as KQL would, calls in their prefix form: ==(User, "a").
func FormatExpr(x Expr) string {
	switch x := x.(type) {
	case nil:
		return ""
	case *Literal:
		return formatLiteral(x.Value)
	case *Column:
		return x.Name
	case *Call:
		return formatCall(x.Func, x.Args)
	case *Path:
		if x.Index != nil {
			return FormatExpr(x.Base) + "[" + FormatExpr(x.Index) + "]"
		}
		return FormatExpr(x.Base) + "." + x.Key
	case *In:
		if x.Query != nil {
			return x.Op + "(" + FormatExpr(x.Left) + ", (query))"
		}
		return x.Op + "(" + formatList(append([]Expr{x.Left}, x.List...)) + ")"
	case *Subquery:
		return "toscalar(query)"
	case *OverPath:
		over := x.Edge
		if x.Inner {
			over = "inner_nodes(" + x.Edge + ")"
		}
		return x.Func + "(" + over + ", " + FormatExpr(x.Body) + ")"
	default:
		return fmt.Sprintf("%T", x)
	}
}

func formatCall(f *builtin.Function, args []Expr) string {
	return f.Name + "(" + formatList(args) + ")"
}

func formatList(list []Expr) string {
	parts := make([]string, len(list))
	for i, a := range list {
		parts[i] = FormatExpr(a)
	}
	return strings.Join(parts, ", ")
}

func formatLiteral(v types.Value) string {
	switch {
	case v.IsNull():
		return v.Type().String() + "(null)"
	case v.Type() == types.String:
		return fmt.Sprintf("%q", v.Str())
	case v.Type() == types.Long, v.Type() == types.Bool, v.Type() == types.Real:
		return v.Text()
	default:
		return v.Type().String() + "(" + v.Text() + ")"
	}
}
