package content_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// verdict is what the published parser and binder say of a query; see oracle.mjs.
type verdict struct {
	ID      string    `json:"id"`
	Parsed  bool      `json:"parsed"`
	Bound   bool      `json:"bound"`
	Open    bool      `json:"open"`
	Columns []column  `json:"columns"` // nil: the query has no table as its result
	Errors  []problem `json:"errors"`
	Failed  string    `json:"failed"`
}

type column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	At      int    `json:"at"`
}

// prove says that the long tests run in full.
func prove() bool { return os.Getenv("SLEUTH_PROVE") == "1" }

// publishedParser is the folder that the published parser is installed in. It is installed where the long tests run; otherwise
// it is used where a long test left it.
func publishedParser(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("Node.js is not installed: no comparison with the published parser")
	}
	manifest, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	var pkg struct{ Dependencies map[string]string }
	if err := json.Unmarshal(manifest, &pkg); err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("no place for the published parser: %v", err)
	}
	dir := filepath.Join(cache, "sleuth-conformance", "kusto-"+pkg.Dependencies["@kusto/language-service-next"])
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@kusto")); err == nil {
		return dir
	}
	if !prove() {
		t.Skip("the published parser is not installed: SLEUTH_PROVE=1 installs it")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), manifest, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v\n%s", err, out)
	}
	return dir
}

// askOracle gives the verdicts on queries, by ID.
func askOracle(t *testing.T, queries []published) map[string]verdict {
	t.Helper()
	dir := publishedParser(t)
	schemas := filepath.Join(t.TempDir(), "schemas.json")
	text, err := json.Marshal(sharedTables(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(schemas, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var in bytes.Buffer
	for _, q := range queries {
		line, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.Command("node", "oracle.mjs", dir, schemas)
	cmd.Stdin = &in
	var stderr strings.Builder
	cmd.Stderr = &stderr
	outText, err := cmd.Output()
	if err != nil {
		t.Fatalf("oracle.mjs: %v\n%s", err, stderr.String())
	}
	out := map[string]verdict{}
	sc := bufio.NewScanner(bytes.NewReader(outText))
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		var v verdict
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatalf("oracle.mjs: %v: %s", err, sc.Text())
		}
		if v.Failed != "" {
			t.Logf("the published parser fails on %s: %s", v.ID, v.Failed)
			continue
		}
		out[v.ID] = v
	}
	return out
}

// sharedTable is a table's columns as the companion folder has them.
type sharedTable struct {
	Name    string   `json:"name"`
	Columns []column `json:"columns"`
}

// sharedTables reads shared/schemas/tables. A second schema of a name, and second spellings of a column, are left out:
// the workspace's table is the first.
func sharedTables(t *testing.T) []sharedTable {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sharedFolder(t, "schemas"), "tables", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out []sharedTable
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Table   string
			Columns []struct{ Name, Type, SameAs string }
		}
		if json.Unmarshal(text, &doc) != nil || doc.Table+".json" != filepath.Base(f) {
			continue // index.json, standard-columns.json, IdentityInfo.DefenderXDR.json
		}
		table := sharedTable{Name: doc.Table}
		for _, c := range doc.Columns {
			if c.SameAs == "" {
				table.Columns = append(table.Columns, column{Name: c.Name, Type: c.Type})
			}
		}
		out = append(out, table)
	}
	return out
}
