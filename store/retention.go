package store

import (
	"context"
	"fmt"
	"time"

	"github.com/sleuth-sec/sleuth/store/ingest"
)

// Retention says how long the rows of a table are kept: those whose event is of the last Days days. 0 is without an end.
type Retention struct {
	Table string
	Days  int64
}

// MaxRetention is the longest retention, in days: twelve years, as in Log Analytics.
const MaxRetention = 4383

// Retentions are the tables that have one, by name.
func (w *Workspace) Retentions(ctx context.Context) ([]Retention, error) {
	rows, err := w.db.QueryContext(ctx, "SELECT table_name, days FROM ws.meta.retention ORDER BY table_name")
	if err != nil {
		return nil, classify(w.path, err)
	}
	defer rows.Close()
	var out []Retention
	for rows.Next() {
		var r Retention
		if err := rows.Scan(&r.Table, &r.Days); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// SetRetention says how long a table is kept from the next maintenance on; 0 days lift it. It returns the table's name as it is
// spelled. Nothing is deleted yet.
func (w *Workspace) SetRetention(ctx context.Context, r Retention) (string, error) {
	t, err := w.agedTable(r.Table)
	if err != nil {
		return "", err
	}
	if r.Days < 0 || r.Days > MaxRetention {
		return "", fmt.Errorf("a retention of %d days: give 1 to %d, or unlimited", r.Days, MaxRetention)
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	if r.Days == 0 {
		_, err = w.db.ExecContext(ctx, "DELETE FROM ws.meta.retention WHERE table_name = ?", t.Name)
	} else {
		_, err = w.db.ExecContext(ctx, "INSERT OR REPLACE INTO ws.meta.retention VALUES (?, ?, 0)", t.Name, r.Days)
	}
	return t.Name, classify(w.path, err)
}

// dueCuts are the cuts that the retention of every table asks for at a moment. A table that the program no longer knows is left alone.
func (w *Workspace) dueCuts(ctx context.Context, now time.Time) ([]dueCut, error) {
	list, err := w.Retentions(ctx)
	if err != nil {
		return nil, err
	}
	var out []dueCut
	for _, r := range list {
		if t := w.schemas.Table(r.Table); t != nil {
			out = append(out, dueCut{table: t, day: ingest.Ticks(now.UTC())/ticksPerDay - r.Days, why: whyRetention, days: r.Days})
		}
	}
	return out, nil
}

// PlanRetention says what the retention would delete at a moment; tables of which it is nothing are left out.
func (w *Workspace) PlanRetention(ctx context.Context, now time.Time) ([]CutRows, error) {
	due, err := w.dueCuts(ctx, now)
	if err != nil {
		return nil, err
	}
	var out []CutRows
	for _, c := range due {
		one, err := countCut(ctx, w.db.QueryRowContext, c.table, c.day)
		if err != nil {
			return nil, classify(w.path, err)
		}
		if one.Rows+one.Archived > 0 {
			out = append(out, one)
		}
	}
	return out, nil
}

// ApplyRetention deletes what is beyond the retention of its table, as Purge does.
func (w *Workspace) ApplyRetention(ctx context.Context, now time.Time) ([]CutRows, Space, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	due, err := w.dueCuts(ctx, now)
	if err != nil || len(due) == 0 {
		return nil, Space{}, err
	}
	return w.cutAndGiveBack(ctx, due, now)
}

// cutAndGiveBack deletes rows, files of the archive and then the space. The caller holds w.writing.
func (w *Workspace) cutAndGiveBack(ctx context.Context, list []dueCut, now time.Time) ([]CutRows, Space, error) {
	gone, err := w.cut(ctx, list, now)
	if err != nil {
		return nil, Space{}, classify(w.path, err)
	}
	if err := w.dropDeletedArchives(ctx); err != nil {
		return gone, Space{}, err
	}
	for _, c := range gone {
		if c.Rows > 0 {
			s, err := w.compact(ctx)
			return gone, s, err
		}
	}
	return gone, Space{}, nil
}
