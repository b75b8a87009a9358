package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/ingest"
	"github.com/sleuth-sec/sleuth/store/shadow"
)

// ArchivedDay is a file of the archive.
type ArchivedDay struct {
	Table       string
	Day         int64 // ticks of its beginning
	Rows        int64
	First, Last int64 // ticks of the events
	Size        int64
	// Until is when rows that were brought back leave the table again, in ticks; 0 where they are in the archive only.
	Until int64
}

// Archive lists the archive, by table and day.
func (w *Workspace) Archive(ctx context.Context) ([]ArchivedDay, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT table_name, day * ?, rows, first, last, size,
		coalesce((SELECT max(until) FROM ws.meta.restored r WHERE r.table_name = a.table_name AND a.day BETWEEN r.first_day AND r.last_day), 0)
		FROM ws.meta.archived a ORDER BY table_name, day`, int64(ticksPerDay))
	if err != nil {
		return nil, classify(w.path, err)
	}
	defer rows.Close()
	var out []ArchivedDay
	for rows.Next() {
		var d ArchivedDay
		if err := rows.Scan(&d.Table, &d.Day, &d.Rows, &d.First, &d.Last, &d.Size, &d.Until); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// archivedOnly are the days of a table that are in the archive and not brought back: the first, and the one after the last.
func (w *Workspace) archivedOnly(ctx context.Context, table string) (first, before int64, err error) {
	err = w.db.QueryRowContext(ctx, `SELECT coalesce(min(day), 0) * $2, coalesce(max(day) + 1, 0) * $2 FROM ws.meta.archived a WHERE table_name = $1
		AND NOT EXISTS (SELECT 1 FROM ws.meta.restored r WHERE r.table_name = a.table_name AND a.day BETWEEN r.first_day AND r.last_day)`, table, int64(ticksPerDay)).Scan(&first, &before)
	return first, before, err
}

// RestoreArchive brings the days from one to another, both included, back into their table until a moment: the retention leaves
// them alone before it and moves them back after it. The files stay in the archive. It returns the rows that were brought back.
func (w *Workspace) RestoreArchive(ctx context.Context, table string, from, to, now, until time.Time) (days int, added int64, err error) {
	t, err := w.agedTable(table)
	if err != nil {
		return 0, 0, err
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	first, last := ingest.Ticks(from.UTC())/ticksPerDay, ingest.Ticks(to.UTC())/ticksPerDay
	files, err := w.listedFiles(ctx, t.Name, first, last)
	if err != nil {
		return 0, 0, classify(w.path, err)
	}
	if len(files) == 0 {
		return 0, 0, fmt.Errorf("the archive has no day of %s from %s to %s: sleuth archive list shows what it has", t.Name, from.Format(time.DateOnly), to.Format(time.DateOnly))
	}
	side, err := w.openSide(ctx, false)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, side.close()) }()
	wr, err := w.newWriter(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, wr.close(ctx)) }()
	for _, f := range files {
		var n int64
		err := wr.transaction(ctx, func() (err error) {
			if _, err := wr.conn.ExecContext(ctx, "INSERT INTO ws.meta.restored VALUES (?, ?, ?, ?, ?)", t.Name, f.day, f.day, ingest.Ticks(now), ingest.Ticks(until)); err != nil {
				return err
			}
			n, err = w.restoreDay(ctx, side, wr, t, f)
			return err
		})
		if err != nil {
			return days, added, fmt.Errorf("archive of %s, %s: %w", t.Name, dayText(f.day*ticksPerDay), err)
		}
		days++
		added += n
	}
	return days, added, nil
}

func (w *Workspace) listedFiles(ctx context.Context, table string, first, last int64) ([]listed, error) {
	rows, err := w.db.QueryContext(ctx, "SELECT day, rows, first, last, size, sha256 FROM ws.meta.archived WHERE table_name = ? AND day BETWEEN ? AND ? ORDER BY day", table, first, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []listed
	for rows.Next() {
		var f listed
		if err := rows.Scan(&f.day, &f.rows, &f.first, &f.last, &f.size, &f.sha256); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// restoreDay merges the rows of a file into their table by its rule, inside the caller's transaction.
func (w *Workspace) restoreDay(ctx context.Context, side *side, wr *writer, t *entra.Table, f listed) (int64, error) {
	path := w.archiveFile(t.Name, f.day)
	sum, _, err := digestOf(path)
	if err != nil {
		return 0, err
	}
	if sum != f.sha256 {
		return 0, fmt.Errorf("%s is not the file that was written (SHA-256 %s, not %s): restore it from a backup", path, sum, f.sha256)
	}
	names, from, err := side.restorable(ctx, t, path)
	if err != nil {
		return 0, err
	}
	stage := "stage_" + t.Name
	if _, err := wr.exec(ctx, "CREATE OR REPLACE TEMP TABLE %s (%s)", ident(stage), columnDefs(t)); err != nil {
		return 0, err
	}
	n, err := side.carry(ctx, wr, "temp."+ident(stage), t, names, fmt.Sprintf("SELECT %s FROM read_parquet(%s)", strings.Join(from, ", "), literal(path)))
	if err != nil {
		return 0, err
	}
	if n != f.rows {
		return 0, fmt.Errorf("%s gave %d rows of %d", path, n, f.rows)
	}
	if t.Kind == entra.KindLog {
		if _, err := wr.exec(ctx, "UPDATE temp.%s SET _Current = true", ident(stage)); err != nil {
			return 0, err
		}
	}
	added, err := wr.mergeStage(ctx, t, stage)
	if err != nil {
		return 0, err
	}
	if _, ok := ordered(t); ok {
		_, err = wr.exec(ctx, "INSERT INTO ws.meta.unordered VALUES (%s, %d)", literal(t.Name), f.day)
	}
	return added, err
}

// restorable are the columns of a table that a file gives, and how: a table may have learned columns since.
func (s *side) restorable(ctx context.Context, t *entra.Table, path string) (names, from []string, err error) {
	rows, err := s.db.QueryContext(ctx, "SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet("+literal(path)+"))")
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	has := map[string]bool{}
	known := physical(t)
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, nil, err
		}
		has[name] = true
		if !slices.Contains(known, name) && !isDollar(name) {
			return nil, nil, fmt.Errorf("the file has a column %s, which this program does not know: use the version that wrote it", name)
		}
	}
	shadows := shadow.Of(t)
	for _, name := range known {
		c, isColumn := t.Column(name)
		switch {
		case has[name] && isColumn && c.Type == "string":
			names, from = append(names, name), append(from, "coalesce("+ident(name)+", '')")
		case has[name] && (name == "_Key" || name == "_State"):
			names, from = append(names, name), append(from, ident(name)+"::VARCHAR")
		case has[name]:
			names, from = append(names, name), append(from, ident(name))
		case name == shadows.Fold() && has[shadow.Base(name)]:
			return nil, nil, fmt.Errorf("the file was written before the column %s was there: use the version that wrote it", name)
		case isDollar(name) && has[shadow.Base(name)]:
			names, from = append(names, name), append(from, shadows.Expr(name))
		}
	}
	return names, from, rows.Err()
}

// carry inserts the rows of a statement on the side into a relation of the workspace.
func (s *side) carry(ctx context.Context, wr *writer, relation string, t *entra.Table, names []string, statement string) (n int64, err error) {
	rows, err := s.db.QueryContext(ctx, statement)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	into, from, types, holes := make([]string, len(names)), make([]string, len(names)), make([]duckdb.TypeInfo, len(names)), make([]string, len(names))
	for i, name := range names {
		into[i], holes[i] = ident(name), "c"+strconv.Itoa(i)
		from[i] = holes[i]
		of := duckdb.TYPE_VARCHAR
		switch c, isColumn := t.Column(name); {
		case isColumn:
			of = bulkType(c.Type)
		case name == "_Key" || name == "_State":
			from[i] += "::UUID"
		case name == "_Version":
			of = duckdb.TYPE_BIGINT
		case name == "_Grade":
			of = duckdb.TYPE_TINYINT
		case name == "_Current":
			of = duckdb.TYPE_BOOLEAN
		}
		if types[i], err = duckdb.NewTypeInfo(of); err != nil {
			return 0, err
		}
	}
	var a *duckdb.Appender
	if err := wr.conn.Raw(func(dc any) (err error) {
		a, err = duckdb.NewQueryAppender(dc.(driver.Conn), fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM batch", relation, strings.Join(into, ", "), strings.Join(from, ", ")), "batch", types, holes)
		return err
	}); err != nil {
		return 0, err
	}
	n, err = appendRows(a, rows, len(names))
	if err != nil {
		return 0, errors.Join(err, a.Close())
	}
	return n, a.CloseWithCancel(ctx)
}

func appendRows(a *duckdb.Appender, rows *sql.Rows, width int) (n int64, err error) {
	cells, targets, values := make([]any, width), make([]any, width), make([]driver.Value, width)
	for i := range cells {
		targets[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return n, err
		}
		for i, c := range cells {
			values[i] = c
		}
		if err := a.AppendRow(values...); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}
