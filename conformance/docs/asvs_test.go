package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// point is a requirement of OWASP ASVS, and what holds it.
type point struct {
	Point   string   `yaml:"point"`
	Level   int      `yaml:"level"`
	About   string   `yaml:"about"`
	Tests   []string `yaml:"tests"` // package.Test
	Docs    []string `yaml:"docs"`  // file: words
	NA      string   `yaml:"na"`
	Missing string   `yaml:"missing"`
	Note    string   `yaml:"note"`
}

func (p point) status() string {
	held := len(p.Tests)+len(p.Docs) > 0
	switch {
	case p.NA != "":
		return "does not apply"
	case held && p.Missing != "":
		return "in part"
	case held:
		return "met"
	}
	return "not met"
}

// sections of ASVS 5.0.0, with the numbers of their points of level 1 and 2; those of level 3 are not here.
var sections = []struct {
	number, title string
	points        []int
}{
	{"6.1", "Authentication documentation", upTo(3)}, {"6.2", "Passwords", upTo(12)}, {"6.3", "Authentication in general", upTo(4)},
	{"6.4", "Life of a factor, and recovery", upTo(4)}, {"6.5", "Second factors", upTo(5)}, {"6.6", "Other channels", upTo(3)},
	{"6.8", "Identity providers", upTo(4)},
	{"7.1", "Session documentation", upTo(3)}, {"7.2", "Sessions", upTo(4)}, {"7.3", "Timeouts", upTo(2)}, {"7.4", "Ends of sessions", upTo(5)},
	{"7.5", "Abuse of sessions", upTo(2)}, {"7.6", "Sessions and providers", upTo(2)},
	{"8.1", "Authorization documentation", upTo(2)}, {"8.2", "Authorization", upTo(3)}, {"8.3", "Where it is decided", upTo(1)}, {"8.4", "Tenants", upTo(1)},
	{"9.1", "Self-contained tokens: source and integrity", upTo(3)}, {"9.2", "Self-contained tokens: content", upTo(4)},
	{"10.1", "OAuth and OIDC in general", upTo(2)}, {"10.2", "OAuth client", upTo(2)}, {"10.3", "OAuth resource server", upTo(4)},
	{"10.4", "OAuth authorization server", upTo(11)}, {"10.5", "OIDC client", upTo(5)}, {"10.6", "OpenID provider", upTo(2)}, {"10.7", "Consent", upTo(3)},
	{"11.1", "Inventory of cryptography", upTo(2)}, {"11.2", "Implementation", upTo(3)}, {"11.3", "Encryption", upTo(3)}, {"11.4", "Hashes", upTo(4)},
	{"11.5", "Randomness", upTo(1)}, {"11.6", "Public keys", upTo(1)},
	{"16.1", "Logging documentation", upTo(1)}, {"16.2", "Logging in general", upTo(5)}, {"16.3", "Security events", upTo(4)}, {"16.4", "Protection of logs", upTo(3)},
	{"16.5", "Errors", upTo(3)},
}

func upTo(n int) (out []int) {
	for i := range n {
		out = append(out, i+1)
	}
	return out
}

func readData[T any](t *testing.T, name string) (out []T) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&out); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// TestASVSIsHeld sees that every point of the chapters is listed, that the tests which hold them exist, and that the pages say what
// they are named for.
func TestASVSIsHeld(t *testing.T) {
	list := readData[point](t, "asvs.yaml")
	var want, have []string
	for _, s := range sections {
		for _, n := range s.points {
			want = append(want, fmt.Sprintf("%s.%d", s.number, n))
		}
	}
	tests := map[string]map[string]bool{}
	for _, p := range list {
		have = append(have, p.Point)
		if p.Level != 1 && p.Level != 2 || p.About == "" {
			t.Errorf("%s has no level or no words", p.Point)
		}
		if held := len(p.Tests)+len(p.Docs) > 0; held && p.NA != "" || !held && p.NA == "" && p.Missing == "" {
			t.Errorf("%s: name what holds it, or why it does not apply, or what is missing", p.Point)
		}
		for _, name := range p.Tests {
			dot := strings.LastIndex(name, ".")
			if dot < 0 {
				t.Errorf("%s: %q is not package.Test", p.Point, name)
				continue
			}
			pkg := name[:dot]
			if tests[pkg] == nil {
				tests[pkg] = testsIn(t, pkg)
			}
			if !tests[pkg][name[dot+1:]] {
				t.Errorf("%s is held by %s, and there is no such test", p.Point, name)
			}
		}
		for _, d := range p.Docs {
			file, words, _ := strings.Cut(d, ": ")
			text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
			if err != nil || words == "" || !strings.Contains(string(text), words) {
				t.Errorf("%s: %s does not say %q: %v", p.Point, file, words, err)
			}
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("the points are %v, want %v", have, want)
	}
}

// testsIn are the names of the tests of a package.
func testsIn(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pkg), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") && fn.Name.Name != "TestMain" {
				out[fn.Name.Name] = true
			}
		}
	}
	return out
}

