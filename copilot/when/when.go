package when

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Window is the period a prompt names: a lookback from now, or moments. A zero moment is open.
type Window struct {
	Lookback   string // KQL timespan text: 48h, 7d
	From, To   time.Time
	Start, End int // the bytes of the text that name it
}

// IsZero says whether no period is named.
func (w Window) IsZero() bool { return w.Lookback == "" && w.From.IsZero() && w.To.IsZero() }

// Range gives the moments of the window as seen from now; an open end is now.
func (w Window) Range(now time.Time) (from, to time.Time) {
	from, to = w.From, w.To
	if d, ok := Span(w.Lookback); ok {
		from = now.Add(-d)
	}
	if to.IsZero() {
		to = now
	}
	return from, to
}

var spanText = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$`)

// Span reads KQL timespan text of one unit: 48h, 7d, 30m.
func Span(s string) (time.Duration, bool) {
	m := spanText.FindStringSubmatch(strings.ToLower(strings.TrimSpace(s)))
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, false
	}
	unit := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	return time.Duration(n * float64(unit)), true
}

type word struct {
	text       string
	start, end int
}

// A word is an ISO moment, a slashed or dotted date, a clock time, a number with a unit, or letters.
var wordText = regexp.MustCompile(`\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?z?)?|\d{1,2}[./]\d{1,2}[./]\d{4}|\d{1,2}:\d\d(?::\d\d)?|\d+(?:st|nd|rd|th)\b|\d+|\pL+|[–—-]`)

// Find returns the first period that text names. The text must be lower case; bytes that belong to
// names should be blanked before.
func Find(text string, now time.Time) (Window, bool) {
	now = now.UTC()
	r := reader{now: now, today: midnight(now)}
	for _, m := range wordText.FindAllStringIndex(text, -1) {
		r.words = append(r.words, word{text[m[0]:m[1]], m[0], m[1]})
	}
	for i := range r.words {
		if w, n := r.window(i); n > 0 {
			w.Start, w.End = r.words[i].start, r.words[i+n-1].end
			return w, true
		}
	}
	return Window{}, false
}

type reader struct {
	words      []word
	now, today time.Time
}

func (r *reader) at(i int) string {
	if i < 0 || i >= len(r.words) {
		return ""
	}
	return r.words[i].text
}

// is says whether the words from i on are the given ones; alternatives stand between bars.
func (r *reader) is(i int, words ...string) bool {
	for k, w := range words {
		ok := false
		for alt := range strings.SplitSeq(w, "|") {
			ok = ok || r.at(i+k) == alt
		}
		if !ok {
			return false
		}
	}
	return true
}

// window reads a period that begins at word i, and returns how many words it takes.
func (r *reader) window(i int) (Window, int) {
	for _, read := range []func(int) (Window, int){r.clockRange, r.rangeOf, r.open, r.lookback, r.pointWithClock, r.calendar} {
		if w, n := read(i); n > 0 {
			return w, n
		}
	}
	return Window{}, 0
}

// rangeOf reads "between A and B", "from A to B", "A to B" and "3 to 5 November".
func (r *reader) rangeOf(i int) (Window, int) {
	j := i
	introduced := r.is(j, "between|from")
	if introduced {
		j++
	}
	a, n := r.point(j)
	if n == 0 {
		return r.sharedMonth(i, j, introduced)
	}
	j += n
	if !r.is(j, "and|to|until|till|through|thru|-|–|—") || (!introduced && r.is(j, "and")) {
		return Window{}, 0
	}
	j++
	b, n := r.point(j)
	if n == 0 {
		if d, ok := r.day(j); ok && a.day { // "November 3 to 5"
			b, n = r.onDay(a.from.Year(), a.from.Month(), d), 1
		}
	}
	if n == 0 || !a.from.Before(b.to) {
		return Window{}, 0
	}
	return Window{From: a.from, To: r.end(b)}, j + n - i
}

// sharedMonth reads "between 3 and 5 November" and "from the 3rd to the 5th of November".
func (r *reader) sharedMonth(i, j int, introduced bool) (Window, int) {
	if r.is(j, "the") {
		j++
	}
	d, ok := r.day(j)
	if !ok || !r.is(j+1, "and|to|until|till|through|-|–|—") {
		return Window{}, 0
	}
	b, n := r.point(j + 2)
	if n == 0 || !b.day {
		return Window{}, 0
	}
	if !introduced && r.is(j+1, "and") {
		return Window{}, 0
	}
	a := r.onDay(b.from.Year(), b.from.Month(), d)
	if !a.from.Before(b.to) {
		return Window{}, 0
	}
	return Window{From: a.from, To: r.end(b)}, j + 2 + n - i
}

// open reads "since A", "after A", "before A", "until A".
func (r *reader) open(i int) (Window, int) {
	word, j := r.at(i), i+1
	switch word {
	case "since", "after", "before", "until", "till", "from", "starting", "prior", "by", "up":
	default:
		return Window{}, 0
	}
	if (word == "starting" || word == "prior") && r.is(j, "from|to|on") || word == "up" && r.is(j, "to") { // not "set up on"
		j++
	} else if word == "prior" || word == "up" {
		return Window{}, 0
	}
	if word == "since" {
		if w, n := r.lookback(j); n > 0 { // "since the last 3 days"
			return w, j + n - i
		}
		if p, n := r.calendar(j); n > 0 && !p.From.IsZero() {
			return Window{From: p.From}, j + n - i
		}
	}
	p, n := r.point(j)
	if n == 0 {
		return Window{}, 0
	}
	j += n
	if t, n := r.atClock(j); n > 0 && p.day {
		p.from, p.to, p.day = p.from.Add(t), p.from.Add(t), false
		j += n
	}
	if r.is(j, "onwards|onward|on") && (word == "from" || word == "starting") {
		j++
	}
	switch word {
	case "before", "prior":
		return Window{To: p.from}, j - i
	case "until", "till", "by", "up":
		return Window{To: r.end(p)}, j - i
	case "after":
		if p.day {
			return Window{From: p.to}, j - i
		}
	}
	return Window{From: p.from}, j - i
}

// lookback reads "past 48 hours", "last 2 weeks", "in the last fortnight", "48h", "7 days".
func (r *reader) lookback(i int) (Window, int) {
	j := i
	if r.is(j, "in|over|during|within|for|of|from") {
		j++
	}
	if r.is(j, "the") {
		j++
	}
	named := r.is(j, "past|last|previous|preceding|prior|trailing|recent|latest")
	past := r.is(j, "past|trailing|preceding")
	if named {
		j++
	}
	count, n := r.count(j)
	j += n
	if n == 0 {
		if !named || !(past || r.is(j, "hour|minute|fortnight|day")) {
			return Window{}, 0
		}
		count = 1
	}
	unit, ok := units[r.at(j)]
	if !ok || (n == 0 && unit.abbreviated) {
		return Window{}, 0
	}
	j++
	if r.is(j, "ago|earlier|old|later") {
		return Window{}, 0
	}
	// A bare length ("7 days") is a period only after a preposition or as an abbreviation ("48h").
	if !named && i == j-n-1 && !unit.abbreviated && !r.bare(i) {
		return Window{}, 0
	}
	return Window{Lookback: fmt.Sprintf("%d%s", count*unit.times, unit.unit)}, j - i
}

// bare says whether a length without "past" stands at the end of a clause, where it can only be a period.
func (r *reader) bare(i int) bool {
	_, n := r.count(i)
	return i+n+1 >= len(r.words) || r.is(i+n+1, "only|please|and|window|period|back|of|worth")
}

type unit struct {
	times       int
	unit        string
	abbreviated bool
}

var units = map[string]unit{
	"minute": {1, "m", false}, "minutes": {1, "m", false}, "min": {1, "m", true}, "mins": {1, "m", true},
	"hour": {1, "h", false}, "hours": {1, "h", false}, "h": {1, "h", true}, "hr": {1, "h", true}, "hrs": {1, "h", true},
	"day": {1, "d", false}, "days": {1, "d", false}, "d": {1, "d", true}, "week": {7, "d", false}, "weeks": {7, "d", false}, "w": {7, "d", true}, "wk": {7, "d", true}, "wks": {7, "d", true},
	"fortnight": {14, "d", false}, "fortnights": {14, "d", false}, "month": {30, "d", false}, "months": {30, "d", false}, "year": {365, "d", false}, "years": {365, "d", false}, "quarter": {90, "d", false},
}

var counts = map[string]int{"one": 1, "a": 1, "an": 1, "single": 1, "two": 2, "three": 3, "few": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90, "couple": 2, "dozen": 12}

func (r *reader) count(i int) (int, int) {
	j := i
	if r.is(j, "a", "couple|few|dozen") {
		j++
	}
	n, ok := counts[r.at(j)]
	if !ok {
		v, err := strconv.Atoi(r.at(j))
		if err != nil || v <= 0 || v > 100000 {
			return 0, 0
		}
		n = v
	}
	j++
	if r.is(j-1, "couple", "of") {
		j++
	}
	if r.is(j, "-") {
		j++
	}
	if r.is(j, "full|whole|calendar|consecutive") {
		j++
	}
	return n, j - i
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
