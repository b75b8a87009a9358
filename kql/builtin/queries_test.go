package builtin_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// TestQueries runs testdata/queries.txt: aggregations, window functions and plugins, which no call alone shows.
func TestQueries(t *testing.T) {
	text, err := os.ReadFile("testdata/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(engine.Config{Catalog: noTables{}, Library: builtin.Standard()})
	blocks := strings.Split(string(text), "\n===\n")
	for _, block := range blocks[1:] {
		query, result, ok := strings.Cut(block, "\n---\n")
		if !ok {
			t.Fatalf("no result: %s", block)
		}
		lines := strings.Split(strings.TrimSpace(result), "\n")
		res, err := e.Query(context.Background(), query, engine.Options{})
		if err != nil {
			t.Errorf("%s\n%v", query, err)
			continue
		}
		var columns []string
		for _, c := range res.Columns() {
			columns = append(columns, c.Name+":"+c.Type.String())
		}
		if got := strings.Join(columns, " | "); got != lines[0] {
			t.Errorf("%s\ncolumns %s\nwant    %s", query, got, lines[0])
		}
		if len(res.Rows()) != len(lines)-1 {
			t.Errorf("%s\n%d rows, want %d", query, len(res.Rows()), len(lines)-1)
			continue
		}
		for i, row := range res.Rows() {
			want, err := types.ParseJSON(lines[i+1])
			if err != nil {
				t.Fatalf("%s: %v", lines[i+1], err)
			}
			got := make([]types.Tree, len(row))
			for j, v := range row {
				got[j] = cell(v)
			}
			if !near(got, want) {
				t.Errorf("%s\nrow %s\nwant %s", query, types.FormatJSON(got), lines[i+1])
			}
		}
	}
	t.Logf("%d queries of the reference", len(blocks)-1)
}

// cell is a value as the data file writes it: times as text.
func cell(v types.Value) types.Tree {
	if t, ok := types.ToTree(v).(types.Value); ok {
		return t.Text()
	}
	return types.ToTree(v)
}
