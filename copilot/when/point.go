package when

import (
	"strconv"
	"strings"
	"time"
)

// period is a point of a prompt: a day, a month, or a moment (from = to).
type period struct {
	from, to time.Time
	day      bool // one whole day
}

// end is where a range that ends with p ends: days are included.
func (r *reader) end(p period) time.Time { return p.to }

func (r *reader) wholeDay(d time.Time) period { return period{d, d.AddDate(0, 0, 1), true} }

func (r *reader) onDay(y int, m time.Month, d int) period {
	return r.wholeDay(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

var months = map[string]time.Month{"january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7,
	"august": 8, "aug": 8, "september": 9, "sep": 9, "sept": 9, "october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12}

var weekdays = map[string]time.Weekday{"sunday": 0, "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "mon": 1, "tue": 2, "tues": 2, "wed": 3, "thu": 4, "thur": 4, "thurs": 4, "fri": 5, "sat": 6, "sun": 0,
	"mondays": 1, "tuesdays": 2, "wednesdays": 3, "thursdays": 4, "fridays": 5}

// point reads a day, a month or a moment at word i.
func (r *reader) point(i int) (period, int) {
	j := i
	for r.is(j, "the|on|of|at") {
		j++
	}
	for _, read := range []func(int) (period, int){r.iso, r.relativeDay, r.ago, r.date, r.weekday, r.ordinal, r.monthStart, r.year} {
		if p, n := read(j); n > 0 {
			return p, j + n - i
		}
	}
	return period{}, 0
}

func (r *reader) iso(i int) (period, int) {
	w := strings.ToUpper(strings.TrimSpace(r.at(i)))
	if len(w) == 10 && w[4] == '-' {
		if d, err := time.Parse("2006-01-02", w); err == nil {
			return r.wholeDay(d), 1
		}
		return period{}, 0
	}
	if len(w) > 10 && w[4] == '-' {
		w = strings.TrimSuffix(strings.Replace(w, " ", "T", 1), "Z")
		for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04"} {
			if t, err := time.Parse(layout, strings.TrimSpace(w)); err == nil {
				return period{t, t, false}, 1
			}
		}
		return period{}, 0
	}
	for _, layout := range []string{"2.1.2006", "1/2/2006", "2/1/2006"} {
		if d, err := time.Parse(layout, w); err == nil {
			return r.wholeDay(d), 1
		}
	}
	return period{}, 0
}

func (r *reader) relativeDay(i int) (period, int) {
	switch {
	case r.is(i, "today"):
		return r.wholeDay(r.today), 1
	case r.is(i, "yesterday"):
		return r.wholeDay(r.today.AddDate(0, 0, -1)), 1
	case r.is(i, "day", "before", "yesterday"):
		return r.wholeDay(r.today.AddDate(0, 0, -2)), 3
	case r.is(i, "now") && r.is(i-1, "to|until|till|and|through"):
		return period{r.now, r.now, false}, 1
	case r.is(i, "midnight"):
		return period{r.today, r.today, false}, 1
	}
	return period{}, 0
}

// ago reads "3 days ago" (that day), "5 hours ago" (that moment), "a week ago".
func (r *reader) ago(i int) (period, int) {
	count, n := r.count(i)
	if n == 0 {
		return period{}, 0
	}
	u, ok := units[r.at(i+n)]
	if !ok || !r.is(i+n+1, "ago|earlier|back") {
		return period{}, 0
	}
	switch u.unit {
	case "d":
		return r.wholeDay(r.today.AddDate(0, 0, -count*u.times)), n + 2
	case "h":
		t := r.now.Add(-time.Duration(count) * time.Hour)
		return period{t, t, false}, n + 2
	}
	t := r.now.Add(-time.Duration(count) * time.Minute)
	return period{t, t, false}, n + 2
}

// day reads a day of a month: "3", "3rd".
func (r *reader) day(i int) (int, bool) {
	w := r.at(i)
	for _, s := range []string{"st", "nd", "rd", "th"} {
		w = strings.TrimSuffix(w, s)
	}
	d, err := strconv.Atoi(w)
	return d, err == nil && d >= 1 && d <= 31
}

// date reads "17 November", "the 17th of Nov 2026", "November 17, 2026".
func (r *reader) date(i int) (period, int) {
	var d int
	var m time.Month
	j := i
	if day, ok := r.day(j); ok {
		d, j = day, j+1
		if r.is(j, "of|-") {
			j++
		}
		if m, ok = months[r.at(j)]; !ok {
			return period{}, 0
		}
		j++
	} else if month, ok := months[r.at(j)]; ok {
		j++
		if r.is(j, "the") {
			j++
		}
		if d, ok = r.day(j); !ok {
			return period{}, 0
		}
		m, j = month, j+1
	} else {
		return period{}, 0
	}
	if y, err := strconv.Atoi(r.at(j)); err == nil && y >= 1990 && y <= 2200 {
		return r.valid(y, m, d), j + 1 - i
	}
	p := r.valid(r.now.Year(), m, d)
	if p.from.After(r.today) { // the latest one that is past
		p = r.valid(r.now.Year()-1, m, d)
	}
	return p, j - i
}

func (r *reader) valid(y int, m time.Month, d int) period {
	last := time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return r.onDay(y, m, min(d, last))
}

// weekday reads "Wednesday" (the latest one, today included) and "last Friday" (never today).
func (r *reader) weekday(i int) (period, int) {
	n := 1
	last := r.is(i, "last|past|previous")
	if last || r.is(i, "this") {
		i, n = i+1, 2
	}
	wd, ok := weekdays[r.at(i)]
	if !ok {
		return period{}, 0
	}
	back := (int(r.today.Weekday()) - int(wd) + 7) % 7
	if back == 0 && last {
		back = 7
	}
	return r.wholeDay(r.today.AddDate(0, 0, -back)), n
}

// ordinal reads "the 17th": the latest such day that is not in the future.
func (r *reader) ordinal(i int) (period, int) {
	w := r.at(i)
	if !(strings.HasSuffix(w, "st") || strings.HasSuffix(w, "nd") || strings.HasSuffix(w, "rd") || strings.HasSuffix(w, "th")) {
		return period{}, 0
	}
	d, ok := r.day(i)
	if !ok {
		return period{}, 0
	}
	for back := 0; back < 12; back++ {
		first := time.Date(r.today.Year(), r.today.Month()-time.Month(back), 1, 0, 0, 0, 0, time.UTC)
		day := first.AddDate(0, 0, d-1)
		if day.Month() == first.Month() && !day.After(r.today) {
			return r.wholeDay(day), 1
		}
	}
	return period{}, 0
}

// monthStart reads a month by its name, "October" or "October 2026"; never "may", which is also a verb, alone.
func (r *reader) monthStart(i int) (period, int) {
	m, ok := months[r.at(i)]
	if !ok || len(r.at(i)) < 4 {
		return period{}, 0
	}
	if y, err := strconv.Atoi(r.at(i + 1)); err == nil && y >= 1990 && y <= 2200 {
		f := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
		return period{f, f.AddDate(0, 1, 0), false}, 2
	}
	f := time.Date(r.now.Year(), m, 1, 0, 0, 0, 0, time.UTC)
	if f.After(r.now) {
		f = f.AddDate(-1, 0, 0)
	}
	return period{f, f.AddDate(0, 1, 0), false}, 1
}

// year reads "in 2025" and "the year 2025"; a number alone is none.
func (r *reader) year(i int) (period, int) {
	n := 1
	if r.is(i, "year") {
		i, n = i+1, 2
	} else if !r.is(i-1, "in|during|since|before|after|until|throughout") {
		return period{}, 0
	}
	y, err := strconv.Atoi(r.at(i))
	if err != nil || len(r.at(i)) != 4 || y < 1990 || y > 2200 {
		return period{}, 0
	}
	f := time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
	return period{f, f.AddDate(1, 0, 0), false}, n
}

// calendar reads "this week", "last month", "last weekend", "the whole week", "this morning".
func (r *reader) calendar(i int) (Window, int) {
	j := i
	for r.is(j, "in|during|over|for|the|of|from|on") {
		j++
	}
	monday := r.today.AddDate(0, 0, -(int(r.today.Weekday())+6)%7)
	first := time.Date(r.today.Year(), r.today.Month(), 1, 0, 0, 0, 0, time.UTC)
	year := time.Date(r.today.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	took := func(n int) int { return j + n - i }
	switch {
	case r.is(j, "week|month|year", "before|preceding", "last"):
		switch r.at(j) {
		case "week":
			return Window{From: monday.AddDate(0, 0, -14), To: monday.AddDate(0, 0, -7)}, took(3)
		case "month":
			return Window{From: first.AddDate(0, -2, 0), To: first.AddDate(0, -1, 0)}, took(3)
		}
		return Window{From: year.AddDate(-2, 0, 0), To: year.AddDate(-1, 0, 0)}, took(3)
	case r.is(j, "this|current|whole|entire|full", "week"):
		return Window{From: monday}, took(2)
	case r.is(j, "week", "to", "date"), r.is(j, "week", "so", "far"):
		return Window{From: monday}, took(3)
	case r.is(j, "last|previous|prior", "week"), r.is(j, "last|previous|prior", "calendar|full|whole", "week"):
		n := 2
		if !r.is(j+1, "week") {
			n = 3
		}
		return Window{From: monday.AddDate(0, 0, -7), To: monday}, took(n)
	case r.is(j, "last|this|past|previous", "weekend"), r.is(j, "weekend"):
		n := 2
		if r.is(j, "weekend") {
			n = 1
		}
		sat := r.today.AddDate(0, 0, -(int(r.today.Weekday())+1)%7)
		if r.is(j, "last|past|previous") && !sat.AddDate(0, 0, 2).Before(r.now.Add(time.Second)) {
			sat = sat.AddDate(0, 0, -7) // the one under way is not the last one
		}
		return Window{From: sat, To: sat.AddDate(0, 0, 2)}, took(n)
	case r.is(j, "this|current|whole|entire", "month"):
		return Window{From: first}, took(2)
	case r.is(j, "month", "to", "date"), r.is(j, "month", "so", "far"):
		return Window{From: first}, took(3)
	case r.is(j, "last|previous|prior", "month"), r.is(j, "last|previous|prior", "calendar", "month"):
		n := 2
		if !r.is(j+1, "month") {
			n = 3
		}
		return Window{From: first.AddDate(0, -1, 0), To: first}, took(n)
	case r.is(j, "this|current", "year"):
		return Window{From: year}, took(2)
	case r.is(j, "last|previous", "year"):
		return Window{From: year.AddDate(-1, 0, 0), To: year}, took(2)
	case r.is(j, "this", "morning"):
		return Window{From: r.today, To: r.today.Add(12 * time.Hour)}, took(2)
	case r.is(j, "this", "afternoon"):
		return Window{From: r.today.Add(12 * time.Hour), To: r.today.Add(18 * time.Hour)}, took(2)
	case r.is(j, "last", "night"), r.is(j, "overnight"):
		n := 2
		if r.is(j, "overnight") {
			n = 1
		}
		return Window{From: r.today.Add(-6 * time.Hour), To: r.today.Add(6 * time.Hour)}, took(n)
	}
	return Window{}, 0
}
