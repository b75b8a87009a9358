package plugin

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/diag"
)

// Promptbook is a promptbook of Security Copilot as its files have it: prompts that are put one after another in one session. Holes such
// as <UPN> in them are filled with its inputs.
type Promptbook struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Prompts     []BookPrompt `json:"prompts"`
	Inputs      []BookInput  `json:"promptbookinputs"`
	Visibility  string       `json:"visibility"` // Private, or Tenant for everybody
	Tags        []string     `json:"tags"`
	Plugins     []string     `json:"plugins,omitempty"` // that it cannot do without
}

// BookPrompt is a prompt of a promptbook: a text, or a skill with inputs.
type BookPrompt struct {
	Type     string            `json:"promptType"`
	Content  string            `json:"content"`
	Skill    *string           `json:"skillName"`
	Inputs   map[string]string `json:"inputs"`
	Plugins  []string          `json:"plugins"`
	Sequence int               `json:"sequenceNumber"`
}

// BookInput is an input of a promptbook.
type BookInput struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// maxPrompts bounds the prompts of a promptbook.
const maxPrompts = 200

var (
	bookKeys       = []string{"name", "description", "prompts", "promptbookinputs", "visibility", "tags", "plugins"}
	bookPromptKeys = []string{"promptType", "content", "skillName", "inputs", "plugins", "sequenceNumber"}
	bookInputKeys  = []string{"name", "description"}
	bookHole       = regexp.MustCompile(`<([A-Za-z_][\w.-]*)>`)
)

// IsPromptbook says whether a JSON text looks like a promptbook.
func IsPromptbook(file []byte) bool {
	text, err := Text(file)
	var top map[string]json.RawMessage
	if err != nil || json.Unmarshal(text, &top) != nil {
		return false
	}
	_, prompts := top["prompts"]
	_, inputs := top["promptbookinputs"]
	return prompts || inputs
}

// ReadPromptbook reads a promptbook, in the order of its prompts. It is of use only where the list has no error.
func ReadPromptbook(name string, file []byte) (*Promptbook, *diag.List) {
	text, err := Text(file)
	r := &reader{src: diag.NewSource(name, string(text)), list: &diag.List{}}
	defer func() {
		r.list.Sort()
		r.src.Locate(r.list.Items...)
		for _, d := range r.list.Items {
			d.Path = name
		}
	}()
	if err == nil && !json.Valid(text) {
		var broken *json.SyntaxError
		at := diag.Span{}
		if e := json.Unmarshal(text, new(any)); asSyntax(e, &broken) {
			at = diag.Span{Start: max(0, int(broken.Offset)-1), End: int(broken.Offset)}
			err = e
		} else {
			err = fmt.Errorf("it is no JSON")
		}
		r.add(notPromptbook(at, err.Error()))
		return nil, r.list
	}
	if err != nil {
		r.add(notPromptbook(diag.Span{}, err.Error()))
		return nil, r.list
	}
	root := r.document(text)
	if root == nil {
		return nil, r.list
	}
	f, _ := r.mapping(root, "")
	return r.promptbook(f), r.list
}

func asSyntax(err error, to **json.SyntaxError) bool {
	e, ok := err.(*json.SyntaxError)
	if ok {
		*to = e
	}
	return ok
}

func (r *reader) promptbook(f *fields) *Promptbook {
	b := &Promptbook{Name: strings.TrimSpace(f.text("name")), Description: strings.TrimSpace(f.text("description")), Visibility: f.text("visibility"), Tags: f.texts("tags"), Plugins: f.texts("plugins")}
	if b.Name == "" {
		r.add(bookMissing(f.place("name"), "name"))
	}
	declared := map[string]bool{}
	f.each("promptbookinputs", func(_ int, n *yaml.Node, what string) {
		x, ok := r.mapping(n, what)
		if !ok {
			return
		}
		in := BookInput{Name: strings.TrimSpace(x.text("name")), Description: x.text("description")}
		x.rest("an input of a promptbook", bookInputKeys)
		switch {
		case in.Name == "":
			r.add(bookMissing(x.place("name"), what+".name"))
		case strings.ContainsAny(in.Name, " <>"):
			r.add(badValue(r.at(x.get("name")), what+".name", short(in.Name), "a name without spaces is needed"))
		case declared[strings.ToLower(in.Name)]:
			r.add(keyTwice(r.at(n), "the input "+in.Name, "the promptbook"))
		default:
			declared[strings.ToLower(in.Name)] = true
			b.Inputs = append(b.Inputs, in)
		}
	})
	used := map[string]bool{}
	f.each("prompts", func(i int, n *yaml.Node, what string) { r.bookPrompt(b, i, n, what, declared, used) })
	if len(b.Prompts) == 0 && !r.list.Failed() {
		r.add(bookMissing(f.place("prompts"), "prompts"))
	}
	for _, in := range b.Inputs {
		if !used[strings.ToLower(in.Name)] {
			r.add(bookUnused(f.place("promptbookinputs"), in.Name))
		}
	}
	f.rest("a promptbook", bookKeys)
	slices.SortStableFunc(b.Prompts, func(x, y BookPrompt) int { return x.Sequence - y.Sequence })
	return b
}

