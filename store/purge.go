package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store/ingest"
)

// Cut names rows to be deleted: those of a table whose event lies before a day. Days are those of UTC; of an archive, whole
// files go.
type Cut struct {
	Table  string
	Before time.Time // the time of day is not regarded
}

// CutRows says what a cut takes, or took.
type CutRows struct {
	Table  string
	Before int64 // ticks
	// Rows are those in the workspace, every state of a record counted; First and Last are the ticks of their events.
	Rows        int64
	First, Last int64
	// Archived are the rows in files of the archive.
	Archived int64
	// Untimed are rows of the table without a time: they have no age and stay.
	Untimed int64
	// Files is how many imported files the rows came from.
	Files int64
	// Move: the rows are not deleted but moved to the archive.
	Move bool
}

// Why rows were deleted; it stands in meta.deletions.
const (
	whyPurge     = "purge"
	whyRetention = "retention"
)

// checkCut returns the table of a cut, and the day as its number.
func (w *Workspace) checkCut(c Cut) (*entra.Table, int64, error) {
	t, err := w.agedTable(c.Table)
	if err != nil {
		return nil, 0, err
	}
	return t, ingest.Ticks(c.Before.UTC()) / ticksPerDay, nil
}

// agedTable is a table whose rows have an age.
func (w *Workspace) agedTable(name string) (*entra.Table, error) {
	t := w.schemas.Table(name)
	if t == nil {
		return nil, fmt.Errorf("there is no table %q: sleuth query '.show tables' lists them", name)
	}
	if t.Kind != entra.KindLog || t.TimeColumn == "" {
		return nil, fmt.Errorf("%s holds states of the directory, which have no age: only tables of events can be cut by age", t.Name)
	}
	return t, nil
}

// PlanPurge says what the cuts would take; nothing is changed.
func (w *Workspace) PlanPurge(ctx context.Context, cuts []Cut) ([]CutRows, error) {
	var out []CutRows
	for _, c := range cuts {
		t, day, err := w.checkCut(c)
		if err != nil {
			return nil, err
		}
		one, err := countCut(ctx, w.db.QueryRowContext, t, day)
		if err != nil {
			return nil, classify(w.path, err)
		}
		out = append(out, one)
	}
	return out, nil
}

// countCut counts what lies before a day.
func countCut(ctx context.Context, query func(context.Context, string, ...any) *sql.Row, t *entra.Table, day int64) (CutRows, error) {
	c := CutRows{Table: t.Name, Before: day * ticksPerDay}
	at := ident(t.TimeColumn)
	err := query(ctx, fmt.Sprintf(`SELECT count(*) FILTER (%[1]s < %[2]d), coalesce(min(%[1]s) FILTER (%[1]s < %[2]d), 0), coalesce(max(%[1]s) FILTER (%[1]s < %[2]d), 0),
		count(*) FILTER (%[1]s IS NULL), count(DISTINCT "_SourceSha256") FILTER (%[1]s < %[2]d),
		(SELECT coalesce(sum(rows), 0)::BIGINT FROM ws.meta.archived WHERE table_name = %[3]s AND day < %[4]d) FROM %[5]s`,
		at, c.Before, literal(t.Name), day, rawName(t))).Scan(&c.Rows, &c.First, &c.Last, &c.Untimed, &c.Files, &c.Archived)
	return c, err
}

// Purge deletes what the cuts take, in one transaction, and gives the space back. The journal of imported files stays and says
// how many rows of each were deleted; an import does not load such rows again unless it is asked to.
func (w *Workspace) Purge(ctx context.Context, cuts []Cut, now time.Time) ([]CutRows, Space, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	var list []dueCut
	for _, c := range cuts {
		t, day, err := w.checkCut(c)
		if err != nil {
			return nil, Space{}, err
		}
		list = append(list, dueCut{table: t, day: day, why: whyPurge})
	}
	return w.cutAndGiveBack(ctx, list, now)
}

// dueCut is a cut of a table, with its reason.
type dueCut struct {
	table *entra.Table
	day   int64
	why   string
	days  int64 // of the retention, where that is the reason
}

