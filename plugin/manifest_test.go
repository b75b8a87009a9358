package plugin_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/plugin"
)

const small = `
Descriptor: {Name: P, Description: d}
SkillGroups:
  - Format: KQL
    Skills:
      - Name: GetThings
        Description: things
        Inputs:
          - {Name: who, Required: true}
          - {Name: lookback, DefaultValue: 7d}
        ExamplePrompt: things of {who}
        Settings: {Target: Defender, Template: 'T | where U == "{{who}}"'}
        Sleuth:
          Inputs: [{Name: who, Type: user}]
`

func TestParse(t *testing.T) {
	m, err := plugin.Parse("p.yaml", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	s := m.Skills[0]
	who, _ := s.Input("who")
	lookback, _ := s.Input("lookback")
	if m.Name != "P" || s.Name != "GetThings" || who.Type != "user" || !who.Required || lookback.Type != "lookback" || lookback.Default != "7d" || len(s.Examples) != 1 {
		t.Fatalf("%+v", s)
	}
}

func TestFaultsAreNamed(t *testing.T) {
	for _, c := range []struct{ text, code string }{
		{"a: [", "PLG1001"}, {"Descriptor: {Name: P}", "PLG1002"}, {"SkillGroups: []", "PLG1002"},
		{"Descriptor: {Name: P}\nSkillGroups: [{Format: KQL, Skills: [{Name: A}, {Name: A}]}]", "PLG1003"},
		{"Descriptor: {Name: P}\nSkillGroups: [{Format: KQL, Skills: [{Name: A, Sleuth: {Inputs: [{Name: x, Type: user}]}}]}]", "PLG1004"},
		{"Descriptor: {Name: P}\nSkillGroups: [{Format: KQL, Skills: [{Settings: {}}]}]", "PLG1002"},
	} {
		_, err := plugin.Parse("p.yaml", []byte(c.text))
		var e *plugin.Error
		if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(err.Error(), "p.yaml") {
			t.Errorf("%q: %v, want %s", c.text, err, c.code)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, text []byte) { _, _ = plugin.Parse("p.yaml", text) })
}

// TestPublishedManifests reads the manifests that others published, where they are at hand.
func TestPublishedManifests(t *testing.T) {
	root := "../../shared/content/security-copilot"
	if _, err := os.Stat(root); err != nil {
		t.Skip("no published manifests beside the repository")
	}
	total, read := 0, 0
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || (filepath.Ext(p) != ".yaml" && filepath.Ext(p) != ".yml") {
			return err
		}
		text, err := os.ReadFile(p)
		if err != nil || !strings.Contains(string(text), "SkillGroups") {
			return err
		}
		total++
		if _, err := plugin.Parse(filepath.Base(p), text); err != nil {
			t.Log(err)
		} else {
			read++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("published manifests read: %d/%d", read, total)
	if total > 0 && read*10 < total*9 {
		t.Errorf("only %d of %d published manifests could be read", read, total)
	}
}
