package route

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/words"
)

// readConcepts finds the concepts and values of the vocabulary among the words that are still free.
func (r *Router) readConcepts(d *reading) {
	var spans []hit
	open := func(i int) bool { return d.mark[i] == free || d.mark[i] == referred }
	for _, h := range r.concepts.find(d.stems, open, true) {
		c := r.vocab.Concepts[h.ref]
		if slices.ContainsFunc(d.concepts, func(o conceptHit) bool { return o.name == c.Name && o.first == h.first && o.last == h.last }) {
			continue // another spelling of the same
		}
		if c.Imperative && !r.opens(d, h.first) {
			continue
		}
		d.concepts = append(d.concepts, conceptHit{c.Name, c.Weight, h.first, h.last})
		spans = append(spans, h)
	}
	beside := func(ref int) bool { w := r.vocab.Values[ref].With; return len(w) == 0 || d.hasAny(w) }
	for _, h := range r.values.findOf(d.stems, open, true, beside) {
		d.values = append(d.values, valueHit{r.vocab.Values[h.ref], h.first, h.last})
		spans = append(spans, h)
	}
	for _, h := range r.values.findOf(d.stems, open, true, func(ref int) bool { return !beside(ref) }) {
		d.loose = append(d.loose, valueHit{r.vocab.Values[h.ref], h.first, h.last})
		spans = append(spans, h)
	}
	d.dropInside()
	d.concepts = slices.DeleteFunc(d.concepts, func(c conceptHit) bool { // "error code 50126" asks for the code, not for reasons
		if c.name == "per" && d.tokens[c.first].Text == "by" && c.last+1 < len(d.tokens) && (d.mark[c.last+1] == literal || d.mark[c.last+1] == named) {
			return true // "sign-ins by IP 203.0.113.7" names one
		}
		return c.name == "reason" && c.last+1 < len(d.tokens) && d.mark[c.last+1] == literal && codeText.MatchString(d.tokens[c.last+1].Text)
	})
	for _, h := range spans {
		for i := h.first; i <= h.last; i++ {
			d.mark[i] = understood
		}
	}
	r.readCountries(d)
	for i := range d.tokens {
		if d.mark[i] == free && (r.stop[d.stems[i]] || r.stop[d.tokens[i].Text]) {
			d.mark[i] = ignored
		}
	}
}

// dropInside drops the concepts that are only a part of a longer value: the role of "role-assignable".
func (d *reading) dropInside() {
	d.concepts = slices.DeleteFunc(d.concepts, func(c conceptHit) bool {
		return slices.ContainsFunc(d.values, func(v valueHit) bool {
			return v.Whole && v.first <= c.first && c.last <= v.last && v.last-v.first > c.last-c.first
		})
	})
}

func (d *reading) has(name string) bool {
	return slices.ContainsFunc(d.concepts, func(c conceptHit) bool { return c.name == name })
}

// hasAny says whether one of some concepts is there, or an entity of a kind: "@group".
func (d *reading) hasAny(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		if kind, ok := strings.CutPrefix(n, "@"); ok {
			return d.names(kind) || slices.Contains(d.pointed, kind)
		}
		return d.has(n)
	})
}

// opens says whether only words of politeness stand before token i: the prompt begins with an order.
func (r *Router) opens(d *reading, i int) bool {
	for k := 0; k < i; k++ {
		if d.mark[k] == named || d.mark[k] == literal || !r.polite[d.stems[k]] {
			return false
		}
	}
	return true
}

// readUnknown collects the words that nothing explains. They are names that nobody has, where a name is
// expected, and noise elsewhere.
func (r *Router) readUnknown(d *reading) {
	r.readUnknownIDs(d)
	for i := 0; i < len(d.tokens); i++ {
		afterKind := i > 0 && d.mark[i] == free && unicode.IsUpper([]rune(d.tokens[i].Raw)[0]) && r.kindWord[d.stems[i-1]] != "" && d.tokens[i-1].Text == d.stems[i-1] // "the group Night Watch"
		if !r.nameLike(d, i) && !afterKind {
			continue
		}
		j := i
		for j+1 < len(d.tokens) && (r.nameLike(d, j+1) || (d.mark[j+1] == free && d.tokens[j+1].Capital)) {
			j++
		}
		u := run{text: d.text[d.tokens[i].Start:d.tokens[j].End], first: i, last: j}
		for k := i; k <= j; k++ {
			if d.tokens[k].Capital && !d.tokens[k].First {
				u.strong = true
			}
		}
		if d.tokens[j].Possessive || (j > i && d.tokens[i].Capital) {
			u.strong = true
		}
		if r.namePlace(d, i) {
			u.strong = true
		}
		i = j
		d.unknown = append(d.unknown, d.joinPartial(u))
	}
	slices.SortStableFunc(d.unknown, func(a, b run) int { // the likeliest names first
		switch {
		case a.strong == b.strong:
			return 0
		case a.strong:
			return -1
		}
		return 1
	})
}

// namePlace says whether the words from i on stand where only a name can: after "of", after a word for a kind
// of thing, as what a question of yes or no or "who is" asks about.
func (r *Router) namePlace(d *reading, i int) bool {
	if i == 0 {
		return false
	}
	before := d.tokens[i-1].Text
	switch {
	case slices.Contains([]string{"of", "for", "by", "named", "called", "about"}, before):
		return true
	case r.kindWord[d.stems[i-1]] != "" && before == d.stems[i-1]:
		return d.tokens[i].Capital || !strings.HasSuffix(d.tokens[i].Text, "ing")
	case r.asks[before]:
		return r.opens(d, i-1) || d.whoIs(i)
	}
	return d.whoIs(i)
}

