package settings

import (
	"slices"
	"strings"
	"testing"
)

func TestDeclarations(t *testing.T) {
	var names []string
	for _, s := range All() {
		names = append(names, s.Name)
		if v, err := s.Parse(s.Default); err != nil || v != s.Default {
			t.Errorf("%s: the default %q is kept as %q, %v", s.Name, s.Default, v, err)
		}
		if f, err := Find(strings.ToUpper(s.Name)); err != nil || f.Name != s.Name || s.Doc == "" {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("not in order: %v", names)
	}
	if _, err := Find("nothing"); err == nil || !strings.Contains(err.Error(), CopyResponses) {
		t.Errorf("%v", err)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{CopyResponses, "TRUE", "true"}, {CopyResponses, "0", "false"}, {CopyResponses, "maybe", ""}, {CopyResponses, "", ""},
		{ClientMaxTime, "90s", "1m30s"}, {ClientMaxTime, "2h", ""}, {ClientMaxTime, "0s", ""}, {ClientMaxTime, "-5m", ""}, {ClientMaxTime, "5", ""},
	} {
		s, err := Find(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Parse(c.text); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %q: %q, %v; want %q", c.name, c.text, got, err, c.want)
		}
	}
}
