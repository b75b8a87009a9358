package reference_test

import (
	"context"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/reference"
	"github.com/sleuth-sec/sleuth/kql/types"
)

func numbers(n int) plan.Node {
	return &plan.RangeOp{Column: types.Column{Name: "x", Type: types.Long}, From: lit(long(1)), To: lit(long(int64(n))), Step: lit(long(1))}
}

func drain(b *testing.B, n plan.Node) {
	b.Helper()
	b.ReportAllocs()
	rows, err := reference.New(reference.Options{}).Run(context.Background(), n, env())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := reference.Collect(rows); err != nil {
		b.Fatal(err)
	}
}

// One operation is one row.
func BenchmarkSummarize(b *testing.B) {
	mod := []plan.Named{{Name: "k", Expr: op("%", types.Long, col("x", types.Long), lit(long(1000)))}}
	drain(b, &plan.SummarizeOp{Input: numbers(b.N), By: mod, Aggregates: []plan.Aggregate{agg("count", "n", types.Long)}})
}

func BenchmarkJoin(b *testing.B) {
	drain(b, &plan.JoinOp{Kind: "inner", Left: numbers(b.N), Right: numbers(1000),
		Keys:   []plan.JoinKey{{Left: col("x", types.Long), Right: col("x", types.Long)}},
		Output: []plan.JoinColumn{{Name: "x", Source: "x", Typ: types.Long}}})
}

func BenchmarkExtend(b *testing.B) {
	drain(b, &plan.ExtendOp{Input: numbers(b.N), Columns: []plan.Named{{Name: "y", Expr: op("+", types.Long, col("x", types.Long), lit(long(1)))}}})
}

func BenchmarkFilter(b *testing.B) {
	seventh := op("==", types.Bool, op("%", types.Long, col("x", types.Long), lit(long(7))), lit(long(0)))
	drain(b, &plan.FilterOp{Input: numbers(b.N), Predicate: seventh})
}
