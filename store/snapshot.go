package store

import (
	"context"
	"fmt"
	"sort"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/sleuth-sec/sleuth/entra"
)

// The directory is held as states of objects and as documents that saw them. An object is current
// when the newest complete snapshot of its collection saw it, or a later document did; its state
// is the one seen last. Nothing here depends on the order of imports: documents are ordered by
// their own time.

// mergeSnapshot keeps new states.
func (wr *writer) mergeSnapshot(ctx context.Context, t *entra.Table, stage string) (int64, error) {
	return wr.exec(ctx, `INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM temp.%[3]s s
		WHERE NOT EXISTS (SELECT 1 FROM %[1]s t WHERE t._Key = s._Key AND t._State = s._State)
		QUALIFY row_number() OVER (PARTITION BY s._Key, s._State ORDER BY s._Grade DESC, s._SourceLine) = 1`,
		rawName(t), columnList(t), ident(stage))
}

// noteSeen writes down which document saw which state.
func (wr *writer) noteSeen(ctx context.Context, s *stage) (err error) {
	if wr.seen == nil {
		if wr.seen, err = wr.appender("ws", "meta", "seen"); err != nil {
			return err
		}
	}
	type sight struct {
		doc        int64
		scope      string
		key, state duckdb.UUID
	}
	noted := make(map[sight]bool, len(s.rows))
	for i := range s.rows {
		r := &s.rows[i]
		one := sight{r.doc, strings.ToLower(r.Scope), r.key, r.state}
		if r.doc == 0 || noted[one] {
			continue
		}
		noted[one] = true
		if err := wr.seen.AppendRow(s.table.Name, r.Collection, one.scope, one.key, one.state, r.doc); err != nil {
			return err
		}
	}
	if err := wr.seen.FlushWithCancel(ctx); err != nil {
		return err
	}
	_, err = wr.exec(ctx, "INSERT INTO ws.meta.dirty SELECT %[1]s WHERE NOT EXISTS (SELECT 1 FROM ws.meta.dirty WHERE table_name = %[1]s)", literal(s.table.Name))
	return err
}

// doc is a document of the directory: one collection in one file.
type doc struct {
	id, fileID, modified int64
	importID, dir        string
	collection           string
	hasNext, ended       bool
	ord                  int64 // place in the order of documents
}

// refresh decides what is current in every table that documents have touched.
func (wr *writer) refresh(ctx context.Context) error {
	tables, err := wr.dirtyTables(ctx)
	if err != nil || len(tables) == 0 {
		return err
	}
	docs, err := wr.docs(ctx)
	if err != nil {
		return err
	}
	if _, err := wr.exec(ctx, "%s", orderTables(docs)); err != nil {
		return err
	}
	for _, name := range tables {
		if err := wr.refreshTable(ctx, name); err != nil {
			return fmt.Errorf("current state of %s: %w", name, err)
		}
	}
	_, err = wr.exec(ctx, "DELETE FROM ws.meta.dirty")
	return err
}

func (wr *writer) dirtyTables(ctx context.Context) ([]string, error) {
	rows, err := wr.conn.QueryContext(ctx, "SELECT DISTINCT table_name FROM ws.meta.dirty ORDER BY ALL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if wr.w.schemas.Table(name) != nil {
			out = append(out, name)
		}
	}
	return out, rows.Err()
}

// docs reads the documents and puts them in order: by the time of their file, then as imported.
func (wr *writer) docs(ctx context.Context) ([]*doc, error) {
	rows, err := wr.conn.QueryContext(ctx, "SELECT doc_id, file_id, import_id, dir, collection, modified, has_next, ended FROM ws.meta.docs")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*doc
	for rows.Next() {
		d := &doc{}
		if err := rows.Scan(&d.id, &d.fileID, &d.importID, &d.dir, &d.collection, &d.modified, &d.hasNext, &d.ended); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].modified != out[j].modified {
			return out[i].modified < out[j].modified
		}
		return out[i].id < out[j].id
	})
	for i, d := range out {
		d.ord = int64(i + 1)
	}
	return out, rows.Err()
}

// complete returns per collection the place from which on everything current has been seen again:
// the first page of the newest complete snapshot. The pages of a snapshot are those of one import
// and folder; a last page and earlier pages of the same folder that came in another import belong
// together as well.
func complete(docs []*doc) map[string]int64 {
	type groupKey struct{ importID, dir, collection string }
	groups := map[groupKey][]*doc{}
	for _, d := range docs {
		if d.ended {
			k := groupKey{d.importID, d.dir, d.collection}
			groups[k] = append(groups[k], d)
		}
	}
	out := map[string]int64{}
	for k, pages := range groups {
		open, closed := split(pages)
		if len(closed) == 0 {
			continue
		}
		first := closed[len(closed)-1].ord
		if len(open) == 0 {
			// A single document, or the last page whose earlier pages came in another import.
			for other, op := range groups {
				if other.dir != k.dir || other.collection != k.collection || other.importID == k.importID {
					continue
				}
				if o, c := split(op); len(c) == 0 {
					open = append(open, o...)
				}
			}
		}
		for _, d := range open {
			first = min(first, d.ord)
		}
		out[k.collection] = max(out[k.collection], first)
	}
	return out
}

