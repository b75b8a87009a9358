package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/durable"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/ingest"
)

// Moving a day to the archive: its rows are written to a file beside the last one of that day, if there is one, with the rows of
// that; the file is read back and compared with what was to be written; it takes its name; and only then, in one transaction,
// the rows are deleted and the file is listed. Killed anywhere, the rows are in the table still, or in a listed file. Of a
// day that was archived before, the file that takes its name holds those rows too, but is not the one listed until the next retention
// run moves the day again: archive restore refuses it until then.

// move is what of a table is due to be archived: days before a day.
type move struct {
	table  *entra.Table
	before int64
	days   []archiveDay
}

// archiveDay is a day of a table and the rows of it; ticks of the first and the last event.
type archiveDay struct {
	day, rows, first, last int64
}

// dueMoves are the days that are beyond the retention of their table and belong into the archive. Days that were brought back
// from it are left where they are until that ends.
func (w *Workspace) dueMoves(ctx context.Context, now time.Time) ([]move, error) {
	list, err := w.Retentions(ctx)
	if err != nil {
		return nil, err
	}
	var out []move
	for _, r := range list {
		t := w.schemas.Table(r.Table)
		if t == nil || r.ArchiveDays == 0 {
			continue
		}
		m := move{table: t, before: ingest.Ticks(now.UTC())/ticksPerDay - r.Days}
		after := m.before - r.ArchiveDays // what is older is to be deleted
		if m.days, err = w.daysToMove(ctx, t, after, m.before, ingest.Ticks(now)); err != nil {
			return nil, err
		}
		if len(m.days) > 0 {
			out = append(out, m)
		}
	}
	return out, nil
}

