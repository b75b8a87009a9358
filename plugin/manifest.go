package plugin

import (
	"io/fs"
	"path"
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
)

// Manifest is one plugin file.
type Manifest struct {
	Name               string
	DisplayName        string
	Description        string // for people; what models read stands in DescriptionForModel, where it differs
	DescriptionDisplay string
	ForModel           string
	Category, Icon     string
	Settings           []Setting  // what whoever adds the plugin gives
	AuthTypes          []AuthType // SupportedAuthTypes, and the type of Authorization
	Auth               Authorization
	Groups             []Group
	Skills             []Skill // of all groups; the skills of an API group are in its OpenAPI document
	Agents             []Agent
}

// Setting is something that whoever adds a plugin gives: the address of an instance, a tenant.
type Setting struct {
	Name        string `json:"name"`
	Label       string `json:"label,omitempty"`
	Description string `json:"description,omitempty"`
	Hint        string `json:"hint,omitempty"`
	Type        string `json:"type,omitempty"` // String, as published manifests have it
	Default     string `json:"default,omitempty"`
	Required    bool   `json:"required,omitempty"`
}

// Setting is the setting of a name, without regard to case.
func (m *Manifest) Setting(name string) (Setting, bool) {
	for _, s := range m.Settings {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Setting{}, false
}

// Group is a skill group with what is said of it as a whole.
type Group struct {
	Format string // one of Formats
	At     diag.Span
	// OpenAPI is the address of an API group's document; Endpoint is the setting that replaces the document's server.
	OpenAPI, Endpoint string
	// Package is the address of the archive with the files that TemplateFile names.
	Package string
	MCP     MCP
}

// MCP is the server of an MCP group, as documented: https://learn.microsoft.com/copilot/security/plugin-mcp
type MCP struct {
	Endpoint       string
	StreamableHTTP bool
	UsePluginAuth  bool
	Timeout        int // seconds
	AllowedTools   []string
}

// Agent is an agent of the manifest, as documented: https://learn.microsoft.com/copilot/security/developer/agent-manifest
type Agent struct {
	Name, DisplayName, Description string
	Publisher, Product             string
	RequiredSkillsets              []string
	Triggers                       []Trigger
}

// Trigger starts an agent: FetchSkill finds what there is to do, ProcessSkill does one of it. Both are PLUGIN.SKILL.
type Trigger struct {
	Name                     string
	Period                   int // seconds; 0 where it runs on demand only
	FetchSkill, ProcessSkill string
}

// The formats of skill groups, as Skill.Format and Group.Format have them.
const (
	KQL      = "KQL"
	API      = "API"
	GPT      = "GPT"
	LogicApp = "LOGICAPP"
	MCPTools = "MCP"
	AgentRun = "AGENT"
	// Analytic and Composite are Sleuth's own: a question counted freely, and an answer of several skills.
	Analytic  = "ANALYTICS"
	Composite = "COMPOSITE"
)

// Formats are the formats of skill groups that Security Copilot has.
func Formats() []string { return []string{KQL, API, GPT, LogicApp, MCPTools, AgentRun} }

// NotRun says why a skill of a format is not run here; it is empty for those that are.
func NotRun(format string) string {
	switch format {
	case KQL, API, Analytic, Composite:
		return ""
	case GPT:
		return "it is answered by a language model, and none is configured"
	case LogicApp:
		return "it starts a workflow of Azure Logic Apps, which is not reached from here"
	case MCPTools:
		return "its tools are on an MCP server, which is not called from here"
	case AgentRun:
		return "it is an agent that a language model leads, and none is configured"
	}
	return "the format is not known"
}

// Parse reads one manifest; warnings are no error. name is the file's name, for messages.
func Parse(name string, text []byte) (*Manifest, error) {
	m, list := Read(name, text)
	if err := list.Err(); err != nil {
		return nil, err
	}
	return m, nil
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
