package plugin

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/plugin/fill"
)

var (
	groupKeys         = []string{"Format", "Settings", "Skills"}
	groupSettingsKeys = []string{"OpenApiSpecUrl", "EndpointUrlSettingName", "PackageUrl", "Endpoint", "UseStreamableHttp", "UsePluginAuth", "TimeoutInSeconds", "AllowedTools"}
	skillKeys         = []string{"Name", "DisplayName", "Description", "DescriptionForModel", "Inputs", "Settings", "ExamplePrompts", "ExamplePrompt", "SuggestedPrompts",
		"Interfaces", "ChildSkills", "Sleuth"}
	inputKeys = []string{"Name", "Description", "Required", "DefaultValue", "PlaceholderValue", "Type"}
	// skillSettingsKeys are those of all formats: KQL, GPT, LogicApp, AGENT.
	skillSettingsKeys = []string{"Target", "Template", "TemplateUrl", "TemplateFile", "TenantId", "SubscriptionId", "SubscriptionName", "ResourceGroupName", "ResourceGroup",
		"WorkspaceName", "Cluster", "Database", "ModelName", "Model", "Instructions", "WorkflowName", "TriggerName", "OrchestratorSkill", "AgentPromptSkill"}
	// targets are where the query of a KQL skill runs in Security Copilot. Here each is the workspace.
	targets = []string{"Defender", "Sentinel", "SentinelDataLake", "LogAnalytics", "Kusto"}
)

// group reads a skill group. first has the lines of the skills that are read already.
func (r *reader) group(n *yaml.Node, what string, m *Manifest, first map[string]int) {
	f, ok := r.mapping(n, what)
	if !ok {
		return
	}
	g := Group{At: r.at(n)}
	if format := f.required("Format"); format != "" {
		formats := append(Formats(), Analytic, Composite)
		i := slices.IndexFunc(formats, func(x string) bool { return strings.EqualFold(x, format) })
		if i < 0 {
			r.add(notOneOf(r.at(f.get("Format")), what+".Format", short(format), "KQL, API, GPT, LogicApp, MCP, AGENT"))
			return
		}
		g.Format = formats[i]
	}
	s := f.below("Settings")
	r.groupSettings(s, &g, m, f.get("Skills") != nil)
	f.each("Skills", func(_ int, n *yaml.Node, what string) { r.skill(n, what, &g, m, first) })
	if n := f.get("Skills"); g.Format != API && g.Format != MCPTools && g.Format != "" && n == nil {
		r.add(missing(r.at(f.node), what+".Skills"))
	}
	f.rest("a skill group", groupKeys)
	m.Groups = append(m.Groups, g)
}

func (r *reader) groupSettings(s *fields, g *Group, m *Manifest, skills bool) {
	switch g.Format {
	case API:
		if g.OpenAPI = s.text("OpenApiSpecUrl"); !skills { // actions that are only described list their skills
			g.OpenAPI = s.required("OpenApiSpecUrl")
		}
		if g.Endpoint = s.text("EndpointUrlSettingName"); g.Endpoint != "" {
			if _, ok := m.Setting(g.Endpoint); !ok {
				r.add(noSetting(r.at(s.get("EndpointUrlSettingName")), s.what+".EndpointUrlSettingName", g.Endpoint))
			}
		}
	case MCPTools:
		g.MCP = MCP{Endpoint: s.required("Endpoint"), StreamableHTTP: s.yes("UseStreamableHttp"), UsePluginAuth: s.yes("UsePluginAuth")}
		for _, x := range s.texts("AllowedTools") {
			for name := range strings.SplitSeq(x, ",") {
				if name = strings.TrimSpace(name); name != "" {
					g.MCP.AllowedTools = append(g.MCP.AllowedTools, name)
				}
			}
		}
		if t := s.text("TimeoutInSeconds"); t != "" {
			var err error
			if g.MCP.Timeout, err = strconv.Atoi(t); err != nil || g.MCP.Timeout < 1 {
				r.add(badValue(r.at(s.get("TimeoutInSeconds")), s.what+".TimeoutInSeconds", short(t), "a whole number of seconds is needed"))
			}
		}
		r.address(s, "Endpoint")
	}
	g.Package = s.text("PackageUrl")
	s.rest("the settings of a skill group", groupSettingsKeys)
}

// address tells where a text is no address.
func (r *reader) address(f *fields, key string) {
	n := f.get(key)
	if n == nil || strings.Contains(n.Value, "{{") {
		return
	}
	if u, err := url.Parse(strings.TrimSpace(n.Value)); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		r.add(badValue(r.at(n), f.join(key), short(n.Value), "an address such as https://example.com/ is needed"))
	}
}

