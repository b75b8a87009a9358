package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sleuth-sec/sleuth/store/ingest"
)

// Retention says how long the rows of a table are kept: those whose event is of the last Days days. 0 is without an end. Then
// they are kept in the archive for so many further days; 0 deletes them.
type Retention struct {
	Table       string
	Days        int64
	ArchiveDays int64
}

// MaxRetention is the longest retention, in days: twelve years, as in Log Analytics.
const MaxRetention = 4383

// Retentions are the tables that have one, by name.
func (w *Workspace) Retentions(ctx context.Context) ([]Retention, error) {
	rows, err := w.db.QueryContext(ctx, "SELECT table_name, days, archive_days FROM ws.meta.retention ORDER BY table_name")
	if err != nil {
		return nil, classify(w.path, err)
	}
	defer rows.Close()
	var out []Retention
	for rows.Next() {
		var r Retention
		if err := rows.Scan(&r.Table, &r.Days, &r.ArchiveDays); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// CheckRetention says what is wrong with a retention, and gives the table's name as it is spelled.
func (w *Workspace) CheckRetention(r Retention) (string, error) {
	t, err := w.agedTable(r.Table)
	if err != nil {
		return "", err
	}
	if r.Days < 0 || r.ArchiveDays < 0 || r.Days+r.ArchiveDays > MaxRetention {
		return "", fmt.Errorf("a retention of %d days: give 1 to %d with those in the archive, or unlimited", r.Days+r.ArchiveDays, MaxRetention)
	}
	if w.opts.Memory && r.ArchiveDays > 0 {
		return "", errors.New("a workspace in memory has no archive")
	}
	if r.Days == 0 && r.ArchiveDays > 0 {
		return "", errors.New("what is kept without an end is never moved to the archive: give the days after which it is, or 0 for the archive")
	}
	return t.Name, nil
}

// SetRetention says how long a table is kept from the next maintenance on; 0 days lift it. It returns the table's name as it is
// spelled. Nothing is deleted yet.
func (w *Workspace) SetRetention(ctx context.Context, r Retention) (string, error) {
	name, err := w.CheckRetention(r)
	if err != nil {
		return "", err
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	if r.Days == 0 {
		_, err = w.db.ExecContext(ctx, "DELETE FROM ws.meta.retention WHERE table_name = ?", name)
	} else {
		_, err = w.db.ExecContext(ctx, "INSERT OR REPLACE INTO ws.meta.retention VALUES (?, ?, ?)", name, r.Days, r.ArchiveDays)
	}
	return name, classify(w.path, err)
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
			days := r.Days + r.ArchiveDays
			out = append(out, dueCut{table: t, day: ingest.Ticks(now.UTC())/ticksPerDay - days, why: whyRetention, days: days})
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
	moves, err := w.dueMoves(ctx, now)
	if err != nil {
		return nil, classify(w.path, err)
	}
	for _, m := range moves {
		one := CutRows{Table: m.table.Name, Before: m.before * ticksPerDay, Move: true}
		for i, d := range m.days {
			if i == 0 {
				one.First = d.first
			}
			one.Rows += d.rows
			one.Last = d.last
		}
		out = append(out, one)
	}
	return out, nil
}

// ApplyRetention deletes what is beyond the retention of its table, as Purge does, and moves to the archive what belongs there.
func (w *Workspace) ApplyRetention(ctx context.Context, now time.Time) ([]CutRows, Space, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	due, err := w.dueCuts(ctx, now)
	if err != nil || len(due) == 0 {
		return nil, Space{}, err
	}
	gone, err := w.cut(ctx, due, now)
	if err != nil {
		return nil, Space{}, classify(w.path, err)
	}
	if err := w.dropDeletedArchives(ctx); err != nil {
		return gone, Space{}, err
	}
	moved, err := w.moveDue(ctx, now)
	gone = slices.DeleteFunc(append(gone, moved...), func(c CutRows) bool { return c.Rows+c.Archived == 0 })
	if err != nil {
		return gone, Space{}, classify(w.path, err)
	}
	return w.giveBack(ctx, gone)
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
	return w.giveBack(ctx, gone)
}

// giveBack writes the file anew when rows were taken from it.
func (w *Workspace) giveBack(ctx context.Context, gone []CutRows) ([]CutRows, Space, error) {
	for _, c := range gone {
		if c.Rows > 0 {
			s, err := w.compact(ctx)
			return gone, s, err
		}
	}
	return gone, Space{}, nil
}
