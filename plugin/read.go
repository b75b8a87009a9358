package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/unicode"

	"github.com/sleuth-sec/sleuth/diag"
)

// The documented limits, in characters, and how many skills one manifest may have here.
const (
	maxName        = 100
	maxDisplayName = 40
	maxDescription = 16_000
	maxTemplate    = 80_000
	maxSkills      = 2_000
)

// Text is the text of a file as UTF-8: a byte order mark is taken off, and UTF-16, which Windows PowerShell writes, is turned.
func Text(file []byte) ([]byte, error) {
	if bytes.HasPrefix(file, []byte{0xff, 0xfe}) || bytes.HasPrefix(file, []byte{0xfe, 0xff}) {
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(file)
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if !utf8.Valid(file) {
		return file, errors.New("the text is neither UTF-8 nor UTF-16")
	}
	return file, nil
}

// Read reads one manifest and gives all that is to be said of it. The manifest is of use only where the list has no error. name is
// the file's name, for messages.
func Read(name string, file []byte) (*Manifest, *diag.List) {
	text, err := Text(file)
	r := &reader{src: diag.NewSource(name, string(text)), list: &diag.List{}}
	defer func() {
		r.list.Sort()
		r.src.Locate(r.list.Items...)
		for _, d := range r.list.Items {
			d.Path = name
		}
	}()
	if err != nil {
		r.add(notYAML(diag.Span{}, err.Error()))
		return nil, r.list
	}
	root := r.document(text)
	if root == nil {
		return nil, r.list
	}
	f, ok := r.mapping(root, "")
	if !ok {
		return nil, r.list
	}
	if f.get("schema_version") != nil && f.get("api") != nil {
		return r.openAIPlugin(f), r.list
	}
	return r.manifest(f), r.list
}

// document is the root of the first document of a text.
func (r *reader) document(text []byte) *yaml.Node {
	if trimmed := bytes.TrimSpace(text); len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(trimmed) {
		text = bytes.ReplaceAll(text, []byte("\t"), []byte(" ")) // a tab stands between the tokens of JSON only, and YAML takes none there
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		r.add(notYAML(diag.Span{}, "the file is empty"))
		return nil
	case err != nil:
		r.add(r.syntax(err))
		return nil
	}
	var more yaml.Node
	if dec.Decode(&more) == nil && len(more.Content) > 0 && !nothing(more.Content[0]) {
		r.add(moreDocuments(r.at(more.Content[0])))
	}
	root := real(&doc)
	if root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
		root = real(root.Content[0])
	}
	if root.Kind != yaml.MappingNode {
		r.add(notYAML(r.at(root), "it is "+kindOf(root)+", and not a mapping with Descriptor and SkillGroups"))
		return nil
	}
	return root
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// syntax is what the YAML parser says, at its line, with what published manifests get wrong told as such.
func (r *reader) syntax(err error) *diag.Diagnostic {
	reason := strings.TrimPrefix(err.Error(), "yaml: ")
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return notYAML(diag.Span{}, reason)
	}
	line, _ := strconv.Atoi(m[1])
	reason = strings.TrimPrefix(err.Error(), m[0])
	lines := strings.Split(r.src.Text, "\n")
	// The parser names the line where it gave up, which can be the one before or after what is wrong.
	for _, n := range []int{line, line + 1, line - 1} {
		if n < 1 || n > len(lines) {
			continue
		}
		text := strings.TrimRight(lines[n-1], "\r")
		start := r.src.Offset(n, 1)
		indent := len(text) - len(strings.TrimLeft(text, " \t"))
		span := diag.Span{Start: start + indent, End: start + max(len(text), indent+1)}
		if strings.Contains(text[:indent], "\t") {
			return notYAML(span, "the line is indented by a tab").WithFix("indent with spaces")
		}
		key, value, ok := strings.Cut(text, ": ")
		if value = strings.TrimSpace(value); !ok || value == "" {
			continue
		}
		at := diag.Span{Start: start + strings.LastIndex(text, value), End: start + len(text)}
		if strings.ContainsRune("*&@`%", rune(value[0])) {
			return notYAML(at, fmt.Sprintf("the value of %s begins with %c, which has a meaning of its own in YAML", strings.TrimSpace(key), value[0])).WithFix("put the value in quotes")
		}
		if strings.Contains(value, ": ") && value[0] != '"' && value[0] != '\'' && n == line {
			return notYAML(at, fmt.Sprintf("the value of %s holds a colon and a space", strings.TrimSpace(key))).WithFix("put the value in quotes")
		}
	}
	start := r.src.Offset(line, 1)
	return notYAML(diag.Span{Start: start, End: start + 1}, reason)
}

