package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const oneUser = `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users","value":[
{"id":"11111111-1111-1111-1111-111111111111","displayName":"Ada Example","userPrincipalName":"ada@contoso.example","accountEnabled":true}]}`

// command runs a command line as a process of its own would, and returns what it printed and its exit code.
func command(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs, cwd: t.TempDir(), args: args}
	code = a.run(t.Context())
	return out.String(), errs.String(), code
}

// serving starts `sleuth serve` on dir and stops it when the test ends.
func serving(t *testing.T, dir string) (stop func()) {
	t.Helper()
	out, w := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	a := &app{stdin: strings.NewReader(""), stdout: w, stderr: io.Discard, cwd: dir, args: []string{"serve", "--data", dir, "--addr", "127.0.0.1:0"}}
	done := make(chan int, 1)
	go func() {
		code := a.run(ctx)
		_ = w.Close()
		done <- code
	}()
	if _, err := out.Read(make([]byte, 4096)); err != nil {
		t.Fatalf("serve printed nothing: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if code := <-done; code != exitDone {
			t.Errorf("serve ended with %d", code)
		}
	}
	t.Cleanup(stop)
	return stop
}

func TestOtherCommandsWorkWhileServing(t *testing.T) {
	dir, export := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "users.json")
	if err := os.WriteFile(export, []byte(oneUser), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := command(t, "", "import", "--data", dir, export); code != exitDone {
		t.Fatalf("import: %d %s %s", code, out, errs)
	}
	stop := serving(t, dir)
	if info, err := os.Stat(socketPath(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v", info, err)
	}
	out, errs, code := command(t, "", "query", "--data", dir, "--format", "csv", "EntraUsers | project displayName")
	if code != exitDone || out != "displayName\nAda Example\n" {
		t.Errorf("query while serving: %d %q %q", code, out, errs)
	}
	if out, errs, code := command(t, "", "query", "--data", dir, "EntraUsers | where nope"); code != exitFailed || !strings.Contains(errs, "KQL1203") {
		t.Errorf("a bad query while serving: %d %q %q", code, out, errs)
	}
	out, errs, code = command(t, `{"id":1,"query":"print x = 1"}`+"\n", "query", "--data", dir, "--batch", "-")
	if code != exitDone || !strings.HasPrefix(out, `{"id":1,"columns":`) {
		t.Errorf("a batch from standard input while serving: %d %q %q", code, out, errs)
	}
	if _, errs, code := command(t, "", "serve", "--data", dir); code != exitUsage || !strings.Contains(errs, "being served already") {
		t.Errorf("a second serve: %d %q", code, errs)
	}

	copyDir := filepath.Join(t.TempDir(), "backup")
	if out, errs, code := command(t, "", "backup", "--data", dir, copyDir); code != exitDone {
		t.Fatalf("backup while serving: %d %q %q", code, out, errs)
	}
	stop()
	restored := filepath.Join(t.TempDir(), "restored")
	if out, errs, code := command(t, "", "restore", "--data", restored, copyDir); code != exitDone {
		t.Fatalf("restore: %d %q %q", code, out, errs)
	}
	if out, errs, code := command(t, "", "query", "--data", restored, "--format", "csv", "EntraUsers | count"); code != exitDone || out != "Count\n1\n" {
		t.Errorf("query of the restored directory: %d %q %q", code, out, errs)
	}
	if _, errs, code := command(t, "", "restore", "--data", restored, copyDir); code != exitFailed || !strings.Contains(errs, "holds something") {
		t.Errorf("restoring over a directory: %d %q", code, errs)
	}
}

func TestASilentOwnerIsNamed(t *testing.T) {
	dir := t.TempDir()
	h, err := openHouse(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	_, errs, code := command(t, "", "query", "--data", dir, "print 1")
	if code != exitFailed || !strings.Contains(errs, "owned by process") {
		t.Errorf("%d %q", code, errs)
	}
}
