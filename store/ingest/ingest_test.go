package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/ingest"
)

// recorder is a sink that writes down what it is given.
type recorder struct {
	rows    []string
	rejects []string
	pages   []string
}

func (r *recorder) Row(row *ingest.Row) error {
	var b strings.Builder
	b.WriteString(row.Table.Name)
	for i, c := range row.Table.Columns {
		switch v := row.Cells[i].(type) {
		case nil:
		case int64:
			if c.Type == "datetime" {
				fmt.Fprintf(&b, " %s=%s", c.Name, moment(v))
				continue
			}
			fmt.Fprintf(&b, " %s=%d", c.Name, v)
		default:
			if v != "" {
				fmt.Fprintf(&b, " %s=%v", c.Name, v)
			}
		}
	}
	for _, m := range row.Extra {
		fmt.Fprintf(&b, " +%s=%s", m.Name, m.Raw)
	}
	r.rows = append(r.rows, b.String())
	return nil
}

func moment(ticks int64) string {
	const epoch = 621_355_968_000_000_000
	t := ticks - epoch
	return time.Unix(t/10_000_000, t%10_000_000*100).UTC().Format("2006-01-02T15:04:05.9999999Z")
}

func (r *recorder) Reject(line int64, reason string, _ []byte) error {
	r.rejects = append(r.rejects, fmt.Sprintf("%d: %s", line, reason))
	return nil
}
func (r *recorder) Cover(ingest.Coverage) error { return nil }
func (r *recorder) Page(p ingest.Page) error {
	r.pages = append(r.pages, fmt.Sprintf("%s %v", p.Collection, p.HasNext))
	return nil
}
func (r *recorder) Unconverted(string, string) {}

