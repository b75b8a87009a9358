package route

import (
	"strings"
	"unicode"

	"github.com/sleuth-sec/sleuth/copilot/words"
	"github.com/sleuth-sec/sleuth/plugin"
)

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
