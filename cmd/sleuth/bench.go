package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/tenantgen"
)

// articlePrompts are the conversation of the article that the product implements, asked of the sample tenant.
var articlePrompts = []string{
	"Give me all user details for karita@woodgrovebank.com and extract the user Object ID.",
	"Is this user's account enabled?",
	"When was the password last changed or reset for karita@woodgrovebank.com?",
	"Does karita@woodgrovebank.com have any registered devices in Microsoft Entra?",
	"What are the authentication methods that are registered for karita@woodgrovebank.com if any?",
	"What is the risk level, state, and risk details for karita@woodgrovebank.com?",
	"What is the risk history for karita@woodgrovebank.com?",
	"List the recent risky sign-ins for karita@woodgrovebank.com.",
	"List the risk detections details for karita@woodgrovebank.com.",
	"Can you give me sign-in logs for karita@woodgrovebank.com for the past 48 hours? Put this information in a table format.",
	"Show me failed sign-ins for karita@woodgrovebank.com for the past 7 days and tell me what the IP addresses are.",
	"Get Microsoft Entra audit logs for karita@woodgrovebank.com for the past 72 hours. Put information in table format.",
	"Show me audit logs for this event type.",
	"Get the Microsoft Entra user groups that karita@woodgrovebank.com is a member of. Put information in table format.",
	"Tell me more about the Finance Department group.",
	"Who are the owners of the Finance Department group?",
	"What roles does this group have?",
	"What are the diagnostics log configuration for the tenant that is karita@woodgrovebank.com registered in?",
	"Which logs are being collected in this tenant?",
}

func benchCommand(a *app) *cobra.Command {
	var events, rounds int
	var write, proofs string
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure import, prompts, start-up and memory beside plain DuckDB on the same data",
		Long: "Makes tenants in a temporary directory and measures on them. Prompts and their bare SQL run interleaved in one warm process;\n" +
			"figures are medians.",
		Example: "  sleuth bench\n  sleuth bench --events 100000 --rounds 3",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if events < 1000 || rounds < 1 {
				return usage("--events must be at least 1000 and --rounds at least 1")
			}
			return a.bench(c.Context(), events, rounds, write, proofs)
		},
	}
	c.AddCommand(benchKQLCommand(a))
	c.Flags().IntVar(&events, "events", 1_000_000, "log records of the large tenant")
	c.Flags().IntVar(&rounds, "rounds", 7, "repetitions of each prompt")
	c.Flags().StringVar(&write, "write", "", "write the figures to this Markdown file too")
	c.Flags().StringVar(&proofs, "proofs", "", "a log of go test -v whose measured lines are added to the file")
	return c
}

// figures collects what was measured, line by line.
type figures struct {
	app   *app
	lines []string
}

func (f *figures) add(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	f.lines = append(f.lines, line)
	fmt.Fprintln(f.app.stdout, line)
}

func (a *app) bench(ctx context.Context, events, rounds int, write, proofs string) error {
	dir, err := os.MkdirTemp("", "sleuth-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f := &figures{app: a}
	f.add("%s, %s/%s, %d CPUs, sleuth %s", time.Now().UTC().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), version)
	end := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	demo := filepath.Join(dir, "demo")
	if _, err := tenantgen.Generate(ctx, tenantgen.DemoConfig(demo, end), func(tenantgen.Progress) {}); err != nil {
		return err
	}
	if err := a.benchPrompts(ctx, f, dir, demo, end, rounds); err != nil {
		return err
	}
	if err := a.benchLarge(ctx, f, dir, end, events); err != nil {
		return err
	}
	if write == "" {
		return nil
	}
	return writeMeasured(a.path(write), f.lines, proofs)
}

