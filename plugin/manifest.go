package plugin

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/plugin/fill"
)

// Manifest is one plugin file.
type Manifest struct {
	Name        string
	DisplayName string
	Description string
	Skills      []Skill
}

// file mirrors the YAML; both spellings of a key that are in use in published manifests are read.
type file struct {
	Descriptor struct {
		Name        string `yaml:"Name"`
		DisplayName string `yaml:"DisplayName"`
		Description string `yaml:"Description"`
	} `yaml:"Descriptor"`
	SkillGroups []struct {
		Format string      `yaml:"Format"`
		Skills []fileSkill `yaml:"Skills"`
	} `yaml:"SkillGroups"`
}

type fileSkill struct {
	Name           string      `yaml:"Name"`
	DisplayName    string      `yaml:"DisplayName"`
	Description    string      `yaml:"Description"`
	Inputs         []fileInput `yaml:"Inputs"`
	ExamplePrompts texts       `yaml:"ExamplePrompts"`
	ExamplePrompt  texts       `yaml:"ExamplePrompt"`
	Settings       struct {
		Template string `yaml:"Template"`
	} `yaml:"Settings"`
	Sleuth Additions `yaml:"Sleuth"`
}

type fileInput struct {
	Name         string    `yaml:"Name"`
	Description  string    `yaml:"Description"`
	Required     bool      `yaml:"Required"`
	DefaultValue yaml.Node `yaml:"DefaultValue"`
}

// texts is a list of texts, or one.
type texts []string

func (t *texts) UnmarshalYAML(n *yaml.Node) error {
	switch n.Kind {
	case yaml.SequenceNode:
		var many []string
		if err := n.Decode(&many); err != nil {
			return err
		}
		*t = many
	case yaml.ScalarNode:
		if n.Value != "" {
			*t = texts{n.Value}
		}
	default:
		return fmt.Errorf("line %d: example prompts are a list of texts", n.Line)
	}
	return nil
}

// Parse reads one manifest. name is the file's name, for messages.
func Parse(name string, text []byte) (*Manifest, error) {
	var f file
	if err := yaml.Unmarshal(text, &f); err != nil {
		return nil, notYAML(name, err)
	}
	if f.Descriptor.Name == "" {
		return nil, missing(name, "Descriptor.Name")
	}
	m := &Manifest{Name: f.Descriptor.Name, DisplayName: f.Descriptor.DisplayName, Description: f.Descriptor.Description}
	for gi, g := range f.SkillGroups {
		if g.Format == "" {
			return nil, missing(name, fmt.Sprintf("SkillGroups[%d].Format", gi))
		}
		for si, fs := range g.Skills {
			if fs.Name == "" {
				return nil, missing(name, fmt.Sprintf("SkillGroups[%d].Skills[%d].Name", gi, si))
			}
			s, err := fs.skill(name, m.Name, g.Format)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(m.Skills, func(o Skill) bool { return o.Name == s.Name }) {
				return nil, twice(name, s.Name)
			}
			m.Skills = append(m.Skills, s)
		}
	}
	// An API plugin lists no skills: its OpenAPI document does.
	if len(f.SkillGroups) == 0 {
		return nil, missing(name, "SkillGroups")
	}
	return m, nil
}

func (f fileSkill) skill(file, plugin, format string) (Skill, error) {
	s := Skill{Plugin: plugin, Format: strings.ToUpper(format), Name: f.Name, DisplayName: f.DisplayName, Description: strings.TrimSpace(f.Description),
		Examples: append([]string(f.ExamplePrompts), f.ExamplePrompt...), Template: f.Settings.Template, Additions: f.Sleuth}
	if s.DisplayName == "" {
		s.DisplayName = f.Name
	}
	for _, in := range f.Inputs {
		if in.Name == "" {
			return s, missing(file, f.Name+".Inputs[].Name")
		}
		s.Inputs = append(s.Inputs, Input{Name: in.Name, Description: in.Description, Required: in.Required, Default: in.DefaultValue.Value, Type: in.Name})
	}
	for _, t := range f.Sleuth.Types {
		i := slices.IndexFunc(s.Inputs, func(in Input) bool { return in.Name == t.Name })
		if i < 0 {
			return s, noInput(file, f.Name, t.Name)
		}
		s.Inputs[i].Type = t.Type
	}
	if s.Role != "" {
		least, err := access.ParseRole(s.Role)
		if err != nil {
			return s, noRole(file, f.Name, err)
		}
		s.Role = string(least)
	}
	for _, h := range fill.Holes(s.Template) {
		if s.Format == "KQL" && f.Sleuth.Cues != nil && !s.fills(h) {
			return s, noInput(file, f.Name, h)
		}
	}
	return s, nil
}

// derived are the endings of holes that are filled from what an input names: userId, appName, locationCode.
var derived = []string{"Id", "Name", "Code", "Deleted", "AppId", "Number"}

// fills says whether a hole has something to be filled with: an input, a part of one, or the fields asked for.
func (s *Skill) fills(hole string) bool {
	if _, ok := s.Input(hole); ok || slices.Contains([]string{"fieldColumns", "address", "prefix", "abroad", "oldest", "from", "to", "period", "place", "outsideCode", "outsideName", "outsidePlace"}, hole) {
		return true
	}
	for _, d := range derived {
		if base, ok := strings.CutSuffix(hole, d); ok {
			if _, ok := s.Input(base); ok {
				return true
			}
		}
	}
	return false
}

// Load reads every .yaml and .yml file below dir, in the order of their names.
func Load(files fs.FS, dir string) ([]*Manifest, error) {
	var out []*Manifest
	err := fs.WalkDir(files, dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if ext := path.Ext(p); ext != ".yaml" && ext != ".yml" {
			return nil
		}
		text, err := fs.ReadFile(files, p)
		if err != nil {
			return err
		}
		m, err := Parse(p, text)
		if err != nil {
			return err
		}
		out = append(out, m)
		return nil
	})
	return out, err
}
