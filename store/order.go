package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/ingest"
	"github.com/sleuth-sec/sleuth/store/shadow"
)

// The rows of a table of events lie in the order of their days, those of a closed day in the order of who acted: zone maps then
// skip to the rows of one identity, which is what an investigator asks for all day. The open day lies by arrival. What comes for
// a day that is closed, late or in a bulk, notes the day as unordered in the transaction that adds it; Maintain puts such days
// in order again.

// ticksPerDay are the 100 ns ticks of a day.
const ticksPerDay = 864_000_000_000

// stepRows is how many rows a step of Maintain moves, about; a day is never split. What is sorted at a time is some hundred MB.
const stepRows = 4 * rowGroup

// ordered reports whether the rows of a table are kept in order, and the SQL of that order.
func ordered(t *entra.Table) (by string, ok bool) {
	if t.ColumnIndex("TimeGenerated") < 0 {
		return "", false
	}
	by = `"TimeGenerated" // ` + fmt.Sprint(ticksPerDay)
	if who := shadow.Entity(t); who >= 0 {
		name := t.Columns[who].Name
		if fold := shadow.Of(t).Fold(); fold != "" {
			name = fold
		}
		by += ", " + ident(name)
	}
	return by + `, "TimeGenerated"`, true
}

// noteDays notes the days of rows that are added as unordered.
func (wr *writer) noteDays(ctx context.Context, t *entra.Table, rows ...[]*stagedRow) error {
	at := t.ColumnIndex("TimeGenerated")
	if at < 0 {
		return nil
	}
	known := wr.unordered[t.Name]
	if known == nil {
		known = map[int64]bool{}
		wr.unordered[t.Name] = known
	}
	var values []string
	for _, list := range rows {
		for _, r := range list {
			ticks, ok := r.Cells[at].(int64)
			if day := ticks / ticksPerDay; ok && !known[day] {
				known[day] = true
				values = append(values, fmt.Sprintf("(%d)", day))
			}
		}
	}
	if len(values) == 0 {
		return nil
	}
	_, err := wr.exec(ctx, `INSERT INTO ws.meta.unordered SELECT %[1]s, d FROM (VALUES %[2]s) v(d)
		WHERE NOT EXISTS (SELECT 1 FROM ws.meta.unordered u WHERE u.table_name = %[1]s AND u.day = v.d)`, literal(t.Name), strings.Join(values, ", "))
	return err
}

// Maintained says what Maintain did.
type Maintained struct {
	Days int   // put in order
	Rows int64 // moved
}

// Maintain puts the closed days in order that are not: those before the day of now to which something came since. It works in
// steps of some row groups, each a transaction of its own: reads go on beside it, writes take turns with the steps, and what
// kills it costs the order of the step at most. It also gives back space that a deletion could not.
func (w *Workspace) Maintain(ctx context.Context, now time.Time) (Maintained, error) {
	var sum Maintained
	for {
		one, err := w.maintainStep(ctx, ingest.Ticks(now)/ticksPerDay)
		sum.Days += one.Days
		sum.Rows += one.Rows
		if err != nil {
			return sum, classify(w.path, err)
		}
		if one.Days == 0 {
			return sum, classify(w.path, w.givePending(ctx))
		}
	}
}

// maintainStep puts some days of one table in order.
func (w *Workspace) maintainStep(ctx context.Context, today int64) (Maintained, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	t, days, err := w.unorderedDays(ctx, today)
	if err != nil || t == nil {
		return Maintained{}, err
	}
	wr, err := w.newWriter(ctx)
	if err != nil {
		return Maintained{}, err
	}
	var did Maintained
	err = wr.transaction(ctx, func() (err error) {
		did, err = wr.reorder(ctx, t, days)
		return err
	})
	if closing := wr.close(ctx); err == nil {
		err = closing
	}
	if err != nil {
		return Maintained{}, err
	}
	return did, nil
}

// unorderedDays are closed days of one table, the oldest first; the table is nil where all is in order. Days of a table that
// the program no longer knows stay as they are.
func (w *Workspace) unorderedDays(ctx context.Context, today int64) (*entra.Table, []int64, error) {
	rows, err := w.db.QueryContext(ctx, "SELECT table_name, day FROM ws.meta.unordered WHERE day < ? ORDER BY table_name, day", today)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	var t *entra.Table
	var days []int64
	for rows.Next() {
		var name string
		var day int64
		if err := rows.Scan(&name, &day); err != nil {
			return nil, nil, err
		}
		if t == nil {
			t = w.schemas.Table(name)
		}
		if t != nil && t.Name == name {
			days = append(days, day)
		}
	}
	return t, days, rows.Err()
}

// reorder writes the rows of the first of the days once more, in order, and removes them from where they were. It takes as many
// days as make stepRows.
func (wr *writer) reorder(ctx context.Context, t *entra.Table, days []int64) (Maintained, error) {
	days, err := wr.fitting(ctx, t, days)
	if err != nil {
		return Maintained{}, err
	}
	by, ok := ordered(t)
	if !ok {
		return Maintained{}, fmt.Errorf("table %s has no order", t.Name)
	}
	var last int64 // rows of the transaction itself have higher numbers
	if err := wr.conn.QueryRowContext(ctx, "SELECT coalesce(max(rowid), -1) FROM "+rawName(t)).Scan(&last); err != nil {
		return Maintained{}, err
	}
	where := dayRanges(days)
	moved, err := wr.exec(ctx, "INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM %[1]s WHERE %[3]s ORDER BY %[4]s", rawName(t), columnList(t), where, by)
	if err != nil {
		return Maintained{}, err
	}
	removed, err := wr.exec(ctx, "DELETE FROM %s WHERE rowid <= %d AND (%s)", rawName(t), last, where)
	if err != nil {
		return Maintained{}, err
	}
	if moved != removed {
		return Maintained{}, fmt.Errorf("reorder %s: %d rows written, %d removed", t.Name, moved, removed)
	}
	_, err = wr.exec(ctx, "DELETE FROM ws.meta.unordered WHERE table_name = %s AND day IN (%s)", literal(t.Name), numbers(days))
	return Maintained{Days: len(days), Rows: moved}, err
}

// fitting are the first of the days that have about stepRows together.
func (wr *writer) fitting(ctx context.Context, t *entra.Table, days []int64) ([]int64, error) {
	rows, err := wr.conn.QueryContext(ctx, fmt.Sprintf(`SELECT "TimeGenerated" // %d AS day, count(*) FROM %s WHERE %s GROUP BY day`, ticksPerDay, rawName(t), dayRanges(days)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[int64]int64{}
	for rows.Next() {
		var day, n int64
		if err := rows.Scan(&day, &n); err != nil {
			return nil, err
		}
		counts[day] = n
	}
	total := int64(0)
	for i, day := range days {
		if total += counts[day]; total > stepRows && i > 0 {
			return days[:i], rows.Err()
		}
	}
	return days, rows.Err()
}

// dayRanges is the condition of days, which are in order, as ranges of time, for which there are zone maps.
func dayRanges(days []int64) string {
	var parts []string
	for i := 0; i < len(days); {
		end := i + 1
		for end < len(days) && days[end] == days[end-1]+1 {
			end++
		}
		parts = append(parts, fmt.Sprintf(`"TimeGenerated" >= %d AND "TimeGenerated" < %d`, days[i]*ticksPerDay, (days[end-1]+1)*ticksPerDay))
		i = end
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

func numbers(list []int64) string {
	parts := make([]string, 0, len(list))
	for _, n := range slices.Compact(list) {
		parts = append(parts, fmt.Sprint(n))
	}
	return strings.Join(parts, ", ")
}