func loadSchemas(t testing.TB) *entra.Schemas {
	t.Helper()
	s, err := entra.Load(schemas.FS())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t testing.TB, s *entra.Schemas, name, content string) (*recorder, ingest.Result) {
	t.Helper()
	files := fstest.MapFS{name: {Data: []byte(content)}}
	r := &recorder{}
	result, err := ingest.Read(context.Background(), name, ingest.Options{Schemas: s, Open: func(p string) (fs.File, error) { return files.Open(p) }}, r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r, result
}

// TestFormats: one record of each format and what must stand in its row.
func TestFormats(t *testing.T) {
	s := loadSchemas(t)
	for _, c := range formatCases() {
		t.Run(c.name, func(t *testing.T) {
			file := c.file
			if file == "" {
				file = "export"
			}
			r, result := read(t, s, file, c.content)
			if len(r.rejects) > 0 || result.Unsupported != "" {
				t.Fatalf("set aside: %v %s", r.rejects, result.Unsupported)
			}
			if len(r.rows) != max(1, c.rows) {
				t.Fatalf("%d rows:\n%s", len(r.rows), strings.Join(r.rows, "\n"))
			}
			for _, want := range c.want {
				if !strings.Contains(r.rows[0], want) {
					t.Errorf("no %q in\n%s", want, r.rows[0])
				}
			}
		})
	}
}

// TestUnsupported: what is not a known format is named.
func TestUnsupported(t *testing.T) {
	s := loadSchemas(t)
	for content, want := range map[string]string{
		"":                       "empty",
		"PK\x03\x04....":         "zip",
		"\x00\x01\x02\x03binary": "binary",
		"<html></html>":          "HTML",
		"title: x\nlogsource:\n  product: azure\ndetection:\n  a: b\n":                             "Sigma",
		`{"eventType":"user.session.start","actor":{"id":"1"},"published":"2026-01-01T00:00:00Z"}`: "Okta",
		`[{"Type":"Things_CL","TimeGenerated":"2026-01-01T00:00:00Z","a_s":"x"}]`:                  "Things_CL",
		"red,green,blue\n1,2,3\n": "red, green, blue",
		`"just a text"`:           "text",
		"[1,2,3]":                 "",
	} {
		r, result := read(t, s, "f", content)
		if len(r.rows) > 0 || want != "" && !strings.Contains(result.Unsupported, want) {
			t.Errorf("%q: %q %v", content, result.Unsupported, r.rows)
		}
	}
}

// TestRecovery: a broken record costs that record and no other.
func TestRecovery(t *testing.T) {
	s := loadSchemas(t)
	good := func(n int) string {
		return fmt.Sprintf(`{"createdDateTime":"2026-11-10T08:00:00Z","id":"%d","appId":"x","userPrincipalName":"a@b","status":{"errorCode":0}}`, n)
	}
	pretty := func(n int) string {
		return "  " + strings.ReplaceAll(strings.ReplaceAll(good(n), `,"`, ",\n    \""), `"}`, "\"\n  }")
	}
	for name, c := range map[string]struct {
		content string
		rows    int
		rejects int
	}{
		"a word in a line":     {good(1) + "\n{\"a\": nope}\n" + good(2), 2, 1},
		"an open text":         {good(1) + "\n{\"a\": \"x\n" + good(2), 2, 1},
		"half a last line":     {good(1) + "\n" + good(2)[:40], 1, 1},
		"an open object":       {good(1) + "\n{\"a\": 1\n" + good(2) + "\n" + good(3), 3, 1},
		"in an array":          {"[" + good(1) + ",\n{\"a\" 1},\n" + good(2) + "]", 2, 1},
		"in an indented array": {"[\n" + pretty(1) + ",\n" + strings.Replace(pretty(2), ":", "", 1) + ",\n" + pretty(3) + "\n]", 2, 1},
		"a number on its own":  {good(1) + "\n42\n" + good(2), 2, 1},
		"a frame cut short":    {`{"@odata.context":"x#auditLogs/signIns","value":[` + good(1) + "," + good(2), 2, 1},
	} {
		r, _ := read(t, s, "f", c.content)
		if len(r.rows) != c.rows || len(r.rejects) != c.rejects {
			t.Errorf("%s: %d rows, %v", name, len(r.rows), r.rejects)
		}
		if strings.Contains(name, "frame") && len(r.pages) > 0 {
			t.Errorf("%s: a cut document counts as complete: %v", name, r.pages)
		}
	}
}

// TestNothingIsLost: what no column takes stands in _Extra, digits and all.
func TestNothingIsLost(t *testing.T) {
	s := loadSchemas(t)
	r, _ := read(t, s, "f", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users","value":[{"id":"1","userPrincipalName":"a@b","accountEnabled":"perhaps","big":12345678901234567890,"precise":0.10000000000000000001,"nested":{"b":1,"a":[2, 3]},"businessPhones":["+1"]}]}`)
	want := []string{`+accountEnabled="perhaps"`, "+big=12345678901234567890", "+precise=0.10000000000000000001", `+nested={"b":1,"a":[2,3]}`, `businessPhones=["+1"]`}
	for _, w := range want {
		if len(r.rows) != 1 || !strings.Contains(r.rows[0], w) {
			t.Errorf("no %q in %v", w, r.rows)
		}
	}
	if fmt.Sprint(r.pages) != "[users false]" {
		t.Errorf("pages %v", r.pages)
	}
}

// TestDateOrder: one value above 12 decides for the whole file.
func TestDateOrder(t *testing.T) {
	s := loadSchemas(t)
	header := "Id,RiskLastUpdatedDateTime,RiskLevel,RiskState,UserDisplayName,UserPrincipalName,IsDeleted\n"
	for last, want := range map[string]string{"25/04/2026 10:00:00": "2026-04-03", "04/25/2026 10:00:00": "2026-03-04"} {
		r, _ := read(t, s, "f.csv", header+"u,03/04/2026 10:00:00,high,atRisk,A,a@b,False\nv,"+last+",high,atRisk,A,a@b,False\n")
		if len(r.rows) == 0 || !strings.Contains(r.rows[0], "riskLastUpdatedDateTime="+want) {
			t.Errorf("with %s: %v %v", last, r.rows, r.rejects)
		}
	}
}

// errDisk is what a failing disk says.
var errDisk = errors.New("input/output error")

type failingFile struct{ *bytes.Reader }

func (failingFile) Stat() (fs.FileInfo, error) { return nil, errDisk }
func (failingFile) Close() error               { return nil }
func (f failingFile) Read(p []byte) (int, error) {
	if f.Len() == 0 {
		return 0, errDisk
	}
	return f.Reader.Read(p)
}

func TestDiskTrouble(t *testing.T) {
	content := []byte(`{"createdDateTime":"2026-11-10T08:00:00Z","id":"1","appId":"x","userPrincipalName":"a@b","status":{}}` + "\n")
	_, err := ingest.Read(context.Background(), "f", ingest.Options{Schemas: loadSchemas(t), Open: func(string) (fs.File, error) {
		return failingFile{bytes.NewReader(content)}, nil
	}}, &recorder{})
	if !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
}

// FuzzRead: no content may crash the reader, and records plus records set aside never exceed what
// a line can hold.
func FuzzRead(f *testing.F) {
	s := loadSchemas(f)
	for _, c := range formatCases() {
		f.Add([]byte(c.content))
	}
	for _, seed := range []string{"", "[", "{", `{"value":[`, `{"value":[{]}`, "\xff\xfe{\x00", "\x1f\x8b\x08", "a,b\n\"", `{"tables":[{"columns":[{"name":"a"}],"rows":[[1],[]]}]}`, "[[[", "{\"a\":\"\\u12"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		files := fstest.MapFS{"f": {Data: content}}
		r := &recorder{}
		if _, err := ingest.Read(context.Background(), "f", ingest.Options{Schemas: s, Open: func(p string) (fs.File, error) { return files.Open(p) }}, r); err != nil {
			if !strings.Contains(err.Error(), "transform") {
				t.Skip(err)
			}
		}
		sort.Strings(r.rows)
	})
}
