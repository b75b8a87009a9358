package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/secret"
)

// TestSecretsAreNowhereToBeRead plants secrets and looks for them in every file of the data directory, a backup and an export of
// the trail, and in what commands print, before and after a change of keys.
func TestSecretsAreNowhereToBeRead(t *testing.T) {
	ctx, top := t.Context(), t.TempDir()
	dir := filepath.Join(top, "data")
	planted := map[string]string{"model/api-key": "sk-planted-token-4711", "connect/password": "planted Passw0rd!", "connect/key": "PLANTEDKEYMATERIAL0123456789abcdef"}
	var out bytes.Buffer
	h, err := openHouse(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range planted {
		if err := h.secrets.Put(ctx, name, secret.NewValue(text)); err != nil {
			t.Fatal(err)
		}
	}
	look := func(when string) {
		t.Helper()
		files := 0
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			files++
			for name, text := range planted {
				for _, form := range []string{text, base64.StdEncoding.EncodeToString([]byte(text)), hex.EncodeToString([]byte(text))} {
					if bytes.Contains(data, []byte(form)) {
						t.Errorf("%s: %s is in %s", when, name, path)
					}
				}
			}
			// The signing key begins like this in the clear, and the authority's like that.
			if bytes.Contains(data, []byte("PRIVATE+KEY+")) || bytes.Contains(data, []byte("BEGIN PRIVATE KEY")) {
				t.Errorf("%s: %s has a key in the clear", when, path)
			}
			return err
		})
		if err != nil || files < 5 {
			t.Fatalf("%d files, %v", files, err)
		}
		for name, text := range planted {
			if strings.Contains(out.String(), text) {
				t.Errorf("%s: %s was printed", when, name)
			}
		}
	}
	look("open") // the write-ahead log too
	if _, err := openAuthority(clientDefaults("127.0.0.1:0"), dir, h.box); err != nil {
		t.Fatal(err)
	}
	if _, err := h.rotateKeys(ctx, access.LocalOwner(), ""); err != nil {
		t.Fatal(err)
	}
	if err := h.closeParts(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"settings", "key"}, {"settings", "key", "--json"}, {"settings", "list", "--json"}, {"audit", "show", "--json"},
		{"backup", filepath.Join(top, "backup")}, {"audit", "export", filepath.Join(top, "export")}} {
		stdout, stderr, code := command(t, "", append(args, "--data", dir)...)
		if code != exitDone {
			t.Fatalf("%v: %d %s", args, code, stderr)
		}
		out.WriteString(stdout + stderr)
	}
	look("copied")
	// What opens wrongly says so without saying what.
	h, err = openHouse(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.closeParts()
	sealed, _, err := h.state.Secret(ctx, "model/api-key")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.state.PutSecret(ctx, "connect/password", sealed); err != nil {
		t.Fatal(err)
	}
	_, err = h.secrets.Get(ctx, "connect/password")
	if err == nil {
		t.Fatal("a secret opens in the place of another")
	}
	out.WriteString(err.Error())
	v, err := h.secrets.Get(ctx, "model/api-key")
	if err != nil || v.Reveal() != planted["model/api-key"] {
		t.Fatalf("%q, %v", v.Reveal(), err)
	}
	look("swapped")
}
