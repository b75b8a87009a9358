package audit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/audit"
)

var updateVectors = flag.Bool("update-vectors", false, "make testdata/vectors.json anew, with new keys")

// vectors is testdata/vectors.json: what another implementation must accept, and what it must refuse.
type vectors struct {
	VerifierKeys []string                 `json:"verifierKeys"`
	Entries      []audit.EntryProof       `json:"entries"`
	Consistency  []audit.ConsistencyProof `json:"consistency"`
	// Refused are entry proofs in which one thing was changed.
	Refused []audit.EntryProof `json:"refused"`
}

func TestVectors(t *testing.T) {
	if *updateVectors {
		writeVectors(t)
	}
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	for i, p := range v.Entries {
		if _, err := p.Check(v.VerifierKeys...); err != nil {
			t.Errorf("entries[%d]: %v", i, err)
		}
	}
	for i, p := range v.Consistency {
		if err := p.Check(v.VerifierKeys...); err != nil {
			t.Errorf("consistency[%d]: %v", i, err)
		}
	}
	for i, p := range v.Refused {
		if _, err := p.Check(v.VerifierKeys...); err == nil {
			t.Errorf("refused[%d] is accepted", i)
		}
	}
	if len(v.Entries) < 3 || len(v.Consistency) < 3 || len(v.Refused) < 3 {
		t.Error("the vectors are not whole")
	}
}

func writeVectors(t *testing.T) {
	dir := sample(t)
	p, err := audit.OpenProofs(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var v vectors
	if v.VerifierKeys, err = audit.VerifierKeys(dir); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int64{0, 3, 7, 9} {
		proof, err := p.Entry(i)
		if err != nil {
			t.Fatal(err)
		}
		v.Entries = append(v.Entries, *proof)
	}
	newest, err := p.Checkpoint(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{1, 6, 8} {
		from, err := p.Checkpoint(size)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := p.Consistency(from, newest)
		if err != nil {
			t.Fatal(err)
		}
		v.Consistency = append(v.Consistency, *proof)
	}
	entry, index, hash := v.Entries[1], v.Entries[1], v.Entries[1]
	entry.Entry = strings.Replace(entry.Entry, "PromptSubmitted", "PromptAnswered", 1)
	index.Index++
	hash.Hashes = append(hash.Hashes[:0:0], hash.Hashes...)
	hash.Hashes[0][0] ^= 1
	v.Refused = []audit.EntryProof{entry, index, hash}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/vectors.json", out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
