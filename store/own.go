package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/ingest"
	"github.com/sleuth-sec/sleuth/store/shadow"
)

// Own rows are those of the program's own audit trail. They stand in tables of their own, own.T, apart from the tenant's: the
// view main.T shows both once there are any, tenant.T never shows them. They are made of the log and can be made again: a change
// of the layout drops them.

// OwnRow is a row of the program's own in one of the tables. Index is the entry of the log that it is of. Cells are by column: a
// string, bool, int32, int64, float64, time.Time or json.RawMessage each; columns without one are empty.
type OwnRow struct {
	Table string
	Index uint64
	Cells map[string]any
}

// OwnMark says how far the log has become rows. It is written together with the rows.
type OwnMark struct {
	// Source tells what the rows were made from and how; rows of another source are not those of this log.
	Source string
	// Next is the index of the first entry that has no rows, At where it begins in the log, in bytes.
	Next uint64
	At   int64
	// State is the writer's own.
	State string
}

// ownDDL is the schema of own rows.
const ownDDL = `
CREATE SCHEMA IF NOT EXISTS ws.own;
CREATE SCHEMA IF NOT EXISTS ws.tenant;
CREATE TABLE IF NOT EXISTS ws.own."_Mark" (source VARCHAR, next UBIGINT, place BIGINT, state VARCHAR);
`

func ownName(t *entra.Table) string    { return "ws.own." + ident(t.Name) }
func tenantName(t *entra.Table) string { return "ws.tenant." + ident(t.Name) }

// TakeOwn makes ready for own rows in the tables named. Until it was called for a table, TenantRelation is the same as Relation.
func (w *Workspace) TakeOwn(ctx context.Context, tables []string) error {
	w.ownWriting.Lock()
	defer w.ownWriting.Unlock()
	w.takes = map[string]bool{}
	have, err := w.ownTables(ctx)
	if err != nil {
		return classify(w.path, err)
	}
	for _, name := range tables {
		t := w.schemas.Table(name)
		if t == nil {
			return fmt.Errorf("there is no table %s", name)
		}
		if !have[name] {
			if err := w.makeOwn(ctx, t); err != nil {
				return classify(w.path, err)
			}
		}
		w.takes[name] = true
	}
	return nil
}

// ownTables are the tables that are ready for own rows.
func (w *Workspace) ownTables(ctx context.Context) (map[string]bool, error) {
	rows, err := w.db.QueryContext(ctx, "SELECT table_name FROM duckdb_tables() WHERE database_name = 'ws' AND schema_name = 'own'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	have := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		have[name] = true
	}
	return have, rows.Err()
}

func (w *Workspace) makeOwn(ctx context.Context, t *entra.Table) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	var defs []string
	for _, c := range t.Columns {
		d := ident(c.Name) + " " + sqlType(c.Type)
		if c.Type == "string" {
			d += " NOT NULL DEFAULT ''"
		}
		defs = append(defs, d)
	}
	shadows := shadow.Of(t)
	for _, name := range shadows.Names {
		defs = append(defs, shadows.Definition(name))
	}
	view := strings.Replace(createView(t), viewName(t), tenantName(t), 1)
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("CREATE TABLE %s (%s, _Index UBIGINT);\n%s", ownName(t), strings.Join(defs, ", "), view)); err != nil {
		return err
	}
	return tx.Commit()
}

