package route

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/when"
	"github.com/sleuth-sec/sleuth/copilot/words"
)

// reading is what was recognised in one prompt, before any skill is chosen.
type reading struct {
	text     string
	tokens   []words.Token
	stems    []string
	mark     []mark // what each token is
	mentions []directory.Mention
	concepts []conceptHit
	values   []valueHit
	loose    []valueHit // values that need a concept beside them which this prompt does not name
	addrs    []string   // addresses that nobody has
	guids    []string   // ids that nothing has
	quoted   []quote
	ips      []string
	codes    []string // sign-in error codes
	top      int
	oldest   bool // "first", "oldest": the earliest come first
	window   when.Window
	anaphora []string // kinds referred to
	pointed  []string // those of them that can only refer: "this group", "she"
	followUp bool
	definite bool // speaks of something known: "the risk history"
	format   string
	question bool
	assumed  map[string]bool // concepts of the previous prompt, where this one is too short to stand alone
	unknown  []run           // words that nothing explains and that stand where a name would
	negated  []int           // tokens that turn a meaning around and belong to no phrase of the vocabulary
	outside  map[int]bool    // first tokens of places that are excluded: "outside Germany"
	bound    *bound
	// A row of the previous table that is pointed at: "the first one", 1 and up; -1 for "the last one".
	ordinal     int
	ordinalKind string // "the second group"
	ordinalAt   int
	weakOrdinal bool // a number that may as well be something else
}

type mark byte

const (
	free mark = iota
	named
	timed
	literal
	understood // a concept or value
	ignored    // a stop word
	referred   // refers to something of an earlier prompt
)

type conceptHit struct {
	name        string
	weight      float64
	first, last int
}

type valueHit struct {
	Value
	first, last int
}

type quote struct {
	text        string
	first, last int
}

type run struct {
	text        string
	first, last int
	strong      bool // stands where only a name can stand
}

var (
	mailText   = regexp.MustCompile(`[\pL\pN._%+'’#-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)
	guidText   = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
	ipText     = regexp.MustCompile(`(?i)\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?\b|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:/\d{1,3})?`)
	quotedText = regexp.MustCompile(`"([^"]+)"|“([^”]+)”|«([^»]+)»|‘([^’]+)’|(?:^|[\s(:,])'([^']+(?:'[a-z][^']*)*)'(?:$|[\s).,:;?!])`)
	handleText = regexp.MustCompile(`[\pL\pN]+(?:[._-][\pL\pN]+)+`)
	codeName   = regexp.MustCompile(`^\pL[\pL\pN]*(?:-[\pL\pN]+)*-\pN+$`) // a device name: letters first, a number last
	// An account's name as it stands before the @: two or more words of letters joined by points or underscores.
	accountName = regexp.MustCompile(`^\pL{2,}[0-9]*(?:[._]\pL{2,}[0-9]*)+$`)
	codeText    = regexp.MustCompile(`(?i)^(?:aadsts)?(\d{5,7})$`)
)

// read recognises everything that does not depend on a skill.
func (r *Router) read(text string, now time.Time, x *directory.Index) *reading {
	text = r.writtenOut(text, x)
	d := &reading{text: text, tokens: words.Split(text)}
	d.mark = make([]mark, len(d.tokens))
	d.stems = make([]string, len(d.tokens))
	for i, t := range d.tokens {
		d.stems[i] = words.Stem(t.Text)
	}
	d.question = strings.Contains(text, "?")
	d.readLiterals(x)
	r.readNames(d, x)
	r.readFormat(d)
	r.readOrdinal(d)
	r.readBound(d)
	r.readTop(d)
	r.readTime(d, now)
	r.repair(d)
	r.readAnaphora(d)
	r.readConcepts(d)
	r.readUnknown(d)
	r.readNegations(d)
	d.definite = slices.ContainsFunc(d.concepts, func(c conceptHit) bool { return c.first > 0 && d.tokens[c.first-1].Text == "the" })
	return d
}

// cover marks the tokens between two bytes of the text and returns the first and last of them.
func (d *reading) cover(start, end int, m mark) (first, last int) {
	first, last = -1, -1
	for i, t := range d.tokens {
		if t.Start < end && t.End > start {
			if first < 0 {
				first = i
			}
			last = i
			d.mark[i] = m
		}
	}
	return first, last
}

func (d *reading) isFree(i int) bool { return d.mark[i] == free }

// bare says whether a prompt names nothing but what it asks for: no name, no period, no filter.
func (d *reading) bare() bool {
	return d.window.IsZero() && d.top == 0 && len(d.mentions)+len(d.addrs)+len(d.unknown)+len(d.ips)+len(d.guids)+len(d.codes)+len(d.quoted)+len(d.values) == 0
}

