package duckdb

import (
	"slices"
	"strings"
)

// pieces are SQL that is not put together yet. A subselect stands in the FROM of the next, and that in another's: only the pieces
// are named again at each level, and their text is copied once, at the end.
type pieces []string

// around is p between two texts.
func (p pieces) around(before, after string) pieces {
	return append(append(append(make(pieces, 0, len(p)+2), before), p...), after)
}

// distinct is SELECT DISTINCT of a SELECT; on is what makes rows equal, empty where all columns do.
func (p pieces) distinct(on string) pieces {
	out := slices.Clone(p)
	out[0] = "SELECT DISTINCT" + on + strings.TrimPrefix(out[0], "SELECT")
	return out
}

func (p pieces) String() string { return strings.Join(p, "") }
