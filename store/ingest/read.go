package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/entra"
)

// Options says how to read a file.
type Options struct {
	Schemas *entra.Schemas
	Open    Opener
	// Table forces the table of rows that have its columns; empty means by content.
	Table string
	// OnRead is told of bytes read from disk, for progress.
	OnRead func(n int)
}

// Result says what a file held.
type Result struct {
	// Formats counts the records of each kind that was recognised.
	Formats map[string]int64
	// Unsupported says what the file looks like when nothing of it could be used.
	Unsupported string
	Records     int64
	Rejected    int64
	// Untimed counts rows of a log table that have no time.
	Untimed int64
	// AmbiguousDates: dates such as 3/4/2026 were read as month/day and nothing in the file
	// tells which it is.
	AmbiguousDates bool
}

// FormatNames returns the names of Formats in order.
func (r Result) FormatNames() []string {
	out := make([]string, 0, len(r.Formats))
	for n := range r.Formats {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// reader is the state of reading one file.
type reader struct {
	schemas     *entra.Schemas
	sink        Sink
	order       dateOrder
	base        string // file name, a weak hint
	forced      *entra.Table
	result      Result
	untimed     int64
	pending     []unknown
	plans       map[string]*plan
	collections []*collection
	// lastTable is the table of the last row that was recognised by its columns; byColumns
	// remembers what was found for a set of names.
	lastTable *entra.Table
	byColumns map[string]*entra.Table
	covered   map[string]bool // tables of which this document covered a container
	// outer and inner are the record that is being read and its properties, in memory used again for each record; slab is
	// where copies of records go.
	outer, inner object
	slab         []byte
}

// own copies a value off the stream's buffer.
func (rd *reader) own(raw []byte) []byte {
	const size = 256 << 10
	if len(raw) > size/4 {
		return bytes.Clone(raw)
	}
	if len(raw) > cap(rd.slab)-len(rd.slab) {
		rd.slab = make([]byte, 0, size)
	}
	start := len(rd.slab)
	rd.slab = append(rd.slab, raw...)
	return rd.slab[start:len(rd.slab):len(rd.slab)]
}

// unknown is a record of no known shape, kept until it is clear whether the file holds others.
type unknown struct {
	line int64
	raw  []byte
}

// maxUnknown is how many records of no known shape are read before a file is given up.
const maxUnknown = 50

// errUnsupported ends the reading of a file that nothing is known of.
var errUnsupported = errors.New("unsupported")

// Read reads one file into the sink. A returned error is of the disk or of the sink; what is wrong
// with the content is in the result and goes to Sink.Reject.
func Read(ctx context.Context, path string, opts Options, sink Sink) (Result, error) {
	rd := &reader{schemas: opts.Schemas, sink: sink, base: filepath.Base(path), covered: map[string]bool{}, plans: map[string]*plan{}, byColumns: map[string]*entra.Table{}, collections: collections()}
	rd.result.Formats = map[string]int64{}
	if opts.Table != "" {
		if rd.forced = opts.Schemas.Table(opts.Table); rd.forced == nil {
			return rd.result, fmt.Errorf("no table is called %s", opts.Table)
		}
	}
	if err := rd.dates(ctx, opts.Open, path); err != nil {
		return rd.result, err
	}
	f, err := opts.Open(path)
	if err != nil {
		return rd.result, err
	}
	defer f.Close()
	text, err := decodeText(&cancelReader{ctx: ctx, r: f, count: opts.OnRead})
	if err == nil {
		err = rd.content(text)
	}
	return rd.finish(err)
}

// finish decides about records of no known shape and about a stream that broke off.
func (rd *reader) finish(err error) (Result, error) {
	rd.result.Untimed = rd.untimed
	switch {
	case errors.Is(err, errUnsupported):
		return rd.result, nil
	case isDamage(err): // a cut or damaged gzip or text: what came before it stands
		if err := rd.reject(0, err.Error(), nil); err != nil {
			return rd.result, err
		}
	case err != nil:
		return rd.result, err
	}
	if len(rd.result.Formats) == 0 && len(rd.pending) > 0 {
		rd.unsupported(rd.pending[0].raw)
		return rd.result, nil
	}
	return rd.result, rd.flushUnknown()
}

// isDamage tells damage of the content from trouble of the disk.
func isDamage(err error) bool {
	return err != nil && (errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "gzip") || strings.Contains(err.Error(), "flate"))
}

// content finds out what the text is and reads it.
func (rd *reader) content(text *bufio.Reader) error {
	head, err := peek(text, windowSize)
	if err != nil && len(head) == 0 {
		return err
	}
	trimmed := bytes.TrimLeft(head, " \t\r\n\x1e")
	switch {
	case len(trimmed) == 0:
		rd.result.Unsupported = "an empty file"
		return nil
	case trimmed[0] == '{' || trimmed[0] == '[':
		return rd.jsonFile(text)
	}
	if what := binaryKind(head); what != "" {
		rd.result.Unsupported = what
		return nil
	}
	if rd.looksLikeTable(trimmed) {
		return rd.csvFile(text)
	}
	rd.result.Unsupported = textKind(trimmed)
	return nil
}

// binaryKind names files that are not text by their first bytes.
func binaryKind(head []byte) string {
	for _, k := range []struct{ magic, name string }{
		{"PK\x03\x04", "a zip archive or Office document: unpack it first"}, {"ElfFile\x00", "a Windows event log file (EVTX)"},
		{"PAR1", "a Parquet file"}, {"Obj\x01", "an Avro file"}, {"SQLite format 3\x00", "a SQLite database"},
		{"%PDF", "a PDF document"}, {"7z\xbc\xaf", "a 7-Zip archive: unpack it first"}, {"(\xb5/\xfd", "a Zstandard file: unpack it first"},
		{"BZh", "a bzip2 file: unpack it first"}, {"\xfd7zXZ", "an xz file: unpack it first"}, {"\x89PNG", "an image"}, {"\xff\xd8\xff", "an image"},
	} {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return k.name
		}
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return "a binary file"
	}
	return ""
}

