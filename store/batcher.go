package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/store/ingest"
)

// batcher takes what ingest reads of one file into batches. What it says of the file itself is written by the committer, from
// begun on, once the file was read to its end.
type batcher struct {
	ctx         context.Context
	im          *importer
	fr          *FileReport
	entry       fileEntry
	source      source
	dir         string
	identity    *identity
	begun       bool  // the journal has it; the committer's
	added       int64 // rows that were not held; the committer's
	diagnosed   int
	foreign     int64 // records of another tenant
	docs        map[string]int64
	docState    map[string]ingest.Page
	covers      []ingest.Coverage
	unconverted map[[2]string]int64
	keptOut     map[string]int64 // rows that a deletion keeps out, by table
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
	if d, ok := b.im.deleted[r.Table.Name]; ok {
		if at, ok := r.Cell(r.Table.TimeColumn).(int64); ok && at < d.Before {
			b.keptOut[r.Table.Name]++
			b.fr.RowsDeleted++
			return nil
		}
	}
	b.im.batch.of(b)
	b.im.batch.add(r, key, state, b.docs[r.Collection], b)
	b.fr.Rows++
	return b.im.handOver(false)
}

// Reject keeps a record that cannot be read, verbatim, beside its place and the reason.
func (b *batcher) Reject(line int64, reason string, raw []byte) error {
	p := b.im.batch.of(b)
	p.rejects = append(p.rejects, rejected{line: line, reason: reason, raw: string(raw)})
	if b.diagnosed++; b.diagnosed <= maxFileDiagnostics {
		b.im.report.add(rejectedRecord(b.fr.Path, line, reason))
	} else {
		b.im.report.Dropped++
	}
	b.im.batch.bytes += int64(len(raw))
	return b.im.handOver(len(p.rejects) >= batchRows)
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
	id, err := b.im.nextID(b.ctx)
	b.docs[collection] = id
	return err
}

// end notes that the file was read to its end; small files wait for others to be committed with.
func (b *batcher) end() error {
	report := *b.fr
	b.im.batch.of(b).ended = &report
	return b.im.handOver(false)
}

// handOver gives the batch to the committer when it is full.
func (im *importer) handOver(now bool) error {
	if !now && !im.batch.full() {
		return nil
	}
	b := im.batch
	b.tenant = im.report.Tenant
	im.batch = newBatch()
	return im.committer.write(b)
}

// beginFile writes the journal entry before the first rows, and forgets an earlier attempt.
func (b *batcher) beginFile(tenant string) error {
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
		b.begun = true
		return wr.setTenant(b.ctx, tenant)
	}
	return nil
}

func (b *batcher) writeRejects(rejects []rejected) error {
	for _, r := range rejects {
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
	b.im.batch.drop(b)
}
