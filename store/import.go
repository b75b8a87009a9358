package store

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sleuth-sec/sleuth/store/ingest"
)

// Import reads files, or folders of any depth, into the workspace. What a file holds is found from
// its content. The report says what became of each file; the error is for what ends an import:
// another tenant's data, the disk, the context. What was committed before it stays, and a further
// import goes on where it stopped.
func (w *Workspace) Import(ctx context.Context, paths []string, opts ImportOptions) (Report, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	started := time.Now()
	if opts.Now.IsZero() {
		opts.Now = started
	}
	id, err := newImportID()
	if err != nil {
		return Report{}, err
	}
	im := &importer{w: w, opts: opts, started: started, report: Report{ImportID: id, Started: opts.Now, Tables: map[string]TableCounts{}}}
	err = im.run(ctx, paths)
	im.report.Elapsed = time.Since(started)
	return im.report, classify(w.path, err)
}

// importer is one import.
type importer struct {
	w       *Workspace
	opts    ImportOptions
	started time.Time
	report  Report
	wr      *writer
	files   []*inputFile
	read    int64 // bytes
	total   int64
	told    time.Time
	current int
	batch   *batch
	ids     []int64 // numbers drawn and not yet used
	// deleted are the deletions that keep rows out, by table.
	deleted map[string]Deletion
	// committer writes batches beside the reading; added counts what it has committed.
	committer *committer
	added     atomic.Int64
}

// inputFile is a file to be read.
type inputFile struct {
	path     string
	info     fs.FileInfo
	sha256   string
	tenant   string
	skip     bool
	reportAt int
}

func (im *importer) run(ctx context.Context, paths []string) (err error) {
	if !im.opts.ReloadDeleted {
		if im.deleted, err = im.w.deletions(ctx); err != nil {
			return err
		}
	}
	if err := im.collect(ctx, paths); err != nil {
		return err
	}
	if err := im.checkTenants(ctx); err != nil {
		return err
	}
	wr, err := im.w.newWriter(ctx)
	if err != nil {
		return err
	}
	im.wr = wr
	err = im.readAll(ctx)
	if closing := wr.close(ctx); err == nil {
		err = closing
	}
	return err
}

// collect lists the files, takes their digests and marks those that are held already.
func (im *importer) collect(ctx context.Context, paths []string) error {
	seen := map[string]bool{}
	for _, p := range paths {
		found := 0
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				im.report.Files = append(im.report.Files, FileReport{Path: path, Error: err.Error()})
				im.report.add(notReadable(path, err))
				return nil
			}
			if d.IsDir() || seen[path] {
				return nil
			}
			found++
			seen[path] = true
			info, err := os.Stat(path)
			if err != nil || !info.Mode().IsRegular() {
				if err == nil {
					err = errors.New("not a regular file")
				}
				im.report.Files = append(im.report.Files, FileReport{Path: path, Error: err.Error()})
				im.report.add(notReadable(path, err))
				return nil
			}
			im.files = append(im.files, &inputFile{path: path, info: info})
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	sort.Slice(im.files, func(i, j int) bool { return im.files[i].path < im.files[j].path })
	return im.digests(ctx)
}

func (im *importer) digests(ctx context.Context) error {
	inThis := map[string]bool{}
	for _, f := range im.files {
		f.reportAt = len(im.report.Files)
		fr := FileReport{Path: f.path, Size: f.info.Size()}
		sum, size, err := ingest.Digest(ctx, im.w.opts.OpenFile, f.path)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			fr.Error, f.skip = err.Error(), true
			im.report.add(notReadable(f.path, err))
			im.report.Files = append(im.report.Files, fr)
			continue
		}
		f.sha256, fr.SHA256, fr.Size = sum, sum, size
		held, err := im.w.isHeld(ctx, sum, im.opts.Table)
		if err != nil {
			return err
		}
		since := ""
		if held {
			if since, err = im.w.deletedOf(ctx, sum); err != nil {
				return err
			}
			held = since == "" || !im.opts.ReloadDeleted
		}
		if since != "" && held {
			im.report.add(deletedSince(f.path, since))
		}
		if held || inThis[sum] {
			fr.AlreadyHeld, f.skip = true, true
		}
		inThis[sum] = true
		if !f.skip {
			im.total += size
		}
		im.report.Files = append(im.report.Files, fr)
	}
	return nil
}

