package route

import (
	"strings"
	"time"

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
	before    *phrases // what no skill does where it stands before a name
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
	r.relations = map[string]bool{}
	for _, w := range v.Relations {
		r.relations[w] = true
	}
	r.learnBeyond(v)
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
	// Holds is the same call with the condition that the prompt asks about for all of its rows: "are all devices compliant".
	Holds *Call
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
	if dec, ok := d.samePeriod(q.Context); ok {
		return dec
	}
	if dec, ok := r.several(q, d); ok {
		return dec
	}
	return r.decide(d, q)
}

// Skill returns a skill by its name.
func (r *Router) Skill(name string) (*plugin.Skill, bool) {
	c := r.byName[strings.ToLower(name)]
	if c == nil {
		return nil, false
	}
	return c.skill, true
}
