package reference

import "github.com/sleuth-sec/sleuth/kql/types"

// growing is an aggregate that holds more the more rows it sees; others hold a few values.
type growing interface {
	// grown is the bytes that it took since it was asked last.
	grown() int64
}

// growth counts for a growing aggregate, which embeds it.
type growth struct{ bytes int64 }

func (g *growth) grow(n int64) { g.bytes += n }

func (g *growth) grown() int64 {
	n := g.bytes
	g.bytes = 0
	return n
}

// entrySize is what a set's entry takes beside its key.
const entrySize = 32

func (a *distinctAgg) grown() int64 { return a.seen.grown() }
func (a *hllAgg) grown() int64      { return a.seen.grown() * 2 } // the set and the list
func (a *digestAgg) grown() int64   { return a.values.grown() }

func (a *percentileAgg) grown() int64 { return a.values.grown() }

func (a *listAgg) grown() int64 {
	n := a.growth.grown()
	if a.seen != nil {
		n += a.seen.grown()
	}
	return n
}

func (a *ifAgg) grown() int64 {
	if g, ok := a.inner.(growing); ok {
		return g.grown()
	}
	return 0
}

// RowSize estimates the bytes of a row.
func RowSize(row types.Row) int64 {
	size := int64(24)
	for i := range row {
		size += row[i].Size()
	}
	return size
}