// skill reads a skill of a group.
func (r *reader) skill(n *yaml.Node, what string, g *Group, m *Manifest, first map[string]int) {
	f, ok := r.mapping(n, what)
	if !ok {
		return
	}
	if len(m.Skills) >= maxSkills {
		r.add(tooMany(r.at(n), "skills", maxSkills))
		return
	}
	s := Skill{Plugin: m.Name, Format: g.Format, Name: f.required("Name"), DisplayName: strings.TrimSpace(f.text("DisplayName")),
		Description: strings.TrimSpace(f.text("Description")), ForModel: strings.TrimSpace(f.text("DescriptionForModel")),
		Examples: f.texts("ExamplePrompts", "ExamplePrompt", "SuggestedPrompts"), Children: f.texts("ChildSkills"), At: r.at(n)}
	if s.DisplayName == "" {
		s.DisplayName = s.Name
	}
	r.length(f, "Name", s.Name, maxName)
	r.length(f, "Description", s.Description, maxDescription)
	f.get("Interfaces")
	f.each("Inputs", func(_ int, n *yaml.Node, what string) { r.input(n, what, &s) })
	r.skillSettings(f, g, m, &s)
	r.additions(f, &s)
	r.holes(f, m, &s)
	f.rest("a skill", skillKeys)
	if s.Name == "" {
		return
	}
	key := strings.ToLower(s.Name)
	if line, again := first[key]; again {
		r.add(twice(r.at(f.get("Name")), s.Name, line))
		return
	}
	first[key] = f.node.Line
	m.Skills = append(m.Skills, s)
}

func (r *reader) input(n *yaml.Node, what string, s *Skill) {
	f, ok := r.mapping(n, what)
	if !ok {
		return
	}
	in := Input{Name: f.required("Name"), Description: strings.TrimSpace(f.text("Description")), Required: f.yes("Required"),
		Default: f.text("DefaultValue", "Default"), Placeholder: f.text("PlaceholderValue")}
	f.get("Type")
	f.rest("an input", inputKeys)
	if in.Name == "" {
		return
	}
	if _, again := s.Input(in.Name); again {
		r.add(keyTwice(r.at(n), "the input "+in.Name, "skill "+s.Name))
		return
	}
	in.Type = in.Name
	s.Inputs = append(s.Inputs, in)
}

// skillSettings reads what a skill's format takes.
func (r *reader) skillSettings(f *fields, g *Group, m *Manifest, s *Skill) {
	set := f.below("Settings")
	s.Settings = map[string]string{}
	for _, x := range set.list {
		if i := slices.IndexFunc(skillSettingsKeys, func(k string) bool { return strings.EqualFold(k, x.key.Value) }); i >= 0 {
			s.Settings[skillSettingsKeys[i]] = strings.Join(set.texts(x.key.Value), ", ")
		}
	}
	set.rest("the settings of a skill", skillSettingsKeys)
	s.Template = s.Settings["Template"]
	delete(s.Settings, "Template")
	if n := set.get("Template"); n != nil {
		s.Place = r.textPlace(n)
		r.length(set, "Template", s.Template, maxTemplate)
	}
	own := f.get("Sleuth") != nil
	switch g.Format {
	case KQL:
		if t := s.Settings["Target"]; t != "" {
			i := slices.IndexFunc(targets, func(x string) bool { return strings.EqualFold(x, strings.TrimSpace(t)) })
			if i < 0 {
				r.add(notOneOf(r.at(set.get("Target")), set.join("Target"), short(t), strings.Join(targets, ", ")))
			} else {
				s.Target = targets[i]
			}
		}
		if s.Template == "" && s.Settings["TemplateUrl"] == "" && s.Settings["TemplateFile"] == "" && !own {
			r.add(noTemplate(r.at(f.node), s.Name))
		}
	case GPT:
		if s.Template == "" && s.Settings["TemplateUrl"] == "" && s.Settings["TemplateFile"] == "" {
			r.add(noTemplate(r.at(f.node), s.Name))
		}
	case LogicApp:
		for _, key := range []string{"SubscriptionId", "WorkflowName", "TriggerName"} {
			if s.Settings[key] == "" {
				r.add(missing(r.at(f.node), set.join(key)))
			}
		}
	}
}

// textPlace is where the lines of a text stand in the file.
func (r *reader) textPlace(n *yaml.Node) Place {
	p := Place{Line: n.Line, Column: n.Column}
	if n.Style&yaml.LiteralStyle == 0 {
		return p
	}
	p.Block, p.Line, p.Column = true, n.Line+1, 1
	lines := strings.Split(r.src.Text, "\n")
	for i := n.Line; i < len(lines); i++ { // YAML takes the indentation of the first line that has a text off all of them
		if t := strings.TrimRight(lines[i], "\r"); strings.TrimSpace(t) != "" {
			p.Column = 1 + len(t) - len(strings.TrimLeft(t, " "))
			break
		}
	}
	return p
}