// benchPrompts measures the article's prompts against their bare SQL, and start-up, on the sample tenant.
func (a *app) benchPrompts(ctx context.Context, f *figures, dir, export string, end time.Time, rounds int) error {
	data := filepath.Join(dir, "demo-data")
	h, err := openHouse(ctx, data)
	if err != nil {
		return err
	}
	if _, err := h.ws.Import(ctx, []string{filepath.Join(export, "directory"), filepath.Join(export, "logs")}, store.ImportOptions{}); err != nil {
		return errors.Join(err, h.closeParts())
	}
	asks, sqls, err := a.promptTimes(ctx, h, end, rounds)
	if err := errors.Join(err, h.closeParts()); err != nil {
		return err
	}
	f.add("prompts: the article's %d prompts take %.1f ms (median each %.1f ms); their bare SQL alone %.1f ms; ratio %.2f",
		len(articlePrompts), sum(asks), median(asks), sum(sqls), sum(asks)/sum(sqls))
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var starts []float64
	for range rounds {
		start := time.Now()
		if out, err := exec.CommandContext(ctx, self, "query", "--data", data, "--format", "csv", "print 1").CombinedOutput(); err != nil {
			return fmt.Errorf("start-up: %w: %s", err, out)
		}
		starts = append(starts, ms(time.Since(start)))
	}
	f.add("start-up: sleuth query \"print 1\" on the sample tenant's data directory takes %.0f ms, process to process", median(starts))
	return nil
}

// promptTimes gives, per prompt, the median milliseconds of the whole answer and of its statements alone, run in turns.
func (a *app) promptTimes(ctx context.Context, h *house, end time.Time, rounds int) (asks, sqls []float64, err error) {
	c, err := newCopilot(h, &copilot.Fresh{})
	if err != nil {
		return nil, nil, err
	}
	asksOf, sqlsOf := make([][]float64, len(articlePrompts)), make([][]float64, len(articlePrompts))
	for round := range rounds + 1 { // the first round warms
		for i, text := range articlePrompts {
			start := time.Now()
			got := answer(ctx, c, copilot.Prompt{Text: text, SessionID: fmt.Sprintf("b%d", round), Principal: access.LocalOwner(), Now: end})
			took := ms(time.Since(start))
			if got.Outcome != copilot.Answered {
				return nil, nil, fmt.Errorf("%q: %s: %s", text, got.Outcome, got.Text)
			}
			bare, err := bareSQL(ctx, h, got, end)
			if err != nil {
				return nil, nil, fmt.Errorf("%q: %w", text, err)
			}
			if round > 0 {
				asksOf[i], sqlsOf[i] = append(asksOf[i], took), append(sqlsOf[i], bare)
			}
		}
	}
	for i := range articlePrompts {
		asks, sqls = append(asks, median(asksOf[i])), append(sqls, median(sqlsOf[i]))
	}
	return asks, sqls, nil
}

// bareSQL times the statements that an answer's queries became, without anything of ours around them.
func bareSQL(ctx context.Context, h *house, got *copilot.Answer, end time.Time) (float64, error) {
	total := 0.0
	for _, s := range got.Steps {
		if s.Query == "" {
			continue
		}
		res, err := h.engine.Query(ctx, s.Query, engine.Options{Now: end})
		if err != nil {
			return 0, err
		}
		start := time.Now()
		for _, q := range res.Stats.SQL {
			if _, err := h.ws.Drain(ctx, q); err != nil {
				return 0, err
			}
		}
		total += ms(time.Since(start))
	}
	return total, nil
}

// benchLarge measures the import beside DuckDB's reader, and memory, on a tenant of many events.
func (a *app) benchLarge(ctx context.Context, f *figures, dir string, end time.Time, events int) error {
	cfg := tenantgen.DemoConfig(filepath.Join(dir, "large"), end)
	cfg.Users, cfg.Events = max(400, events/200), events
	sum, err := tenantgen.Generate(ctx, cfg, func(tenantgen.Progress) {})
	if err != nil {
		return err
	}
	logs := filepath.Join(cfg.Out, "logs")
	var ndjson []string
	records := int64(0)
	for name, n := range sum.Files {
		if strings.HasPrefix(name, "logs/") && strings.HasSuffix(name, "Logs.json.gz") {
			ndjson = append(ndjson, filepath.Join(cfg.Out, filepath.FromSlash(name)))
			records += int64(n)
		}
	}
	slices.Sort(ndjson)
	size, err := sizeOf(ndjson)
	if err != nil {
		return err
	}
	base, err := store.NewBaseline()
	if err != nil {
		return err
	}
	rows, read, err := base.ReadJSON(ctx, ndjson)
	if err := errors.Join(err, base.Close()); err != nil {
		return fmt.Errorf("DuckDB's read_json: %w", err)
	}
	data := filepath.Join(dir, "large-data")
	h, err := openHouse(ctx, data)
	if err != nil {
		return err
	}
	start := time.Now()
	report, err := h.ws.Import(ctx, ndjson, store.ImportOptions{})
	took := time.Since(start)
	if err != nil {
		return errors.Join(err, h.closeParts())
	}
	n, _, rejected := report.Counts()
	f.add("import: %d records of %s (gzip) at %.0f records/s, %d set aside; DuckDB's read_json of the same files (%d rows) at %.0f rows/s; ratio %.2f",
		n, mb(size), float64(n)/took.Seconds(), rejected, rows, float64(rows)/read.Seconds(), float64(n)/took.Seconds()/(float64(rows)/read.Seconds()))
	if _, err := h.ws.Import(ctx, []string{filepath.Join(cfg.Out, "directory"), logs}, store.ImportOptions{}); err != nil {
		return errors.Join(err, h.closeParts())
	}
	if err := h.closeParts(); err != nil {
		return err
	}
	return a.benchMemory(ctx, f, data)
}

