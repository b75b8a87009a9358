package store

import (
	"context"
	"fmt"
	"strings"
)

// migration is one numbered step of the layout. Steps are never changed once released; a new
// layout is a new step.
type migration struct {
	number int
	what   string
	apply  func(ctx context.Context, w *Workspace, exec func(string) error) error
}

func migrations() []migration {
	return []migration{
		{1, "journal and tables", func(_ context.Context, w *Workspace, exec func(string) error) error {
			var b strings.Builder
			b.WriteString(journalDDL)
			for _, t := range w.schemas.Tables() {
				b.WriteString(createTable(t))
			}
			return exec(b.String())
		}},
	}
}

// journalDDL: imports and their files (the chain of custody), records set aside, documents of the
// directory with what they show and cover.
const journalDDL = `
CREATE SCHEMA ws.raw;
CREATE TABLE ws.meta.settings (name VARCHAR PRIMARY KEY, value VARCHAR);
CREATE TABLE ws.meta.imports (import_id VARCHAR, started BIGINT, finished BIGINT, status VARCHAR);
CREATE TABLE ws.meta.files (file_id BIGINT, import_id VARCHAR, path VARCHAR, sha256 VARCHAR, size BIGINT, modified BIGINT,
  status VARCHAR, formats VARCHAR, forced VARCHAR, records BIGINT, rows_added BIGINT, rows_held BIGINT, rejected BIGINT, unsupported VARCHAR,
  started BIGINT, finished BIGINT);
CREATE TABLE ws.main."_ImportRejects" (import_id VARCHAR, file_id BIGINT, path VARCHAR, sha256 VARCHAR, line BIGINT, reason VARCHAR, record VARCHAR);
CREATE TABLE ws.meta.docs (doc_id BIGINT, file_id BIGINT, import_id VARCHAR, dir VARCHAR, collection VARCHAR, modified BIGINT, has_next BOOLEAN, ended BOOLEAN);
CREATE TABLE ws.meta.seen (table_name VARCHAR, collection VARCHAR, scope VARCHAR, key UUID, state UUID, doc_id BIGINT);
CREATE TABLE ws.meta.coverage (table_name VARCHAR, collection VARCHAR, scope VARCHAR, doc_id BIGINT);
CREATE TABLE ws.meta.dirty (table_name VARCHAR);
CREATE SEQUENCE ws.meta.ids START 1;
`

// migrate brings the layout up to date, each step in a transaction of its own.
func (w *Workspace) migrate(ctx context.Context) error {
	exec := func(s string) error { _, err := w.db.ExecContext(ctx, s); return err }
	if err := exec("CREATE SCHEMA IF NOT EXISTS ws.meta; CREATE TABLE IF NOT EXISTS ws.meta.migrations (number INTEGER, what VARCHAR)"); err != nil {
		return err
	}
	var have int
	if err := w.db.QueryRowContext(ctx, "SELECT coalesce(max(number), 0) FROM ws.meta.migrations").Scan(&have); err != nil {
		return err
	}
	steps := migrations()
	if last := steps[len(steps)-1].number; have > last {
		return newer(w.path, have, last)
	}
	for _, m := range steps {
		if m.number <= have {
			continue
		}
		if err := w.step(ctx, m); err != nil {
			return fmt.Errorf("migration %d (%s): %w", m.number, m.what, err)
		}
	}
	return w.addColumns(ctx)
}

func (w *Workspace) step(ctx context.Context, m migration) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	exec := func(s string) error { _, err := tx.ExecContext(ctx, s); return err }
	if err := m.apply(ctx, w, exec); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO ws.meta.migrations VALUES (?, ?)", m.number, m.what); err != nil {
		return err
	}
	return tx.Commit()
}

// addColumns follows the schemas: a table or column that the program has learned since is added,
// none is ever dropped.
func (w *Workspace) addColumns(ctx context.Context) error {
	rows, err := w.db.QueryContext(ctx, "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'ws' AND schema_name = 'raw'")
	if err != nil {
		return err
	}
	defer rows.Close()
	have := map[string]map[string]bool{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return err
		}
		if have[table] == nil {
			have[table] = map[string]bool{}
		}
		have[table][strings.ToLower(column)] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var ddl strings.Builder
	for _, t := range w.schemas.Tables() {
		if have[t.Name] == nil {
			ddl.WriteString(createTable(t))
			continue
		}
		changed := false
		for _, c := range t.Columns {
			if have[t.Name][strings.ToLower(c.Name)] {
				continue
			}
			changed = true
			fmt.Fprintf(&ddl, "ALTER TABLE %s ADD COLUMN %s %s", rawName(t), ident(c.Name), sqlType(c.Type))
			if c.Type == "string" {
				ddl.WriteString(" DEFAULT ''")
			}
			ddl.WriteString(";\n")
		}
		if changed {
			ddl.WriteString(createView(t))
		}
	}
	if ddl.Len() == 0 {
		return nil
	}
	_, err = w.db.ExecContext(ctx, ddl.String())
	return err
}