// split sorts pages into those that say more follows and those that do not.
func split(pages []*doc) (open, closed []*doc) {
	for _, d := range pages {
		if d.hasNext {
			open = append(open, d)
		} else {
			closed = append(closed, d)
		}
	}
	return open, closed
}

// orderTables writes the order of documents and the complete snapshots as temporary tables.
func orderTables(docs []*doc) string {
	var b strings.Builder
	b.WriteString("CREATE OR REPLACE TEMP TABLE doc_order (doc_id BIGINT, ord BIGINT, modified BIGINT);")
	b.WriteString("CREATE OR REPLACE TEMP TABLE doc_complete (collection VARCHAR, ord BIGINT);")
	for _, d := range docs {
		fmt.Fprintf(&b, "INSERT INTO temp.doc_order VALUES (%d, %d, %d);", d.id, d.ord, d.modified)
	}
	all := complete(docs)
	names := make([]string, 0, len(all))
	for c := range all {
		names = append(names, c)
	}
	sort.Strings(names)
	for _, c := range names {
		fmt.Fprintf(&b, "INSERT INTO temp.doc_complete VALUES (%s, %d);", literal(c), all[c])
	}
	return b.String()
}

// refreshTable sets _Current and _SnapshotTime of a directory table. A collection-wide snapshot
// covers the table when one of its pages says so (coverage with an empty scope).
func (wr *writer) refreshTable(ctx context.Context, name string) error {
	t := wr.w.schemas.Table(name)
	_, err := wr.exec(ctx, `CREATE OR REPLACE TEMP TABLE live AS
		WITH sight AS (
			SELECT s.key, s.state, s.collection, s.scope, o.ord FROM ws.meta.seen s JOIN temp.doc_order o USING (doc_id) WHERE s.table_name = %[1]s),
		latest AS (
			SELECT key, collection, arg_max(state, ord) AS state, arg_max(scope, ord) AS scope, max(ord) AS ord FROM sight GROUP BY key, collection),
		container AS (
			SELECT c.collection, c.scope, max(o.ord) AS ord FROM ws.meta.coverage c JOIN temp.doc_order o USING (doc_id)
			WHERE c.table_name = %[1]s AND c.scope <> '' GROUP BY ALL),
		whole AS (
			SELECT DISTINCT d.collection, d.ord FROM temp.doc_complete d
			JOIN ws.meta.coverage c ON c.collection = d.collection AND c.table_name = %[1]s AND c.scope = '')
		SELECT l.key, l.state, l.ord FROM latest l
		LEFT JOIN container c ON c.collection = l.collection AND c.scope = l.scope
		LEFT JOIN whole w ON w.collection = l.collection
		WHERE l.ord >= coalesce(c.ord, 0) AND l.ord >= coalesce(w.ord, 0)`, literal(name))
	if err != nil {
		return err
	}
	if _, err := wr.exec(ctx, `CREATE OR REPLACE TEMP TABLE chosen AS
		SELECT t._Key AS key, t._State AS state FROM temp.live l JOIN %s t ON t._Key = l.key AND t._State = l.state
		QUALIFY row_number() OVER (PARTITION BY t._Key ORDER BY t._Grade DESC, l.ord DESC, t._State) = 1`, rawName(t)); err != nil {
		return err
	}
	if _, err := wr.exec(ctx, `UPDATE %[1]s t SET "_Current" = NOT t."_Current"
		WHERE t."_Current" <> EXISTS (SELECT 1 FROM temp.chosen c WHERE c.key = t._Key AND c.state = t._State)`, rawName(t)); err != nil {
		return err
	}
	_, err = wr.exec(ctx, `UPDATE %[1]s t SET "_SnapshotTime" = f.first
		FROM (SELECT s.key, s.state, min(o.modified) AS first FROM ws.meta.seen s JOIN temp.doc_order o USING (doc_id)
		      WHERE s.table_name = %[2]s GROUP BY ALL) f
		WHERE t._Key = f.key AND t._State = f.state AND t."_SnapshotTime" IS DISTINCT FROM f.first`, rawName(t), literal(name))
	return err
}
