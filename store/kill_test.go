package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/storetest"
)

// helperVariable makes the test binary import a folder instead of running tests.
const helperVariable = "SLEUTH_TEST_IMPORT"

func TestMain(m *testing.M) {
	if spec := os.Getenv(helperVariable); spec != "" {
		os.Exit(importAsHelper(spec))
	}
	os.Exit(m.Run())
}

// importAsHelper imports "dir\npath\nlimit"; limit bounds the size of files it may write.
func importAsHelper(spec string) int {
	parts := strings.Split(spec, "\n")
	var limit uint64
	fmt.Sscan(parts[2], &limit) // no number is no limit
	ctx := context.Background()
	w, err := store.Open(ctx, parts[0], store.Options{})
	if err != nil {
		fmt.Println("open:", err)
		return 1
	}
	if limit > 0 {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			fmt.Println("limit:", err)
			return 1
		}
	}
	if before, ok := strings.CutPrefix(parts[1], "purge "); ok {
		return purgeAsHelper(ctx, w, before)
	}
	_, err = w.Import(ctx, []string{parts[1]}, store.ImportOptions{})
	if errors.Is(err, store.ErrDiskFull) {
		fmt.Println("disk full:", err)
		return 3
	}
	if err != nil {
		fmt.Println("import:", err)
		return 2
	}
	if _, err := w.Maintain(ctx, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		fmt.Println("maintain:", err)
		return 2
	}
	if err := w.Close(); err != nil {
		fmt.Println("close:", err)
		return 2
	}
	return 0
}

// purgeAsHelper deletes the sign-ins before a day.
func purgeAsHelper(ctx context.Context, w *store.Workspace, before string) int {
	day, err := time.Parse(time.DateOnly, before)
	if err == nil {
		_, _, err = w.Purge(ctx, []store.Cut{{Table: "SigninLogs", Before: day}}, keptFor)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		fmt.Println("purge:", err)
		return 2
	}
	return 0
}

func helper(dir, path string, limit int64) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s\n%s\n%d", helperVariable, dir, path, limit))
	return cmd
}

// export writes an export of a few thousand sign-ins and two snapshots of users.
func export(t *testing.T, signIns int) string {
	t.Helper()
	dir := t.TempDir()
	for part := range 4 {
		var b strings.Builder
		for i := range signIns / 4 {
			fmt.Fprintf(&b, `{"time":"2026-11-10T08:05:00Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":"50126","properties":{"id":"s%d-%d","createdDateTime":"2026-11-%02dT%02d:00:00Z","userPrincipalName":"user%d@b.example","userAgent":"%s","deviceDetail":{"operatingSystem":"Windows 11"}}}`+"\n",
				signIns, part*signIns/4+i*3/4, i%28+1, i%24, i%50, strings.Repeat("x", i%40))
		}
		storetest.Write(t, dir, fmt.Sprintf("logs/SignInLogs-%d.json", part), b.String(), time.Hour)
	}
	for age, names := range map[time.Duration][]string{24 * time.Hour: {"ann", "bob", "cyd"}, 0: {"ann", "bob"}} {
		var list []string
		for _, n := range names {
			list = append(list, fmt.Sprintf(`{"id":%q,"userPrincipalName":"%s@b.example","accountEnabled":true}`, n, n))
		}
		storetest.Write(t, dir, fmt.Sprintf("%d/users.json", int(age.Hours())),
			`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users","value":[`+strings.Join(list, ",")+`]}`, age)
	}
	return dir
}

// TestKilledImport kills an importing process, which puts the days in order at its end, at random moments. Whatever the moment, the workspace
// opens, and importing again gives the rows of an import that was never disturbed.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	trials := 2
	if os.Getenv("SLEUTH_PROVE") == "1" {
		trials = 50
	}
	files := export(t, 1200)
	undisturbed := t.TempDir()
	start := time.Now()
	if out, err := helper(undisturbed, files, 0).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Since(start)
	want := seen(t, undisturbed)
	killed := 0
	for trial := range trials {
		dir := t.TempDir()
		cmd := helper(dir, files, 0)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rand.Int64N(int64(whole))), func() {
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Error(err)
			}
		})
		if cmd.Wait() != nil {
			killed++
		}
		timer.Stop()
		w := open(t, dir)
		if _, err := w.Import(context.Background(), []string{files}, store.ImportOptions{}); err != nil {
			t.Fatalf("trial %d: %v", trial, err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := seen(t, dir); got != want {
			t.Errorf("trial %d: rows differ after a killed import", trial)
		}
	}
	t.Logf("killed and completed: %d/%d", killed, trials)
}