// whoIs says whether "who is" or "who's" stands before token i.
func (d *reading) whoIs(i int) bool {
	return i > 0 && d.tokens[i-1].Text == "who" && d.tokens[i-1].Possessive || i > 1 && d.tokens[i-1].Text == "is" && d.tokens[i-2].Text == "who" || i > 0 && d.tokens[i-1].Text == "whois"
}

// readUnknownIDs takes an id that nothing has for somebody's, where it stands as a name would and the prompt is
// not about an event: "risk history of 00000000-...".
func (r *Router) readUnknownIDs(d *reading) {
	if len(d.guids) == 0 || d.hasAny([]string{"correlation", "request", "log", "logs", "activity"}) {
		return
	}
	for i := 1; i < len(d.tokens); i++ {
		before := d.tokens[i-1].Text
		if d.mark[i] != literal || d.mark[i-1] == literal || before != "of" && before != "for" && before != "by" && r.kindWord[d.stems[i-1]] == "" {
			continue
		}
		end := strings.IndexFunc(d.text[d.tokens[i].Start:], unicode.IsSpace)
		id := d.text[d.tokens[i].Start:]
		if end > 0 {
			id = id[:end]
		}
		id = strings.ToLower(strings.TrimRight(id, ".,;:?!'’s"))
		if at := slices.Index(d.guids, id); at >= 0 {
			d.guids = slices.Delete(d.guids, at, at+1)
			d.unknown = append(d.unknown, run{text: id, first: i, last: i, strong: true})
		}
	}
}

// joinPartial takes a name that was found by a part of it alone together with the unknown word beside it:
// "Ada Bergstrim" is nobody, though there is one Ada.
func (d *reading) joinPartial(u run) run {
	for k, m := range d.mentions {
		value := !slices.ContainsFunc(m.Entities, func(e directory.Entity) bool { return IsEntity(string(e.Kind)) })
		if !m.Partial && !value || len(m.Of("os"))+len(m.Of("browser")) > 0 || d.tokens[m.First].Capital && !d.tokens[u.first].Capital {
			continue
		}
		if lower := d.tokens[u.last]; !lower.Capital && strings.HasSuffix(lower.Text, "ing") {
			continue // "involving Ada"
		}
		switch {
		case m.Last == u.first-1 && !d.tokens[m.Last].Possessive && d.adjacent(m.Last, u.first):
			u.first = m.First
		case m.First == u.last+1 && !d.tokens[u.last].Possessive && d.adjacent(u.last, m.First):
			u.last = m.Last
		default:
			continue
		}
		u.text, u.strong = d.text[d.tokens[u.first].Start:d.tokens[u.last].End], true
		d.mentions = slices.Delete(d.mentions, k, k+1)
		return u
	}
	return u
}

// adjacent says whether only spaces stand between two tokens.
func (d *reading) adjacent(i, j int) bool {
	return strings.TrimSpace(d.text[d.tokens[i].End:d.tokens[j].Start]) == ""
}

func (r *Router) nameLike(d *reading, i int) bool {
	t := d.tokens[i]
	if d.mark[i] != free || r.known[d.stems[i]] || r.notNames[t.Text] || r.notNames[d.stems[i]] || len(t.Text) < 2 {
		return false
	}
	return strings.IndexFunc(t.Text, func(c rune) bool { return c < '0' || c > '9' }) >= 0
}

// Countries are the entities of all countries: their ISO code, with the English name as a further name.
func Countries() []directory.Entity {
	names := display.English.Regions()
	var out []directory.Entity
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			reg, err := language.ParseRegion(code)
			if err != nil || !reg.IsCountry() || reg.String() != code || reg.Canonicalize() != reg {
				continue
			}
			name := names.Name(reg)
			if name == "" || name == code {
				continue
			}
			out = append(out, directory.Entity{Kind: "location", Name: name, Exact: also[code], Extra: map[string]string{"code": code}})
		}
	}
	return out
}

// also are everyday names of countries that differ from CLDR's.
var also = map[string][]string{"US": {"USA", "U.S.", "U.S.A.", "United States of America", "America", "the States"}, "GB": {"UK", "U.K.", "Britain", "Great Britain", "England"},
	"TR": {"Turkey", "Türkiye"}, "CZ": {"Czech Republic"}, "KR": {"Korea"}, "NL": {"Holland", "the Netherlands"}, "AE": {"UAE"}, "CN": {"PRC"}, "MM": {"Burma"}, "CI": {"Ivory Coast"},
	"VN": {"Viet Nam"}, "RU": {"Russian Federation"}, "HK": {"Hong Kong"}, "MO": {"Macau"}, "CD": {"DR Congo"}, "VA": {"Vatican"}, "SZ": {"Swaziland"}, "CV": {"Cape Verde"}}

// CountryName gives the English name of an ISO code, and the code of a name; both empty where it is no country.
func country(s string) (code, name string) {
	if len(s) == 2 {
		if reg, err := language.ParseRegion(strings.ToUpper(s)); err == nil && reg.IsCountry() {
			return reg.String(), display.English.Regions().Name(reg)
		}
	}
	key := words.Key(s)
	for _, e := range Countries() {
		if words.Key(e.Name) == key {
			return e.Extra["code"], e.Name
		}
		for _, n := range e.Exact {
			if words.Key(n) == key {
				return e.Extra["code"], e.Name
			}
		}
	}
	return "", ""
}