func (r *reader) bookPrompt(b *Promptbook, i int, n *yaml.Node, what string, declared, used map[string]bool) {
	x, ok := r.mapping(n, what)
	if !ok {
		return
	}
	if len(b.Prompts) >= maxPrompts {
		r.add(tooMany(r.at(n), "prompts", maxPrompts))
		return
	}
	p := BookPrompt{Type: x.text("promptType"), Content: strings.TrimSpace(x.text("content")), Plugins: x.texts("plugins"), Sequence: i}
	if s := x.text("skillName"); s != "" {
		p.Skill = &s
	}
	if in := x.get("inputs"); in != nil {
		r.bookInputs(&p, in, what)
	}
	if s := x.text("sequenceNumber"); s != "" {
		var err error
		if p.Sequence, err = strconv.Atoi(s); err != nil {
			r.add(badValue(r.at(x.get("sequenceNumber")), what+".sequenceNumber", short(s), "a whole number is needed"))
		}
	}
	if p.Content == "" && p.Skill == nil {
		r.add(bookMissing(r.at(n), what+".content"))
	}
	for _, h := range p.holes() {
		used[strings.ToLower(h)] = true
		if !declared[strings.ToLower(h)] {
			r.add(bookLoose(r.at(x.get("content")), h))
		}
	}
	x.rest("a prompt of a promptbook", bookPromptKeys)
	b.Prompts = append(b.Prompts, p)
}

// bookInputs reads the inputs of a prompt's skill: an object of names and values, or a list of objects with name and value.
func (r *reader) bookInputs(p *BookPrompt, n *yaml.Node, what string) {
	p.Inputs = map[string]string{}
	switch n.Kind {
	case yaml.MappingNode:
		x, _ := r.mapping(n, what+".inputs")
		for _, f := range x.list {
			p.Inputs[f.key.Value] = x.text(f.key.Value)
		}
	case yaml.SequenceNode:
		for j, item := range n.Content {
			if x, ok := r.mapping(real(item), fmt.Sprintf("%s.inputs[%d]", what, j)); ok {
				if name := x.text("name"); name != "" {
					p.Inputs[name] = x.text("value")
				}
			}
		}
	default:
		r.add(notA(r.at(n), what+".inputs", "an object of names and values", kindOf(n)))
	}
}

func (p BookPrompt) holes() []string {
	var out []string
	texts := []string{p.Content}
	for _, v := range p.Inputs {
		texts = append(texts, v)
	}
	for _, t := range texts {
		for _, m := range bookHole.FindAllStringSubmatch(t, -1) {
			if !slices.Contains(out, m[1]) {
				out = append(out, m[1])
			}
		}
	}
	return out
}

// Fill gives the texts of the prompts, with values in the holes of the declared inputs. An input that is used and has no value is an error.
// A prompt of a skill becomes a direct call of it.
func (b *Promptbook) Fill(values map[string]string) ([]string, error) {
	byName := map[string]string{}
	for name, v := range values {
		if !slices.ContainsFunc(b.Inputs, func(in BookInput) bool { return strings.EqualFold(in.Name, name) }) {
			return nil, fmt.Errorf("the promptbook %s has no input %s: its inputs are %s", b.Name, name, b.inputNames())
		}
		byName[strings.ToLower(name)] = v
	}
	var missing []string
	fill := func(text string) string {
		return bookHole.ReplaceAllStringFunc(text, func(hole string) string {
			name := hole[1 : len(hole)-1]
			if v, ok := byName[strings.ToLower(name)]; ok && v != "" {
				return v
			}
			if slices.ContainsFunc(b.Inputs, func(in BookInput) bool { return strings.EqualFold(in.Name, name) }) && !slices.Contains(missing, name) {
				missing = append(missing, name)
			}
			return hole
		})
	}
	var out []string
	for _, p := range b.Prompts {
		text := fill(p.Content)
		if p.Skill != nil {
			names := make([]string, 0, len(p.Inputs))
			for name := range p.Inputs {
				names = append(names, name)
			}
			slices.Sort(names)
			text = "/" + *p.Skill
			for _, name := range names {
				text += " " + name + "=" + fill(p.Inputs[name])
			}
		}
		out = append(out, text)
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the promptbook %s needs the input %s", b.Name, strings.Join(missing, ", "))
	}
	return out, nil
}

func (b *Promptbook) inputNames() string {
	var out []string
	for _, in := range b.Inputs {
		out = append(out, in.Name)
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// JSON writes a promptbook as files have it.
func (b *Promptbook) JSON() ([]byte, error) {
	c := *b
	c.Prompts = slices.Clone(b.Prompts)
	for i := range c.Prompts {
		if c.Prompts[i].Plugins == nil {
			c.Prompts[i].Plugins = []string{}
		}
		if c.Prompts[i].Type == "" {
			c.Prompts[i].Type = "Prompt"
		}
	}
	if c.Inputs == nil {
		c.Inputs = []BookInput{}
	}
	if c.Visibility == "" {
		c.Visibility = "Private"
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(c); err != nil {
		return nil, err
	}
	return []byte(out.String()), nil
}
