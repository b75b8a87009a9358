package store

import (
	"context"
	"fmt"

	"github.com/sleuth-sec/sleuth/entra"
)

// TableCounts is what an import did to a table.
type TableCounts struct {
	Added int64 // rows that were not held
	Held  int64 // records whose row was held already
}

// merge moves the rows of a batch into their table by the table's rule, inside the caller's
// transaction. The result does not depend on the order in which files arrive: which record of a
// key stays, and which state is current, is decided by the records alone. Most rows are either new
// or held as they are, and a look at the keys tells; only what is left is compared by SQL.
func (wr *writer) merge(ctx context.Context, s *stage) (TableCounts, error) {
	fresh, contested, err := wr.sortOut(ctx, s)
	if err != nil {
		return TableCounts{}, err
	}
	added := int64(len(fresh))
	for _, r := range fresh {
		r.file.added++
	}
	if err := wr.noteDays(ctx, s.table, fresh, contested); err != nil {
		return TableCounts{}, err
	}
	if err := wr.insertFresh(ctx, s.table, fresh); err != nil {
		return TableCounts{}, err
	}
	for len(contested) > 0 { // file by file, as if each had come alone
		n := 1
		for n < len(contested) && contested[n].file == contested[0].file {
			n++
		}
		more, err := wr.mergeContested(ctx, s.table, contested[:n])
		if err != nil {
			return TableCounts{}, err
		}
		contested[0].file.added += more
		added += more
		contested = contested[n:]
	}
	wr.held[s.table.Name] += added
	if s.table.Rows.Rule == entra.RuleSnapshot {
		if err := wr.noteSeen(ctx, s); err != nil {
			return TableCounts{}, err
		}
	}
	return TableCounts{Added: added, Held: int64(len(s.rows)) - added}, nil
}

// mergeContested compares rows whose key is held or stands twice in the batch.
func (wr *writer) mergeContested(ctx context.Context, t *entra.Table, rows []*stagedRow) (added int64, err error) {
	name, err := wr.stageRows(ctx, t, rows)
	if err != nil {
		return 0, err
	}
	return wr.mergeStage(ctx, t, name)
}

// mergeStage merges the rows of a staging table by the table's rule, and drops it.
func (wr *writer) mergeStage(ctx context.Context, t *entra.Table, name string) (added int64, err error) {
	switch t.Rows.Rule {
	case entra.RuleNewest:
		added, err = wr.mergeNewest(ctx, t, name)
	case entra.RuleUnique:
		added, err = wr.mergeUnique(ctx, t, name)
	case entra.RuleSnapshot:
		added, err = wr.mergeSnapshot(ctx, t, name)
	default:
		added, err = wr.mergeContent(ctx, t, name)
	}
	if err != nil {
		return 0, err
	}
	_, err = wr.exec(ctx, "DROP TABLE temp.%s", ident(name))
	return added, err
}

// exec runs a statement and returns the rows it changed.
func (wr *writer) exec(ctx context.Context, format string, args ...any) (int64, error) {
	res, err := wr.conn.ExecContext(ctx, fmt.Sprintf(format, args...))
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// mergeContent: a record without an id is held when its content is.
func (wr *writer) mergeContent(ctx context.Context, t *entra.Table, stage string) (int64, error) {
	return wr.exec(ctx, `INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM temp.%[3]s s
		WHERE NOT EXISTS (SELECT 1 FROM %[1]s t WHERE t._Key = s._Key)
		QUALIFY row_number() OVER (PARTITION BY s._Key ORDER BY s._SourceLine) = 1 %[4]s`,
		rawName(t), columnList(t), ident(stage), order(t))
}

// mergeUnique: one row per key; of two sources the fuller one is kept, of equals the one with the
// lower hash, so that any order of files gives the same row.
func (wr *writer) mergeUnique(ctx context.Context, t *entra.Table, stage string) (int64, error) {
	best := fmt.Sprintf("(SELECT %s FROM temp.%s s QUALIFY row_number() OVER (PARTITION BY _Key ORDER BY _Grade DESC, _State, _SourceLine) = 1)",
		columnList(t), ident(stage))
	replaced, err := wr.exec(ctx, `DELETE FROM %[1]s t USING %[2]s s
		WHERE t._Key = s._Key AND (s._Grade > t._Grade OR s._Grade = t._Grade AND s._State < t._State)`, rawName(t), best)
	if err != nil {
		return 0, err
	}
	added, err := wr.exec(ctx, `INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM %[3]s s
		WHERE NOT EXISTS (SELECT 1 FROM %[1]s t WHERE t._Key = s._Key) %[4]s`,
		rawName(t), columnList(t), best, order(t))
	return added - replaced, err
}

// mergeNewest: every state of a key is kept, the newest is current.
func (wr *writer) mergeNewest(ctx context.Context, t *entra.Table, stage string) (int64, error) {
	added, err := wr.exec(ctx, `INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM temp.%[3]s s
		WHERE NOT EXISTS (SELECT 1 FROM %[1]s t WHERE t._Key = s._Key AND t._State = s._State)
		QUALIFY row_number() OVER (PARTITION BY s._Key, s._State ORDER BY s._Version DESC, s._SourceLine) = 1 %[4]s`,
		rawName(t), columnList(t), ident(stage), order(t))
	if err != nil {
		return 0, err
	}
	// The same state written again later is that state's newest version.
	if _, err := wr.exec(ctx, `UPDATE %[1]s t SET _Version = m.v
		FROM (SELECT _Key, _State, max(_Version) AS v FROM temp.%[2]s GROUP BY ALL) m
		WHERE t._Key = m._Key AND t._State = m._State AND m.v > t._Version`, rawName(t), ident(stage)); err != nil {
		return 0, err
	}
	return added, wr.elect(ctx, t, "temp."+ident(stage))
}

// elect decides again which state is current of the keys that stand in the column _Key of a relation.
func (wr *writer) elect(ctx context.Context, t *entra.Table, keys string) error {
	_, err := wr.exec(ctx, `UPDATE %[1]s t SET _Current = (t._State = b._State)
		FROM (SELECT _Key, _State FROM %[1]s WHERE _Key IN (SELECT _Key FROM %[2]s)
		      QUALIFY row_number() OVER (PARTITION BY _Key ORDER BY _Grade DESC, _Version DESC, %[3]s _State) = 1) b
		WHERE t._Key = b._Key AND t._Current <> (t._State = b._State)`, rawName(t), keys, riskProgress(t))
	return err
}

// riskProgress orders states of one sign-in that were written at the same moment: risk is found
// after the fact and then acted upon, never the other way.
func riskProgress(t *entra.Table) string {
	if _, ok := t.Column("RiskState"); !ok {
		return ""
	}
	return `CASE "RiskState" WHEN '' THEN 0 WHEN 'none' THEN 1 WHEN 'atRisk' THEN 2 ELSE 3 END DESC,`
}

// order puts the rows of a batch by day and then by who acts, as reorder does with days.
func order(t *entra.Table) string {
	by, ok := ordered(t)
	if !ok {
		return ""
	}
	return "ORDER BY " + by
}
