package route

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/copilot/words"
)

// Vocabulary is how people say things: concepts, input values, anaphora, and words without weight.
type Vocabulary struct {
	Concepts  []Concept         `yaml:"Concepts"`
	Values    []Value           `yaml:"Values"`
	Anaphora  []Anaphor         `yaml:"Anaphora"`
	Kinds     map[string]string `yaml:"Kinds"` // a concept that names a kind of entity, beside a name
	Stop      []string          `yaml:"Stop"`
	Polite    []string          `yaml:"Polite"`
	FollowUp  []string          `yaml:"FollowUp"` // words that open a prompt which changes the previous one
	Formats   []Format          `yaml:"Formats"`
	Refuse    []Refusal         `yaml:"Refuse"`
	NotNames  []string          `yaml:"NotNames"` // common words that are never taken for an unknown name
	Short     []Short           `yaml:"Short"`    // abbreviations, written out before a prompt is read
	Negation  Negation          `yaml:"Negation"`
	Narrowing Narrowing         `yaml:"Narrowing"`
	// Relations are words for people who are reached through somebody.
	Relations []string `yaml:"Relations"`
	Beyond    []Beyond `yaml:"Beyond"` // what no skill does, with the reason to give
}

// Beyond is a kind of question that no skill answers.
type Beyond struct {
	Reason string   `yaml:"Reason"`
	Words  []string `yaml:"Words"`
	// Before limits the words to a place: "name", right before a name ("more groups than Ada"); "receiver", an order right
	// before a person's name, with what that person is to get behind it ("give Ada the role").
	Before string `yaml:"Before"`
}

// Short is what abbreviations stand for.
type Short struct {
	Means string   `yaml:"Means"`
	Words []string `yaml:"Words"`
}

// Negation is how a prompt turns a meaning around, and where that changes nothing.
type Negation struct {
	Words    []string `yaml:"Words"`    // "not", "except"
	Harmless []string `yaml:"Harmless"` // phrases around them that exclude nothing: "or not"
	Asks     []string `yaml:"Asks"`     // words that open a question of yes or no: "is", "hasn't"
	Outside  []string `yaml:"Outside"`  // words before a place that mean all other places
}

// Narrowing is how a prompt asks about a part of the things only.
type Narrowing struct {
	Words    []string `yaml:"Words"`    // words before the part: "of", "with"
	Ends     []string `yaml:"Ends"`     // words that end it
	Concepts []string `yaml:"Concepts"` // meanings that are a part, even for skills that accept them elsewhere
}

// Concept is one meaning and the phrases for it.
type Concept struct {
	Name       string   `yaml:"Name"`
	Weight     float64  `yaml:"Weight"`
	Imperative bool     `yaml:"Imperative"` // counts only where the prompt begins with it: an order
	Words      []string `yaml:"Words"`
}

// Value is a value of an input and the phrases for it.
type Value struct {
	Input string   `yaml:"Input"`
	Value string   `yaml:"Value"`
	Words []string `yaml:"Words"`
	Wins  bool     `yaml:"Wins"`  // over other values of the input in the same prompt, of which it is a kind
	With  []string `yaml:"With"`  // only beside one of these concepts, or an entity of this kind: "@group"
	Whole bool     `yaml:"Whole"` // the words of the phrase mean nothing else
}

// Anaphor refers to an entity of an earlier prompt.
type Anaphor struct {
	Kind  string   `yaml:"Kind"`
	Words []string `yaml:"Words"`
}

// Format is a wish about the form of the answer.
type Format struct {
	Name  string   `yaml:"Name"`
	Words []string `yaml:"Words"`
}

// Refusal is a kind of prompt that is not served.
type Refusal struct {
	Reason   string   `yaml:"Reason"`
	Patterns []string `yaml:"Patterns"`
	compiled []*regexp.Regexp
}

