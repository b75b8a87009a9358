package prompts

import (
	"fmt"
	"time"
)

// When is a way to name a period, and the period.
type When struct {
	Name     string // the kind, for choosing one by name
	Phrase   string
	Lookback string
	From, To time.Time // zero where the period is open
}

// inputs are the inputs that the period is reported as.
func (w *When) inputs(in map[string]any) {
	switch {
	case w == nil:
	case w.Lookback != "":
		in["lookback"] = w.Lookback
	default:
		if !w.From.IsZero() {
			in["from"] = w.From.Format(time.RFC3339)
		}
		if !w.To.IsZero() {
			in["to"] = w.To.Format(time.RFC3339)
		}
	}
}

// period is the period with its open ends closed: the logs' default is 30 days. loose is the earlier start that is
// right too, where the contract leaves the start open.
func (w *When) period(now time.Time) (from, loose, to time.Time) {
	from, to = now.AddDate(0, 0, -30), now
	if w == nil {
		return from, from, to
	}
	if w.Lookback != "" {
		d, err := span(w.Lookback)
		if err != nil {
			panic(err) // the table below is at fault
		}
		return now.Add(-d), now.Add(-d), to
	}
	if !w.To.IsZero() && w.To.Before(now) {
		to = w.To
	}
	if w.From.IsZero() {
		return from, time.Time{}, to
	}
	return w.From, w.From, to
}

// times are the ways to name a period, as of now. All days are UTC days, and weeks start on Monday.
func times(now time.Time) []*When {
	var out []*When
	for name, spans := range lookbacks {
		for phrase, back := range spans {
			out = append(out, &When{Name: name, Phrase: phrase, Lookback: back})
		}
	}
	sortWhens(out)
	day := now.Truncate(24 * time.Hour)
	week := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	month := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	add := func(name string, from, to time.Time, phrases ...string) {
		for _, p := range phrases {
			out = append(out, &When{Name: name, Phrase: p, From: from, To: to})
		}
	}
	var open time.Time
	add("today", day, open, "today", "so far today")
	add("yesterday", day.AddDate(0, 0, -1), day, "yesterday", "during yesterday")
	add("this week", week, open, "this week", "since Monday", "so far this week")
	add("last week", week.AddDate(0, 0, -7), week, "last week", "during last week", "in the previous week")
	add("this month", month, open, "this month", "so far this month")
	add("last month", month.AddDate(0, -1, 0), month, "last month")
	saturday := week.AddDate(0, 0, -2)
	if day.Weekday() == time.Sunday { // its Saturday was yesterday
		saturday = day.AddDate(0, 0, -1)
	}
	if d := day.Weekday(); d != time.Saturday && d != time.Sunday { // within a weekend the latest past one is a matter of taste
		add("last weekend", saturday, saturday.AddDate(0, 0, 2), "last weekend", "over last weekend", "at the weekend")
	}
	ago := day.AddDate(0, 0, -3)
	add("days ago", ago, ago.AddDate(0, 0, 1), "3 days ago", "three days ago")
	addDates(add, day)
	return out
}

// addDates adds the periods that are named by a date or a clock time.
func addDates(add func(name string, from, to time.Time, phrases ...string), day time.Time) {
	var open time.Time
	next := func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }
	for _, back := range []int{2, 5, 9, 13} {
		d := day.AddDate(0, 0, -back)
		add("date", d, next(d), "on "+d.Format("2 January"), "on "+d.Format("January 2"), "on "+d.Format("2006-01-02"),
			"on "+d.Format("2 Jan 2006"), "on the "+ordinal(d.Day())+" of "+d.Format("January"))
		add("day of the month", d, next(d), "on the "+ordinal(d.Day()))
		add("since", d, open, "since "+d.Format("2 January"), "since "+d.Format("January 2"), "from "+d.Format("2 January")+" on")
		add("before", open, d, "before "+d.Format("2 January"))
		e := d.AddDate(0, 0, 2)
		if e.Month() == d.Month() && e.Before(day) {
			add("between", d, next(e), fmt.Sprintf("between %d and %s", d.Day(), e.Format("2 January")),
				fmt.Sprintf("from %d to %s", d.Day(), e.Format("2 January")),
				fmt.Sprintf("between %s and %s", d.Format("January 2"), e.Format("January 2")),
				fmt.Sprintf("from %s to %s", d.Format("2006-01-02"), e.Format("2006-01-02")))
		}
	}
	for back := 0; back < 7; back++ {
		d := day.AddDate(0, 0, -back)
		add("weekday", d, next(d), "on "+d.Weekday().String())
	}
	y := day.AddDate(0, 0, -1)
	add("hours", y.Add(14*time.Hour), y.Add(16*time.Hour), "between 2 and 4 pm yesterday", "yesterday between 14:00 and 16:00")
	add("hours", y.Add(8*time.Hour), y.Add(12*time.Hour), "between 8 am and noon yesterday", "yesterday from 8:00 to 12:00")
}

var lookbacks = map[string]map[string]string{
	"hours back": {"in the past 48 hours": "48h", "in the last 24 hours": "24h", "over the past 36 hours": "36h",
		"in the last 12 hours": "12h", "for the last 72 hours": "72h", "in the past 72 hours": "72h", "in the past day": "1d", "past 6 hours": "6h"},
	"days back": {"in the past 7 days": "7d", "over the last 3 days": "3d", "during the past ten days": "10d",
		"in the last five days": "5d", "past 14 days": "14d", "in the past 14 days": "14d", "for the past 20 days": "20d", "within the last 4 days": "4d"},
	"weeks back": {"in the past week": "7d", "over the past two weeks": "14d", "in the last 2 weeks": "14d",
		"in the last fortnight": "14d", "over the past fortnight": "14d", "over the past 3 weeks": "21d"},
	"month back": {"in the past month": "30d", "over the past month": "30d", "in the past 30 days": "30d"},
}

func ordinal(n int) string {
	suffix := "th"
	switch {
	case n%100 >= 11 && n%100 <= 13:
	case n%10 == 1:
		suffix = "st"
	case n%10 == 2:
		suffix = "nd"
	case n%10 == 3:
		suffix = "rd"
	}
	return fmt.Sprint(n, suffix)
}

// whenNamed is the first way to name a period of the kind.
func whenNamed(now time.Time, name string) *When {
	for _, w := range times(now) {
		if w.Name == name || w.Phrase == name {
			return w
		}
	}
	return nil
}