// textKind names text that is neither JSON nor a table.
func textKind(head []byte) string {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	switch {
	case bytes.HasPrefix(head, []byte("<")):
		return "an XML or HTML document"
	case bytes.Contains(head, []byte("\nlogsource:")) && bytes.Contains(head, []byte("\ndetection:")):
		return "a Sigma detection rule (YAML): rules are imported by the rule commands"
	case bytes.HasPrefix(head, []byte("---")), bytes.Contains(line, []byte(": ")):
		return "a YAML or text document"
	}
	if name := strings.TrimSpace(string(line)); bytes.Count(head, []byte("\n")) > 1 && len(name) < 40 && !strings.Contains(name, " ") {
		return "a list with the one column " + name
	}
	return "text that begins " + string(Quote(string(line[:min(len(line), 60)])))
}

// record takes one JSON object.
func (rd *reader) record(raw []byte, line int64, known *shape) error {
	if !rd.outer.reread(raw) {
		return rd.reject(line, "not an object", raw)
	}
	return rd.recordObject(&rd.outer, line, known)
}

func (rd *reader) recordObject(o *object, line int64, known *shape) error {
	s, ok := shape{}, false
	switch {
	case known != nil:
		s, ok = *known, true
	case rd.forced != nil:
		t := rd.forced
		s, ok = shape{"rows of " + t.Name, func(rd *reader, o *object, line int64) error { return rd.tableRow(t, o, line) }}, true
	default:
		s, ok = rd.shapeOf(o)
	}
	if !ok {
		return rd.unknown(o.raw(), line)
	}
	if err := rd.flushUnknown(); err != nil {
		return err
	}
	rd.result.Formats[s.name]++
	rd.result.Records++
	return s.read(rd, o, line)
}

// unknown keeps a record of no known shape; a file of nothing else is given up early.
func (rd *reader) unknown(raw []byte, line int64) error {
	if len(rd.result.Formats) > 0 {
		return rd.reject(line, "a record of no known kind", raw)
	}
	rd.pending = append(rd.pending, unknown{line: line, raw: raw})
	if len(rd.pending) >= maxUnknown {
		rd.unsupported(raw)
		return errUnsupported
	}
	return nil
}

func (rd *reader) unsupported(raw []byte) {
	if o, ok := parseObject(raw); ok {
		rd.result.Unsupported = describe(o)
		return
	}
	rd.result.Unsupported = "JSON values that are not objects"
}

// flushUnknown sets the kept records aside, once the file turned out to hold known ones too.
func (rd *reader) flushUnknown() error {
	for _, u := range rd.pending {
		if err := rd.reject(u.line, "a record of no known kind", u.raw); err != nil {
			return err
		}
	}
	rd.pending = nil
	return nil
}

func (rd *reader) reject(line int64, reason string, raw []byte) error {
	rd.result.Rejected++
	return rd.sink.Reject(line, reason, raw)
}

// dates decides whether the file writes the day or the month first, from a value above 12
// anywhere in it.
func (rd *reader) dates(ctx context.Context, open Opener, path string) error {
	f, err := open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := decodeText(&cancelReader{ctx: ctx, r: f})
	if err != nil {
		return nil // Read meets the same damage and reports it
	}
	head, _ := peek(text, windowSize)
	var scan dateScan
	scan.feed(head)
	if !scan.seen {
		return nil
	}
	scan = dateScan{}
	buf := make([]byte, windowSize)
	for {
		n, err := text.Read(buf)
		scan.feed(buf[:n])
		if err != nil {
			break // damage is reported by Read
		}
	}
	if scan.dayFirst && !scan.monthFirst {
		rd.order = dayFirst
	}
	rd.result.AmbiguousDates = scan.seen && !scan.dayFirst && !scan.monthFirst
	return ctx.Err()
}

// dateScan looks for n/n/nnnn in a stream of bytes.
type dateScan struct {
	seen, dayFirst, monthFirst bool
	a, b, y, part, width       int
}

func (d *dateScan) feed(p []byte) {
	for _, c := range p {
		if c >= '0' && c <= '9' {
			d.digit(int(c - '0'))
			continue
		}
		if c == '/' && (d.width == 1 || d.width == 2) && d.part < 2 {
			d.part++
			d.width = 0
			continue
		}
		if d.part == 2 && d.width == 4 && d.y > 1900 {
			d.found()
		}
		d.part, d.width, d.a, d.b, d.y = 0, 0, 0, 0, 0
		if c == '/' { // a longer path of numbers is no date
			d.width = 9
		}
	}
}

func (d *dateScan) digit(n int) {
	d.width++
	switch d.part {
	case 0:
		d.a = d.a%1000*10 + n
	case 1:
		d.b = d.b%1000*10 + n
	case 2:
		d.y = d.y%10000*10 + n
	}
}

func (d *dateScan) found() {
	d.seen = true
	d.dayFirst = d.dayFirst || d.a > 12 && d.a <= 31 && d.b <= 12
	d.monthFirst = d.monthFirst || d.b > 12 && d.b <= 31 && d.a <= 12
}
