package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
)

// migration is one numbered step of the layout. Steps are never changed once released; a new
// layout is a new step.
type migration struct {
	number int
	what   string
	// apply makes the step; fresh tells that nothing is held yet.
	apply func(ctx context.Context, w *Workspace, fresh bool, exec func(string) error) error
}

func migrations() []migration {
	return []migration{
		{1, "journal and tables", func(_ context.Context, w *Workspace, _ bool, exec func(string) error) error {
			var b strings.Builder
			b.WriteString(journalDDL)
			for _, t := range w.schemas.Tables() {
				b.WriteString(createTable(t))
			}
			return exec(b.String())
		}},
		{2, "days in order", func(ctx context.Context, w *Workspace, fresh bool, exec func(string) error) error {
			if err := exec("CREATE TABLE ws.meta.unordered (table_name VARCHAR, day BIGINT)"); err != nil || fresh {
				return err
			}
			filled, err := w.filledTables(ctx)
			if err != nil {
				return err
			}
			for _, t := range filled {
				if _, ok := ordered(t); !ok {
					continue
				}
				if err := exec(fmt.Sprintf(`INSERT INTO ws.meta.unordered SELECT DISTINCT %s, "TimeGenerated" // %d FROM %s WHERE "TimeGenerated" IS NOT NULL`,
					literal(t.Name), ticksPerDay, rawName(t))); err != nil {
					return err
				}
			}
			return nil
		}},
		{3, "deletions and retention", func(_ context.Context, _ *Workspace, _ bool, exec func(string) error) error { return exec(deletionDDL) }},
		{4, "own rows", func(_ context.Context, _ *Workspace, _ bool, exec func(string) error) error { return exec(ownDDL) }},
	}
}

// deletionDDL: what was deleted, how many rows of which file that were, what was moved to the archive and brought back from
// there, and how long the rows of each table are kept. Times are ticks, days are numbers of days since the year 1.
const deletionDDL = `
CREATE TABLE ws.meta.deletions (deletion_id BIGINT, table_name VARCHAR, before BIGINT, deleted BIGINT, why VARCHAR, days BIGINT, rows BIGINT,
  first BIGINT, last BIGINT);
CREATE TABLE ws.meta.deleted_rows (deletion_id BIGINT, sha256 VARCHAR, path VARCHAR, rows BIGINT);
CREATE TABLE ws.meta.retention (table_name VARCHAR PRIMARY KEY, days BIGINT, archive_days BIGINT);
CREATE TABLE ws.meta.archived (table_name VARCHAR, day BIGINT, rows BIGINT, first BIGINT, last BIGINT, size BIGINT, sha256 VARCHAR, archived BIGINT);
CREATE TABLE ws.meta.restored (table_name VARCHAR, first_day BIGINT, last_day BIGINT, restored BIGINT, until BIGINT);
`

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
		if err := w.step(ctx, m, have == 0); err != nil {
			return fmt.Errorf("migration %d (%s): %w", m.number, m.what, err)
		}
	}
	if have == 0 { // the first step made the tables as they are to be
		return w.noteLayout(ctx, layoutPrint(w.schemas))
	}
	return w.addColumns(ctx)
}

func (w *Workspace) step(ctx context.Context, m migration, fresh bool) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	exec := func(s string) error { _, err := tx.ExecContext(ctx, s); return err }
	if err := m.apply(ctx, w, fresh, exec); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO ws.meta.migrations VALUES (?, ?)", m.number, m.what); err != nil {
		return err
	}
	return tx.Commit()
}

// addColumns follows the schemas: a table or column that the program has learned since is added, none is ever dropped. It looks
// only when the schemas are not those of the last time.
func (w *Workspace) addColumns(ctx context.Context) error {
	want := layoutPrint(w.schemas)
	var have string
	if err := w.db.QueryRowContext(ctx, "SELECT coalesce(max(value), '') FROM ws.meta.settings WHERE name = 'layout'").Scan(&have); err != nil || have == want {
		return err
	}
	if err := w.dropOwn(ctx); err != nil {
		return fmt.Errorf("own rows: %w", err)
	}
	columns, err := w.physicalColumns(ctx)
	if err != nil {
		return err
	}
	for _, t := range w.schemas.Tables() {
		if err := w.follow(ctx, t, columns[t.Name]); err != nil {
			return fmt.Errorf("columns of %s: %w", t.Name, err)
		}
	}
	return w.noteLayout(ctx, want)
}

func (w *Workspace) noteLayout(ctx context.Context, print string) error {
	_, err := w.db.ExecContext(ctx, "INSERT OR REPLACE INTO ws.meta.settings VALUES ('layout', ?)", print)
	return err
}

// layoutPrint is a digest of the definitions of all tables.
func layoutPrint(s *entra.Schemas) string {
	h := sha256.New()
	for _, t := range s.Tables() {
		fmt.Fprintln(h, createTable(t))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// physicalColumns are the columns that the tables have, in lower case.
func (w *Workspace) physicalColumns(ctx context.Context) (map[string]map[string]bool, error) {
	rows, err := w.db.QueryContext(ctx, "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'ws' AND schema_name = 'raw'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	have := map[string]map[string]bool{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		if have[table] == nil {
			have[table] = map[string]bool{}
		}
		have[table][strings.ToLower(column)] = true
	}
	return have, rows.Err()
}

// filledTables are the known tables that hold rows.
func (w *Workspace) filledTables(ctx context.Context) ([]*entra.Table, error) {
	rows, err := w.db.QueryContext(ctx, "SELECT table_name FROM duckdb_tables() WHERE database_name = 'ws' AND schema_name = 'raw' AND estimated_size > 0 ORDER BY table_name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*entra.Table
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if t := w.schemas.Table(name); t != nil {
			out = append(out, t)
		}
	}
	return out, rows.Err()
}
