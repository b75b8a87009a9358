package plugin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/diag"
)

// reader reads the nodes of one text and collects what it finds.
type reader struct {
	src  *diag.Source
	list *diag.List
}

// at is the place of a node in the text.
func (r *reader) at(n *yaml.Node) diag.Span {
	if n == nil || n.Line == 0 {
		return diag.Span{}
	}
	start := r.src.Offset(n.Line, n.Column)
	end := start + 1
	if n.Kind == yaml.ScalarNode && (n.Style == 0 || n.Style == yaml.TaggedStyle) && !strings.Contains(n.Value, "\n") {
		end = start + max(1, len(n.Value))
	}
	return diag.Span{Start: start, End: min(end, len(r.src.Text))}
}

func (r *reader) add(d *diag.Diagnostic) { r.list.Add(d) }

// real is the node that n stands for: an alias is what it names.
func real(n *yaml.Node) *yaml.Node {
	for i := 0; n != nil && n.Kind == yaml.AliasNode && i < 16; i++ {
		n = n.Alias
	}
	return n
}

// nothing says whether a node has no value: it is absent, or null.
func nothing(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && (n.Tag == "!!null" || n.Value == "" && n.Style == 0)
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("the text %q", short(n.Value))
}

func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

// fields are the keys of a mapping. Keys are found without regard to case: published manifests have both OpenApiSpecUrl and OpenApiSpecURL.
type fields struct {
	r    *reader
	node *yaml.Node
	what string // what the mapping is, for messages: "SkillGroups[0].Skills[1]"
	keys map[string]*field
	list []*field
}

type field struct {
	key, value *yaml.Node
	used       bool
}

// mapping opens a mapping; ok is false, with what is wrong told, where n is something else.
func (r *reader) mapping(n *yaml.Node, what string) (*fields, bool) {
	n = real(n)
	f := &fields{r: r, node: n, what: what, keys: map[string]*field{}}
	if nothing(n) {
		return f, false
	}
	if n.Kind != yaml.MappingNode {
		r.add(notA(r.at(n), what, "a mapping of keys", kindOf(n)))
		return f, false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		x := &field{key: n.Content[i], value: real(n.Content[i+1])}
		name := strings.ToLower(x.key.Value)
		if old := f.keys[name]; old != nil {
			if x.value.Kind == yaml.SequenceNode && old.value.Kind == yaml.SequenceNode { // a group whose second skill has "Skills:" before it again
				r.add(listTwice(r.at(x.key), x.key.Value, what))
				both := *old.value
				both.Content = slices.Concat(old.value.Content, x.value.Content)
				old.value = &both
				continue
			}
			r.add(keyTwice(r.at(x.key), x.key.Value, what))
			continue
		}
		f.keys[name] = x
		f.list = append(f.list, x)
	}
	return f, true
}

// below is the mapping of a key. Where there is none it has no keys, and stands where f stands.
func (f *fields) below(key string) *fields {
	n := f.get(key)
	if s, ok := f.r.mapping(n, f.join(key)); ok || n != nil {
		return s
	}
	return &fields{r: f.r, node: f.node, what: f.join(key), keys: map[string]*field{}}
}

// get is the value of the first of the keys that is there and has one.
func (f *fields) get(keys ...string) *yaml.Node {
	for _, k := range keys {
		if x := f.keys[strings.ToLower(k)]; x != nil {
			x.used = true
			if !nothing(x.value) {
				return x.value
			}
		}
	}
	return nil
}

// place is where a key stands, or else the mapping.
func (f *fields) place(key string) diag.Span {
	if x := f.keys[strings.ToLower(key)]; x != nil {
		return f.r.at(x.key)
	}
	return f.r.at(f.node)
}

// text is the text of a key; numbers and switches are taken as they are written.
func (f *fields) text(keys ...string) string {
	n := f.get(keys...)
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		f.r.add(notA(f.r.at(n), f.what+"."+keys[0], "a text", kindOf(n)))
		return ""
	}
	return n.Value
}

// required is text, and tells where there is none.
func (f *fields) required(keys ...string) string {
	s := strings.TrimSpace(f.text(keys...))
	if s == "" && f.get(keys...) == nil {
		f.r.add(missing(f.place(keys[0]), f.what+"."+keys[0]))
	}
	return s
}

// yes is a switch.
func (f *fields) yes(keys ...string) bool {
	n := f.get(keys...)
	if n == nil {
		return false
	}
	switch strings.ToLower(n.Value) {
	case "true", "yes", "on", "1":
		return true
	case "false", "no", "off", "0":
		return false
	}
	f.r.add(notA(f.r.at(n), f.what+"."+keys[0], "true or false", kindOf(n)))
	return false
}

// texts is a list of texts, or one text.
func (f *fields) texts(keys ...string) []string {
	var out []string
	for _, k := range keys {
		n := f.get(k)
		switch {
		case n == nil:
		case n.Kind == yaml.ScalarNode:
			out = append(out, n.Value)
		case n.Kind == yaml.SequenceNode:
			for _, x := range n.Content {
				if x = real(x); x.Kind != yaml.ScalarNode {
					f.r.add(notA(f.r.at(x), f.what+"."+k, "a list of texts", kindOf(x)))
				} else if !nothing(x) {
					out = append(out, x.Value)
				}
			}
		default:
			f.r.add(notA(f.r.at(n), f.what+"."+k, "a list of texts", kindOf(n)))
		}
	}
	return out
}

// each calls do for the items of a list; one item may stand without the list.
func (f *fields) each(key string, do func(i int, n *yaml.Node, what string)) {
	n := f.get(key)
	switch {
	case n == nil:
	case n.Kind == yaml.SequenceNode:
		for i, x := range n.Content {
			do(i, real(x), fmt.Sprintf("%s[%d]", f.join(key), i))
		}
	default:
		f.r.add(notA(f.r.at(n), f.join(key), "a list", kindOf(n)))
	}
}

func (f *fields) join(key string) string {
	if f.what == "" {
		return key
	}
	return f.what + "." + key
}

// rest warns of the keys that nothing read.
func (f *fields) rest(what string, keys []string) {
	for _, x := range f.list {
		if x.used {
			continue
		}
		near, best := "", 3
		for _, k := range keys {
			if d := levenshtein.ComputeDistance(strings.ToLower(k), strings.ToLower(x.key.Value)); d < best {
				near, best = k, d
			}
		}
		f.r.add(unknownKey(f.r.at(x.key), x.key.Value, what, near))
	}
}