// benchMemory asks the article's prompts in a process of its own and reads the most memory that it held, while it
// waits for more. (The usage that the system reports of an ended child counts this process from before its start too.)
func (a *app) benchMemory(ctx context.Context, f *figures, data string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, "ask", "--data", data, "--json", "--now", "2026-11-20T12:00:00Z", "--batch", "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	answers := bufio.NewScanner(out)
	answers.Buffer(make([]byte, 1<<16), maxLine)
	for i, p := range articlePrompts {
		if _, err := fmt.Fprintf(in, "{\"id\":%d,\"session\":\"m\",\"prompt\":%q}\n", i, p); err != nil {
			return err
		}
		if !answers.Scan() {
			return errors.Join(fmt.Errorf("memory: no answer to %q", p), answers.Err(), cmd.Wait())
		}
	}
	peak := peakMemory(cmd.Process.Pid)
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		return err
	}
	size, err := sizeOf([]string{filepath.Join(data, databaseFile)})
	if err != nil {
		return err
	}
	f.add("memory: a process that opens this workspace (%s on disk) and answers the article's prompts holds at most %s resident", mb(size), peak)
	return nil
}

// peakMemory is the most resident memory of a running process, as Linux tells it in /proc (proc(5), VmHWM).
func peakMemory(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "an unknown amount (this system has no /proc)"
	}
	for _, line := range strings.Split(string(text), "\n") {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			if n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")), 10, 64); err == nil {
				return mb(n * 1024)
			}
		}
	}
	return "an unknown amount"
}

func sizeOf(files []string) (int64, error) {
	total := int64(0)
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, nil
}

func mb(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}

// scoreLine is a line of `go test -v` in which a test says a score: "kql_test.go:106: docs: total: 633/663".
var scoreLine = regexp.MustCompile(`^\s+(\w+_test\.go):\d+: (.*\d+/\d+.*)$`)

// writeMeasured writes docs/measured.md: the figures of the benchmark, and the scores of the proofs by package.
func writeMeasured(path string, lines []string, proofs string) error {
	var b strings.Builder
	b.WriteString("# Measured\n\nWritten by `make prove`. Each line was printed by `sleuth bench` or by a test.\n\n## sleuth bench\n\n")
	for _, l := range lines {
		b.WriteString("- " + l + "\n")
	}
	if proofs != "" {
		text, err := os.ReadFile(proofs)
		if err != nil {
			return err
		}
		b.WriteString("\n## Proofs (`SLEUTH_PROVE=1 go test -v ./...`)\n\n")
		b.WriteString(proofScores(string(text)))
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// proofScores lists the scores in a log of go test -v, each under the package whose line ends its part of the log.
func proofScores(log string) string {
	var b strings.Builder
	var scores []string
	for _, l := range strings.Split(log, "\n") {
		if m := scoreLine.FindStringSubmatch(l); m != nil && len(m[2]) < 200 {
			scores = append(scores, m[2])
			continue
		}
		fields := strings.Fields(l)
		if len(fields) < 2 || (fields[0] != "ok" && fields[0] != "FAIL") {
			continue
		}
		if len(scores) > 0 {
			fmt.Fprintf(&b, "%s (%s)\n\n- %s\n\n", strings.TrimPrefix(fields[1], "github.com/sleuth-sec/sleuth/"), fields[0], strings.Join(scores, "\n- "))
		}
		scores = nil
	}
	return b.String()
}