var (
	topKeys        = []string{"Descriptor", "SkillGroups", "AgentDefinitions"}
	descriptorKeys = []string{"Name", "DisplayName", "Description", "DescriptionDisplay", "DescriptionForModel", "Category", "Icon", "Settings", "SupportedAuthTypes",
		"Authorization", "Prerequisites", "EnableRetries", "PublishStatus", "Version", "CatalogScope", "Keywords"}
	settingKeys = []string{"Name", "Label", "Description", "HintText", "DefaultValue", "SettingType", "Required"}
	// openAPIKeys stand beside a manifest where somebody put both into one file: they are the document's, and no mistake of the manifest.
	openAPIKeys = []string{"openapi", "swagger", "info", "servers", "paths", "components", "security", "tags"}
)

func (r *reader) manifest(f *fields) *Manifest {
	m := &Manifest{}
	if d, ok := r.mapping(f.get("Descriptor"), "Descriptor"); ok {
		r.descriptor(d, m)
	} else if f.get("Descriptor") == nil {
		r.add(missing(f.place("Descriptor"), "Descriptor.Name"))
	}
	first := map[string]int{} // the line of a skill
	f.each("SkillGroups", func(i int, n *yaml.Node, what string) { r.group(n, what, m, first) })
	if n := f.get("SkillGroups"); n == nil || n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		r.add(missing(f.place("SkillGroups"), "SkillGroups"))
	}
	f.each("AgentDefinitions", func(i int, n *yaml.Node, what string) { r.agent(n, what, m) })
	for _, k := range openAPIKeys {
		f.get(k)
	}
	f.rest("a manifest", topKeys)
	return m
}

func (r *reader) descriptor(d *fields, m *Manifest) {
	m.Name = d.required("Name")
	m.DisplayName, m.Description = strings.TrimSpace(d.text("DisplayName")), strings.TrimSpace(d.text("Description"))
	m.DescriptionDisplay, m.ForModel = strings.TrimSpace(d.text("DescriptionDisplay")), strings.TrimSpace(d.text("DescriptionForModel"))
	m.Category, m.Icon = d.text("Category"), d.text("Icon")
	if m.DisplayName == "" {
		m.DisplayName = m.Name
	}
	r.length(d, "Name", m.Name, maxName)
	r.length(d, "DisplayName", m.DisplayName, maxDisplayName)
	r.length(d, "Description", m.Description, maxDescription)
	if strings.ContainsAny(m.Name, `/\?#`) {
		r.add(oddName(r.at(d.get("Name")), "Descriptor.Name", short(m.Name)))
	}
	d.each("Settings", func(_ int, n *yaml.Node, what string) { r.setting(n, what, m) })
	r.auth(d, m)
	for _, k := range []string{"Prerequisites", "EnableRetries", "PublishStatus", "Version", "CatalogScope", "Keywords"} {
		d.get(k)
	}
	d.rest("a Descriptor", descriptorKeys)
}

func (r *reader) length(f *fields, key, text string, most int) {
	if n := utf8.RuneCountInString(text); n > most && f.get(key) != nil {
		r.add(tooLong(r.at(f.get(key)), f.join(key), n, most))
	}
}

func (r *reader) setting(n *yaml.Node, what string, m *Manifest) {
	f, ok := r.mapping(n, what)
	if !ok {
		return
	}
	s := Setting{Name: f.required("Name"), Label: f.text("Label"), Description: f.text("Description"), Hint: f.text("HintText"),
		Type: f.text("SettingType"), Default: f.text("DefaultValue", "Default"), Required: f.yes("Required")}
	f.rest("a setting", settingKeys)
	if _, again := m.Setting(s.Name); again && s.Name != "" {
		r.add(keyTwice(r.at(n), "the setting "+s.Name, "the Descriptor"))
		return
	}
	m.Settings = append(m.Settings, s)
}
