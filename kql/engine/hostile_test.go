package engine

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine/enginetest"
	"github.com/sleuth-sec/sleuth/store/session"
)

type hostileCase struct {
	Name, Query string
	Ends        []string
}

var (
	repeatMark = regexp.MustCompile(`(?s)\{(repeat|count):(.*?):([0-9]+)\}`)
	byteMark   = regexp.MustCompile(`\{byte:([0-9a-f]{2})\}`)
)

// written is the query with its marks filled in.
func (c hostileCase) written() string {
	text := byteMark.ReplaceAllStringFunc(c.Query, func(m string) string {
		b, _ := hex.DecodeString(m[6:8]) // the expression takes hexadecimal digits only
		return string(b)
	})
	return repeatMark.ReplaceAllStringFunc(text, func(m string) string {
		part := repeatMark.FindStringSubmatch(m)
		n, _ := strconv.Atoi(part[3])
		if part[1] == "repeat" {
			return strings.Repeat(part[2], n)
		}
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(part[2], "#", strconv.Itoa(i+1)))
		}
		return b.String()
	})
}

// code is the code of an error, "ok" without one.
func code(err error) string {
	var list *diag.List
	var one *diag.Diagnostic
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &list) && list.First() != nil:
		return list.First().Code
	case errors.As(err, &one):
		return one.Code
	}
	return "uncoded: " + err.Error()
}

// TestHostileQueries: whatever a query is, it ends within the limits, says why, and the engine goes on.
func TestHostileQueries(t *testing.T) {
	text, err := os.ReadFile("testdata/hostile.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []hostileCase
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	m := newMemory(t)
	for _, s := range []string{"SET threads = 2", "SET memory_limit = '512MB'", "SET temp_directory = ''"} {
		if _, err := m.db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	schema, rows := enginetest.Fixture()
	m.add(t, enginetest.FixtureName, schema, rows)
	e := New(Config{Catalog: m, Backend: vectors{session.New(m.db)}, Library: builtin.Standard(),
		Limits: Limits{Timeout: 3 * time.Second, Memory: 64 << 20, KeptRows: 1_000_000}})
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			begunAll := time.Now()
			defer func() { t.Logf("took %v", time.Since(begunAll).Round(time.Millisecond)) }()
			query := c.written()
			for _, local := range []bool{true, false} {
				begun := time.Now()
				_, err := e.Query(context.Background(), query, Options{NoPushdown: local})
				took, got := time.Since(begun), code(err)
				fits := false
				for _, end := range c.Ends {
					fits = fits || strings.HasPrefix(got, end)
				}
				if !fits {
					t.Errorf("reference alone %v: ends with %s after %v: %.300v", local, got, took.Round(time.Millisecond), err)
				}
				// A limit of time that does not bind is none. The factor is for slow machines.
				if took > 30*time.Second {
					t.Errorf("reference alone %v: took %v", local, took)
				}
				res, err := e.Query(context.Background(), "F | where id >= 0 | count", Options{})
				if err != nil || res.Rows()[0][0].Long() != int64(len(rows)) {
					t.Fatalf("the next query: %v", err)
				}
			}
		})
	}
	t.Logf("hostile queries: %d, each in the reference and with DuckDB", len(cases))
}
