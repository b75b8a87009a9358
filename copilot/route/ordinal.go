package route

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

// MaxPicks is how many rows of the previous table a prompt can point at.
const MaxPicks = 20

var ordinals = map[string]int{"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "sixth": 6, "6th": 6,
	"seventh": 7, "7th": 7, "eighth": 8, "8th": 8, "ninth": 9, "9th": 9, "tenth": 10, "10th": 10, "last": -1, "top": 1, "bottom": -1}

// readOrdinal reads what points at a row of the previous table: "the first one", "the second group", "number 3".
func (r *Router) readOrdinal(d *reading) {
	for i := 0; i+1 < len(d.tokens) && d.ordinal == 0; i++ {
		t, next := d.tokens[i].Text, d.tokens[i+1].Text
		if d.mark[i] != free || d.mark[i+1] != free {
			continue
		}
		n := ordinals[t]
		switch {
		case n != 0 && next == "one" && (i+2 == len(d.tokens) || !timeUnits[d.stems[i+2]]):
		case n != 0 && r.kindWord[d.stems[i+1]] != "" && d.stems[i+1] == next && i > 0 && d.tokens[i-1].Text == "the":
			d.ordinalKind = r.kindWord[next]
		case (t == "number" || t == "row" || t == "no") && number(next) > 0 && (i+2 == len(d.tokens) || !d.isUnit(i+2)):
			n = number(next)
			d.weakOrdinal = true
		default:
			continue
		}
		d.ordinal = n
		d.ordinalAt = i
	}
}

// pick is the thing that an ordinal of the prompt points at in the previous table.
func (c *Context) pick(d *reading) (directory.Entity, bool) {
	if c == nil || c.Last == nil || d.ordinal == 0 {
		return directory.Entity{}, false
	}
	at := d.ordinal - 1
	if d.ordinal < 0 {
		if len(c.Last.Picks) == MaxPicks {
			return directory.Entity{}, false // the table goes on
		}
		at = len(c.Last.Picks) - 1
	}
	if at < 0 || at >= len(c.Last.Picks) {
		return directory.Entity{}, false
	}
	e := c.Last.Picks[at]
	if d.ordinalKind != "" && d.ordinalKind != string(e.Kind) {
		return directory.Entity{}, false
	}
	return e, e.Kind != ""
}

// resolveOrdinal makes the row that a prompt points at its subject. An ordinal that points nowhere is left to
// be read as a count ("the last one") where it names no row for certain.
func (r *Router) resolveOrdinal(d *reading, q Request) (Decision, bool) {
	if d.ordinal == 0 {
		return Decision{}, false
	}
	e, ok := q.Context.pick(d)
	if !ok {
		if d.ordinalKind != "" || d.weakOrdinal || len(d.mentions)+len(d.addrs) > 0 {
			return Decision{}, false
		}
		held := 0
		if q.Context != nil && q.Context.Last != nil {
			held = len(q.Context.Last.Picks)
		}
		return Decision{Outcome: "unsupported", Format: d.format,
			Reason: fmt.Sprintf("It is not clear what %q points at: the previous answer of this session holds %d rows that can be pointed at. Name what is meant.", strings.TrimSpace(d.text[d.tokens[d.ordinalAt].Start:d.tokens[d.ordinalAt+1].End]), held)}, true
	}
	for i := d.ordinalAt; i <= d.ordinalAt+1; i++ {
		d.mark[i] = named
	}
	d.concepts = slices.DeleteFunc(d.concepts, func(c conceptHit) bool { return c.first >= d.ordinalAt && c.last <= d.ordinalAt+1 })
	d.unknown = slices.DeleteFunc(d.unknown, func(u run) bool { return u.first >= d.ordinalAt && u.last <= d.ordinalAt+1 })
	d.top = 0
	d.mentions = append(d.mentions, directory.Mention{First: d.ordinalAt, Last: d.ordinalAt + 1, Entities: []directory.Entity{e}})
	return Decision{}, false
}
