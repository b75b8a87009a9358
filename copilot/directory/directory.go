// Package directory finds the people and things of a tenant in the words of a prompt. It owns the index
// of names and the rules of what fits: a UPN, an object id, a mail or proxy address, a display name, or
// a given name, a surname or a UPN prefix that only one has. It never corrects a name: a near miss is
// reported by Near, as a suggestion.
//
//	entities -> New -> Index -> Mentions(tokens): the longest names first, each with all that fit
//
// Start reading at Index.Mentions.
package directory

import (
	"slices"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/words"
)

// Kind is what an entity is: user, group, role, app, device, policy, incident, or the input type of a value
// that the data holds (department, activity, os, ...).
type Kind string

// Entity is something that a prompt can name.
type Entity struct {
	Kind    Kind
	ID      string
	Name    string   // the display name, as reported
	UPN     string   // users only: the user principal name, lower case
	Deleted bool     // a deleted user
	Exact   []string // further full names: mail addresses, ids, aliases
	Partial []string // names that count only when one entity alone has them: given name, surname
	Extra   map[string]string
}

// Label names the entity so that a person can tell it from others.
func (e Entity) Label() string {
	switch {
	case e.UPN != "" && e.Name != "" && !strings.EqualFold(e.Name, e.UPN):
		return e.Name + " (" + e.UPN + ")"
	case e.UPN != "":
		return e.UPN
	case e.ID != "" && e.Name != "":
		return e.Name + " (" + e.ID + ")"
	case e.Name != "":
		return e.Name
	}
	return e.ID
}

// Reported is how an input reports the entity.
func (e Entity) Reported() string {
	if e.UPN != "" {
		return e.UPN
	}
	if e.Name == "" {
		return e.ID
	}
	return e.Name
}

// Mention is a name in a prompt and what it fits.
type Mention struct {
	First, Last int      // tokens, both included
	Entities    []Entity // of possibly several kinds
	Partial     bool     // by a part of the name only
	Soft        bool     // of everyday words that may as well mean themselves
}

// Of returns the entities of one kind.
func (m Mention) Of(k Kind) []Entity {
	var out []Entity
	for _, e := range m.Entities {
		if e.Kind == k {
			out = append(out, e)
		}
	}
	return out
}

// Index finds entities by name.
type Index struct {
	all     []Entity
	exact   map[string][]int // key of a name -> entities
	partial map[string][]int
	raw     map[string][]int // lower-case text with its punctuation: addresses, ids
	longest int              // words of the longest name
}

// New builds the index of the entities.
func New(all []Entity) *Index {
	x := &Index{all: all, exact: map[string][]int{}, partial: map[string][]int{}, raw: map[string][]int{}}
	for i, e := range all {
		x.add(x.exact, e.Name, i)
		for _, n := range append([]string{e.Name, e.UPN, e.ID}, e.Exact...) {
			if n = strings.ToLower(strings.TrimSpace(n)); n != "" && !slices.Contains(x.raw[n], i) {
				x.raw[n] = append(x.raw[n], i)
			}
		}
		for _, n := range e.Exact {
			if !strings.Contains(n, "@") {
				x.add(x.exact, n, i)
			}
		}
		for _, n := range e.Partial {
			x.add(x.partial, n, i)
		}
		if local, _, ok := strings.Cut(e.UPN, "@"); ok {
			x.add(x.partial, local, i)
			x.raw["@"+local] = append(x.raw["@"+local], i)
		}
	}
	return x
}

func (x *Index) add(m map[string][]int, name string, i int) {
	k := words.Texts(name)
	if len(k) == 0 {
		return
	}
	key := strings.Join(k, " ")
	if !slices.Contains(m[key], i) {
		m[key] = append(m[key], i)
	}
	x.longest = max(x.longest, len(k))
}

// Len is the number of entities.
func (x *Index) Len() int { return len(x.all) }