func asvsPage(t *testing.T) string {
	var b strings.Builder
	list := readData[point](t, "asvs.yaml")
	counts := map[string]int{}
	for _, p := range list {
		counts[p.status()]++
	}
	fmt.Fprintf(&b, "# OWASP ASVS 5.0\n\nMade from `conformance/docs/testdata/asvs.yaml`. The points of the [OWASP Application Security Verification Standard](https://owasp.org/www-project-application-security-verification-standard/) "+
		"5.0.0 of levels 1 and 2 on authentication, sessions, authorization, tokens, OAuth and OIDC, cryptography and logging: in a few words of ours, with the tests that hold them. "+
		"A test sees that none is left out and that every test named here exists.\n\nOf %d points %d are met, %d in part, %d not, and %d do not apply.\n",
		len(list), counts["met"], counts["in part"], counts["not met"], counts["does not apply"])
	at := ""
	for _, p := range list {
		number := p.Point[:strings.LastIndex(p.Point, ".")]
		if number != at {
			at = number
			for _, s := range sections {
				if s.number == number {
					fmt.Fprintf(&b, "\n## %s %s\n\n| point | level | what | | held by |\n|---|---|---|---|---|\n", number, s.title)
				}
			}
		}
		var held []string
		for _, x := range p.Tests {
			held = append(held, "`"+x+"`")
		}
		for _, d := range p.Docs {
			file, _, _ := strings.Cut(d, ": ")
			rel, err := filepath.Rel("docs/reference", file)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, "["+strings.TrimSuffix(filepath.Base(file), ".md")+"]("+filepath.ToSlash(rel)+")")
		}
		text := strings.Join(held, ", ")
		if p.NA != "" {
			text = p.NA
		}
		if p.Note != "" {
			text += " (" + p.Note + ")"
		}
		if p.Missing != "" {
			text = strings.TrimPrefix(text+"; ", "; ") + "missing: " + p.Missing
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s |\n", p.Point, p.Level, p.About, p.status(), text)
	}
	return b.String()
}

// use is an import of cryptography or randomness.
type use struct {
	Import string   `yaml:"import"`
	For    string   `yaml:"for"`
	In     []string `yaml:"in"`
}

// cryptographic tells imports of cryptography and randomness from others.
func cryptographic(path string) bool {
	for _, start := range []string{"crypto", "hash/", "math/rand", "golang.org/x/crypto", "golang.org/x/mod/sumdb/note", "golang.org/x/oauth2", "github.com/tink-crypto",
		"github.com/go-webauthn", "github.com/pquerna/otp", "github.com/coreos/go-oidc", "github.com/go-jose", "github.com/golang-jwt", "filippo.io/"} {
		if path == start || strings.HasPrefix(path, strings.TrimSuffix(start, "/")+"/") && !strings.HasPrefix(path, "hash/") {
			return true
		}
	}
	return false
}

// TestWhereCryptographyIs compares the list of what cryptography and randomness is used for with the code, so that none comes in
// unseen. Packages that make or keep secrets draw them with crypto/rand alone.
func TestWhereCryptographyIs(t *testing.T) {
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if pkg := filepath.ToSlash(rel); cryptographic(name) && !slices.Contains(found[name], pkg) {
				found[name] = append(found[name], pkg)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range readData[use](t, "cryptography.yaml") {
		slices.Sort(found[u.Import])
		if !slices.Equal(found[u.Import], u.In) || u.For == "" {
			t.Errorf("%s is used in %v, listed are %v", u.Import, found[u.Import], u.In)
		}
		delete(found, u.Import)
	}
	for name, in := range found {
		t.Errorf("%s is used in %v and not listed", name, in)
	}
}

func cryptographyPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString("# Cryptography\n\nMade from `conformance/docs/testdata/cryptography.yaml`, which a test compares with the imports of the code: every use of cryptography " +
		"and of randomness, by package. What keys there are, and what becomes of them, is in [security.md](../explanation/security.md).\n\n| import | for | in |\n|---|---|---|\n")
	for _, u := range readData[use](t, "cryptography.yaml") {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", u.Import, u.For, strings.Join(u.In, ", "))
	}
	return b.String()
}