// namesAll says whether the prompt itself names every needed entity.
func (d *reading) namesAll(needs []string) bool {
	for _, n := range needs {
		if IsEntity(n) && !d.names(n) {
			return false
		}
	}
	return len(d.addrs) == 0
}

// rest is what of a prompt no part of its reading explains.
func (d *reading) rest() string {
	var out []string
	for i, t := range d.tokens {
		if d.mark[i] == free && len(t.Text) > 2 {
			out = append(out, t.Raw)
		}
	}
	return strings.Join(out, " ")
}

// overlaps says whether any token between two bytes is taken.
func (d *reading) overlaps(start, end int) bool {
	for i, t := range d.tokens {
		if t.Start < end && t.End > start && d.mark[i] != free {
			return true
		}
	}
	return false
}

func (d *reading) readLiterals(x *directory.Index) {
	for _, m := range mailText.FindAllStringIndex(d.text, -1) {
		s := strings.TrimRight(strings.TrimLeft(d.text[m[0]:m[1]], "'’"), "'’.-")
		s = strings.TrimSuffix(strings.TrimSuffix(s, "'s"), "’s")
		first, last := d.cover(m[0], m[1], named)
		if es := x.ByText(s); len(es) > 0 {
			d.mentions = append(d.mentions, directory.Mention{First: first, Last: last, Entities: es})
		} else {
			d.addrs = append(d.addrs, s)
		}
	}
	for _, m := range guidText.FindAllStringIndex(d.text, -1) {
		if d.overlaps(m[0], m[1]) {
			continue
		}
		s := strings.ToLower(d.text[m[0]:m[1]])
		first, last := d.cover(m[0], m[1], literal)
		if es := x.ByText(s); len(es) > 0 {
			d.mentions = append(d.mentions, directory.Mention{First: first, Last: last, Entities: es})
		} else {
			d.guids = append(d.guids, s)
		}
	}
	for _, m := range ipText.FindAllStringIndex(d.text, -1) {
		s := d.text[m[0]:m[1]]
		if d.overlaps(m[0], m[1]) || !isIP(s) {
			continue
		}
		d.cover(m[0], m[1], literal)
		d.ips = append(d.ips, s)
	}
	for _, m := range quotedText.FindAllStringSubmatchIndex(d.text, -1) {
		for g := 2; g < len(m); g += 2 {
			if m[g] < 0 || d.overlaps(m[g], m[g+1]) {
				continue
			}
			s := d.text[m[g]:m[g+1]]
			first, last := d.cover(m[g], m[g+1], named)
			if first < 0 {
				continue
			}
			if es := x.ByName(s); len(es) > 0 {
				d.mentions = append(d.mentions, directory.Mention{First: first, Last: last, Entities: es})
			} else {
				d.quoted = append(d.quoted, quote{strings.TrimRight(s, ".,"), first, last})
			}
		}
	}
	for _, m := range handleText.FindAllStringIndex(d.text, -1) {
		s := d.text[m[0]:m[1]]
		if d.overlaps(m[0], m[1]) {
			continue
		}
		es := x.ByPrefix(s)
		if strings.ContainsRune(s, '-') && len(es) == 0 {
			es = x.ByText(s)
		}
		if len(es) > 0 {
			first, last := d.cover(m[0], m[1], named)
			d.mentions = append(d.mentions, directory.Mention{First: first, Last: last, Entities: es})
		} else if (codeName.MatchString(s) || accountName.MatchString(s)) && len(x.ByName(s)) == 0 {
			first, last := d.cover(m[0], m[1], named)
			d.unknown = append(d.unknown, run{text: s, first: first, last: last, strong: true})
		}
	}
}

