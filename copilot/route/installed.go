package route

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/words"
	"github.com/sleuth-sec/sleuth/plugin"
)

// Installed chooses among the skills of plugins that people added. They have no cues: their names, descriptions and example prompts
// say what they are for. It never takes a prompt from a skill of the program, unless the prompt names the plugin or the
// skill, or is all but an example of it. A skill that can change something at its server is chosen by its name alone.
type Installed struct {
	r       *Router
	skills  []candidate
	weights map[string]float64
	unknown float64 // weight of a word that no skill says
}

// candidate is an installed skill with its words.
type candidate struct {
	skill    *plugin.Skill
	stems    map[string]bool
	names    [][]string // each all words of its name, or of its plugin's with the words before it
	plugin   []string
	examples [][]string
}

// Installed makes a chooser of skills that read prompts as the router does.
func (r *Router) Installed(skills []*plugin.Skill) *Installed {
	nobody, long := directory.New(nil), time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	x := &Installed{r: r, weights: map[string]float64{}, unknown: math.Log(1 + float64(len(skills)))}
	for _, s := range skills {
		c := candidate{skill: s, stems: map[string]bool{}, plugin: r.content(camel(s.Plugin))}
		for _, n := range []string{camel(s.Name), s.DisplayName} {
			if ws := r.content(n); len(ws) > 1 && !slices.ContainsFunc(c.names, func(o []string) bool { return slices.Equal(o, ws) }) {
				c.names = append(c.names, ws)
			}
		}
		for _, e := range s.Examples {
			if ws := x.asked(r.read(e, long, nobody)); len(ws) > 1 { // addresses and times in it are those of another prompt
				c.examples = append(c.examples, ws)
			}
		}
		for _, t := range append([]string{camel(s.Name), s.DisplayName, s.Description, s.ForModel, camel(s.Plugin)}, s.Examples...) {
			for _, w := range r.content(t) {
				c.stems[w] = true
			}
		}
		for w := range c.stems {
			x.weights[w]++
		}
		x.skills = append(x.skills, c)
	}
	for w, n := range x.weights {
		x.weights[w] = math.Log(1 + float64(len(skills))/n)
	}
	return x
}

