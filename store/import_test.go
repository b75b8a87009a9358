package store_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"

	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/storetest"
)

const line = `{"time":"2026-11-10T08:05:00Z","category":"SignInLogs","operationName":"Sign-in activity","tenantId":"%s","resultType":"0","properties":{"id":"%s","createdDateTime":"2026-11-10T08:00:00Z","userPrincipalName":"a@b.example"}}` + "\n"

const (
	tenantA = "11111111-2222-3333-4444-555555555555"
	tenantB = "99999999-8888-7777-6666-555555555555"
)

func mustImport(t *testing.T, w *store.Workspace, paths ...string) store.Report {
	t.Helper()
	r, err := w.Import(context.Background(), paths, store.ImportOptions{Now: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRecordsThatCannotBeReadAreSetAside(t *testing.T) {
	dir := t.TempDir()
	bad := "{\"time\": nonsense\n"
	storetest.Write(t, dir, "mixed.json", fmt.Sprintf(line, tenantA, "1")+bad+fmt.Sprintf(line, tenantA, "2")+
		`{"category":"NoSuchCategory","operationName":"x","properties":{}}`+"\n"+`{"half": "a li`, 0)
	storetest.Write(t, dir, "notes.txt", "these are notes\nof an investigator\n", 0)
	w := memory(t)
	r := mustImport(t, w, dir)
	if n := len(storetest.Dump(t, w, "SigninLogs")); n != 2 {
		t.Errorf("%d sign-ins", n)
	}
	f := r.Files[0]
	if f.Rejected != 3 || r.Files[1].Unsupported == "" {
		t.Errorf("report: %+v", r.Files)
	}
	text := ""
	for _, d := range r.Diagnostics {
		text += d.Error() + "\n"
	}
	for _, want := range []string{"mixed.json:2:1: IMP1303", "mixed.json:4:1: IMP1303", `"NoSuchCategory"`, "mixed.json:5:1", "notes.txt: IMP1302"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	kept := ""
	rows := query(t, w, `SELECT line, record FROM ws.main."_ImportRejects" ORDER BY line`)
	for rows.Next() {
		var line int64
		var record string
		if err := rows.Scan(&line, &record); err != nil {
			t.Fatal(err)
		}
		kept += fmt.Sprintf("%d %s\n", line, record)
	}
	if !strings.Contains(kept, "2 "+bad) || !strings.Contains(kept, `5 {"half": "a li`) {
		t.Errorf("kept verbatim:\n%s", kept)
	}
}

// query runs a statement on the workspace; the cursor closes with the test.
func query(t *testing.T, w *store.Workspace, statement string) *sql.Rows {
	t.Helper()
	rows, err := w.QueryRows(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Error(err)
		}
	})
	return rows
}

func TestAnotherTenantIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := storetest.Write(t, dir, "a.json", fmt.Sprintf(line, tenantA, "1"), 0)
	b := storetest.Write(t, dir, "b.json", fmt.Sprintf(line, tenantB, "2"), 0)
	mixed := storetest.Write(t, dir, "mixed.json", fmt.Sprintf(line, tenantA, "3")+fmt.Sprintf(line, tenantB, "4"), 0)
	ctx := context.Background()
	w := memory(t)
	if _, err := w.Import(ctx, []string{a, b}, store.ImportOptions{}); !errors.Is(err, store.ErrOtherTenant) {
		t.Errorf("two tenants at once: %v", err)
	}
	mustImport(t, w, a)
	_, err := w.Import(ctx, []string{b}, store.ImportOptions{})
	if !errors.Is(err, store.ErrOtherTenant) || !strings.Contains(err.Error(), tenantA) || !strings.Contains(err.Error(), tenantB) {
		t.Errorf("another tenant: %v", err)
	}
	if tenant, err := w.Tenant(ctx); err != nil || tenant != tenantA {
		t.Errorf("tenant %q, %v", tenant, err)
	}
	if r := mustImport(t, w, mixed); r.Files[0].Rejected != 1 {
		t.Errorf("a record of another tenant: %+v", r.Files[0])
	}
	if n := len(storetest.Dump(t, w, "SigninLogs")); n != 2 {
		t.Errorf("%d sign-ins, want 2", n)
	}
}

// TestEncodings: the same records however they are written give the same rows.
func TestEncodings(t *testing.T) {
	t.Parallel()
	plain := fmt.Sprintf(line, tenantA, "1") + fmt.Sprintf(line, tenantA, "2")
	objects := strings.Split(strings.TrimSpace(plain), "\n")
	wide := func(e unicode.Endianness, bom unicode.BOMPolicy) string {
		s, err := unicode.UTF16(e, bom).NewEncoder().String(plain)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	for _, o := range objects { // a file of several members, as appending makes it
		if _, err := zw.Write([]byte(o + "\n")); err != nil {
			t.Fatal(err)
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
		zw.Reset(&zipped)
	}
	w := memory(t)
	want := ""
	for name, content := range map[string]string{
		"lines": plain, "CRLF": strings.ReplaceAll(plain, "\n", "\r\n"), "BOM": "\ufeff" + plain, "gzip": zipped.String(),
		"UTF-16 LE": wide(unicode.LittleEndian, unicode.UseBOM), "UTF-16 BE": wide(unicode.BigEndian, unicode.UseBOM),
		"UTF-16 LE without mark": wide(unicode.LittleEndian, unicode.IgnoreBOM),
		"array":                  "[" + strings.Join(objects, ",") + "]", "arrays": "[" + objects[0] + "]\n\n[" + objects[1] + "]", "records": `{"records":[` + strings.Join(objects, ",\n") + "]}",
		"records per line": `{"records":[` + objects[0] + "]}\n" + `{"records":[` + objects[1] + "]}", "no line end": strings.Join(objects, " "),
		"indented": "[\n  " + strings.ReplaceAll(strings.Join(objects, ","), `,"`, ",\n    \"") + "\n]\n",
	} {
		dir := t.TempDir()
		storetest.Write(t, dir, "f", content, 0)
		r := mustImport(t, w, dir)
		if f := r.Files[0]; f.Records != 2 || f.Rejected != 0 {
			t.Errorf("%s: %+v %v", name, f, r.Diagnostics)
		}
		got := strings.Join(storetest.Dump(t, w, "SigninLogs"), "\n")
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s gives other rows:\n%s\nwant:\n%s", name, got, want)
		}
	}
}

// TestCustody: every row says where it came from.
func TestCustody(t *testing.T) {
	dir := t.TempDir()
	path := storetest.Write(t, dir, "f.json", fmt.Sprintf(line, tenantA, "1")+fmt.Sprintf(line, tenantA, "2"), 0)
	w := memory(t)
	r := mustImport(t, w, dir)
	n := 0
	rows := query(t, w, `SELECT _SourceFile, _SourceLine, _SourceSha256, _ImportId, _IngestionTime FROM ws.main."SigninLogs" ORDER BY 2`)
	for rows.Next() {
		var file, sum, id string
		var at, ingested int64
		if err := rows.Scan(&file, &at, &sum, &id, &ingested); err != nil {
			t.Fatal(err)
		}
		n++
		if file != path || at != int64(n) || sum != r.Files[0].SHA256 || id != r.ImportID || types.FormatDateTime(ingested) != "2026-11-20T00:00:00.0000000Z" {
			t.Errorf("row %d: %s:%d %s %s %d", n, file, at, sum, id, ingested)
		}
	}
	files, err := w.ImportedFiles(context.Background())
	if err != nil || len(files) != 1 || files[0].Path != path || files[0].SHA256 != r.Files[0].SHA256 || files[0].Records != 2 || files[0].RowsAdded != 2 {
		t.Errorf("journal: %+v %v", files, err)
	}
	if n != 2 || len(r.Files[0].SHA256) != 64 {
		t.Errorf("%d rows, %+v", n, r.Files[0])
	}
}

func TestOwnerLock(t *testing.T) {
	dir := t.TempDir()
	w, err := store.Open(context.Background(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(context.Background(), dir, store.Options{})
	if !errors.Is(err, store.ErrHeld) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second owner: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

func TestLockedDown(t *testing.T) {
	w := open(t, t.TempDir())
	for _, s := range []string{
		"SELECT * FROM read_csv('/etc/passwd')", "COPY (SELECT 1) TO '/tmp/out.csv'", "ATTACH '/tmp/x.duckdb'", "INSTALL httpfs",
		"SET enable_external_access = true", "SET memory_limit = '1GB'", "SELECT * FROM '/etc/hosts'",
	} {
		rows, err := w.QueryRows(context.Background(), s)
		if err == nil {
			rows.Close()
			t.Errorf("accepted: %s", s)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	w := open(t, filepath.Join(dir, "a"))
	storetest.Write(t, dir, "in/f.json", fmt.Sprintf(line, tenantA, "1"), 0)
	mustImport(t, w, filepath.Join(dir, "in"))
	backup := filepath.Join(dir, "backup.duckdb")
	if err := w.Backup(ctx, backup); err != nil {
		t.Fatal(err)
	}
	if err := w.Backup(ctx, backup); err == nil {
		t.Error("a backup overwrote another")
	}
	storetest.Write(t, dir, "in/g.json", fmt.Sprintf(line, tenantA, "2"), 0)
	mustImport(t, w, filepath.Join(dir, "in")) // goes on after the backup
	if err := store.Restore(ctx, backup, filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	restored := open(t, filepath.Join(dir, "b"))
	if n := len(storetest.Dump(t, restored, "SigninLogs")); n != 1 {
		t.Errorf("%d rows restored", n)
	}
	broken := storetest.Write(t, dir, "broken.duckdb", strings.Repeat("no database", 2000), 0)
	if err := store.Restore(ctx, broken, filepath.Join(dir, "c")); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("broken backup: %v", err)
	}
	if err := store.Restore(ctx, backup, filepath.Join(dir, "b")); err == nil {
		t.Error("restored over an open workspace")
	}
}

func TestCancel(t *testing.T) {
	dir := export(t, 400)
	w := memory(t)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := w.Import(ctx, []string{dir}, store.ImportOptions{Progress: func(store.Progress) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	r := mustImport(t, w, dir)
	if _, added, rejected := r.Counts(); added == 0 || rejected != 0 {
		t.Errorf("after a cancelled import: %+v", r.Files)
	}
}
