package when

import (
	"strconv"
	"strings"
	"time"
)

// clock reads a time of day: "14:00", "2 pm", "2pm", "noon". half is set when am or pm was missing.
func (r *reader) clock(i int) (t time.Duration, n int, half bool) {
	switch {
	case r.is(i, "noon|midday"):
		return 12 * time.Hour, 1, false
	case r.is(i, "midnight"):
		return 0, 1, false
	}
	h, m := 0, 0
	w := r.at(i)
	colon := strings.Contains(w, ":")
	if colon && len(w) > len("00:00:00") {
		return 0, 0, false // a whole moment
	}
	if colon {
		parts := strings.Split(w, ":")
		h, _ = strconv.Atoi(parts[0]) // the word's pattern holds digits only
		m, _ = strconv.Atoi(parts[1])
	} else {
		v, err := strconv.Atoi(w)
		if err != nil {
			return 0, 0, false
		}
		h = v
	}
	if h > 23 || m > 59 {
		return 0, 0, false
	}
	n = 1
	switch {
	case r.is(i+1, "pm") || r.is(i+1, "p", "m"):
		n += len(strings.Fields(r.at(i + 1)))
		if r.is(i+1, "p") {
			n++
		}
		if h < 12 {
			h += 12
		}
	case r.is(i+1, "am") || r.is(i+1, "a", "m"):
		n++
		if r.is(i+1, "a") {
			n++
		}
		h %= 12
	case r.is(i+1, "utc|hours|hrs|h|o") && colon:
		n++
	default:
		half = !colon
	}
	if r.is(i+n, "utc") {
		n++
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute, n, half
}

// clockRange reads "between 2 and 4 pm yesterday", "from 14:00 to 16:00 on 12 November".
func (r *reader) clockRange(i int) (Window, int) { return r.clockRangeOf(i, false) }

// clockRangeOf is clockRange; where a day was named before it, plain numbers are hours: "on Wednesday between 9 and 11".
func (r *reader) clockRangeOf(i int, dayNamed bool) (Window, int) {
	j := i
	introduced := r.is(j, "between|from")
	if introduced {
		j++
	}
	a, n, halfA := r.clock(j)
	if n == 0 {
		return Window{}, 0
	}
	j += n
	if !r.is(j, "and|to|until|till|-|–|—") || (!introduced && halfA) {
		return Window{}, 0
	}
	j++
	b, n, halfB := r.clock(j)
	if n == 0 || halfB && !(introduced && (dayNamed && r.is(j+n, afterHours) || r.dayFollows(j+n))) {
		return Window{}, 0 // "between 3 and 5 November" are days
	}
	j += n
	if halfA && halfB && b <= a && b < 12*time.Hour {
		b += 12 * time.Hour // "between 9 and 5"
	}
	if halfA && b >= 12*time.Hour && a < 12*time.Hour && a+12*time.Hour < b+1 {
		a += 12 * time.Hour // "2 and 4 pm"
	}
	day := r.today
	if p, n := r.point(j); n > 0 && p.day && !dayNamed {
		day, j = p.from, j+n
	}
	if b <= a {
		b += 24 * time.Hour
	}
	return Window{From: day.Add(a), To: day.Add(b)}, j - i
}

// afterHours are the words that may stand behind plain numbers that are hours; a noun would be what is counted: "on Monday
// between 3 and 5 times".
const afterHours = "|utc|for|by|of|from|with|to|in|on|at|per|and|or|was|were|did|do|does|please|show|who|which|what|using|that|only|than"

// dayFollows says whether a day begins at word i that does not take the number before it for its own: "between 9 and 11 on
// Wednesday", "from 9 to 11 yesterday", but not "between 3 and 5 November".
func (r *reader) dayFollows(i int) bool {
	if _, month := months[r.at(i)]; month || r.is(i, "of|st|nd|rd|th") {
		return false
	}
	p, n := r.point(i)
	return n > 0 && p.day
}

// atClock reads "at 14:00", "6 pm".
func (r *reader) atClock(i int) (time.Duration, int) {
	j := i
	if r.is(j, "at") {
		j++
	}
	t, n, half := r.clock(j)
	if n == 0 || half {
		return 0, 0
	}
	return t, j + n - i
}

// pointWithClock reads a day, alone or with a part of it: "yesterday", "on Wednesday between 2 and 4 pm",
// "yesterday after 6 pm", "Monday morning".
func (r *reader) pointWithClock(i int) (Window, int) {
	j := i
	if r.is(j, "in|during|for|of|from") {
		j++
	}
	p, n := r.point(j)
	if n == 0 {
		return Window{}, 0
	}
	j += n
	if !p.day {
		if p.from.Equal(p.to) {
			return Window{From: p.from}, j - i
		}
		return Window{From: p.from, To: p.to}, j - i
	}
	if w, n := r.clockRangeOf(j, true); n > 0 {
		d := p.from.Sub(r.today)
		return Window{From: w.From.Add(d), To: w.To.Add(d)}, j + n - i
	}
	if r.is(j, "after|since|from|before|until") {
		if t, n := r.atClock(j + 1); n > 0 {
			if r.is(j, "before|until") {
				return Window{From: p.from, To: p.from.Add(t)}, j + 1 + n - i
			}
			return Window{From: p.from.Add(t), To: p.to}, j + 1 + n - i
		}
	}
	for part, hours := range map[string][2]time.Duration{"morning": {0, 12}, "afternoon": {12, 18}, "evening": {18, 24}, "night": {18, 30}} {
		if r.is(j, part) {
			return Window{From: p.from.Add(hours[0] * time.Hour), To: p.from.Add(hours[1] * time.Hour)}, j + 1 - i
		}
	}
	if p.from.Equal(r.today) {
		return Window{From: p.from}, j - i
	}
	return Window{From: p.from, To: p.to}, j - i
}
