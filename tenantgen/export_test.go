package tenantgen

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// export is a written tenant, read back without the generator's own types.
type export struct {
	t       *testing.T
	dir     string
	signIns map[string]map[string]any // properties by request id
	audits  []map[string]any
	office  []map[string]any
	calls   []map[string]any
	truth   Truth
	log     map[string]map[string]bool // ids by category
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func readLines(t *testing.T, path string) []map[string]any {
	t.Helper()
	var out []map[string]any
	lines := bufio.NewScanner(bytes.NewReader(readFile(t, path)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var m map[string]any
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, lines.Text())
		}
		out = append(out, m)
	}
	return out
}

func (x *export) collection(name string) []map[string]any {
	x.t.Helper()
	var d struct{ Value []map[string]any }
	if err := json.Unmarshal(readFile(x.t, filepath.Join(x.dir, "directory", name+".json")), &d); err != nil {
		x.t.Fatal(name, err)
	}
	return d.Value
}

func readExport(t *testing.T, dir string) *export {
	x := &export{t: t, dir: dir, signIns: map[string]map[string]any{}, log: map[string]map[string]bool{}}
	note := func(log, id string) {
		if x.log[log] == nil {
			x.log[log] = map[string]bool{}
		}
		if x.log[log][id] {
			t.Errorf("%s holds %s twice", log, id)
		}
		x.log[log][id] = true
	}
	logs := filepath.Join(dir, "logs")
	for _, name := range []string{"SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs", "ManagedIdentitySignInLogs"} {
		previous := ""
		for _, r := range readLines(t, filepath.Join(logs, name+".json.gz")) {
			p := r["properties"].(map[string]any)
			if r["category"] != name || r["callerIpAddress"] != p["ipAddress"] || r["correlationId"] != p["correlationId"] {
				t.Errorf("%s: envelope and properties disagree: %v", name, r)
			}
			if r["time"].(string) < previous {
				t.Errorf("%s is not in order of time", name)
			}
			previous = r["time"].(string)
			id := p["id"].(string)
			note(name, id)
			x.signIns[id] = p
		}
	}
	for _, r := range readLines(t, filepath.Join(logs, "AuditLogs.json.gz")) {
		p := r["properties"].(map[string]any)
		note("AuditLogs", p["id"].(string))
		x.audits = append(x.audits, p)
	}
	for _, r := range readLines(t, filepath.Join(logs, "MicrosoftGraphActivityLogs.json.gz")) {
		p := r["properties"].(map[string]any)
		note("MicrosoftGraphActivityLogs", p["requestId"].(string))
		x.calls = append(x.calls, p)
	}
	for _, r := range readLines(t, filepath.Join(logs, "UAL-Combined.jsonl.gz")) {
		note("OfficeActivity", r["Id"].(string))
		x.office = append(x.office, r)
	}
	for _, page := range []string{"signIns-page1.json", "signIns-page2.json.gz"} {
		var d struct{ Value []map[string]any }
		if err := json.Unmarshal(readFile(t, filepath.Join(logs, page)), &d); err != nil {
			t.Fatal(page, err)
		}
		for _, s := range d.Value {
			x.signIns[s["id"].(string)] = s
		}
	}
	if err := json.Unmarshal(readFile(t, filepath.Join(dir, "truth.json")), &x.truth); err != nil {
		t.Fatal(err)
	}
	return x
}