func (w *Workspace) daysToMove(ctx context.Context, t *entra.Table, from, before, now int64) ([]archiveDay, error) {
	at := ident(t.TimeColumn)
	rows, err := w.db.QueryContext(ctx, fmt.Sprintf(`SELECT day, n, f, l FROM (SELECT %[1]s // %[2]d AS day, count(*) AS n, min(%[1]s) AS f, max(%[1]s) AS l
		FROM %[3]s WHERE %[1]s >= %[4]d AND %[1]s < %[5]d GROUP BY day) d
		WHERE NOT EXISTS (SELECT 1 FROM ws.meta.restored r WHERE r.table_name = %[6]s AND d.day BETWEEN r.first_day AND r.last_day AND r.until > %[7]d) ORDER BY day`,
		at, ticksPerDay, rawName(t), from*ticksPerDay, before*ticksPerDay, literal(t.Name), now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []archiveDay
	for rows.Next() {
		var d archiveDay
		if err := rows.Scan(&d.day, &d.rows, &d.first, &d.last); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// moveDue moves what is due. The caller holds w.writing.
func (w *Workspace) moveDue(ctx context.Context, now time.Time) ([]CutRows, error) {
	moves, err := w.dueMoves(ctx, now)
	if err != nil {
		return nil, err
	}
	var out []CutRows
	for _, m := range moves {
		one := CutRows{Table: m.table.Name, Before: m.before * ticksPerDay, First: m.days[0].first, Last: m.days[len(m.days)-1].last, Move: true}
		for len(m.days) > 0 {
			n, total := 1, m.days[0].rows
			for n < len(m.days) && total+m.days[n].rows <= stepRows {
				total += m.days[n].rows
				n++
			}
			if err := w.moveDays(ctx, m.table, m.days[:n], now); err != nil {
				return append(out, one), err
			}
			one.Rows += total
			m.days = m.days[n:]
		}
		out = append(out, one)
	}
	return out, nil
}

// listed is a file of the archive.
type listed struct {
	archiveDay
	size   int64
	sha256 string
}

func (w *Workspace) moveDays(ctx context.Context, t *entra.Table, days []archiveDay, now time.Time) error {
	files, err := w.writeDays(ctx, t, days)
	if err != nil {
		return fmt.Errorf("archive of %s: %w", t.Name, err)
	}
	wr, err := w.newWriter(ctx)
	if err != nil {
		return err
	}
	err = wr.transaction(ctx, func() error {
		for i, f := range files {
			from, before := f.day*ticksPerDay, (f.day+1)*ticksPerDay
			if err := wr.deleteRows(ctx, t, fmt.Sprintf("%[1]s >= %[2]d AND %[1]s < %[3]d", ident(t.TimeColumn), from, before), days[i].rows); err != nil {
				return err
			}
			for _, s := range []string{
				"DELETE FROM ws.meta.archived WHERE table_name = %s AND day = %d",
				"DELETE FROM ws.meta.unordered WHERE table_name = %s AND day = %d",
				"DELETE FROM ws.meta.restored WHERE table_name = %s AND last_day = %d",
			} {
				if _, err := wr.exec(ctx, s, literal(t.Name), f.day); err != nil {
					return err
				}
			}
			if _, err := wr.conn.ExecContext(ctx, "INSERT INTO ws.meta.archived VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
				t.Name, f.day, f.rows, f.first, f.last, f.size, f.sha256, ingest.Ticks(now)); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, wr.close(ctx))
}

// writeDays writes the files of days.
func (w *Workspace) writeDays(ctx context.Context, t *entra.Table, days []archiveDay) (files []listed, err error) {
	w.ownWriting.Lock()
	defer w.ownWriting.Unlock()
	if err := w.checkpoint(ctx); err != nil {
		return nil, err
	}
	side, err := w.openSide(ctx, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, side.close()) }()
	dir := filepath.Join(w.dir, archiveName, t.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for _, d := range days {
		f, err := side.writeDay(ctx, t, d, w.archiveFile(t.Name, d.day))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, errors.Join(durable.SyncDir(dir), durable.SyncDir(filepath.Dir(dir)), durable.SyncDir(w.dir))
}

// writeDay writes the file of a day and checks it before it takes its name.
func (s *side) writeDay(ctx context.Context, t *entra.Table, d archiveDay, file string) (listed, error) {
	at := ident(t.TimeColumn)
	live := fmt.Sprintf("SELECT %s FROM held.raw.%s l WHERE %s >= %d AND %s < %d", columnList(t), ident(t.Name), at, d.day*ticksPerDay, at, (d.day+1)*ticksPerDay)
	all := live
	if _, err := os.Stat(file); err == nil { // late rows of a day that is archived, or rows that were brought back
		kept := "read_parquet(" + literal(file) + ")"
		all = fmt.Sprintf("SELECT * FROM %s UNION ALL BY NAME %s AND NOT EXISTS (SELECT 1 FROM %s a WHERE a._Key = l._Key AND a._State = l._State)", kept, live, kept)
	}
	by := at
	if order, ok := ordered(t); ok {
		by = order
	}
	part := file + ".part"
	if _, err := s.db.ExecContext(ctx, fmt.Sprintf("COPY (SELECT * FROM (%s) ORDER BY %s) TO %s (FORMAT parquet, COMPRESSION zstd)", all, by, literal(part))); err != nil {
		return listed{}, errors.Join(err, removeIfThere(part))
	}
	f, err := s.checkDay(ctx, t, d, all, part)
	if err != nil {
		return listed{}, errors.Join(err, removeIfThere(part))
	}
	return f, os.Rename(part, file)
}

// checkDay compares the file with what it was made of.
func (s *side) checkDay(ctx context.Context, t *entra.Table, d archiveDay, of, part string) (listed, error) {
	sum := func(from string) (rows, first, last int64, digest string, err error) {
		err = s.db.QueryRowContext(ctx, fmt.Sprintf("SELECT count(*), coalesce(min(%[1]s), 0), coalesce(max(%[1]s), 0), coalesce(sum(hash(q)::HUGEINT), 0)::VARCHAR FROM (%[2]s) q",
			ident(t.TimeColumn), from)).Scan(&rows, &first, &last, &digest)
		return rows, first, last, digest, err
	}
	rows, first, last, digest, err := sum(of)
	if err != nil {
		return listed{}, err
	}
	written, _, _, writtenDigest, err := sum("SELECT * FROM read_parquet(" + literal(part) + ")")
	if err != nil {
		return listed{}, err
	}
	if rows != written || digest != writtenDigest || rows < d.rows {
		return listed{}, fmt.Errorf("%s holds %d rows of %d, or other ones: nothing was deleted", part, written, rows)
	}
	if err := durable.SyncFile(part); err != nil {
		return listed{}, err
	}
	f := listed{archiveDay: archiveDay{day: d.day, rows: rows, first: first, last: last}}
	f.sha256, f.size, err = digestOf(part)
	return f, err
}

// digestOf is the SHA-256 of a file.
func digestOf(path string) (sum string, size int64, err error) {
	in, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer in.Close()
	h := sha256.New()
	size, err = io.Copy(h, in)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// isDollar: shadow columns have a dollar in their names, those of a schema never.
func isDollar(name string) bool { return strings.Contains(name, "$") }
