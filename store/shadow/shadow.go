package shadow

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/emit/duckdb"
	"github.com/sleuth-sec/sleuth/store/ingest"
)

// Columns are the shadow columns of a table. All are VARCHAR.
type Columns struct {
	// Names are the columns in order.
	Names []string
	// exprs compute them from the columns of the table; sources read them from the cells of a row.
	exprs   []string
	sources []source
	fold    int // index of the column that the last of Names folds, or -1
	entity  string
}

// source reads the paths of one dynamic column.
type source struct {
	column int
	paths  *ingest.Paths
	from   int // index in Names
	n      int
}

// Of gives the shadow columns of a table.
func Of(t *entra.Table) *Columns {
	c := &Columns{fold: -1}
	for i := 0; i < len(t.HotPaths); {
		column := t.HotPaths[i].Column
		s := source{column: t.ColumnIndex(column), from: len(c.Names)}
		var paths [][]string
		for ; i < len(t.HotPaths) && t.HotPaths[i].Column == column; i++ {
			keys := t.HotPaths[i].Keys
			name := duckdb.ShadowColumn(column, keys...)
			if name == "" {
				continue
			}
			c.Names = append(c.Names, name)
			c.exprs = append(c.exprs, pathExpr(column, keys))
			paths = append(paths, keys)
		}
		s.paths, s.n = ingest.NewPaths(paths), len(paths)
		c.sources = append(c.sources, s)
	}
	if i := Entity(t); i >= 0 && t.Columns[i].Type == "string" {
		c.fold, c.entity = i, t.Columns[i].Name
		c.Names = append(c.Names, duckdb.FoldColumn(c.entity))
		c.exprs = append(c.exprs, "lower("+ident(c.entity)+")")
	}
	return c
}

// Entity is the index of the column of who acts in a table of events, -1 where there is none.
func Entity(t *entra.Table) int {
	if t.ColumnIndex("TimeGenerated") < 0 {
		return -1
	}
	for _, name := range []string{"UserPrincipalName", "AccountUpn", "AccountObjectId", "UserId", "ServicePrincipalId", "Caller", "Identity"} {
		if i := t.ColumnIndex(name); i >= 0 {
			return i
		}
	}
	return -1
}

// Fold is the name of the column in which who acts is folded; "" where there is none.
func (c *Columns) Fold() string {
	if c.fold < 0 {
		return ""
	}
	return c.Names[len(c.Names)-1]
}

// Base is the column that a shadow column is taken from.
func Base(name string) string {
	base, _, _ := strings.Cut(name, "$")
	return base
}

// Definition is a column's definition in SQL.
func (c *Columns) Definition(name string) string {
	if name == c.Fold() {
		return ident(name) + " VARCHAR DEFAULT ''" // a string is never null, nor is its fold
	}
	return ident(name) + " VARCHAR"
}

// Fill makes the cells of a row: nil or a string each. It is nil for a table without shadow columns.
func (c *Columns) Fill(cells []any) []any {
	if len(c.Names) == 0 {
		return nil
	}
	out := make([]any, len(c.Names))
	for _, s := range c.sources {
		if text, ok := cells[s.column].(string); ok {
			s.paths.Read(text, out[s.from:s.from+s.n])
		}
	}
	if c.fold >= 0 {
		text, _ := cells[c.fold].(string)
		out[len(out)-1] = duckdb.Fold(text)
	}
	return out
}

// Expr is the SQL of a column over the others, for rows that were written without it. The fold of text beyond ASCII is not
// that of SQL: see Unfolded.
func (c *Columns) Expr(name string) string {
	for i, n := range c.Names {
		if n == name {
			return c.exprs[i]
		}
	}
	return "NULL"
}

// Unfolded is the condition for rows whose fold column Expr may have got wrong, and the column it folds; "" where the
// table has none.
func (c *Columns) Unfolded() (condition, column string) {
	if c.fold < 0 {
		return "", ""
	}
	return fmt.Sprintf("strlen(%[1]s) <> length(%[1]s)", ident(c.entity)), c.entity
}

func pathExpr(column string, keys []string) string {
	path := "$"
	for _, k := range keys {
		path += `."` + k + `"`
	}
	return fmt.Sprintf("CASE WHEN json_valid(%[1]s) THEN nullif(json_extract(%[1]s, '%[2]s')::VARCHAR, 'null') END", ident(column), strings.ReplaceAll(path, "'", "''"))
}

func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