// ParseVocabulary reads the vocabulary's YAML.
func ParseVocabulary(text []byte) (*Vocabulary, error) {
	var v Vocabulary
	if err := yaml.Unmarshal(text, &v); err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	seen := map[string]bool{}
	for i, c := range v.Concepts {
		if c.Name == "" || len(c.Words) == 0 || seen[c.Name] {
			return nil, fmt.Errorf("vocabulary: concept %q (number %d) needs a name of its own and words", c.Name, i+1)
		}
		seen[c.Name] = true
		if c.Weight == 0 {
			v.Concepts[i].Weight = 1
		}
	}
	for i, b := range v.Beyond {
		if b.Reason == "" || len(b.Words) == 0 || !slices.Contains([]string{"", beforeName, beforeReceiver}, b.Before) {
			return nil, fmt.Errorf("vocabulary: number %d of Beyond needs a reason and words, and Before is %s, %s or left out, not %q", i+1, beforeName, beforeReceiver, b.Before)
		}
	}
	for i := range v.Refuse {
		for _, p := range v.Refuse[i].Patterns {
			re, err := regexp.Compile("(?i)" + p)
			if err != nil {
				return nil, fmt.Errorf("vocabulary: refusal %q: %w", v.Refuse[i].Reason, err)
			}
			v.Refuse[i].compiled = append(v.Refuse[i].compiled, re)
		}
	}
	return &v, nil
}

// phrase is a phrase of the lexicon: its stems, and what it stands for.
type phrase struct {
	stems []string
	ref   int // index into the list it came from
}

// phrases finds phrases in stems.
type phrases struct {
	byFirst map[string][]phrase // the longest first
}

func newPhrases() *phrases { return &phrases{byFirst: map[string][]phrase{}} }

func (p *phrases) add(text string, ref int) {
	ts := words.Texts(text)
	if len(ts) == 0 {
		return
	}
	for i := range ts {
		ts[i] = words.Stem(ts[i])
	}
	list := append(p.byFirst[ts[0]], phrase{ts, ref})
	slices.SortStableFunc(list, func(a, b phrase) int { return len(b.stems) - len(a.stems) })
	p.byFirst[ts[0]] = list
}

// hit is a phrase found in a prompt.
type hit struct {
	ref         int
	first, last int
}

// find returns every phrase at its place; longest decides whether shorter ones inside are left out.
func (p *phrases) find(stems []string, free func(int) bool, longest bool) []hit {
	return p.findOf(stems, free, longest, func(int) bool { return true })
}

// findOf is find among the phrases whose reference is wanted.
func (p *phrases) findOf(stems []string, free func(int) bool, longest bool, wanted func(ref int) bool) []hit {
	var out []hit
	for i := 0; i < len(stems); i++ {
		taken := 0
		for _, ph := range p.byFirst[stems[i]] {
			n := len(ph.stems)
			if longest && n < taken || i+n > len(stems) || !slices.Equal(ph.stems, stems[i:i+n]) {
				continue
			}
			if !wanted(ph.ref) || !allFree(free, i, i+n-1) {
				continue
			}
			out = append(out, hit{ph.ref, i, i + n - 1})
			taken = max(taken, n)
		}
		if longest && taken > 1 {
			i += taken - 1
		}
	}
	return out
}

func allFree(free func(int) bool, first, last int) bool {
	for k := first; k <= last; k++ {
		if !free(k) {
			return false
		}
	}
	return true
}

// stemSet is a set of words by their stems.
func stemSet(lists ...[]string) map[string]bool {
	set := map[string]bool{}
	for _, l := range lists {
		for _, w := range l {
			for _, t := range words.Texts(w) {
				set[words.Stem(t)] = true
			}
		}
	}
	return set
}

// Refused returns the reason for which text is not served, or "".
func (v *Vocabulary) Refused(text string) string {
	flat := strings.Join(strings.Fields(words.Fold(text)), " ")
	for _, r := range v.Refuse {
		for _, re := range r.compiled {
			if re.MatchString(flat) {
				return r.Reason
			}
		}
	}
	return ""
}
