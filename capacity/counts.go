package capacity

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
)

// Kept is for how many days usage is counted.
const Kept = 90

// Sum is what was used.
type Sum struct {
	Prompts, Queries int64
	Time             time.Duration // that queries took, of answers too
}

func (s *Sum) add(o Sum) {
	s.Prompts, s.Queries, s.Time = s.Prompts+o.Prompts, s.Queries+o.Queries, s.Time+o.Time
}

func (s *Sum) subtract(o Sum) {
	s.Prompts, s.Queries, s.Time = s.Prompts-o.Prompts, s.Queries-o.Queries, s.Time-o.Time
}

// sumOf is what an entry counts for.
func sumOf(e audit.Entry) Sum {
	switch e.Operation {
	case Submitted:
		return Sum{Prompts: 1}
	case Ran:
		return Sum{Queries: 1}
	case Answered, Completed:
		ms, err := strconv.ParseFloat(e.Details[ElapsedMS], 64)
		if err != nil || ms < 0 || ms > 1e12 {
			return Sum{} // entries of before this was recorded have none
		}
		return Sum{Time: time.Duration(ms * float64(time.Millisecond))}
	}
	return Sum{}
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

type personDay struct{ person, day string }

// The categories of use.
const (
	Prompt = "prompt"
	Query  = "query"
)

// line is what is counted apart.
type line struct{ day, person, session, category, experience string }

type lineSum struct {
	Sum
	skills map[string]bool
}

// counts are the entries of the last days, counted.
type counts struct {
	days   map[string]bool // that anything was counted of
	people map[personDay]Sum
	lines  map[line]*lineSum
	names  map[string]string // of people, by id
}

func newCounts() *counts {
	return &counts{days: map[string]bool{}, people: map[personDay]Sum{}, lines: map[line]*lineSum{}, names: map[string]string{}}
}

// take counts an entry.
func (c *counts) take(e audit.Entry) {
	if e.Operation != Submitted && e.Operation != Answered && e.Operation != Ran && e.Operation != Completed {
		return
	}
	day := dayOf(e.Time)
	if !c.days[day] {
		c.days[day] = true
		c.prune()
	}
	own := sumOf(e)
	who := personDay{e.Principal, day}
	sum := c.people[who]
	sum.add(own)
	c.people[who] = sum
	if name := cmp.Or(e.Details["userPrincipalName"], e.Details["displayName"]); name != "" {
		c.names[e.Principal] = name
	}
	l := line{day: day, person: e.Principal, category: Query, experience: experienceOf(e)}
	if e.Operation == Submitted || e.Operation == Answered {
		l.category = Prompt
		l.session, _, _ = strings.Cut(e.Object, "/")
	}
	at := c.lines[l]
	if at == nil {
		at = &lineSum{}
		c.lines[l] = at
	}
	at.add(own)
	for _, s := range strings.Split(e.Details["skills"], ",") {
		if s = strings.TrimSpace(s); s != "" {
			if at.skills == nil {
				at.skills = map[string]bool{}
			}
			at.skills[s] = true
		}
	}
}

// experienceOf is where somebody was: which service of the server, or a command.
func experienceOf(e audit.Entry) string {
	switch {
	case e.Details["api"] != "":
		return e.Details["api"]
	case e.Principal == "local":
		return "command"
	}
	return "page or REST"
}

// prune forgets the oldest day where there are more than are counted. Days are counted, not measured from the newest: the entries of an
// hour in which the clock was years ahead would make all others too old. The few more are room for such days.
func (c *counts) prune() {
	const room = 10
	if len(c.days) <= Kept+room {
		return
	}
	oldest := slices.Min(slices.Collect(maps.Keys(c.days)))
	delete(c.days, oldest)
	maps.DeleteFunc(c.people, func(k personDay, _ Sum) bool { return k.day == oldest })
	maps.DeleteFunc(c.lines, func(k line, _ *lineSum) bool { return k.day == oldest })
}

// Row is a line of a report. What a report does not tell apart is empty.
type Row struct {
	Day        string   `json:"day,omitempty"`
	PersonID   string   `json:"personId,omitempty"`
	Person     string   `json:"person,omitempty"`
	Session    string   `json:"session,omitempty"`
	Category   string   `json:"category,omitempty"`
	Experience string   `json:"experience,omitempty"`
	Prompts    int64    `json:"prompts"`
	Queries    int64    `json:"queries"`
	Seconds    float64  `json:"seconds"` // that queries took, to the millisecond
	Skills     []string `json:"skills"`
}

// By are the parts by which a report can tell use apart, in the order of its columns.
func By() []string { return []string{"day", "person", "session", "category", "experience"} }

// Check says what is wrong with a report that is asked for, or nil.
func Check(days int, by []string) error {
	if days < 1 || days > Kept {
		return fmt.Errorf("days: %d: give 1 to %d", days, Kept)
	}
	for _, part := range by {
		if !slices.Contains(By(), part) {
			return fmt.Errorf("by: %q: use is told apart by %s", part, strings.Join(By(), ", "))
		}
	}
	return nil
}

// Report is what was used in the last days up to the day of now, by the parts named, newest day and most seconds first.
func (m *Meter) Report(now time.Time, days int, by []string) ([]Row, error) {
	if err := m.read(); err != nil {
		return nil, err
	}
	from, to := dayOf(now.AddDate(0, 0, 1-min(days, Kept))), dayOf(now)
	m.mu.Lock()
	defer m.mu.Unlock()
	sums := map[line]*lineSum{}
	for l, s := range m.counts.lines {
		if l.day < from || l.day > to {
			continue
		}
		for _, part := range []struct {
			name string
			of   *string
		}{{"day", &l.day}, {"person", &l.person}, {"session", &l.session}, {"category", &l.category}, {"experience", &l.experience}} {
			if !slices.Contains(by, part.name) {
				*part.of = ""
			}
		}
		at := sums[l]
		if at == nil {
			at = &lineSum{skills: map[string]bool{}}
			sums[l] = at
		}
		at.add(s.Sum)
		for name := range s.skills {
			at.skills[name] = true
		}
	}
	out := make([]Row, 0, len(sums))
	for l, s := range sums {
		r := Row{Day: l.day, PersonID: l.person, Session: l.session, Category: l.category, Experience: l.experience,
			Prompts: s.Prompts, Queries: s.Queries, Seconds: float64(s.Time.Milliseconds()) / 1000, Skills: make([]string, 0, len(s.skills))}
		for name := range s.skills {
			r.Skills = append(r.Skills, name)
		}
		slices.Sort(r.Skills)
		if r.Person = m.counts.names[l.person]; r.Person == "" {
			r.Person = l.person
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(b.Prompts+b.Queries, a.Prompts+a.Queries),
			cmp.Compare(a.Person, b.Person), cmp.Compare(a.PersonID, b.PersonID), cmp.Compare(a.Session, b.Session), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Experience, b.Experience))
	})
	return out, nil
}
