package tenantgen

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var testEnd = time.Date(2026, 5, 14, 9, 30, 0, 0, time.UTC)

func testConfig(t testing.TB) Config {
	return Config{Org: "Example Credit Union", Domain: "credit.example", Users: 80, Days: 14, Events: 6000, Seed: 7, Attacks: []string{"all"}, End: testEnd, Out: filepath.Join(t.TempDir(), "tenant")}
}

func generate(t testing.TB, cfg Config) Summary {
	t.Helper()
	s, err := Generate(context.Background(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hashes gives the digest of every file below a directory.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		sum := sha256.Sum256(b)
		rel, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSameConfigSameBytes(t *testing.T) {
	a, b := testConfig(t), testConfig(t)
	b.Attacks = []string{"privilege-escalation", "karita", "password-spray", "mfa-fatigue", "token-theft", "consent-grant", "inbox-rule", "leaked-credentials", "persistence", "karita"}
	generate(t, a)
	generate(t, b)
	first, second := hashes(t, a.Out), hashes(t, b.Out)
	if len(first) < 35 {
		t.Errorf("only %d files", len(first))
	}
	for name, h := range first {
		if second[name] != h {
			t.Errorf("%s differs between two runs", name)
		}
	}
	c := testConfig(t)
	c.Seed++
	generate(t, c)
	third := hashes(t, c.Out)
	for _, name := range []string{"directory/users.json", "logs/SignInLogs.json.gz", "truth.json"} {
		if third[name] == first[name] {
			t.Errorf("%s does not depend on the seed", name)
		}
	}
}

// TestDaysDoNotChangePeople: only "last seen" facts may differ when the logs are longer.
func TestDaysDoNotChangePeople(t *testing.T) {
	cfg := testConfig(t)
	cfg.Attacks = nil
	long := cfg
	long.Days = 60
	a, b := buildWorld(cfg), buildWorld(long)
	for i, p := range a.people {
		q := b.people[i]
		if p.id != q.id || p.upn != q.upn || p.title != q.title || p.created != q.created || p.passwordChanged != q.passwordChanged || len(p.methods) != len(q.methods) || len(p.devices) != len(q.devices) {
			t.Errorf("%s differs from %s", p.upn, q.upn)
		}
	}
	for i, g := range a.groups {
		if len(g.members) != len(b.groups[i].members) {
			t.Errorf("group %s has %d and %d members", g.name, len(g.members), len(b.groups[i].members))
		}
	}
	d := epochDay(a.end) - 3
	for _, p := range a.people[20:40] {
		if a.activity(p, d) != b.activity(b.people[p.index], d) {
			t.Errorf("the day of %s differs", p.upn)
		}
	}
}

func TestEventsNearWanted(t *testing.T) {
	for _, c := range []struct{ users, days, events int }{{50, 3, 5000}, {200, 30, 20_000}} {
		cfg := testConfig(t)
		cfg.Users, cfg.Days, cfg.Events, cfg.Attacks = c.users, c.days, c.events, []string{"karita"}
		s := generate(t, cfg)
		if off := float64(s.Records)/float64(c.events) - 1; off < -0.06 || off > 0.06 {
			t.Errorf("%d users, %d days: %d records, wanted about %d", c.users, c.days, s.Records, c.events)
		}
	}
}

func TestConfigProblems(t *testing.T) {
	ok := testConfig(t)
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		edit func(*Config)
		want string
	}{
		{"domain", func(c *Config) { c.Domain = "not a domain" }, "DNS name"},
		{"users", func(c *Config) { c.Users = 3 }, "25 or more"},
		{"days", func(c *Config) { c.Days = 0 }, "--days"},
		{"attack", func(c *Config) { c.Attacks = []string{"pasword-spray"} }, "choose among karita, password-spray"},
		{"out", func(c *Config) { c.Out = full }, "not empty"},
		{"end", func(c *Config) { c.End = time.Time{} }, "end of the logs"},
		{"events", func(c *Config) { c.Events = -1 }, "--events"},
	}
	for _, c := range cases {
		cfg := ok
		c.edit(&cfg)
		if _, err := Generate(context.Background(), cfg, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		}
	}
}

func TestCancelLeavesNothing(t *testing.T) {
	cfg := testConfig(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Generate(ctx, cfg, nil); err == nil {
		t.Fatal("a cancelled generation succeeded")
	}
	entries, err := os.ReadDir(filepath.Dir(cfg.Out))
	if err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func BenchmarkGenerate(b *testing.B) {
	for range b.N {
		cfg := Config{Org: "Example Credit Union", Domain: "credit.example", Users: 5000, Days: 30, Events: 1_000_000, Seed: 7, Attacks: []string{"karita"}, End: testEnd, Out: filepath.Join(b.TempDir(), "tenant")}
		start := time.Now()
		s := generate(b, cfg)
		b.ReportMetric(float64(s.Records)/time.Since(start).Seconds(), "events/s")
	}
}