// cut deletes rows and notes it. The caller holds w.writing.
func (w *Workspace) cut(ctx context.Context, list []dueCut, now time.Time) (gone []CutRows, err error) {
	wr, err := w.newWriter(ctx)
	if err != nil {
		return nil, err
	}
	err = wr.transaction(ctx, func() error {
		for _, c := range list {
			one, err := countCut(ctx, wr.conn.QueryRowContext, c.table, c.day)
			if err != nil {
				return err
			}
			gone = append(gone, one)
			if one.Rows+one.Archived == 0 {
				continue
			}
			if err := wr.noteDeletion(ctx, c, one, now); err != nil {
				return err
			}
			if err := wr.deleteRows(ctx, c.table, fmt.Sprintf("%s < %d", ident(c.table.TimeColumn), one.Before), one.Rows); err != nil {
				return err
			}
			for _, s := range []string{
				"DELETE FROM ws.meta.unordered WHERE table_name = %s AND day < %d",
				"DELETE FROM ws.meta.archived WHERE table_name = %s AND day < %d",
				"DELETE FROM ws.meta.restored WHERE table_name = %s AND last_day < %d",
			} {
				if _, err := wr.exec(ctx, s, literal(c.table.Name), c.day); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if closing := wr.close(ctx); err == nil {
		err = closing
	}
	if err != nil {
		return nil, err
	}
	return gone, nil
}

// noteDeletion writes down what is deleted, and of which files it came.
func (wr *writer) noteDeletion(ctx context.Context, c dueCut, one CutRows, now time.Time) error {
	var id int64
	if err := wr.conn.QueryRowContext(ctx, "SELECT nextval('ws.meta.ids')").Scan(&id); err != nil {
		return err
	}
	if _, err := wr.conn.ExecContext(ctx, "INSERT INTO ws.meta.deletions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		id, c.table.Name, one.Before, ingest.Ticks(now), c.why, c.days, one.Rows+one.Archived, one.First, one.Last); err != nil {
		return err
	}
	_, err := wr.exec(ctx, `INSERT INTO ws.meta.deleted_rows SELECT %d, "_SourceSha256", min("_SourceFile"), count(*) FROM %s WHERE %s < %d GROUP BY "_SourceSha256"`,
		id, rawName(c.table), ident(c.table.TimeColumn), one.Before)
	return err
}

// deleteRows deletes rows of a table by a condition on their time, which are as many as were counted. Of a record of which
// other states stay, the newest of those is current from then on.
func (wr *writer) deleteRows(ctx context.Context, t *entra.Table, where string, counted int64) error {
	states := t.Rows.Rule == entra.RuleNewest
	if states {
		if _, err := wr.exec(ctx, `CREATE OR REPLACE TEMP TABLE bereft AS SELECT DISTINCT _Key FROM %[1]s WHERE _Current AND %[2]s
			AND _Key IN (SELECT _Key FROM %[1]s WHERE NOT _Current AND NOT (%[2]s))`, rawName(t), where); err != nil {
			return err
		}
	}
	n, err := wr.exec(ctx, "DELETE FROM %s WHERE %s", rawName(t), where)
	if err != nil {
		return err
	}
	if n != counted {
		return fmt.Errorf("%s: %d rows were to be deleted, %d were: nothing was done", t.Name, counted, n)
	}
	if !states {
		return nil
	}
	if err := wr.elect(ctx, t, "temp.bereft"); err != nil {
		return err
	}
	_, err = wr.exec(ctx, "DROP TABLE temp.bereft")
	return err
}

// Deletion says that the rows of a table before some moment were deleted.
type Deletion struct {
	Before  int64 // ticks
	Deleted int64 // ticks: when
	Days    int64 // the retention that deleted them; 0 where a person did
}

// Text says it in a sentence without its end.
func (d Deletion) Text(table string) string { return d.warning(table).Message }

func (d Deletion) warning(table string) *diag.Diagnostic {
	why := ""
	if d.Days > 0 {
		why = fmt.Sprintf(" (older than %d days)", d.Days)
	}
	return rowsDeleted(table, dayText(d.Before), why, dayText(d.Deleted))
}

// ArchivedText says, in a sentence without its end, which days of a table are in the archive only; "" where none is.
func (s SourceInfo) ArchivedText(table string) string {
	if s.Archived.Before == 0 {
		return ""
	}
	return s.archived(table).Message
}

func (s SourceInfo) archived(table string) *diag.Diagnostic {
	return rowsArchived(table, dayText(s.Archived.First), dayText(s.Archived.Before-ticksPerDay))
}

// gone are the warnings of Workspace.Gone.
func (s SourceInfo) gone(table string, from int64) []*diag.Diagnostic {
	var out []*diag.Diagnostic
	if s.Deleted.Before != 0 && from < s.Deleted.Before {
		out = append(out, s.Deleted.warning(table))
	}
	if s.Archived.Before != 0 && from < s.Archived.Before {
		out = append(out, s.archived(table))
	}
	return out
}

// dayText is the day of ticks as 2026-11-20.
func dayText(ticks int64) string { return types.TimeOf(ticks).Format(time.DateOnly) }

// deletions are the furthest deletion of each table.
func (w *Workspace) deletions(ctx context.Context) (map[string]Deletion, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT table_name, before, deleted, days FROM ws.meta.deletions
		QUALIFY row_number() OVER (PARTITION BY table_name ORDER BY before DESC, deleted DESC, deletion_id DESC) = 1`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]Deletion{}
	for rows.Next() {
		var name string
		var d Deletion
		if err := rows.Scan(&name, &d.Before, &d.Deleted, &d.Days); err != nil {
			return nil, err
		}
		out[name] = d
	}
	return out, rows.Err()
}

// deletedOf counts the rows of a file that were deleted since it was imported, by table, with the day of the last deletion.
func (w *Workspace) deletedOf(ctx context.Context, sha256 string) (text string, err error) {
	rows, err := w.db.QueryContext(ctx, `SELECT d.table_name, sum(r.rows)::BIGINT, max(d.deleted) FROM ws.meta.deleted_rows r JOIN ws.meta.deletions d USING (deletion_id)
		WHERE r.sha256 = ? GROUP BY d.table_name ORDER BY d.table_name`, sha256)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var parts []string
	for rows.Next() {
		var name string
		var n, at int64
		if err := rows.Scan(&name, &n, &at); err != nil {
			return "", err
		}
		parts = append(parts, fmt.Sprintf("%d rows of %s on %s", n, name, dayText(at)))
	}
	return strings.Join(parts, ", "), rows.Err()
}