func isIP(s string) bool {
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// readNames finds the names of the directory. A name made of everyday words ("Guests", "Grant") counts
// only where it is written as a name: capitalised inside a sentence, possessive, or beside its kind.
func (r *Router) readNames(d *reading, x *directory.Index) {
	for _, m := range x.Mentions(d.tokens, func(i int) bool { return d.mark[i] != free }) {
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

func (r *Router) readFormat(d *reading) {
	for _, h := range r.formats.find(d.stems, d.isFree, true) {
		d.format = r.vocab.Formats[h.ref].Name
		for i := h.first; i <= h.last; i++ {
			d.mark[i] = ignored
		}
	}
}

var (
	orderWords = map[string]bool{"top": true, "last": true, "latest": true, "newest": true, "recent": true, "first": true, "earliest": true, "oldest": true, "most": true, "highest": true, "biggest": true, "limit": true, "max": true, "maximum": true, "next": true, "final": true, "lowest": true}
	timeUnits  = map[string]bool{"day": true, "hour": true, "week": true, "month": true, "year": true, "minute": true, "fortnight": true, "d": true, "h": true, "hr": true, "hrs": true, "min": true, "mins": true, "wk": true, "wks": true, "w": true, "weekend": true, "am": true, "pm": true, "quarter": true}
	monthNames = map[string]bool{"january": true, "february": true, "march": true, "april": true, "june": true, "july": true, "august": true, "september": true, "october": true, "november": true, "december": true, "jan": true, "feb": true, "mar": true, "apr": true, "jun": true, "jul": true, "aug": true, "sep": true, "sept": true, "oct": true, "nov": true, "dec": true}
)

// readTime finds the period. A preposition that ends a phrase of the vocabulary stays with it: "logged in on
// Friday", "sign in last week".
func (r *Router) readTime(d *reading, now time.Time) {
	masked := []byte(d.text)
	for i, t := range d.tokens {
		if d.mark[i] != free {
			for k := t.Start; k < t.End; k++ {
				masked[k] = 'x' // a word that no time expression goes on with
			}
		}
	}
	lower := asciiLower(string(masked))
	lower = r.fromPlace(d, lower)
	if w, ok := when.Find(lower, now); ok {
		d.window = w
		first, _ := d.cover(w.Start, w.End, timed)
		for first > 0 && d.mark[first-1] == free && (d.tokens[first].Text == "in" || d.tokens[first].Text == "on") && r.endsPhrase(d, first) {
			d.mark[first] = free
			first++
		}
	}
}

// fromPlace hides the "from" of a question about places from the reading of periods: "where did Ada sign in
// from yesterday" asks about yesterday, not about the time since.
func (r *Router) fromPlace(d *reading, lower string) string {
	asks := slices.ContainsFunc(d.tokens, func(t words.Token) bool { return t.Text == "where" || t.Text == "which" || t.Text == "what" })
	for i := len(d.tokens) - 1; i > 0 && asks; i-- {
		t := d.tokens[i]
		verb := slices.Contains([]string{"in", "on", "log", "signin", "login", "logon", "connect", "came", "come", "coming", "connected", "connecting"}, d.tokens[i-1].Text)
		if t.Text == "from" && d.mark[i] == free && verb {
			return lower[:t.Start] + "xxxx" + lower[t.End:]
		}
	}
	return lower
}

// endsPhrase says whether token i and the one before it are a phrase of the vocabulary.
func (r *Router) endsPhrase(d *reading, i int) bool {
	pair := d.stems[i-1 : i+1]
	return slices.ContainsFunc(r.concepts.byFirst[pair[0]], func(p phrase) bool { return slices.Equal(p.stems, pair) })
}

// asciiLower lowers without changing the positions of bytes.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// repair replaces mistyped words of the question by the word of the vocabulary they are close to.
// Capitalised words inside a sentence are names and stay.
func (r *Router) repair(d *reading) {
	for i, t := range d.tokens {
		if d.mark[i] != free || len(t.Text) < 5 || r.known[d.stems[i]] || (t.Capital && !t.First) || t.Possessive {
			continue
		}
		limit := 1
		if len(t.Text) >= 7 {
			limit = 2
		}
		best, bestAt, tie := limit+1, "", false
		for w := range r.known {
			if len(w) < 4 || w[0] != t.Text[0] || len(w)-len(d.stems[i]) > limit || len(d.stems[i])-len(w) > limit {
				continue
			}
			switch dist := words.Distance(d.stems[i], w); {
			case dist < best:
				best, bestAt, tie = dist, w, false
			case dist == best && (strings.HasPrefix(w, bestAt) || strings.HasPrefix(bestAt, w)):
				bestAt = min(bestAt, w) // forms of one word: the stem is the shorter
			case dist == best:
				tie = true
			}
		}
		if best <= limit && !tie {
			d.stems[i] = bestAt
		}
	}
}

func (r *Router) readAnaphora(d *reading) {
	for _, h := range r.anaphora.find(d.stems, d.isFree, true) {
		k := r.vocab.Anaphora[h.ref].Kind
		if !slices.Contains(d.anaphora, k) {
			d.anaphora = append(d.anaphora, k)
		}
		if d.tokens[h.first].Text != "the" { // "the group" may name one that follows
			d.pointed = append(d.pointed, k)
		}
		for i := h.first; i <= h.last; i++ {
			d.mark[i] = referred
		}
	}
	if n := len(d.tokens); n > 1 && slices.Contains([]string{"too", "also", "instead", "only"}, d.tokens[n-1].Text) {
		d.followUp = true // "medium too"
	}
	for i := range d.tokens {
		if d.mark[i] == ignored && r.polite[d.stems[i]] {
			continue
		}
		for _, h := range r.followUps.find(d.stems, func(int) bool { return true }, true) {
			if h.first == i {
				d.followUp = true
				for k := h.first; k <= h.last; k++ {
					if d.mark[k] == free {
						d.mark[k] = ignored
					}
				}
			}
		}
		break
	}
}
