package route

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/when"
	"github.com/sleuth-sec/sleuth/copilot/words"
	"github.com/sleuth-sec/sleuth/plugin"
)

// buildDirect reads the name=value pairs of a direct call.
func (r *Router) buildDirect(c *compiled, rest string, q Request) Decision {
	b := &builder{r: r, d: &reading{text: rest}, q: q, m: match{c: c, score: 1}}
	b.call = Call{Skill: c.skill, Inputs: map[string]any{}, Fill: map[string]string{}, Entities: map[string]directory.Entity{}, Score: 1}
	for _, kv := range pairs(rest) {
		in, ok := c.skill.Input(kv[0])
		if !ok && (kv[0] == "from" || kv[0] == "to") && c.inputs["lookback"] {
			in, ok = plugin.Input{Name: kv[0], Type: kv[0]}, true
		}
		if !ok {
			return Decision{Outcome: "unsupported", Reason: fmt.Sprintf("%s has no input named %s. Its inputs are %s.", c.skill.Name, kv[0], inputNames(c.skill))}
		}
		if dec, stop := b.directInput(in, kv[1]); stop {
			return dec
		}
	}
	if c.skill.Analytics != nil {
		question := fmt.Sprint(b.call.Inputs["question"])
		q.Text = question
		return r.build(r.read(question, q.Now, q.Index), q, match{c: c, score: 1}, false)
	}
	if dec, stop := b.period(); stop {
		return dec
	}
	if dec, stop := b.missing(); stop {
		return dec
	}
	b.fill()
	out := Decision{Outcome: "answered", Calls: []Call{b.call}}
	if c.skill.Action != nil {
		out.Outcome = "needs_confirmation"
	}
	return out
}

func (b *builder) directInput(in plugin.Input, v string) (Decision, bool) {
	bad := func(want string) (Decision, bool) {
		return Decision{Outcome: "unsupported", Reason: fmt.Sprintf("%s=%s is not valid: write %s.", in.Name, v, want)}, true
	}
	switch {
	case IsEntity(in.Type):
		es := slices.DeleteFunc(b.q.Index.ByName(v), func(e directory.Entity) bool { return string(e.Kind) != in.Type })
		if len(es) == 0 {
			return b.r.notFound(b.q, v, in.Type), true
		}
		if len(es) > 1 {
			return Decision{Outcome: "ambiguous", Name: v, Kind: in.Type, Candidates: es}, true
		}
		b.set(in.Type, es[0])
	case in.Type == "lookback":
		if _, ok := when.Span(v); !ok {
			return bad("a timespan such as 48h or 7d")
		}
		b.d.window.Lookback = v
	case in.Type == "from" || in.Type == "to":
		t, err := time.Parse(time.RFC3339, v)
		if err != nil {
			return bad("a moment such as 2026-11-01T00:00:00Z")
		}
		if in.Type == "from" {
			b.d.window.From = t.UTC()
		} else {
			b.d.window.To = t.UTC()
		}
	case in.Type == "top":
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return bad("a whole number")
		}
		b.call.Inputs[in.Name], b.call.Top = n, n
	case in.Type == "fields":
		for f := range strings.SplitSeq(v, ",") {
			if fd, ok := b.m.c.skill.Field(strings.TrimSpace(f)); ok {
				b.call.Fields = append(b.call.Fields, fd.Name)
			} else {
				return bad("property names of " + b.m.c.skill.Name)
			}
		}
		b.call.Inputs["fields"] = b.call.Fields
	case in.Type == "roleAssignable" || in.Type == "accountEnabled":
		t, err := strconv.ParseBool(v)
		if err != nil {
			return bad("true or false")
		}
		b.call.Inputs[in.Name] = t
	default:
		b.call.Inputs[in.Name] = v
	}
	return Decision{}, false
}

func inputNames(s *plugin.Skill) string {
	var out []string
	for _, in := range s.Inputs {
		out = append(out, in.Name)
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// DirectText writes a direct call so that Route reads it: "/Skill name=\"value\" ...", with a quote inside a value doubled.
func DirectText(skill string, inputs map[string]string) string {
	var b strings.Builder
	b.WriteString("/" + skill)
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		fmt.Fprintf(&b, ` %s="%s"`, name, strings.ReplaceAll(inputs[name], `"`, `""`))
	}
	return b.String()
}

// unquote reads the value at the start of a text that begins with a quote, in which a doubled quote stands for one, and gives what
// follows it. A value that nothing ends goes to the end.
func unquote(s string) (value, rest string) {
	quote := s[0]
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] == quote {
			if i+1 >= len(s) || s[i+1] != quote {
				return b.String(), s[i+1:]
			}
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// pairs reads name=value pairs; a value with spaces stands in quotes, or runs up to the next name=.
func pairs(s string) [][2]string {
	var out [][2]string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			return append(out, [2]string{strings.TrimSpace(s), ""})
		}
		name = strings.TrimSpace(name)
		var v string
		if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
			v, s = unquote(rest)
		} else {
			v, s = untilNextName(rest)
		}
		out = append(out, [2]string{name, strings.TrimSpace(v)})
	}
	return out
}

func untilNextName(rest string) (string, string) {
	for i := 0; i < len(rest); i++ {
		if rest[i] != ' ' {
			continue
		}
		word, _, _ := strings.Cut(strings.TrimLeft(rest[i:], " "), " ")
		if k := strings.IndexByte(word, '='); k > 0 && len(words.Split(word[:k])) == 1 {
			return rest[:i], rest[i:]
		}
	}
	return rest, ""
}

// direct reads "/Skill name=value ...".
func (r *Router) direct(text string, q Request) Decision {
	head, rest, _ := strings.Cut(strings.TrimPrefix(text, "/"), " ")
	c := r.byName[strings.ToLower(head)]
	if c == nil {
		return Decision{Outcome: "unsupported", Reason: "There is no skill named " + head + "." + r.nearSkill(head)}
	}
	return r.buildDirect(c, rest, q)
}

func (r *Router) nearSkill(name string) string {
	best, at := len(name)/3+1, ""
	for _, c := range r.skills {
		if d := words.Distance(strings.ToLower(name), strings.ToLower(c.skill.Name)); d < best {
			best, at = d, c.skill.Name
		}
	}
	if at == "" {
		return ""
	}
	return " Did you mean /" + at + "?"
}
