package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// TestDistancesBelowAFilter: the filter that the backend runs below a distance keeps every row that the exact one keeps. The same
// condition the other way round has no such filter, and is what it is compared with.
func TestDistancesBelowAFilter(t *testing.T) {
	m := newMemory(t)
	schema := types.Schema{{Name: "N", Type: types.Long}, {Name: "X", Type: types.Real}, {Name: "Y", Type: types.Real}, {Name: "V", Type: types.Real}, {Name: "W", Type: types.Real}}
	r := rand.New(rand.NewPCG(5, 8))
	var rows []types.Row
	for i := range int64(4000) {
		x, y := r.Float64()*360-180, r.Float64()*180-90
		v, w := x, y
		switch far := []float64{0, 1e-6, 1e-5, 4.47, 200}[i%5]; i % 3 { // along a meridian and a parallel alone the limits are closest
		case 0:
			w = max(-90, min(90, y+(r.Float64()*2-1)*far))
		case 1:
			v = max(-180, min(180, x+(r.Float64()*2-1)*far))
		case 2:
			v, w = max(-180, min(180, x+(r.Float64()*2-1)*far)), max(-90, min(90, y+(r.Float64()*2-1)*far))
		}
		row := types.Row{types.NewLong(i), types.NewReal(x), types.NewReal(y), types.NewReal(v), types.NewReal(w)}
		if i%37 == 0 {
			row[1+i%4] = []types.Value{types.Null(types.Real), types.NewReal(181), types.NewReal(-1e300)}[i%3]
		}
		rows = append(rows, row)
	}
	m.add(t, "T", schema, rows)
	e := New(Config{Catalog: m, Backend: m, Library: builtin.Standard()})
	for _, limit := range []string{"1.0", "500.0", "111195.08", "15000000.0"} {
		for _, unit := range []float64{1, 1000} {
			query := func(condition string) string {
				return fmt.Sprintf("T | extend D = geo_distance_2points(X, Y, V, W) / %v | extend Z = D * 2 | where %s | project N, D, Z", unit, condition)
			}
			for _, op := range []string{">", ">="} {
				given := query(fmt.Sprintf("D %s %s / %v", op, limit, unit))
				x, err := e.Explain(context.Background(), given, Options{})
				if err != nil || !slices.Contains(x.Rules, "farApart") || !strings.Contains(strings.Join(x.SQL, ""), "abs(") {
					t.Fatalf("%s: no filter in SQL: %v\n%v", given, err, x)
				}
				got, err := e.Query(context.Background(), given, Options{})
				if err != nil {
					t.Fatal(err)
				}
				want, err := e.Query(context.Background(), query(fmt.Sprintf("%s / %v %s D", limit, unit, map[string]string{">": "<", ">=": "<="}[op])), Options{})
				if err != nil {
					t.Fatal(err)
				}
				if len(want.Rows()) == 0 || got.Stats.RemoteRows >= want.Stats.RemoteRows {
					t.Errorf("%s: %d rows, read %d of %d", given, len(want.Rows()), got.Stats.RemoteRows, want.Stats.RemoteRows)
				}
				if diff := sameRows(want.Tables[0], got.Tables[0], false); diff != "" {
					t.Errorf("%s: %s", given, diff)
				}
			}
		}
	}
}
