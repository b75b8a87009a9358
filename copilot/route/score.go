package route

import (
	"math"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/words"
	"github.com/sleuth-sec/sleuth/plugin"
)

// compiled is a skill with its cues and fields ready for matching.
type compiled struct {
	skill   *plugin.Skill
	cues    [][]string
	accepts map[string]bool
	fields  *phrases
	terms   map[string]float64 // for skills without cues: stems of description and examples, with weights
	kinds   map[string]bool    // entity kinds it takes
	needs   []string           // inputs without which it cannot run
	inputs  map[string]bool
	asked   map[string]bool // inputs whose values are in a cue: the skill answers about them
}

// entityKinds are the input types that name an entity of the directory.
var entityKinds = []string{"user", "group", "role", "app", "device", "policy", "incident"}

// IsEntity says whether an input type names an entity of the directory.
func IsEntity(t string) bool { return slices.Contains(entityKinds, t) }

func (r *Router) compile(s *plugin.Skill) compiled {
	c := compiled{skill: s, accepts: map[string]bool{}, fields: newPhrases(), kinds: map[string]bool{}, inputs: map[string]bool{}, asked: map[string]bool{}}
	for _, q := range s.Cues {
		cue := strings.Fields(q)
		c.cues = append(c.cues, cue)
		for _, t := range cue {
			if v, ok := strings.CutPrefix(t, "@="); ok {
				input, _, _ := strings.Cut(v, "=")
				c.asked[input] = true
			}
		}
	}
	for _, a := range s.Accepts {
		c.accepts[a] = true
	}
	for i, f := range s.Fields {
		for _, w := range f.Words {
			c.fields.add(w, i)
		}
		c.fields.add(f.Name, i)
	}
	for _, in := range s.Inputs {
		c.inputs[in.Type] = true
		c.kinds[in.Type] = true
		if in.Required {
			c.needs = append(c.needs, in.Type)
		}
	}
	return c
}

// inputNamed is the name of the input of a type.
func (c *compiled) inputNamed(typ string) string {
	for _, in := range c.skill.Inputs {
		if in.Type == typ {
			return in.Name
		}
	}
	return typ
}

// termWeights gives skills without cues a weight for each word of their texts: rare words tell them apart.
func (r *Router) termWeights() {
	seen := map[string]int{}
	texts := make([]map[string]bool, len(r.skills))
	for i, c := range r.skills {
		set := map[string]bool{}
		for _, t := range append([]string{c.skill.DisplayName, c.skill.Description}, c.skill.Examples...) {
			for _, w := range words.Texts(t) {
				if w = words.Stem(w); !r.stop[w] && len(w) > 2 {
					set[w] = true
				}
			}
		}
		texts[i] = set
		for w := range set {
			seen[w]++
		}
	}
	for i := range r.skills {
		if len(r.skills[i].cues) > 0 {
			continue
		}
		r.skills[i].terms = map[string]float64{}
		for w := range texts[i] {
			r.skills[i].terms[w] = math.Log(1 + float64(len(r.skills))/float64(seen[w]))
			r.known[w] = true
		}
	}
}

// match is how well a skill explains a prompt.
type match struct {
	c      *compiled
	score  float64
	cue    []string
	own    float64 // weight of the concepts of its cue: 0 when nothing but names and values speaks for it
	fields []int
	missed float64 // weight of the weightiest concept of the prompt that the skill does not explain
}

const (
	fieldWeight    = 1.2
	missPenalty    = 0.75 // of the weight of a concept that the skill does not explain
	entityFit      = 0.8
	entityContext  = 0.5
	entityMissing  = -1.4
	entityForeign  = -2.2
	valueForeign   = -0.4
	valueNamed     = 0.9 // a value of the data, named in the prompt: an activity, a department
	unknownForeign = -1.2
	valueWeight    = 0.8 // a value of the vocabulary, in a cue
	numberWeight   = 0.5
	codeWeight     = 0.7 // an error code
	assumedWeight  = 0.3
	unknownFit     = -0.2
	termsFull      = 4.0
	// partOfPhrase is how many words further the last word of a phrase stands that takes the words of a property with it.
	partOfPhrase = 2
)