// dropOwn removes all own rows, with their tables: the layout has changed.
func (w *Workspace) dropOwn(ctx context.Context) error {
	have, err := w.ownTables(ctx)
	if err != nil {
		return err
	}
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	for name := range have {
		statement := "DROP TABLE ws.own." + ident(name)
		if name == "_Mark" {
			statement = `DELETE FROM ws.own."_Mark"`
		} else if t := w.schemas.Table(name); t != nil {
			statement += "; DROP VIEW IF EXISTS " + tenantName(t) + "; " + createView(t)
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// TenantRelation is Relation without own rows: the current state of what is the tenant's.
func (w *Workspace) TenantRelation(t *entra.Table) string {
	if w.takes[t.Name] {
		return "ws.tenant." + t.Name
	}
	current, _ := w.Relation(t)
	return current
}

// OwnMark reads how far the log has become rows.
func (w *Workspace) OwnMark(ctx context.Context) (OwnMark, error) {
	var m OwnMark
	err := w.db.QueryRowContext(ctx, `SELECT coalesce(max(source), ''), coalesce(max(next), 0), coalesce(max(place), 0), coalesce(max(state), '') FROM ws.own."_Mark"`).Scan(
		&m.Source, &m.Next, &m.At, &m.State)
	return m, classify(w.path, err)
}

// WriteOwn adds own rows and sets the mark, in one transaction. Before that it removes the rows of the entries in replaced, or
// with reset every own row. It does not wait for an import that is running.
func (w *Workspace) WriteOwn(ctx context.Context, mark OwnMark, rows []OwnRow, replaced []uint64, reset bool) error {
	w.ownWriting.Lock()
	defer w.ownWriting.Unlock()
	wr, err := w.newWriter(ctx)
	if err != nil {
		return err
	}
	byTable := map[*entra.Table][]OwnRow{}
	for _, r := range rows {
		t := w.schemas.Table(r.Table)
		if t == nil || !w.takes[r.Table] {
			return errors.Join(fmt.Errorf("own rows in %s: the table takes none", r.Table), wr.close(ctx))
		}
		byTable[t] = append(byTable[t], r)
	}
	err = wr.transaction(ctx, func() error {
		if err := wr.removeOwn(ctx, replaced, reset); err != nil {
			return err
		}
		for t, list := range byTable {
			if err := wr.appendOwn(ctx, t, list); err != nil {
				return fmt.Errorf("own rows in %s: %w", t.Name, err)
			}
		}
		if _, err := wr.exec(ctx, `DELETE FROM ws.own."_Mark"`); err != nil {
			return err
		}
		_, err := wr.conn.ExecContext(ctx, `INSERT INTO ws.own."_Mark" VALUES (?, ?, ?, ?)`, mark.Source, mark.Next, mark.At, mark.State)
		return err
	})
	if closing := wr.close(ctx); err == nil {
		err = closing
	}
	if err == nil && len(replaced) > 0 && !w.opts.Memory {
		err = w.setPending(ctx, true) // what was replaced stands in free blocks until the file is written anew
	}
	return classify(w.path, err)
}

func (wr *writer) removeOwn(ctx context.Context, replaced []uint64, reset bool) error {
	if !reset && len(replaced) == 0 {
		return nil
	}
	where := ""
	if !reset {
		where = " WHERE _Index IN (" + strings.Trim(strings.ReplaceAll(fmt.Sprint(replaced), " ", ", "), "[]") + ")"
	}
	for _, name := range sortedNames(wr.w.takes) {
		if _, err := wr.exec(ctx, "DELETE FROM ws.own.%s%s", ident(name), where); err != nil {
			return err
		}
	}
	return nil
}

func sortedNames(set map[string]bool) []string {
	var out []string
	for name := range set {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// appendOwn adds rows to their table. The first ones bring the table's view to show them.
func (wr *writer) appendOwn(ctx context.Context, t *entra.Table, rows []OwnRow) error {
	var held bool
	if err := wr.conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+ownName(t)+")").Scan(&held); err != nil {
		return err
	}
	if !held {
		if _, err := wr.exec(ctx, "%s", unionView(t)); err != nil {
			return err
		}
	}
	a, err := wr.appender("ws", "own", t.Name)
	if err != nil {
		return err
	}
	shadows := shadow.Of(t)
	for _, r := range rows {
		cells, err := ownCells(t, r)
		if err == nil {
			values := make([]driver.Value, 0, len(cells)+len(shadows.Names)+1)
			for i, c := range cells {
				if c == nil && t.Columns[i].Type == "string" {
					c = "" // a KQL string is never null
				}
				values = append(values, c)
			}
			for _, s := range shadows.Fill(cells) {
				values = append(values, s)
			}
			err = a.AppendRow(append(values, r.Index)...)
		}
		if err != nil {
			return errors.Join(err, a.Close())
		}
	}
	return a.CloseWithCancel(ctx)
}

// ownCells are the cells of a row in the order of the columns, as ingest has them.
func ownCells(t *entra.Table, r OwnRow) ([]any, error) {
	cells := make([]any, len(t.Columns))
	for name, v := range r.Cells {
		i := t.ColumnIndex(name)
		if i < 0 {
			return nil, fmt.Errorf("there is no column %s", name)
		}
		typ := t.Columns[i].Type
		fits := false
		switch x := v.(type) {
		case string:
			fits = typ == "string"
		case bool:
			fits = typ == "bool"
		case int32:
			fits = typ == "int"
		case int64:
			fits = typ == "long"
		case float64:
			fits = typ == "real"
		case time.Time:
			fits, v = typ == "datetime", ingest.Ticks(x)
		case json.RawMessage:
			fits, v = typ == "dynamic", string(x)
		}
		if !fits {
			return nil, fmt.Errorf("column %s is %s and cannot hold a %T", name, typ, v)
		}
		cells[i] = v
	}
	return cells, nil
}

// unionView is the view on the tenant's rows and own ones.
func unionView(t *entra.Table) string {
	var cols []string
	for _, c := range t.Columns {
		cols = append(cols, ident(c.Name))
	}
	for _, name := range shadow.Of(t).Names {
		cols = append(cols, ident(name))
	}
	all := strings.Join(cols, ", ")
	return fmt.Sprintf("CREATE OR REPLACE VIEW %s AS SELECT %s FROM %s WHERE _Current UNION ALL SELECT %s FROM %s;", viewName(t), all, rawName(t), all, ownName(t))
}

// OwnSource describes the own rows of a table.
func (w *Workspace) OwnSource(ctx context.Context, name string) (SourceInfo, error) {
	t := w.schemas.Table(name)
	if t == nil || !w.takes[name] {
		return SourceInfo{}, nil
	}
	var info SourceInfo
	err := w.db.QueryRowContext(ctx, fmt.Sprintf(`SELECT count(*), coalesce(min("TimeGenerated"), 0), coalesce(max("TimeGenerated"), 0) FROM %s`, ownName(t))).Scan(
		&info.Rows, &info.First, &info.Last)
	info.Held = info.Rows > 0
	return info, classify(w.path, err)
}
