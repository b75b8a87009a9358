package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/shadow"
)

// sortOut tells the rows that are new from those that need to be compared with what is held, and
// leaves out those that are held as they are. Only the keys go to DuckDB for it.
func (wr *writer) sortOut(ctx context.Context, s *stage) (fresh, contested []*stagedRow, err error) {
	settled, err := wr.settled(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	fresh = make([]*stagedRow, 0, len(s.rows))
	for i := range s.rows {
		r := &s.rows[i]
		nothing, held := settled[int64(i)]
		switch {
		case nothing:
		case held || s.times[r.key] > 1:
			contested = append(contested, r)
		default:
			fresh = append(fresh, r)
		}
	}
	return fresh, contested, nil
}

// settled looks up the keys of a batch. The map has an entry for every row whose key is held; true
// when merging it would change nothing.
func (wr *writer) settled(ctx context.Context, s *stage) (map[int64]bool, error) {
	t := s.table
	n, known := wr.held[t.Name]
	if !known {
		if err := wr.conn.QueryRowContext(ctx, "SELECT count(*) FROM "+rawName(t)).Scan(&n); err != nil {
			return nil, err
		}
		wr.held[t.Name] = n
	}
	if n == 0 {
		return nil, nil
	}
	if err := wr.writeKeys(ctx, s); err != nil {
		return nil, err
	}
	rows, err := wr.conn.QueryContext(ctx, fmt.Sprintf("SELECT s.i, bool_or(%s) FROM temp.batch_keys s JOIN %s t ON t._Key = s._Key GROUP BY s.i", unchanged(t), rawName(t)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]bool{}
	for rows.Next() {
		var i int64
		var same bool
		if err := rows.Scan(&i, &same); err != nil {
			return nil, err
		}
		out[i] = same
	}
	return out, rows.Err()
}

// unchanged is the condition under which a row s of a batch changes nothing beside a row t of its
// key; it says what the merges of merge.go do.
func unchanged(t *entra.Table) string {
	switch t.Rows.Rule {
	case entra.RuleNewest:
		return "t._State = s._State AND s._Version <= t._Version"
	case entra.RuleUnique:
		return "NOT (s._Grade > t._Grade OR s._Grade = t._Grade AND s._State < t._State)"
	case entra.RuleSnapshot:
		return "t._State = s._State"
	}
	return "true"
}

// writeKeys puts the keys of a batch where SQL can see them.
func (wr *writer) writeKeys(ctx context.Context, s *stage) (err error) {
	if wr.keys == nil {
		if _, err = wr.exec(ctx, "CREATE OR REPLACE TEMP TABLE batch_keys (i BIGINT, _Key UUID, _State UUID, _Version BIGINT, _Grade TINYINT)"); err != nil {
			return err
		}
		if wr.keys, err = wr.appender("temp", "main", "batch_keys"); err != nil {
			return err
		}
	} else if _, err = wr.exec(ctx, "TRUNCATE temp.batch_keys"); err != nil {
		return err
	}
	for i := range s.rows {
		r := &s.rows[i]
		if err := wr.keys.AppendRow(int64(i), r.key, r.state, r.version, int8(r.Grade)); err != nil {
			return err
		}
	}
	return wr.keys.FlushWithCancel(ctx)
}

// insertFresh writes new rows to their table.
func (wr *writer) insertFresh(ctx context.Context, t *entra.Table, rows []*stagedRow) error {
	if len(rows) == 0 {
		return nil
	}
	arrange(t, rows)
	return wr.bulk(ctx, rawName(t), t, rows)
}

// stageRows writes rows to a temporary table of the shape of t.
func (wr *writer) stageRows(ctx context.Context, t *entra.Table, rows []*stagedRow) (string, error) {
	name := "stage_" + t.Name
	if _, err := wr.exec(ctx, "CREATE OR REPLACE TEMP TABLE %s (%s)", ident(name), columnDefs(t)); err != nil {
		return "", err
	}
	return name, wr.bulk(ctx, "temp."+ident(name), t, rows)
}

// bulk inserts rows. Columns of which no row has anything are left to their default and those
// that are the same in every row of a file stand in the statement: most of the cost of an import is
// cells on their way into DuckDB.
func (wr *writer) bulk(ctx context.Context, relation string, t *entra.Table, rows []*stagedRow) error {
	plan, err := bulkPlan(t, rows)
	if err != nil {
		return err
	}
	var into, from []string
	var types []duckdb.TypeInfo
	var names []string
	for i, c := range plan {
		into = append(into, ident(c.name))
		if c.literal != "" {
			from = append(from, c.literal)
			continue
		}
		name := "c" + strconv.Itoa(i)
		from, names, types = append(from, name), append(names, name), append(types, c.info)
	}
	statement := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM batch", relation, strings.Join(into, ", "), strings.Join(from, ", "))
	var a *duckdb.Appender
	err = wr.conn.Raw(func(dc any) (err error) {
		a, err = duckdb.NewQueryAppender(dc.(driver.Conn), statement, "batch", types, names)
		return err
	})
	if err != nil {
		return err
	}
	values := make([]driver.Value, 0, len(names))
	for _, r := range rows {
		values = values[:0]
		for _, c := range plan {
			if c.literal == "" {
				values = append(values, c.value(r))
			}
		}
		if err := a.AppendRow(values...); err != nil {
			a.Close() // nothing of it was acknowledged
			return err
		}
	}
	return a.CloseWithCancel(ctx)
}

// bulkColumn is a column of a bulk insert: a literal, or a value of each row.
type bulkColumn struct {
	name    string
	literal string
	info    duckdb.TypeInfo
	value   func(*stagedRow) driver.Value
}

func bulkPlan(t *entra.Table, rows []*stagedRow) ([]bulkColumn, error) {
	var plan []bulkColumn
	fixed := func(name, literal string) { plan = append(plan, bulkColumn{name: name, literal: literal}) }
	var problem error
	each := func(name string, of duckdb.Type, value func(*stagedRow) driver.Value) {
		info, err := duckdb.NewTypeInfo(of)
		if err != nil {
			problem = err
		}
		plan = append(plan, bulkColumn{name: name, info: info, value: value})
	}
	src := &rows[0].file.source // of the one import
	oneFile := !slices.ContainsFunc(rows, func(r *stagedRow) bool { return r.file != rows[0].file })
	text := func(name string, of func(*source) string) {
		if oneFile {
			fixed(name, literal(of(src)))
			return
		}
		each(name, duckdb.TYPE_VARCHAR, func(r *stagedRow) driver.Value { return of(&r.file.source) })
	}
	for i, c := range t.Columns {
		switch c.Name {
		case "_Extra":
			if slices.ContainsFunc(rows, func(r *stagedRow) bool { return len(r.Extra) > 0 }) {
				each(c.Name, duckdb.TYPE_VARCHAR, func(r *stagedRow) driver.Value { return extraJSON(r.Extra) })
			}
		case "_SourceFile":
			text(c.Name, func(s *source) string { return s.path })
		case "_SourceLine":
			each(c.Name, duckdb.TYPE_BIGINT, func(r *stagedRow) driver.Value { return r.Line })
		case "_SourceSha256":
			text(c.Name, func(s *source) string { return s.sha256 })
		case "_ImportId":
			fixed(c.Name, literal(src.importID))
		case "_IngestionTime":
			fixed(c.Name, strconv.FormatInt(src.ingested, 10))
		case "_SnapshotTime":
			each(c.Name, duckdb.TYPE_BIGINT, func(r *stagedRow) driver.Value { return r.file.source.modified })
		case "_Current":
			fixed(c.Name, "false")
		default:
			cell := func(r *stagedRow) any { return r.Cells[i] }
			if same, sql := constant(rows, cell); same {
				if sql != "" {
					fixed(c.Name, sql)
				}
				continue
			}
			value := func(r *stagedRow) driver.Value { return r.Cells[i] }
			if c.Type == "string" {
				value = func(r *stagedRow) driver.Value {
					if r.Cells[i] == nil {
						return "" // a KQL string is never null
					}
					return uncopied(r.Cells[i])
				}
			} else if c.Type == "dynamic" {
				value = func(r *stagedRow) driver.Value { return uncopied(r.Cells[i]) }
			}
			each(c.Name, bulkType(c.Type), value)
		}
	}
	each("_Key", duckdb.TYPE_UUID, func(r *stagedRow) driver.Value { return r.key })
	each("_State", duckdb.TYPE_UUID, func(r *stagedRow) driver.Value { return r.state })
	each("_Version", duckdb.TYPE_BIGINT, func(r *stagedRow) driver.Value { return r.version })
	each("_Grade", duckdb.TYPE_TINYINT, func(r *stagedRow) driver.Value { return int8(r.Grade) })
	if t.Kind == entra.KindLog {
		fixed("_Current", "true")
	}
	for i, name := range shadow.Of(t).Names {
		cell := func(r *stagedRow) any { return r.shadows[i] }
		if same, sql := constant(rows, cell); !same {
			each(name, duckdb.TYPE_VARCHAR, func(r *stagedRow) driver.Value { return uncopied(r.shadows[i]) })
		} else if sql != "" {
			fixed(name, sql)
		}
	}
	return plan, problem
}

// constant reports whether a column is the same in all rows, and its value in SQL; "" is the column's default. Half of the
// columns of a log say the same in every record.
func constant(rows []*stagedRow, cell func(*stagedRow) any) (same bool, sql string) {
	first := cell(rows[0])
	if first == "" {
		first = nil
	}
	for _, r := range rows {
		if c := cell(r); c != first && (first != nil || c != "") {
			return false, ""
		}
	}
	switch v := first.(type) {
	case nil:
		return true, ""
	case string:
		const longest = 500 // a statement is parsed for each batch
		if len(v) > longest || strings.IndexFunc(v, func(r rune) bool { return r < ' ' || r == utf8.RuneError }) >= 0 {
			return false, ""
		}
		return true, literal(v)
	case bool:
		return true, strconv.FormatBool(v)
	case int32:
		return true, strconv.Itoa(int(v))
	case int64:
		return true, strconv.FormatInt(v, 10)
	}
	return false, ""
}

// uncopied gives a long text to the driver as bytes: it would copy a string once more before DuckDB copies it.
func uncopied(cell any) driver.Value {
	if s, ok := cell.(string); ok && len(s) > 32 {
		return unsafe.Slice(unsafe.StringData(s), len(s))
	}
	return cell
}

// bulkType is sqlType for the driver.
func bulkType(kql string) duckdb.Type {
	switch sqlType(kql) {
	case "BOOLEAN":
		return duckdb.TYPE_BOOLEAN
	case "INTEGER":
		return duckdb.TYPE_INTEGER
	case "BIGINT":
		return duckdb.TYPE_BIGINT
	case "DOUBLE":
		return duckdb.TYPE_DOUBLE
	}
	return duckdb.TYPE_VARCHAR
}

// arrange puts the rows of a batch by day and then by user: zone maps then skip to the rows of one
// identity, which is what an investigator asks for all day.
func arrange(t *entra.Table, rows []*stagedRow) {
	at := t.ColumnIndex("TimeGenerated")
	if at < 0 {
		return
	}
	who := shadow.Entity(t)
	fold := -1
	if shadows := shadow.Of(t); shadows.Fold() != "" {
		fold = len(shadows.Names) - 1
	}
	name := func(r *stagedRow) string {
		if fold >= 0 {
			s, _ := r.shadows[fold].(string)
			return s
		}
		s, _ := r.Cells[who].(string)
		return s
	}
	slices.SortStableFunc(rows, func(a, b *stagedRow) int {
		x, _ := a.Cells[at].(int64)
		y, _ := b.Cells[at].(int64)
		if c := cmp.Compare(x/ticksPerDay, y/ticksPerDay); c != 0 {
			return c
		}
		if who >= 0 {
			if c := cmp.Compare(name(a), name(b)); c != 0 {
				return c
			}
		}
		return cmp.Compare(x, y)
	})
}
