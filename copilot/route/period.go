package route

import (
	"fmt"
	"slices"
	"time"

	"github.com/sleuth-sec/sleuth/copilot/when"
	"github.com/sleuth-sec/sleuth/copilot/words"
)

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

// samePeriod gives a prompt that speaks of the same period the one of the previous prompt; without one there is no such period.
func (d *reading) samePeriod(ctx *Context) (Decision, bool) {
	if !d.same || !d.window.IsZero() {
		return Decision{}, false
	}
	if ctx == nil || ctx.Last == nil {
		return Decision{Outcome: "unsupported", Format: d.format, Reason: "It is not clear which period is meant: no prompt of this session has named one. Name it, as in \"past 7 days\"."}, true
	}
	d.window = windowOf(ctx.Last.Inputs)
	return Decision{}, false
}

// windowOf is the period that a call was given; none where it looked at its skill's own.
func windowOf(in map[string]any) when.Window {
	var w when.Window
	w.Lookback, _ = in["lookback"].(string)
	if s, ok := in["from"].(string); ok {
		w.From, _ = time.Parse(time.RFC3339, s) // written by this program in this layout
	}
	if s, ok := in["to"].(string); ok {
		w.To, _ = time.Parse(time.RFC3339, s)
	}
	return w
}

// period sets the window: the named one, or the skill's default.
func (b *builder) period() (Decision, bool) {
	s := b.m.c.skill
	takes := b.m.c.inputs["lookback"]
	w := b.d.window
	if w.From.After(b.q.Now) {
		return Decision{Outcome: "unsupported", Format: b.d.format,
			Reason: fmt.Sprintf("The period begins on %s, which is still to come: nothing is recorded of it.", w.From.Format(time.RFC3339))}, true
	}
	if s.Window == "none" && (!takes || isPresent(w, b.q.Now) && !b.d.has("newuser")) {
		return Decision{}, false // a question about a state: today and now mean the present
	}
	if !w.IsZero() && (takes || s.Analytics != nil) {
		b.call.Window = w
		if takes {
			report(b.call.Inputs, w)
		}
		return Decision{}, false
	}
	if takes || s.Window != "" {
		b.call.Window, b.call.Default = when.Window{Lookback: s.Window}, true
		if s.Window == "" || s.Window == "none" {
			b.call.Window = when.Window{}
		}
	}
	return Decision{}, false
}

// isPresent says whether a window is "today": for a state, that is now.
func isPresent(w when.Window, now time.Time) bool {
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	return w.Lookback == "" && w.To.IsZero() && w.From.Equal(day)
}

func report(in map[string]any, w when.Window) {
	if w.Lookback != "" {
		in["lookback"] = w.Lookback
		return
	}
	if !w.From.IsZero() {
		in["from"] = w.From.Format(time.RFC3339)
	}
	if !w.To.IsZero() {
		in["to"] = w.To.Format(time.RFC3339)
	}
}