// score rates one skill for a prompt.
func (r *Router) score(d *reading, c *compiled, ctx *Context) match {
	m := match{c: c}
	fieldHits := c.fields.find(d.stems, func(i int) bool { return d.mark[i] != named && d.mark[i] != literal && d.mark[i] != timed }, true)
	fieldHits = slices.DeleteFunc(fieldHits, func(h hit) bool { // "office" of "office 365 audit log"
		return slices.ContainsFunc(d.concepts, func(k conceptHit) bool {
			return k.first <= h.first && h.last <= k.last && k.last-k.first >= partOfPhrase && k.last-k.first > h.last-h.first && !c.accepts[k.name]
		})
	})
	inField := make([]bool, len(d.tokens))
	for _, h := range fieldHits {
		if !slices.Contains(m.fields, h.ref) {
			m.fields = append(m.fields, h.ref)
		}
		for i := h.first; i <= h.last; i++ {
			inField[i] = true
		}
	}
	base := r.entityScore(d, c, ctx)
	seen := -1
	for _, v := range d.values {
		if v.first != seen && !r.valueFor(d, c, v.first) && !inField[v.first] && !r.explained(d, c, v.first) {
			base += valueForeign
			seen = v.first
		}
	}
	if !c.takesNames() {
		for _, u := range d.unknown {
			if u.strong && !(c.inputs["department"] && r.unknownFits(d, c, "department")) {
				base += unknownForeign
				break
			}
		}
	}
	if len(d.ips) > 0 && !c.inputs["ip"] {
		base += entityForeign
	}
	if len(d.asns) > 0 && !c.inputs["asn"] {
		base += entityForeign
	}
	if len(d.guids) > 0 && !c.inputs["correlationId"] && !c.inputs["requestId"] && !c.inputs["sessionId"] {
		base += entityForeign
	}
	m.score = math.Inf(-1)
	if len(c.cues) == 0 {
		return r.scoreTerms(d, c, m, base)
	}
	for _, cue := range c.cues {
		own, ok := r.cueWeight(d, c, ctx, cue, len(m.fields) > 0)
		if !ok {
			continue
		}
		s := base + own
		if own == 0 && onlyEntity(cue) && !slices.Contains(c.needs, strings.TrimPrefix(cue[0], "@")) {
			s += entityFit // the name of something optional says alone what is asked for: "show me CA103"
		}
		covered := map[string]bool{}
		for _, t := range cue {
			covered[t] = true
		}
		s += fieldWeight * float64(min(len(m.fields), 3)) * boolTo(slices.Contains(cue, "@field"), 1, 0.5)
		missed, most := map[string]bool{}, 0.0
		for _, h := range d.concepts {
			if missed[h.name] || covered[h.name] || c.accepts[h.name] || inField[h.first] || r.valueFor(d, c, h.first) {
				continue
			}
			s -= missPenalty * h.weight
			missed[h.name] = true
			most = max(most, h.weight)
		}
		if s > m.score {
			m.score, m.cue, m.own, m.missed = s, cue, own, most
			if slices.Contains(cue, "@field") {
				m.own += fieldWeight * float64(len(m.fields))
			}
		}
	}
	return m
}

// onlyEntity says whether a cue begins with an entity and has nothing else but absences.
func onlyEntity(cue []string) bool {
	return IsEntity(strings.TrimPrefix(cue[0], "@")) && !slices.ContainsFunc(cue[1:], func(t string) bool { return t[0] != '!' })
}

func boolTo(b bool, yes, no float64) float64 {
	if b {
		return yes
	}
	return no
}

// valueFor says whether a value that the skill takes or answers about stands at token i.
func (r *Router) valueFor(d *reading, c *compiled, i int) bool {
	return slices.ContainsFunc(d.values, func(v valueHit) bool {
		return v.first <= i && i <= v.last && (c.inputs[v.Input] || c.asked[v.Input])
	})
}

// explained says whether a concept that the skill accepts stands at token i.
func (r *Router) explained(d *reading, c *compiled, i int) bool {
	return slices.ContainsFunc(d.concepts, func(h conceptHit) bool {
		if h.first > i || i > h.last {
			return false
		}
		return c.accepts[h.name] || slices.ContainsFunc(c.cues, func(q []string) bool { return slices.Contains(q, h.name) })
	})
}

// entityScore rates how the entities of the prompt fit the inputs of the skill.
func (r *Router) entityScore(d *reading, c *compiled, ctx *Context) float64 {
	s := 0.0
	for _, m := range d.mentions {
		fit := m.Soft
		for _, e := range m.Entities {
			fit = fit || c.kinds[string(e.Kind)]
		}
		switch {
		case !fit && slices.ContainsFunc(m.Entities, func(e directory.Entity) bool { return IsEntity(string(e.Kind)) }):
			s += entityForeign
		case !fit:
			s -= 0.5
		}
	}
	if len(d.addrs) > 0 && !c.kinds["user"] {
		s += entityForeign
	}
	for _, need := range c.needs {
		if need == "question" {
			continue // the prompt itself
		}
		switch {
		case d.names(need) || need == "incident" && d.hasNumber() || need == "ip" && len(d.ips) > 0 || need == "errorCode" && len(d.codes) > 0 || (need == "correlationId" || need == "requestId") && len(d.guids) > 0:
			s += entityFit
		case ctx.refers(d, need):
			s += entityContext
		case len(d.unknown) > 0 && IsEntity(need):
			s += 0
		default:
			s += entityMissing
		}
	}
	return s
}

// scoreTerms rates a skill without cues by the words it shares with the prompt.
func (r *Router) scoreTerms(d *reading, c *compiled, m match, base float64) match {
	shared, all, n := 0.0, 0.0, 0
	seen := map[string]bool{}
	for i, s := range d.stems {
		if d.mark[i] == named || d.mark[i] == literal || d.mark[i] == timed || r.stop[s] || seen[s] || len(s) < 3 {
			continue
		}
		seen[s] = true
		if w, ok := c.terms[s]; ok {
			shared += w
			all += w
			n++
		} else {
			all += math.Log(1 + float64(len(r.skills)))
		}
	}
	if n == 0 || all == 0 || shared/all < 0.5 {
		return m
	}
	if best := r.closestExample(c, seen); n < 2 && best < 0.99 {
		return m // one shared word alone is a coincidence
	}
	m.own = termsFull * shared / all
	m.score = base + m.own
	return m
}

func (r *Router) closestExample(c *compiled, seen map[string]bool) float64 {
	best := 0.0
	for _, ex := range c.skill.Examples {
		n, hits := 0, 0
		for _, w := range words.Texts(ex) {
			w = words.Stem(w)
			if r.stop[w] || len(w) < 3 {
				continue
			}
			n++
			if seen[w] {
				hits++
			}
		}
		if n > 0 {
			best = max(best, float64(hits)/float64(n))
		}
	}
	return best
}