// TestKilledPurge kills a process that deletes, writes the file anew and exchanges it, at random moments. Whatever the moment,
// the workspace opens with all of the rows or without those that were to go, and says which; deleting again completes it.
func TestKilledPurge(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	trials := 3
	if os.Getenv("SLEUTH_PROVE") == "1" {
		trials = 50
	}
	whole := t.TempDir()
	w := open(t, whole)
	mustImport(t, w, export(t, 2000))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(whole, "workspace.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	// A copy of it, one for each trial.
	again := func() string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "workspace.duckdb"), file, 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	before, done := seen(t, whole), again()
	start := time.Now()
	if out, err := helper(done, "purge 2026-11-15", 0).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	took := time.Since(start)
	after := seen(t, done)
	if strings.Count(after, "\n") >= strings.Count(before, "\n") {
		t.Fatal("nothing was deleted")
	}
	var killed, deleted int
	for trial := range trials {
		dir := again()
		cmd := helper(dir, "purge 2026-11-15", 0)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rand.Int64N(int64(took))), func() {
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Error(err)
			}
		})
		if cmd.Wait() != nil {
			killed++
		}
		timer.Stop()
		got, w := seen(t, dir), open(t, dir)
		n := number(t, w, "SELECT count(*) FROM ws.meta.deletions")
		switch {
		case got == after && n == 1:
			deleted++
		case got == before && n == 0:
		default:
			t.Errorf("trial %d: %d deletions on record, and the rows are neither those before nor those after", trial, n)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*.compact*")); err != nil || len(left) > 0 {
			t.Errorf("trial %d: left behind: %v %v", trial, left, err)
		}
		if _, _, err := w.Purge(ctx, []store.Cut{{Table: "SigninLogs", Before: time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)}}, keptFor); err != nil {
			t.Errorf("trial %d: %v", trial, err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := seen(t, dir); got != after {
			t.Errorf("trial %d: deleting again did not complete it", trial)
		}
	}
	t.Logf("killed %d of %d, of these or the others %d had deleted", killed, trials, deleted)
}

func seen(t *testing.T, dir string) string {
	t.Helper()
	w, err := store.Open(context.Background(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return strings.Join(append(storetest.Dump(t, w, "SigninLogs"), storetest.Dump(t, w, "EntraUsers")...), "\n")
}

// TestFullDisk bounds the size of the file as a full disk does: the message says so, what was held
// before stays, and an import with room completes.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	small := export(t, 40)
	if out, err := helper(dir, small, 0).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before := seen(t, dir)
	info, err := os.Stat(filepath.Join(dir, "workspace.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	large := export(t, 30_000)
	out, err := helper(dir, large, info.Size()+64<<10).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Fatalf("want exit code 3 for a full disk, got %v: %s", err, out)
	}
	if !strings.Contains(string(out), "disk is full") {
		t.Errorf("message: %s", out)
	}
	after := seen(t, dir)
	for _, line := range strings.Split(before, "\n") {
		if !strings.Contains(after, line) {
			t.Fatalf("a row that was held is gone: %s", line)
		}
	}
	if out, err := helper(dir, large, 0).CombinedOutput(); err != nil {
		t.Fatalf("with room: %v: %s", err, out)
	}
}

func TestDamagedFile(t *testing.T) {
	t.Parallel()
	files := export(t, 2000)
	dir := t.TempDir()
	w := open(t, dir)
	if _, err := w.Import(context.Background(), []string{files}, store.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "workspace.duckdb")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"not a database":   func([]byte) []byte { return []byte(strings.Repeat("this is text\n", 1000)) },
		"cut short":        func(b []byte) []byte { return b[:len(b)/3] },
		"header destroyed": func(b []byte) []byte { return append(make([]byte, 12288), b[12288:]...) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, damage(append([]byte(nil), whole...)), 0o600); err != nil {
				t.Fatal(err)
			}
			w, err := store.Open(context.Background(), dir, store.Options{})
			if err == nil {
				_, err = w.Tables(context.Background())
				if closing := w.Close(); err == nil {
					err = closing
				}
			}
			if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "restore") {
				t.Errorf("got %v", err)
			}
		})
	}
}