// All returns the entities of a kind.
func (x *Index) All(k Kind) []Entity {
	var out []Entity
	for _, e := range x.all {
		if e.Kind == k {
			out = append(out, e)
		}
	}
	return out
}

// ByText returns what a whole text names exactly: an address, an id, a name with its punctuation.
func (x *Index) ByText(s string) []Entity { return x.get(x.raw[strings.ToLower(strings.TrimSpace(s))]) }

// ByPrefix returns the users whose UPN has this local part.
func (x *Index) ByPrefix(s string) []Entity { return x.get(x.raw["@"+strings.ToLower(s)]) }

// ByName returns what a name fits: the full names first, else the partial ones.
func (x *Index) ByName(s string) []Entity {
	if es := x.ByText(s); len(es) > 0 {
		return es
	}
	key := words.Key(s)
	if es := x.get(x.exact[key]); len(es) > 0 {
		return es
	}
	return x.get(x.partial[key])
}

// get resolves positions; deleted users count only where nobody else fits.
func (x *Index) get(is []int) []Entity {
	var live, gone []Entity
	for _, i := range is {
		if x.all[i].Deleted {
			gone = append(gone, x.all[i])
		} else {
			live = append(live, x.all[i])
		}
	}
	if len(live) > 0 {
		return live
	}
	return gone
}

// Mentions finds the names among tokens, the longest first, none overlapping another. Tokens for which
// taken is true are left alone.
func (x *Index) Mentions(tokens []words.Token, taken func(int) bool) []Mention {
	var out []Mention
	used := make([]bool, len(tokens))
	for i := range tokens {
		used[i] = taken(i)
	}
	for n := min(x.longest, len(tokens)); n > 0; n-- {
		for i := 0; i+n <= len(tokens); i++ {
			if slices.Contains(used[i:i+n], true) {
				continue
			}
			key := joined(tokens[i : i+n])
			es, partial := x.get(x.exact[key]), false
			if len(es) == 0 && n > 1 { // "Global Administrators" are the holders of a role
				if k := words.Stem(key); k != key {
					es = x.get(x.exact[k])
				}
			}
			if ps := x.get(x.partial[key]); len(ps) > 0 {
				if len(es) == 0 {
					es, partial = ps, true
				}
			}
			if len(es) == 0 {
				continue
			}
			out = append(out, Mention{First: i, Last: i + n - 1, Entities: es, Partial: partial})
			for k := i; k < i+n; k++ {
				used[k] = true
			}
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].First < out[b].First })
	return out
}

func joined(ts []words.Token) string {
	if len(ts) == 1 {
		return ts[0].Text
	}
	var b strings.Builder
	for i, t := range ts {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.Text)
	}
	return b.String()
}

// Near lists the entities of the kinds whose names are closest to name, at most n, the closest first.
func (x *Index) Near(name string, n int, kinds ...Kind) []Entity {
	type hit struct {
		e Entity
		d int
	}
	if local, _, ok := strings.Cut(name, "@"); ok {
		name = local // what is near an address is near its local part
	}
	key := words.Key(name)
	if key == "" {
		return nil
	}
	var hits []hit
	for _, e := range x.all {
		if !slices.Contains(kinds, e.Kind) {
			continue
		}
		best := 1 << 20
		local, _, _ := strings.Cut(e.UPN, "@")
		for _, c := range append(append([]string{e.Name, local}, e.Exact...), e.Partial...) {
			ck := words.Key(c)
			if ck == "" {
				continue
			}
			d := words.Distance(key, ck)
			if len(key) >= 4 && (strings.Contains(" "+ck+" ", " "+key+" ") || strings.HasPrefix(ck, key)) {
				d = min(d, 1)
			}
			best = min(best, d)
		}
		if best <= max(1, len(key)/4) {
			hits = append(hits, hit{e, best})
		}
	}
	sort.SliceStable(hits, func(a, b int) bool { return hits[a].d < hits[b].d })
	var out []Entity
	for _, h := range hits {
		if len(out) == n {
			break
		}
		out = append(out, h.e)
	}
	return out
}