// camel puts spaces into GetUserDetails.
func camel(s string) string {
	var b strings.Builder
	last := ' '
	for _, r := range s {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		if r == '_' || r == '-' || r == '.' {
			r = ' '
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// content are the stems of a text that carry a meaning, each once.
func (r *Router) content(text string) []string {
	var out []string
	for _, w := range words.Texts(text) {
		if w = words.Stem(w); !r.stop[w] && !r.polite[w] && len(w) > 1 && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// Over gives the decision for a prompt where plugins are installed; dec is what the skills of the program make of it.
func (x *Installed) Over(dec Decision, q Request) Decision {
	if text := strings.TrimSpace(q.Text); strings.HasPrefix(text, "/") {
		if own, ok := x.direct(text, q); ok && dec.Outcome == "unsupported" {
			return own
		}
		return dec
	}
	if dec.Outcome == "refused" || dec.Outcome == "needs_confirmation" {
		return dec
	}
	d := x.r.read(q.Text, q.Now, q.Index)
	c, plain, own := x.choose(d, q)
	if c == nil || !own && dec.Outcome != "unsupported" && !(plain && dec.Outcome == "not_found") {
		return dec
	}
	return x.call(c.skill, d, q)
}

// words of a prompt that are no literal, name or time.
func (x *Installed) asked(d *reading) []string {
	var out []string
	for i, t := range d.tokens {
		if d.mark[i] == named || d.mark[i] == literal || d.mark[i] == timed {
			continue
		}
		for _, w := range x.r.content(t.Text) {
			if !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// Least parts of the words of a prompt that a skill says, where nothing else speaks for it and where its example or name does.
const (
	leastShared  = 0.5
	likeExample  = 0.75
	plainlyNamed = 0.5
)

// choose is the skill that fits best. plain says that the prompt names the plugin or the skill, or is like an example; own that it does so
// by words that the program's own skills do not have, so that the prompt means it whatever they make of it.
func (x *Installed) choose(d *reading, q Request) (best *candidate, plain, own bool) {
	asked := x.asked(d)
	all := x.r.content(q.Text)
	most := 0.0
	for i := range x.skills {
		c := &x.skills[i]
		shared, total, n := 0.0, 0.0, 0
		for _, w := range asked {
			weight := x.unknown
			if c.stems[w] {
				weight = x.weights[w]
				shared += weight
				n++
			}
			total += weight
		}
		if total == 0 {
			continue
		}
		score, named, others := shared/total, false, false
		for _, name := range c.names {
			if holds(all, name) && float64(len(name)) >= plainlyNamed*float64(len(asked)) {
				score, named, others = score+1.5, true, others || !x.r.ordinary(name)
			}
		}
		if c.skill.Changes() && !named {
			continue
		}
		for _, e := range c.examples {
			if like := alike(asked, e); like >= likeExample {
				score, named, others = score+like, true, others || !x.r.ordinary(e)
			}
		}
		if len(c.plugin) > 0 && holds(all, c.plugin) && !x.r.ordinary(c.plugin) {
			score, named, others = score+1, true, true
		}
		alone := n == 1 && len(asked) == 1 && !x.r.known[asked[0]] // "the reputation of 203.0.113.9": nothing else is asked
		if !named && !alone && (n < 2 || shared/total < leastShared) {
			continue
		}
		if score > most {
			best, plain, own, most = c, named, others, score
		}
	}
	return best, plain, own
}

// ordinary says whether a name consists of words of the vocabulary: a plugin called "User risk" is not named by them.
func (r *Router) ordinary(name []string) bool {
	return !slices.ContainsFunc(name, func(w string) bool { return !r.known[w] })
}

func holds(all, part []string) bool {
	return !slices.ContainsFunc(part, func(w string) bool { return !slices.Contains(all, w) })
}

// alike is the part of words that two texts share.
func alike(a, b []string) float64 {
	n := 0
	for _, w := range a {
		if slices.Contains(b, w) {
			n++
		}
	}
	return float64(n) / float64(max(len(a), len(b), 1))
}

// direct reads "/Skill name=value ..."; the name may have spaces, and its plugin's name and a point before it.
func (x *Installed) direct(text string, q Request) (Decision, bool) {
	rest := strings.TrimPrefix(text, "/")
	var best *candidate
	length := 0
	for i := range x.skills {
		c := &x.skills[i]
		for _, name := range []string{c.skill.Name, c.skill.Plugin + "." + c.skill.Name, strings.ReplaceAll(c.skill.Name, " ", "")} {
			if len(name) > length && len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) && (len(rest) == len(name) || rest[len(name)] == ' ') {
				best, length = c, len(name)
			}
		}
	}
	if best == nil {
		return Decision{}, false
	}
	call := newCall(best.skill)
	for _, kv := range pairs(rest[length:]) {
		i := slices.IndexFunc(best.skill.Inputs, func(in plugin.Input) bool { return strings.EqualFold(in.Name, kv[0]) })
		name := kv[0]
		if i >= 0 {
			name = best.skill.Inputs[i].Name
		} else if !slices.Contains(best.skill.Loose, kv[0]) {
			return Decision{Outcome: "unsupported", Reason: fmt.Sprintf("%s has no input named %s. Its inputs are %s.", best.skill.Name, kv[0], inputNames(best.skill))}, true
		}
		call.Inputs[name] = kv[1]
	}
	return finish(call), true
}

func newCall(s *plugin.Skill) Call {
	return Call{Skill: s, Inputs: map[string]any{}, Fill: map[string]string{}, Entities: map[string]directory.Entity{}, Score: 1}
}

// finish fills the holes of a call, or says which inputs are missing.
func finish(call Call) Decision {
	s := call.Skill
	for name, v := range s.Given {
		call.Fill[name] = v
	}
	var missing []string
	for _, in := range s.Inputs {
		v, ok := call.Inputs[in.Name]
		if text := fmt.Sprint(v); ok && text != "" {
			call.Fill[in.Name] = text
			continue
		}
		delete(call.Inputs, in.Name)
		switch {
		case in.Default != "":
			call.Fill[in.Name] = in.Default
		case in.Required:
			missing = append(missing, in.Name)
		}
	}
	for name, v := range call.Inputs {
		call.Fill[name] = fmt.Sprint(v)
	}
	if len(missing) > 0 {
		example := "/" + s.Name
		for _, m := range missing {
			example += " " + m + "=…"
		}
		return Decision{Outcome: "unsupported", Reason: fmt.Sprintf("%s needs %s: name it in the prompt, or write %s.", s.DisplayName, strings.Join(missing, ", "), example)}
	}
	if s.Changes() {
		return Decision{Outcome: "needs_confirmation", Calls: []Call{call}}
	}
	return Decision{Outcome: "answered", Calls: []Call{call}}
}
