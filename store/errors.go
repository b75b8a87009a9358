package store

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/sleuth-sec/sleuth/diag"
)

var (
	// ErrDamaged is wrapped when the workspace file cannot be read as a database.
	ErrDamaged = errors.New("workspace is damaged")
	// ErrHeld is wrapped when another process owns the workspace.
	ErrHeld = errors.New("workspace is in use")
	// ErrDiskFull is wrapped when the disk has no room.
	ErrDiskFull = errors.New("no space left on the disk")
	// ErrOtherTenant is wrapped when data of another tenant was to be imported.
	ErrOtherTenant = errors.New("data of another tenant")
	// ErrNewer is wrapped when a newer version of the program wrote the workspace.
	ErrNewer = errors.New("workspace of a newer version")
)

// failure is a diagnostic that also is one of the sentinel errors above.
type failure struct {
	*diag.Diagnostic
	kind  error
	cause error
}

func (f *failure) Unwrap() []error { return []error{f.Diagnostic, f.kind, f.cause} }

func damaged(path string, cause error) error {
	d := diag.Errorf("IMP1101", diag.Span{}, "the workspace file cannot be read: %v", firstLine(cause)).
		WithFix("restore a backup with `sleuth restore`, or import the exports again into a new data directory; the file was not changed")
	d.Path = path
	return &failure{Diagnostic: d, kind: ErrDamaged, cause: cause}
}

func held(path, pid string) error {
	who := "another process"
	if pid != "" {
		who = "process " + pid
	}
	d := diag.Errorf("IMP1102", diag.Span{}, "the data directory is owned by %s", who).
		WithFix("stop that process, or use another data directory with --data")
	d.Path = path
	return &failure{Diagnostic: d, kind: ErrHeld}
}

func diskFull(path string, cause error) error {
	d := diag.Errorf("IMP1103", diag.Span{}, "the disk is full; what was imported before stays").
		WithFix("make room and run the import again: it goes on where it stopped")
	d.Path = path
	return &failure{Diagnostic: d, kind: ErrDiskFull, cause: cause}
}

func newer(path string, have, want int) error {
	d := diag.Errorf("IMP1104", diag.Span{}, "the workspace has layout %d, this program knows %d", have, want).
		WithFix("use the newer version of the program that wrote it")
	d.Path = path
	return &failure{Diagnostic: d, kind: ErrNewer}
}

func otherTenant(path, have, found string) error {
	d := diag.Errorf("IMP1201", diag.Span{}, "the file is of tenant %s, the workspace holds tenant %s", found, have).
		WithFix("import it into a workspace of its own: --workspace NAME or another --data directory")
	d.Path = path
	return &failure{Diagnostic: d, kind: ErrOtherTenant}
}

func twoTenants(first, tenant1, second, tenant2 string) error {
	d := diag.Errorf("IMP1202", diag.Span{}, "the files are of two tenants: %s is of %s, this one of %s", first, tenant1, tenant2).
		WithFix("import each tenant into a workspace of its own")
	d.Path = second
	return &failure{Diagnostic: d, kind: ErrOtherTenant}
}

func notReadable(path string, cause error) *diag.Diagnostic {
	d := diag.Errorf("IMP1301", diag.Span{}, "cannot be read: %v", cause).WithFix("check that the file exists and may be read")
	d.Path = path
	return d
}

func unsupportedFile(path, looksLike string) *diag.Diagnostic {
	d := diag.Warningf("IMP1302", diag.Span{}, "not yet supported: %s", looksLike)
	d.Path = path
	return d
}

func rejectedRecord(path string, line int64, reason string) *diag.Diagnostic {
	d := diag.Warningf("IMP1303", diag.Span{}, "record set aside: %s", reason)
	d.Path, d.Line, d.Column = path, int(line), 1
	return d
}

func unconverted(path, table, column string, n int64) *diag.Diagnostic {
	d := diag.Warningf("IMP1304", diag.Span{}, "%d values of %s.%s are not of the column's type and are kept in _Extra", n, table, column)
	d.Path = path
	return d
}

func untimed(path string, n int64) *diag.Diagnostic {
	d := diag.Warningf("IMP1305", diag.Span{}, "%d rows have no time: TimeGenerated is null and a question about a period does not find them", n)
	d.Path = path
	return d
}

func ambiguousDates(path string) *diag.Diagnostic {
	d := diag.Warningf("IMP1306", diag.Span{}, "dates were read as month/day/year; nothing in the file tells whether the day comes first")
	d.Path = path
	return d
}

func keptOut(path, table string, n int64, d Deletion) *diag.Diagnostic {
	e := diag.Warningf("IMP1307", diag.Span{}, "%d rows of %s are not loaded: %s", n, table, d.Text(table)).
		WithFix("import with --reload-deleted to have them back")
	e.Path = path
	return e
}

func deletedSince(path, what string) *diag.Diagnostic {
	e := diag.Warningf("IMP1308", diag.Span{}, "the file was imported, and of its rows were deleted since: %s", what).
		WithFix("import it with --reload-deleted to have them back")
	e.Path = path
	return e
}

// classify gives a DuckDB or disk error its kind.
func classify(path string, err error) error {
	if err == nil {
		return nil
	}
	var already *failure
	if errors.As(err, &already) {
		return err
	}
	text := err.Error()
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG),
		strings.Contains(text, "No space left"), strings.Contains(text, "Disk quota"), strings.Contains(text, "File too large"),
		strings.Contains(text, "Could not write"), strings.Contains(text, "Could not truncate"):
		return diskFull(path, err)
	case strings.Contains(text, "not a valid DuckDB database file"), strings.Contains(text, "Corrupt"), strings.Contains(text, "corrupt"),
		strings.Contains(text, "checksum"), strings.Contains(text, "Failed to load metadata"), strings.Contains(text, "Failure while replaying WAL"),
		strings.Contains(text, "INTERNAL Error"), strings.Contains(text, "SerializationException"), strings.Contains(text, "Serialization Error"),
		strings.Contains(text, "Could not read enough bytes"), strings.Contains(text, "database has been invalidated"):
		return damaged(path, err)
	}
	return fmt.Errorf("workspace %s: %w", path, err)
}

func firstLine(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}

// rowsDeleted warns that rows of the time that is asked for were deleted.
func rowsDeleted(table, before, why, on string) *diag.Diagnostic {
	return diag.Warningf("KQL9006", diag.Span{}, "rows of %s before %s%s were deleted on %s", table, before, why, on)
}

// rowsArchived warns that rows of the time that is asked for are in the archive.
func rowsArchived(table, first, last string) *diag.Diagnostic {
	return diag.Warningf("KQL9007", diag.Span{}, "rows of %[1]s from %[2]s to %[3]s are in the archive: sleuth archive restore %[1]s --from %[2]s --to %[3]s brings them back",
		table, first, last)
}