// additions reads the Sleuth block.
func (r *reader) additions(f *fields, s *Skill) {
	n := f.get("Sleuth")
	if n == nil {
		return
	}
	if err := n.Decode(&s.Additions); err != nil {
		r.add(sleuthBlock(f.place("Sleuth"), s.Name, err))
		return
	}
	for _, t := range s.Types {
		i := slices.IndexFunc(s.Inputs, func(in Input) bool { return in.Name == t.Name })
		if i < 0 {
			r.add(noInput(f.place("Sleuth"), s.Name, t.Name))
			continue
		}
		s.Inputs[i].Type = t.Type
	}
	if s.Role != "" {
		least, err := access.ParseRole(s.Role)
		if err != nil {
			r.add(noRole(f.place("Sleuth"), s.Name, err))
			return
		}
		s.Role = string(least)
	}
}

// holes holds the holes of a template against the inputs, both ways.
func (r *reader) holes(f *fields, m *Manifest, s *Skill) {
	if s.Format != KQL && s.Format != GPT || s.Template == "" {
		return
	}
	if s.Cues != nil {
		for _, h := range fill.Holes(s.Template) {
			if s.Format == KQL && !s.fills(h) {
				r.add(noInput(r.holeAt(s, h), s.Name, h))
			}
		}
		return
	}
	if s.Handler != "" || s.Analytics != nil || s.Action != nil {
		return
	}
	used := map[string]bool{}
	for _, h := range fill.Holes(s.Template) {
		used[strings.ToLower(h)] = true
		if _, ok := s.input(h); !ok {
			if _, ok := m.Setting(h); !ok && !s.fills(h) {
				r.add(looseHole(r.holeAt(s, h), s.Name, h))
				s.Loose = append(s.Loose, h)
			}
		}
	}
	for _, in := range s.Inputs {
		if !used[strings.ToLower(in.Name)] {
			r.add(unusedInput(f.place("Inputs"), s.Name, in.Name))
		}
	}
}

// holeAt is where the first hole of a name stands.
func (r *reader) holeAt(s *Skill, name string) diag.Span {
	for i := 0; i < len(s.Template); i++ {
		if j := strings.Index(s.Template[i:], "{{"); j < 0 {
			break
		} else if i += j; strings.HasPrefix(strings.TrimLeft(s.Template[i+2:], " \t"), name) {
			return s.Place.Span(r.src, s.Template, diag.Span{Start: i, End: i + 4 + len(name)})
		}
	}
	return s.At
}

// agent reads an agent's definition.
func (r *reader) agent(n *yaml.Node, what string, m *Manifest) {
	f, ok := r.mapping(n, what)
	if !ok {
		return
	}
	a := Agent{Name: f.required("Name"), DisplayName: f.text("DisplayName"), Description: f.text("Description"), Publisher: f.text("Publisher"), Product: f.text("Product"),
		RequiredSkillsets: f.texts("RequiredSkillsets")}
	f.each("Triggers", func(_ int, n *yaml.Node, what string) {
		t, ok := r.mapping(n, what)
		if !ok {
			return
		}
		tr := Trigger{Name: t.required("Name"), FetchSkill: t.text("FetchSkill"), ProcessSkill: t.text("ProcessSkill")}
		if p := t.text("DefaultPeriodSeconds", "DefaultPollPeriodSeconds"); p != "" {
			var err error
			if tr.Period, err = strconv.Atoi(p); err != nil || tr.Period < 0 {
				r.add(badValue(t.place("DefaultPeriodSeconds"), what+".DefaultPeriodSeconds", short(p), "a whole number of seconds is needed"))
			}
		}
		for _, key := range []string{"FetchSkill", "ProcessSkill"} {
			r.agentSkill(t, key, m)
		}
		a.Triggers = append(a.Triggers, tr)
	})
	m.Agents = append(m.Agents, a)
}

// agentSkill holds a reference to a skill of this manifest against its skills; others are another plugin's.
func (r *reader) agentSkill(t *fields, key string, m *Manifest) {
	name := t.text(key)
	own, found := strings.CutPrefix(name, m.Name+".")
	if name == "" || !found {
		return
	}
	if !slices.ContainsFunc(m.Skills, func(s Skill) bool { return strings.EqualFold(s.Name, own) }) {
		r.add(noSkill(r.at(t.get(key)), fmt.Sprintf("%s.%s", t.what, key), name))
	}
}
