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
		{SecondFactor, "required", "required"}, {SecondFactor, " Optional ", "optional"}, {SecondFactor, "OPTIONAL", "optional"}, {SecondFactor, "", ""},
		{SecondFactor, "required or optional", ""}, {SecondFactor, "require", ""}, {SecondFactor, "true", ""}, {SecondFactor, "required\noptional", ""},
		{PromptsPerDay, "200", "200"}, {PromptsPerDay, "-1", ""}, {PromptsPerDay, "1000001", ""}, {QueryMaxMemory, "512MiB", "512MiB"}, {QueryMaxMemory, "1MiB", ""},
		{OIDCIssuer, "https://login.example.com/t/v2.0", "https://login.example.com/t/v2.0"}, {OIDCIssuer, "http://login.example.com", ""},
		{OIDCIssuer, "http://127.0.0.1:9", "http://127.0.0.1:9"}, {OIDCIssuer, "login.example.com", ""}, {OIDCClientID, "a\nb", ""}, {OIDCClientID, "a\x01b", ""},
		{OIDCRoles, "A=Owner, B = Security Reader\nA=Owner", "A=Owner\nB = Security Reader"}, {OIDCRoles, "A", ""}, {OIDCRoles, "=Owner", ""}, {OIDCRoles, "A=King", ""},
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

// TestChoices: a choice says its words, has each of them, and its default is one.
func TestChoices(t *testing.T) {
	n := 0
	for _, s := range All() {
		if (s.Type == Choice) != (len(s.Choices) > 0) {
			t.Errorf("%s is a %s with the choices %q", s.Name, s.Type, s.Choices)
		}
		if s.Type != Choice {
			continue
		}
		n++
		if !slices.Contains(s.Choices, s.Default) || len(s.Choices) < 2 {
			t.Errorf("%s: %q of %q", s.Name, s.Default, s.Choices)
		}
		for _, c := range s.Choices {
			if v, err := s.Parse(strings.ToUpper(c)); err != nil || v != c || !strings.Contains(s.Allowed(), c) {
				t.Errorf("%s: %q is %q, %v; allowed: %s", s.Name, c, v, err, s.Allowed())
			}
		}
		if _, err := s.Parse("nonsense"); err == nil || !strings.Contains(err.Error(), s.Name+` cannot be "nonsense": give `+s.Allowed()) {
			t.Errorf("%v", err)
		}
	}
	if n == 0 {
		t.Error("there is no choice to test")
	}
}
