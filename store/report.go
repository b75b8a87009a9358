package store

import (
	"time"

	"github.com/sleuth-sec/sleuth/diag"
)

// ImportOptions says how to import.
type ImportOptions struct {
	// Table forces the table of records that have its columns; empty means by content.
	Table string
	// Progress is told now and then how far the import is.
	Progress func(Progress)
	// ReloadDeleted loads rows also where a deletion reaches, and files again of which rows were deleted.
	ReloadDeleted bool
	// Now is the moment of ingestion; zero means the clock.
	Now time.Time
}

// Progress is how far an import is.
type Progress struct {
	Path            string // the file being read
	File, Files     int
	Bytes, Total    int64 // read from disk, of all files
	Records         int64
	RowsAdded       int64
	Elapsed         time.Duration
	RecordsPerSec   float64
	MegabytesPerSec float64
}

// Report says what an import did with every file.
type Report struct {
	ImportID string
	Tenant   string
	Started  time.Time
	Elapsed  time.Duration
	Files    []FileReport
	Tables   map[string]TableCounts
	// Diagnostics are at most a hundred; the records set aside stand in _ImportRejects in full.
	Diagnostics []*diag.Diagnostic
	Dropped     int // diagnostics beyond that
}

// FileReport is what became of one file.
type FileReport struct {
	Path        string
	SHA256      string
	Size        int64
	Formats     []string // the kinds of records found
	Records     int64
	Rows        int64 // rows made of the records
	RowsAdded   int64 // of these, not held before
	RowsDeleted int64 // not loaded, because the rows of their time were deleted from the workspace
	Rejected    int64
	Unsupported string // what the file looks like when nothing of it could be used
	AlreadyHeld bool   // the same file was imported before
	Error       string // why it could not be read
}

// Counts returns the totals: records read, rows added, records set aside.
func (r *Report) Counts() (records, added, rejected int64) {
	for _, f := range r.Files {
		records += f.Records
		added += f.RowsAdded
		rejected += f.Rejected
	}
	return records, added, rejected
}

// add keeps a diagnostic unless the report has its hundred.
func (r *Report) add(d *diag.Diagnostic) {
	if len(r.Diagnostics) >= diag.MaxReported {
		r.Dropped++
		return
	}
	r.Diagnostics = append(r.Diagnostics, d)
}
