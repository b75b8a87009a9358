package clients

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The limits that the server of the test has, so that they can be reached.
const (
	maxRows    = 250_000
	maxQueries = 4
)

// TestClients makes every call of every client that can be had here.
func TestClients(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program and installs clients")
	}
	bin := buildSleuth(t)
	data := workspace(t, bin)
	srv := start(t, bin, data, "--max-rows", fmt.Sprint(maxRows), "--max-queries", fmt.Sprint(maxQueries))
	open := start(t, bin, t.TempDir(), "--anonymous-kusto")
	env := append(os.Environ(),
		"SLEUTH_URL="+srv.url, "SLEUTH_TOKEN="+srv.token, "SLEUTH_OPEN_URL="+strings.Replace(open.url, "https:", "http:", 1),
		fmt.Sprintf("SLEUTH_MAX_ROWS=%d", maxRows), fmt.Sprintf("SLEUTH_MAX_QUERIES=%d", maxQueries),
		"SLEUTH_PROGRAM="+bin, "SLEUTH_DATA="+data, "NODE_EXTRA_CA_CERTS="+srv.trust, "SSL_CERT_FILE="+srv.trust)
	var works, all int
	run := func(name string, prepare func(*testing.T) []string) {
		t.Run(name, func(t *testing.T) {
			good, total := calls(t, env, prepare(t))
			t.Logf("%s: %d/%d calls work", name, good, total)
			works, all = works+good, all+total
		})
	}
	for _, script := range []struct{ client, file string }{
		{"azure-kusto-data", "kusto.mjs"}, {"@azure/monitor-query", "monitor-query.mjs"}, {"@azure/monitor-query-logs", "monitor-query-logs.mjs"},
		{"@modelcontextprotocol/sdk", "mcp.mjs"},
	} {
		run(script.client, func(t *testing.T) []string {
			npmInstall(t)
			return []string{"node", filepath.Join("npm", script.file)}
		})
	}
	for _, client := range []string{"azkustodata", "azquery"} {
		run(client, func(t *testing.T) []string { return []string{buildCalls(t), client} })
	}
	t.Logf("client calls: %d/%d", works, all)
	if audited := queriesIn(t, bin, data); audited < works/3 {
		t.Errorf("%d calls work, but the audit trail has %d queries", works, audited)
	}
}

// calls runs a client's checks and reads what they print.
func calls(t *testing.T, env, command []string) (good, total int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = env
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	for line := range bytes.Lines(out) {
		var c struct {
			Name, Detail string
			OK           bool
		}
		if json.Unmarshal(line, &c) != nil {
			t.Errorf("not a check: %s", line)
			continue
		}
		total++
		if c.OK {
			good++
		} else {
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(command, " "), err, errs.Bytes())
	}
	if total == 0 {
		t.Errorf("%s made no call", strings.Join(command, " "))
	}
	return good, total
}

func output(t *testing.T, dir, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func buildSleuth(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "sleuth")
	if out, err := output(t, filepath.Join("..", ".."), "go", "build", "-o", bin, "./cmd/sleuth"); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	return bin
}

// workspace is a data directory with a small tenant.
func workspace(t *testing.T, bin string) string {
	t.Helper()
	export, data := filepath.Join(t.TempDir(), "export"), filepath.Join(t.TempDir(), "data")
	if out, err := output(t, "", bin, "generate", "--users", "60", "--days", "5", "--events", "4000", "--out", export); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := output(t, "", bin, "import", filepath.Join(export, "directory"), filepath.Join(export, "logs"), "--data", data); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	saved := filepath.Join(t.TempDir(), "failures.kql")
	if err := os.WriteFile(saved, []byte("SigninLogs | where ResultType != '0' and TimeGenerated > ago(days * 1d) | summarize Failures = count() by UserPrincipalName"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := output(t, "", bin, "functions", "add", "--name", "FailuresByUser", "--params", "days: int = 7", saved, "--data", data); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return data
}

// served is a running sleuth serve.
type served struct{ url, token, trust string }

var (
	tokenLine  = regexp.MustCompile(`\?token=([\w-]+)`)
	clientLine = regexp.MustCompile(`clients: (https://[^,]+), .*they trust (.+)$`)
)

// start runs sleuth serve until the test ends, and reads the addresses that it prints.
func start(t *testing.T, bin, data string, args ...string) served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, bin, append([]string{"serve", "--data", data, "--addr", "127.0.0.1:0"}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		var exit *exec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &exit) && !errors.Is(err, context.Canceled) {
			t.Errorf("sleuth serve: %v", err)
		}
		if errs.Len() > 0 {
			t.Logf("sleuth serve said:\n%s", errs.Bytes())
		}
	})
	var s served
	lines := bufio.NewScanner(out)
	for s.url == "" && lines.Scan() {
		if m := tokenLine.FindStringSubmatch(lines.Text()); m != nil {
			s.token = m[1]
		}
		if m := clientLine.FindStringSubmatch(lines.Text()); m != nil {
			s.url, s.trust = m[1], m[2]
		}
	}
	if s.url == "" || s.token == "" {
		t.Fatalf("sleuth serve printed no address: %s", errs.Bytes())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return s
}

// npmInstall installs what package-lock.json names, unless that has been done.
func npmInstall(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: the clients of npm are not run", tool)
		}
	}
	lock, err := os.ReadFile(filepath.Join("npm", "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(lock)
	want := hex.EncodeToString(sum[:])
	marker := filepath.Join("npm", "node_modules", ".installed-lock")
	if have, err := os.ReadFile(marker); err == nil && string(have) == want {
		return
	}
	if out, err := output(t, "npm", "npm", "ci", "--no-audit", "--no-fund"); err != nil {
		t.Skipf("npm ci does not work here, so the clients of npm are not run: %v\n%s", err, out)
	}
	if err := os.WriteFile(marker, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

// buildCalls builds the module of the Go clients.
func buildCalls(t *testing.T) string {
	t.Helper()
	if out, err := output(t, "gocalls", "go", "mod", "download"); err != nil {
		t.Skipf("the modules of the Go clients cannot be had, so they are not run: %v\n%s", err, out)
	}
	bin := filepath.Join(t.TempDir(), "gocalls")
	if out, err := output(t, "gocalls", "go", "build", "-o", bin, "."); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// queriesIn counts the queries of clients in the audit trail.
func queriesIn(t *testing.T, bin, data string) int {
	t.Helper()
	out, err := output(t, "", bin, "audit", "show", "--operation", "QueryRun", "--most", "0", "--json", "--data", data)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.Count(out, `"QueryRun"`)
}
