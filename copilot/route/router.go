package route

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/when"
	"github.com/sleuth-sec/sleuth/copilot/words"
	"github.com/sleuth-sec/sleuth/plugin"
)

// Router chooses skills for prompts. It is safe for concurrent use once made.
type Router struct {
	vocab     *Vocabulary
	skills    []compiled
	byName    map[string]*compiled
	concepts  *phrases
	values    *phrases
	anaphora  *phrases
	followUps *phrases
	formats   *phrases
	singular  *phrases
	known     map[string]bool // stems of the vocabulary
	stop      map[string]bool
	polite    map[string]bool
	notNames  map[string]bool
	everyday  map[string]bool   // stems that are also everyday words: names made of them alone are doubtful
	kindWord  map[string]string // stem -> kind of entity
	iso       map[string]bool
	others    *phrases // what no skill does
	relations map[string]bool
	short     map[string]string // abbreviation -> what it stands for
	negations *phrases
	harmless  *phrases
	asks      map[string]bool
	excludes  *phrases // before a place: "outside", "not from"
}

// New makes a router of a vocabulary and skills.
func New(v *Vocabulary, skills []*plugin.Skill) *Router {
	r := &Router{vocab: v, byName: map[string]*compiled{}, concepts: newPhrases(), values: newPhrases(), anaphora: newPhrases(), followUps: newPhrases(),
		formats: newPhrases(), singular: newPhrases(), kindWord: map[string]string{}, iso: map[string]bool{}}
	r.learnWords(v)
	r.learnShort(v)
	r.others, r.relations = newPhrases(), map[string]bool{}
	for _, w := range v.Relations {
		r.relations[w] = true
	}
	for i, b := range v.Beyond {
		for _, w := range b.Words {
			r.others.add(w, i)
		}
	}
	r.learnNegation(v)
	for _, s := range skills {
		r.learnSkill(s)
	}
	r.everyday = map[string]bool{"may": true}
	for _, set := range []map[string]bool{r.known, r.notNames, monthNames} {
		for w := range set {
			r.everyday[w] = true
		}
	}
	r.termWeights()
	for i := range r.skills {
		r.byName[strings.ToLower(r.skills[i].skill.Name)] = &r.skills[i]
	}
	for _, e := range Countries() {
		r.iso[e.Extra["code"]] = true
	}
	return r
}

// learnWords prepares the phrases of the vocabulary.
func (r *Router) learnWords(v *Vocabulary) {
	r.stop, r.polite, r.notNames = stemSet(v.Stop), stemSet(v.Polite), stemSet(v.NotNames, v.Stop)
	for i, c := range v.Concepts {
		for _, w := range c.Words {
			r.concepts.add(w, i)
			if kind := v.Kinds[c.Name]; kind == "row" {
				r.singular.add(w, i)
			}
			ts := words.Texts(w)
			if kind := v.Kinds[c.Name]; IsEntity(kind) && len(ts) == 1 {
				r.kindWord[words.Stem(ts[0])] = kind
			}
		}
	}
	var said [][]string
	for i, x := range v.Values {
		ws := x.Words
		if strings.IndexFunc(x.Value, unicode.IsUpper) > 0 { // atRisk: nobody writes it but to mean the value
			ws = append(ws, x.Value)
		}
		for _, w := range ws {
			r.values.add(w, i)
		}
		said = append(said, ws)
	}
	for i, a := range v.Anaphora {
		for _, w := range a.Words {
			r.anaphora.add(w, i)
		}
		said = append(said, a.Words)
	}
	for i, f := range v.FollowUp {
		r.followUps.add(f, i)
	}
	for i, f := range v.Formats {
		for _, w := range f.Words {
			r.formats.add(w, i)
		}
		said = append(said, f.Words)
	}
	for _, c := range v.Concepts {
		said = append(said, c.Words)
	}
	for _, b := range v.Beyond {
		said = append(said, b.Words)
	}
	r.known = stemSet(append(said, v.Stop, v.Polite, v.FollowUp, v.Relations, v.Negation.Words, v.Negation.Outside)...)
}