// checkTenants looks at the head of every file before anything is written.
func (im *importer) checkTenants(ctx context.Context) error {
	have, err := im.w.Tenant(ctx)
	if err != nil {
		return err
	}
	im.report.Tenant = have
	first := ""
	for _, f := range im.files {
		if f.skip {
			continue
		}
		p := &tenantProbe{}
		_, err := ingest.Read(ctx, f.path, ingest.Options{Schemas: im.w.schemas, Open: im.w.opts.OpenFile, Table: im.opts.Table}, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !errors.Is(err, errProbed) {
			continue // the reading proper reports it
		}
		f.tenant = p.tenant
		switch {
		case p.tenant == "" || p.tenant == im.report.Tenant:
		case have != "":
			return otherTenant(f.path, have, p.tenant)
		case im.report.Tenant == "":
			im.report.Tenant, first = p.tenant, f.path
		default:
			return twoTenants(first, im.report.Tenant, f.path, p.tenant)
		}
	}
	return nil
}

// errProbed ends a probe.
var errProbed = errors.New("probed")

// tenantProbe reads the first rows of a file for the tenant they name.
type tenantProbe struct {
	tenant string
	rows   int
}

const probeRows = 200

func (p *tenantProbe) Row(r *ingest.Row) error {
	p.rows++
	if r.Tenant != "" {
		p.tenant = r.Tenant
		return errProbed
	}
	if p.rows >= probeRows {
		return errProbed
	}
	return nil
}

func (p *tenantProbe) Reject(int64, string, []byte) error {
	p.rows++
	if p.rows >= probeRows {
		return errProbed
	}
	return nil
}
func (p *tenantProbe) Cover(ingest.Coverage) error { return nil }
func (p *tenantProbe) Page(ingest.Page) error      { return nil }
func (p *tenantProbe) Unconverted(string, string)  {}

func (im *importer) readAll(ctx context.Context) error {
	ticks := ingest.Ticks(im.opts.Now)
	if _, err := im.wr.conn.ExecContext(ctx, "INSERT INTO ws.meta.imports VALUES (?, ?, NULL, ?)", im.report.ImportID, ticks, statusReading); err != nil {
		return err
	}
	im.batch, im.committer = newBatch(), startCommitter(ctx, im)
	err := im.readFiles(ctx)
	if writing := im.committer.stop(); writing != nil {
		err = writing
	}
	if err != nil {
		return err
	}
	return im.wr.transaction(ctx, func() error {
		if err := im.wr.refresh(ctx); err != nil {
			return err
		}
		_, err := im.wr.conn.ExecContext(ctx, "UPDATE ws.meta.imports SET finished = ?, status = ? WHERE import_id = ?",
			ingest.Ticks(time.Now()), statusDone, im.report.ImportID)
		return err
	})
}

func (im *importer) readFiles(ctx context.Context) error {
	for i, f := range im.files {
		im.current = i
		if f.skip {
			continue
		}
		if err := im.readFile(ctx, f); err != nil {
			return err
		}
	}
	return im.handOver(true)
}

// readFile reads one file in batches.
func (im *importer) readFile(ctx context.Context, f *inputFile) error {
	fileID, err := im.nextID(ctx)
	if err != nil {
		return err
	}
	fr := &im.report.Files[f.reportAt]
	absolute, err := filepath.Abs(f.path)
	if err != nil {
		absolute = f.path
	}
	b := &batcher{ctx: ctx, im: im, fr: fr, identity: newIdentity(), docs: map[string]int64{}, unconverted: map[[2]string]int64{}, keptOut: map[string]int64{},
		entry: fileEntry{id: fileID, importID: im.report.ImportID, path: f.path, sha256: f.sha256, size: fr.Size,
			modified: ingest.Ticks(f.info.ModTime()), forced: im.opts.Table, started: time.Now()},
		dir: filepath.Dir(absolute)}
	b.source = source{importID: im.report.ImportID, fileID: fileID, path: f.path, sha256: f.sha256,
		modified: b.entry.modified, ingested: ingest.Ticks(im.opts.Now)}
	result, err := ingest.Read(ctx, f.path, ingest.Options{Schemas: im.w.schemas, Open: im.w.opts.OpenFile, Table: im.opts.Table,
		OnRead: im.onRead}, b)
	if err != nil {
		var disk *fs.PathError
		if errors.As(err, &disk) && ctx.Err() == nil { // this file's trouble, not the import's
			fr.Error = err.Error()
			im.report.add(notReadable(f.path, err))
			b.abandon()
			return nil
		}
		return err
	}
	fr.Formats, fr.Unsupported, fr.Records, fr.Rejected = result.FormatNames(), result.Unsupported, result.Records, result.Rejected+b.foreign
	im.diagnose(f.path, result, b)
	if err := b.end(); err != nil {
		return err
	}
	im.tell(true)
	return nil
}

// diagnose adds what the report says of a file beyond its counts.
func (im *importer) diagnose(path string, r ingest.Result, b *batcher) {
	if r.Unsupported != "" {
		im.report.add(unsupportedFile(path, r.Unsupported))
	}
	if r.Untimed > 0 {
		im.report.add(untimed(path, r.Untimed))
	}
	if r.AmbiguousDates && len(r.Formats) > 0 && strings.HasSuffix(strings.ToLower(path), ".csv") {
		im.report.add(ambiguousDates(path))
	}
	for _, name := range slices.Sorted(maps.Keys(b.keptOut)) {
		im.report.add(keptOut(path, name, b.keptOut[name], im.deleted[name]))
	}
	keys := make([][2]string, 0, len(b.unconverted))
	for k := range b.unconverted {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i][0]+keys[i][1] < keys[j][0]+keys[j][1] })
	for _, k := range keys {
		im.report.add(unconverted(path, k[0], k[1], b.unconverted[k]))
	}
}

func (im *importer) onRead(n int) {
	im.read += int64(n)
	im.tell(false)
}

// tell reports progress, at most five times a second unless forced.
func (im *importer) tell(force bool) {
	if im.opts.Progress == nil {
		return
	}
	now := time.Now()
	if !force && now.Sub(im.told) < 200*time.Millisecond {
		return
	}
	im.told = now
	elapsed := now.Sub(im.started)
	p := Progress{Path: im.files[im.current].path, File: im.current + 1, Files: len(im.files), Bytes: im.read, Total: im.total, Elapsed: elapsed}
	for _, f := range im.report.Files {
		p.Records += f.Rows
	}
	p.RowsAdded = im.added.Load()
	if s := elapsed.Seconds(); s > 0 {
		p.RecordsPerSec, p.MegabytesPerSec = float64(p.Records)/s, float64(im.read)/s/1e6
	}
	im.opts.Progress(p)
}

// setTenant notes the workspace's tenant once.
func (wr *writer) setTenant(ctx context.Context, tenant string) error {
	if tenant == "" {
		return nil
	}
	_, err := wr.conn.ExecContext(ctx, "INSERT INTO ws.meta.settings VALUES ('tenant', ?) ON CONFLICT DO NOTHING", tenant)
	return err
}

// maxFileDiagnostics is how many records set aside a report names per file.
const maxFileDiagnostics = 10
