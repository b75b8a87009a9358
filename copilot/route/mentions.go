package route

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

// readNames finds the names of the directory. A name made of everyday words ("Guests", "Grant") counts
// only where it is written as a name: capitalised inside a sentence, possessive, or beside its kind.
func (r *Router) readNames(d *reading, x *directory.Index) {
	longer := r.concepts.find(d.stems, d.isFree, true)
	for _, m := range x.Mentions(d.tokens, func(i int) bool { return d.mark[i] != free }) {
		if slices.ContainsFunc(longer, func(h hit) bool { // "Microsoft Graph requests" are not the application Microsoft Graph
			return h.first <= m.First && m.Last <= h.last && h.last-h.first > m.Last-m.First && len(m.Of("app")) == len(m.Entities)
		}) {
			continue
		}
		everyday, short := true, true
		for i := m.First; i <= m.Last; i++ {
			everyday = everyday && r.everyday[d.stems[i]]
			short = short && len(d.tokens[i].Text) < 3
		}
		if everyday || short {
			long := m.Last-m.First >= 2 || m.Last > m.First && d.tokens[m.First].Capital && !d.tokens[m.First].First
			person := m.Last > m.First && !m.Partial && len(m.Of("user")) > 0
			if !person && !short && !r.standsAsValue(d, m) && !d.writtenAsName(m) && !r.besideKind(d, m) && !(long && !m.Partial) {
				continue
			}
		}
		m.Soft = everyday && m.Last-m.First < 2 && !d.spelledAs(m) && !slices.ContainsFunc(m.Entities, func(e directory.Entity) bool { return IsEntity(string(e.Kind)) })
		d.mentions = append(d.mentions, d.withDepartment(m, x))
		for i := m.First; i <= m.Last && !m.Soft; i++ {
			d.mark[i] = named
		}
	}
	slices.SortFunc(d.mentions, func(a, b directory.Mention) int { return a.First - b.First })
}

// withDepartment lets "the Finance department", where a group has that name too, mean the department as well.
func (d *reading) withDepartment(m directory.Mention, x *directory.Index) directory.Mention {
	if m.First == m.Last || d.stems[m.Last] != "department" || d.tokens[m.Last].Capital && d.tokens[m.First].Capital {
		return m
	}
	rest := d.text[d.tokens[m.First].Start:d.tokens[m.Last-1].End]
	for _, e := range x.ByName(rest) {
		if e.Kind == "department" {
			m.Entities = append(slices.Clone(m.Entities), e)
		}
	}
	return m
}

// spelledAs says whether the words of a mention stand inside the prompt just as the data spells them, capitals
// included: "how many Update user events".
func (d *reading) spelledAs(m directory.Mention) bool {
	text := d.text[d.tokens[m.First].Start:d.tokens[m.Last].End]
	return m.First > 0 && m.Last > m.First && d.tokens[m.First].Capital &&
		slices.ContainsFunc(m.Entities, func(e directory.Entity) bool {
			return (e.Kind == "activity" || e.Kind == "department") && e.Name == text
		})
}

func (d *reading) writtenAsName(m directory.Mention) bool {
	if d.tokens[m.Last].Possessive || m.First == m.Last && len(d.tokens[m.First].Raw) > 2 && strings.ToUpper(d.tokens[m.First].Raw) == d.tokens[m.First].Raw {
		return true // possessive, or an abbreviation in capitals
	}
	for i := m.First; i <= m.Last; i++ {
		if strings.IndexFunc(d.tokens[i].Raw, unicode.IsUpper) > 0 {
			continue // "macOS"
		}
		if !d.tokens[i].Capital || (d.tokens[i].First && m.First == m.Last) {
			return false
		}
	}
	return true
}

// standsAsValue says whether a value of the data that is an everyday word stands where a value would: a system
// or browser beside what is asked for or after "from", "on", "with" ("linux sign-ins", "from chrome"), another
// value right before it ("Browser sign-ins", "device audit events").
func (r *Router) standsAsValue(d *reading, m directory.Mention) bool {
	if slices.ContainsFunc(m.Entities, func(e directory.Entity) bool { return IsEntity(string(e.Kind)) || e.Kind == "location" }) {
		return false
	}
	product := len(m.Of("os"))+len(m.Of("browser")) > 0
	if m.First > 0 && product && slices.Contains([]string{"from", "on", "with", "using", "via", "through", "in"}, d.tokens[m.First-1].Text) {
		return true
	}
	if m.Last+1 >= len(d.tokens) {
		return false
	}
	for _, p := range r.concepts.byFirst[d.stems[m.Last+1]] {
		end := m.Last + 1 + len(p.stems)
		if end > len(d.stems) || !slices.Equal(p.stems, d.stems[m.Last+1:end]) {
			continue
		}
		switch r.vocab.Concepts[p.ref].Name {
		case "signin":
			return product || len(m.Of("clientApp")) > 0
		case "audit":
			return true
		case "log", "logs", "activity":
			return len(m.Of("activity"))+len(m.Of("category")) > 0
		}
	}
	return false
}

// besideKind says whether a word for the kind of the entity stands next to the mention.
func (r *Router) besideKind(d *reading, m directory.Mention) bool {
	for _, i := range []int{m.First - 1, m.Last + 1} {
		if i < 0 || i >= len(d.tokens) {
			continue
		}
		if k := r.kindWord[d.stems[i]]; k != "" && len(m.Of(directory.Kind(k))) > 0 {
			return true
		}
	}
	return false
}

// readCountries finds ISO codes, which count in capitals only: "US", never "us".
func (r *Router) readCountries(d *reading) {
	for i, t := range d.tokens {
		if d.mark[i] != free || len(t.Raw) != 2 || t.Raw != strings.ToUpper(t.Raw) || !r.iso[t.Raw] || i == 0 {
			continue
		}
		before := i - 1
		if before > 0 && d.tokens[before].Text == "the" {
			before--
		}
		if !slices.Contains([]string{"from", "in", "outside", "of", "except", "country", "within", "inside", "location", "than"}, d.tokens[before].Text) {
			continue
		}
		d.mark[i] = named
		d.mentions = append(d.mentions, directory.Mention{First: i, Last: i, Entities: []directory.Entity{{Kind: "location", Name: t.Raw}}})
	}
}