// learnSkill prepares a skill, and takes the words of its fields and dimensions for known.
func (r *Router) learnSkill(s *plugin.Skill) {
	r.skills = append(r.skills, r.compile(s))
	var said [][]string
	for _, f := range s.Fields {
		said = append(said, f.Words)
	}
	if s.Analytics != nil {
		for _, src := range s.Analytics.Sources {
			for _, dim := range append(src.Dimensions, src.Measures...) {
				said = append(said, dim.Words)
			}
		}
	}
	for w := range stemSet(said...) {
		r.known[w] = true
	}
}

// Call is one skill to run, with its inputs.
type Call struct {
	Skill    *plugin.Skill
	Inputs   map[string]any    // as reported
	Fill     map[string]string // as filled into the template
	Window   when.Window       // the period looked at; also the default one
	Default  bool              // the period is the default: it is not reported
	Entities map[string]directory.Entity
	Fields   []string
	Top      int
	Oldest   bool
	Format   string
	Analysis *Analysis // of a free-form question
	Cue      []string  // the concepts that chose the skill
	Else     string    // "who else": the user who is not asked about
	Ignored  []string  // words of the prompt that were understood but that the skill cannot take
	Score    float64
}

// Decision is what a prompt leads to: calls, or an outcome with its reason.
type Decision struct {
	Outcome    string // answered (calls are to be run), not_found, ambiguous, unsupported, needs_confirmation, refused
	Calls      []Call
	Reason     string             // refused, unsupported: why
	Kind       string             // not_found, ambiguous: of which kind the name is
	Name       string             // not_found, ambiguous: the name
	Candidates []directory.Entity // ambiguous: all that fit; not_found: near matches
	Format     string
}

// Request is a prompt with all that its meaning depends on.
type Request struct {
	Text    string
	Now     time.Time
	Index   *directory.Index
	Context *Context
}

// The least score with which a skill is chosen, and the least weight of concepts that lets a prompt stand
// on its own instead of changing the previous one.
const (
	leastScore  = 0.55
	standsOwn   = 0.75
	unexplained = 0.9  // a concept of this weight that a skill without needs does not explain is one too many
	namesOnly   = 0.45 // below it, nothing but names speaks for a skill
)

// Route decides what a prompt asks for.
func (r *Router) Route(q Request) Decision {
	text := strings.TrimSpace(q.Text)
	if len(words.Split(text)) == 0 {
		return Decision{Outcome: "unsupported", Reason: "The prompt is empty."}
	}
	if reason := r.vocab.Refused(text); reason != "" {
		return Decision{Outcome: "refused", Reason: reason}
	}
	if strings.HasPrefix(text, "/") {
		return r.direct(text, q)
	}
	d := r.read(text, q.Now, q.Index)
	if reason := r.beyond(d); reason != "" {
		return Decision{Outcome: "unsupported", Format: d.format, Reason: reason}
	}
	if dec, ok := r.resolveOrdinal(d, q); ok {
		return dec
	}
	if dec, ok := r.several(q, d); ok {
		return dec
	}
	return r.decide(d, q)
}

// beyond gives the reason for which a prompt asks for what no skill does: a comparison, a forecast.
func (r *Router) beyond(d *reading) string {
	for _, h := range r.others.find(d.stems, func(i int) bool { return d.mark[i] != named && d.mark[i] != literal && d.mark[i] != timed }, true) {
		return r.vocab.Beyond[h.ref].Reason
	}
	if r.nested(d) {
		return nestedReason
	}
	if name := r.foreign(d); name != "" {
		return fmt.Sprintf("The data holds nothing named %q.", name)
	}
	for _, m := range d.mentions { // "more groups than Ada"
		if m.First > 0 && d.tokens[m.First-1].Text == "than" && len(d.outside) == 0 {
			return "The prompt compares things, which no skill does. Ask about each of them by itself."
		}
		if m.First > 0 && m.First <= 3 && d.tokens[m.First-1].Text == "give" && len(m.Of("user")) > 0 && m.Last+1 < len(d.tokens) && !d.tokens[m.Last].Possessive {
			return "The prompt would give something to somebody - a role, a licence, a membership. No action does that here; do it in the Entra admin center."
		}
	}
	return ""
}

