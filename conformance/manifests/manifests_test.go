package manifests_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/plugin"
)

var failures = flag.Bool("failures", false, "show what each file gives")

// file is a published file.
type file struct {
	path string // below the folder, with slashes
	text []byte
}

// published are the files of the folder with one of the endings.
func published(t *testing.T, endings ...string) []file {
	t.Helper()
	root, err := filepath.Abs("../../../shared/content/security-copilot")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("skipped: there is no folder shared/content/security-copilot beside the repository")
	}
	var out []file
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains(endings, strings.ToLower(filepath.Ext(path))) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		out = append(out, file{filepath.ToSlash(rel), text})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("the folder has no files")
	}
	return out
}

// refusal says how a published file is refused, and why that is right.
type refusal struct {
	File, Code, At, Says, Right string
}

func refusals(t *testing.T) []refusal {
	t.Helper()
	text, err := os.ReadFile("testdata/refused.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []refusal
	if err := yaml.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestManifests reads every published manifest: it loads, or is refused as testdata/refused.yaml says.
func TestManifests(t *testing.T) {
	known := refusals(t)
	all, refused, warnings := 0, 0, 0
	for _, f := range published(t, ".yaml", ".yml") {
		all++
		m, list := plugin.Read(f.path, f.text)
		for _, d := range list.Items {
			warnings++
			if *failures {
				t.Log(d)
			}
		}
		i := slices.IndexFunc(known, func(r refusal) bool { return r.File == f.path })
		switch {
		case !list.Failed() && i < 0:
			if m.Name == "" || len(m.Groups) == 0 {
				t.Errorf("%s loads as nothing: %+v", f.path, m)
			}
		case !list.Failed():
			t.Errorf("%s loads, and testdata/refused.yaml says that it cannot", f.path)
		case i < 0:
			t.Errorf("%s is refused: %s", f.path, list.First())
		default:
			refused++
			d := list.First()
			if at := fmt.Sprintf("%d:%d", d.Line, d.Column); d.Code != known[i].Code || at != known[i].At || !strings.Contains(d.Error(), known[i].Says) {
				t.Errorf("%s: %s\nwant %s at %s with %q", f.path, d, known[i].Code, known[i].At, known[i].Says)
			}
		}
	}
	t.Logf("manifests: %d/%d load, %d refused rightly; %d warnings", all-refused, all, refused, warnings)
}
