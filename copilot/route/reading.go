package route

import (
	"strings"

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
	asns     []string // numbers of autonomous systems
	codes    []string // sign-in error codes
	top      int
	oldest   bool // "first", "oldest": the earliest come first
	window   when.Window
	same     bool     // speaks of the period of the previous prompt: "same period"
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
