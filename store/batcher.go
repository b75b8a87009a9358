package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/store/ingest"
)

// batcher takes what ingest reads of one file and commits it batch by batch.
type batcher struct {
	ctx         context.Context
	im          *importer
	fr          *FileReport
	entry       fileEntry
	source      source
	dir         string
	identity    *identity
	begun       bool // the journal has it
	ended       bool // it was read to its end
	rejects     []rejected
	diagnosed   int
	foreign     int64 // records of another tenant
	docs        map[string]int64
	docState    map[string]ingest.Page
	covers      []ingest.Coverage
	unconverted map[[2]string]int64
}

type rejected struct {
	line   int64
	reason string
	raw    string
}

func (b *batcher) Row(r *ingest.Row) error {
	if r.Tenant != "" && b.im.report.Tenant == "" {
		b.im.report.Tenant = r.Tenant
	}
	if r.Tenant != "" && r.Tenant != b.im.report.Tenant {
		b.foreign++
		return b.Reject(r.Line, "a record of tenant "+r.Tenant+", the workspace holds "+b.im.report.Tenant, nil)
	}
	if r.Collection != "" {
		if err := b.doc(r.Collection); err != nil {
			return err
		}
	}
	key, state := b.identity.of(r)
	b.join()
	b.im.wr.add(r, key, state, b)
	b.fr.Rows++
	if b.im.wr.full() {
		return b.im.commit(b.ctx)
	}
	return nil
}

// Reject keeps a record that cannot be read, verbatim, beside its place and the reason.
func (b *batcher) Reject(line int64, reason string, raw []byte) error {
	b.rejects = append(b.rejects, rejected{line: line, reason: reason, raw: string(raw)})
	if b.diagnosed++; b.diagnosed <= maxFileDiagnostics {
		b.im.report.add(rejectedRecord(b.fr.Path, line, reason))
	} else {
		b.im.report.Dropped++
	}
	b.join()
	b.im.wr.bytes += int64(len(raw))
	if b.im.wr.full() || len(b.rejects) >= batchRows {
		return b.im.commit(b.ctx)
	}
	return nil
}

func (b *batcher) Cover(c ingest.Coverage) error {
	b.covers = append(b.covers, c)
	return b.doc(c.Collection)
}

func (b *batcher) Page(p ingest.Page) error {
	if b.docState == nil {
		b.docState = map[string]ingest.Page{}
	}
	// Of several pages in one file the last decides whether more follows elsewhere.
	b.docState[p.Collection] = p
	if !p.HasNext {
		for _, t := range p.Tables {
			b.covers = append(b.covers, ingest.Coverage{Table: t, Collection: p.Collection})
		}
	}
	return b.doc(p.Collection)
}

func (b *batcher) Unconverted(table, column string) { b.unconverted[[2]string{table, column}]++ }

// doc gives the collection of this file its document number.
func (b *batcher) doc(collection string) error {
	if _, ok := b.docs[collection]; ok {
		return nil
	}
	id, err := b.im.wr.nextID(b.ctx)
	b.docs[collection] = id
	return err
}

// join puts the file among those of the batch.
func (b *batcher) join() {
	if p := b.im.wr.pending; len(p) == 0 || p[len(p)-1] != b {
		b.im.wr.pending = append(p, b)
	}
}

// end notes that the file was read to its end; small files wait for others to be committed with.
func (b *batcher) end() error {
	b.join()
	b.ended = true
	if b.im.wr.full() {
		return b.im.commit(b.ctx)
	}
	return nil
}

// commit merges the rows of the batch in one transaction with the journal.
func (im *importer) commit(ctx context.Context) error {
	wr := im.wr
	if len(wr.pending) == 0 {
		return nil
	}
	added := map[string]TableCounts{}
	err := wr.transaction(ctx, func() error {
		for _, b := range wr.pending {
			if err := b.beginFile(); err != nil {
				return err
			}
		}
		for _, s := range wr.filled() {
			c, err := wr.merge(ctx, s)
			if err != nil {
				return fmt.Errorf("merge %s: %w", s.table.Name, err)
			}
			added[s.table.Name] = c
		}
		for _, b := range wr.pending {
			if err := b.writeRejects(); err != nil {
				return err
			}
			if !b.ended {
				continue
			}
			if err := b.writeDocs(); err != nil {
				return err
			}
			if err := wr.end(ctx, b.entry, *b.fr); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for name, c := range added {
		sum := im.report.Tables[name]
		im.report.Tables[name] = TableCounts{Added: sum.Added + c.Added, Held: sum.Held + c.Held}
	}
	for _, b := range wr.pending {
		b.rejects, b.begun = nil, true
	}
	wr.clear()
	return nil
}

// beginFile writes the journal entry before the first rows, and forgets an earlier attempt.
func (b *batcher) beginFile() error {
	wr := b.im.wr
	if !b.begun {
		where := fmt.Sprintf("sha256 = %s AND (status = 'reading' OR unsupported <> '')", literal(b.entry.sha256))
		var earlier int
		if err := wr.conn.QueryRowContext(b.ctx, "SELECT count(*) FROM ws.meta.files WHERE "+where).Scan(&earlier); err != nil {
			return err
		}
		if earlier > 0 {
			if err := wr.forget(b.ctx, where); err != nil {
				return err
			}
		}
		if err := wr.begin(b.ctx, b.entry); err != nil {
			return err
		}
		if err := b.im.setTenant(b.ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *batcher) writeRejects() error {
	for _, r := range b.rejects {
		_, err := b.im.wr.conn.ExecContext(b.ctx, `INSERT INTO ws.main."_ImportRejects" VALUES (?, ?, ?, ?, ?, ?, ?)`,
			b.entry.importID, b.entry.id, b.entry.path, b.entry.sha256, r.line, r.reason, r.raw)
		if err != nil {
			return err
		}
	}
	return nil
}

// writeDocs notes the documents of the file once all their rows are in.
func (b *batcher) writeDocs() error {
	wr := b.im.wr
	for collection, id := range b.docs {
		page, ended := b.docState[collection]
		if _, err := wr.conn.ExecContext(b.ctx, "INSERT INTO ws.meta.docs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			id, b.entry.id, b.entry.importID, b.dir, collection, b.entry.modified, page.HasNext, ended); err != nil {
			return err
		}
	}
	if len(b.covers) == 0 {
		return nil
	}
	var values string
	for i, c := range b.covers {
		if i > 0 {
			values += ","
		}
		values += fmt.Sprintf("(%s, %s, %s, %d)", literal(c.Table), literal(c.Collection), literal(strings.ToLower(c.Scope)), b.docs[c.Collection])
	}
	if _, err := wr.exec(b.ctx, "%s", "INSERT INTO ws.meta.coverage VALUES "+values); err != nil {
		return err
	}
	_, err := wr.exec(b.ctx, "INSERT INTO ws.meta.dirty SELECT DISTINCT table_name FROM (VALUES %s) c(table_name, collection, scope, doc_id)", values)
	return err
}

// abandon drops the rows of a file that could not be read to its end.
func (b *batcher) abandon() {
	b.im.wr.drop(b)
}
