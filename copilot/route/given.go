package route

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/when"
	"github.com/sleuth-sec/sleuth/plugin"
)

var (
	urlText    = regexp.MustCompile(`(?i)\b(?:https?|hxxps?)://[^\s"'<>]+`)
	domainText = regexp.MustCompile(`(?i)\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.|\[\.\]))+[a-z]{2,}\b`)
	hashText   = regexp.MustCompile(`(?i)\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b`)
	cveText    = regexp.MustCompile(`(?i)\bCVE-\d{4}-\d{4,7}\b`)
)

// call gives the inputs of an installed skill what the prompt holds for them, each value once.
func (x *Installed) call(s *plugin.Skill, d *reading, q Request) Decision {
	call := newCall(s)
	call.Format = d.format
	g := &givens{d: d, q: q, call: &call, kinds: map[string][]string{}}
	g.collect()
	if g.several != nil && slices.ContainsFunc(s.Inputs, func(in plugin.Input) bool { return in.Guess() == "user" || in.Guess() == "email" }) {
		return *g.several
	}
	for _, in := range s.Inputs {
		if v := g.take(in.Guess()); v != "" {
			call.Inputs[in.Name] = v
		}
	}
	for _, in := range s.Inputs { // what stands in quotes is for what nothing else fits, in order
		if _, ok := call.Inputs[in.Name]; !ok && len(g.kinds["quoted"]) > 0 {
			call.Inputs[in.Name] = g.take("quoted")
		}
	}
	g.colon(s)
	return finish(call)
}

// givens are the values that a prompt holds, by kind.
type givens struct {
	d     *reading
	q     Request
	call  *Call
	kinds map[string][]string
	// several is the decision where a name is of more than one user, and the skill takes a user.
	several *Decision
}

func (g *givens) collect() {
	add := func(kind string, list ...string) {
		for _, v := range list {
			if v != "" && !slices.Contains(g.kinds[kind], v) {
				g.kinds[kind] = append(g.kinds[kind], v)
			}
		}
	}
	d, text := g.d, g.q.Text
	for _, m := range d.mentions {
		var users []directory.Entity
		for _, e := range m.Entities {
			switch e.Kind {
			case "user":
				users = append(users, e)
			case "device":
				add("device", e.Name)
			}
		}
		switch {
		case len(users) == 1:
			add("user", users[0].Reported())
			g.call.Entities["user"] = users[0]
		case len(users) > 1 && g.several == nil:
			g.several = &Decision{Outcome: "ambiguous", Kind: "user", Name: d.text[d.tokens[m.First].Start:d.tokens[m.Last].End], Candidates: users, Format: d.format}
		}
	}
	if e, ok := g.q.Context.lastOf("user"); ok && (slices.Contains(d.anaphora, "user") || slices.Contains(d.anaphora, "they")) {
		add("user", e.Reported())
		g.call.Entities["user"] = e
	}
	add("user", d.addrs...)
	add("email", g.kinds["user"]...)
	add("ip", d.ips...)
	add("id", d.guids...)
	add("url", urlText.FindAllString(text, -1)...)
	for _, m := range domainText.FindAllStringIndex(text, -1) {
		before := byte(' ')
		if m[0] > 0 {
			before = text[m[0]-1]
		}
		if before != '@' && before != '/' && before != '.' {
			add("domain", text[m[0]:m[1]])
		}
	}
	add("hash", hashText.FindAllString(text, -1)...)
	add("cve", cveText.FindAllString(text, -1)...)
	for i, t := range d.tokens {
		if d.mark[i] != named && d.mark[i] != timed && codeName.MatchString(text2(d, i)) && t.Text != "" {
			add("device", text2(d, i))
		}
	}
	for _, qt := range d.quoted {
		add("quoted", qt.text)
	}
	if d.top > 0 {
		add("top", fmt.Sprint(d.top))
	}
	g.period(add)
}

// text2 is token i as it was written.
func text2(d *reading, i int) string { return d.text[d.tokens[i].Start:d.tokens[i].End] }

// period gives the time that the prompt names in each way that an input may take it.
func (g *givens) period(add func(string, ...string)) {
	w := g.d.window
	if w.IsZero() {
		return
	}
	from, to := w.Range(g.q.Now)
	if to.IsZero() {
		to = g.q.Now
	}
	add("from", from.UTC().Format(time.RFC3339))
	add("to", to.UTC().Format(time.RFC3339))
	back := w.Lookback
	if back == "" {
		back = fmt.Sprintf("%dh", int(g.q.Now.Sub(from).Hours()+0.999))
	}
	add("timespan", back)
	if span, ok := when.Span(back); ok && span > 0 {
		add("days", fmt.Sprint(int((span+24*time.Hour-1)/(24*time.Hour))))
		add("hours", fmt.Sprint(int((span+time.Hour-1)/time.Hour)))
	}
}

// take is the next value of a kind.
func (g *givens) take(kind string) string {
	if kind == "text" || len(g.kinds[kind]) == 0 {
		return ""
	}
	v := g.kinds[kind][0]
	if kind == "from" || kind == "to" || kind == "days" || kind == "hours" || kind == "timespan" || len(g.kinds[kind]) == 1 && (kind == "user" || kind == "email") {
		return v // one time, and one person, may go to several inputs
	}
	g.kinds[kind] = g.kinds[kind][1:]
	return v
}

// colon gives the text behind a colon to the one input that is still without a value.
func (g *givens) colon(s *plugin.Skill) {
	var left []string
	for _, in := range s.Inputs {
		if _, ok := g.call.Inputs[in.Name]; !ok && in.Default == "" && in.Guess() == "text" {
			left = append(left, in.Name)
		}
	}
	if _, after, ok := strings.Cut(g.q.Text, ": "); ok && len(left) == 1 && strings.TrimSpace(after) != "" {
		g.call.Inputs[left[0]] = strings.TrimSpace(after)
	}
}