func (r *Router) ranked(d *reading, ctx *Context) []match {
	ms := make([]match, 0, len(r.skills))
	for i := range r.skills {
		if m := r.score(d, &r.skills[i], ctx); m.score > -100 {
			ms = append(ms, m)
		}
	}
	sort.SliceStable(ms, func(a, b int) bool { return ms[a].score > ms[b].score })
	return ms
}

// decide chooses the skill of one clause.
func (r *Router) decide(d *reading, q Request) Decision {
	ms := r.ranked(d, q.Context)
	var best *match
	if len(ms) > 0 {
		best = &ms[0]
	}
	if prev := r.previous(q.Context); prev != nil && r.changesPrevious(d, best, prev) {
		d.values = append(d.values, d.takenBy(prev)...)
		return r.build(d, q, match{c: prev, score: 1, fields: prev.fieldsNamed(d)}, true)
	}
	if best != nil && best.own < namesOnly && len(best.fields) == 0 && len(best.c.cues) > 0 && d.namesAll(best.c.needs) {
		if rest := d.rest(); rest != "" {
			return Decision{Outcome: "unsupported", Format: d.format, Reason: fmt.Sprintf("The data holds nothing that answers %q, or the question was not understood.", rest)}
		}
	}
	if best != nil && len(best.c.needs) == 0 && best.missed >= unexplained && best.own < 2*best.missed {
		return r.notUnderstood(d, q, nil) // a list of everything is no answer to a question that is not understood
	}
	if best == nil || best.score < leastScore {
		if m := r.assume(d, q); m != nil {
			d.anaphora = append(d.anaphora, "rows")
			return r.build(d, q, *m, false)
		}
		return r.notUnderstood(d, q, best)
	}
	return r.build(d, q, *best, false)
}

// assume reads a prompt that names nothing ("why?", "what should I do?") as one about what the previous
// prompt was about.
func (r *Router) assume(d *reading, q Request) *match {
	if q.Context == nil || q.Context.Last == nil || len(d.concepts) == 0 || len(d.mentions)+len(d.addrs)+len(d.unknown)+len(d.ips)+len(d.guids) > 0 {
		return nil
	}
	d.assumed = map[string]bool{}
	for _, c := range q.Context.Last.Cue {
		d.assumed[c] = true
	}
	ms := r.ranked(d, q.Context)
	if len(ms) == 0 || ms[0].score < leastScore || ms[0].own < standsOwn {
		d.assumed = nil
		return nil
	}
	return &ms[0]
}

func (r *Router) previous(ctx *Context) *compiled {
	if ctx == nil || ctx.Last == nil {
		return nil
	}
	return r.byName[strings.ToLower(ctx.Last.Skill)]
}

// changesPrevious says whether a prompt only changes an input of the previous one: it has nothing that
// stands for a skill of its own, but names something the previous skill takes.
func (r *Router) changesPrevious(d *reading, best *match, prev *compiled) bool {
	stands := best != nil && best.score >= leastScore && best.own >= standsOwn
	if stands && !r.narrows(d, prev) {
		return false
	}
	if d.followUp && len(d.takenBy(prev)) > 0 {
		return true
	}
	changes := !d.window.IsZero() || d.top > 0 || len(d.ips) > 0 || len(d.codes) > 0 || d.format != ""
	for _, v := range d.values {
		changes = changes || prev.inputs[v.Input]
	}
	for _, m := range d.mentions {
		for _, e := range m.Entities {
			changes = changes || prev.kinds[string(e.Kind)]
		}
	}
	if len(d.addrs) > 0 || len(d.unknown) > 0 && d.followUp {
		changes = true
	}
	if len(prev.fieldsNamed(d)) > 0 {
		changes = true
	}
	if !changes {
		return false
	}
	if d.followUp || best == nil || best.score < leastScore {
		return true
	}
	// A name alone, without a word that opens a follow-up, asks about what is named.
	return !d.window.IsZero() || d.top > 0 || len(d.values) > 0
}

// narrows says whether a prompt asks for some of the rows of the previous one ("just those with high risk"):
// it points at them, names a value, and says nothing that the previous skill does not take.
func (r *Router) narrows(d *reading, prev *compiled) bool {
	if !d.followUp || !slices.Contains(d.anaphora, "rows") || len(d.mentions)+len(d.values) == 0 {
		return false
	}
	for _, v := range d.values {
		if !prev.inputs[v.Input] {
			return false
		}
	}
	return !slices.ContainsFunc(d.concepts, func(c conceptHit) bool {
		return !prev.accepts[c.name] && !slices.ContainsFunc(prev.cues, func(q []string) bool { return slices.Contains(q, c.name) })
	})
}

// takenBy are the values that a follow-up names without the concept they usually stand beside, and that the
// previous skill takes: "and medium?" after the users of high risk.
func (d *reading) takenBy(prev *compiled) []valueHit {
	var out []valueHit
	for _, v := range d.loose {
		if prev.inputs[v.Input] && !slices.ContainsFunc(d.values, func(o valueHit) bool { return o.Input == v.Input }) {
			out = append(out, v)
		}
	}
	return out
}

// fieldsNamed are the properties of the skill that a prompt names.
func (c *compiled) fieldsNamed(d *reading) []int {
	var out []int
	for _, h := range c.fields.find(d.stems, func(i int) bool { return d.mark[i] != named && d.mark[i] != literal && d.mark[i] != timed }, true) {
		if !slices.Contains(out, h.ref) {
			out = append(out, h.ref)
		}
	}
	return out
}

// notUnderstood says what is missing when no skill fits.
func (r *Router) notUnderstood(d *reading, q Request, best *match) Decision {
	if len(d.addrs) > 0 {
		return r.notFound(q, d.addrs[0], "user")
	}
	if best != nil && d.asksForPerson(best.c) {
		return r.notFound(q, d.unknown[0].text, "user")
	}
	if len(d.unknown) == 1 && d.unknown[0].first == 0 && d.unknown[0].last == len(d.tokens)-1 {
		if dec := r.notFound(q, d.unknown[0].text, "user"); len(dec.Candidates) > 0 {
			return dec // a misspelt name alone
		}
	}
	return Decision{Outcome: "unsupported", Format: d.format, Reason: "The question was not understood as one about identities, sign-ins, risk, groups, devices, apps, roles or the tenant's logs."}
}

func (r *Router) notFound(q Request, name, kind string) Decision {
	kinds := []directory.Kind{directory.Kind(kind)}
	return Decision{Outcome: "not_found", Name: name, Kind: kind, Candidates: q.Index.Near(name, 5, kinds...)}
}

// asksForPerson says whether a prompt consists of a full name that nobody has and of words that a skill about
// a user takes: "who is Ada Nobody".
func (d *reading) asksForPerson(c *compiled) bool {
	if len(d.unknown) != 1 || len(d.concepts) == 0 || !slices.Contains(c.needs, "user") || len(d.values)+len(d.mentions) > 0 {
		return false
	}
	u := d.unknown[0]
	if (u.last == u.first || !d.tokens[u.first].Capital || !d.tokens[u.last].Capital) && !d.whoIs(u.first) {
		return false
	}
	for i := range d.tokens {
		if d.mark[i] == free && (i < u.first || i > u.last) {
			return false
		}
	}
	return !slices.ContainsFunc(d.concepts, func(h conceptHit) bool {
		return !c.accepts[h.name] && !slices.ContainsFunc(c.cues, func(q []string) bool { return slices.Contains(q, h.name) })
	})
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

// Skill returns a skill by its name.
func (r *Router) Skill(name string) (*plugin.Skill, bool) {
	c := r.byName[strings.ToLower(name)]
	if c == nil {
		return nil, false
	}
	return c.skill, true
}
