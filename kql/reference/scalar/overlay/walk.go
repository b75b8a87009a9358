package overlay

import (
	"sort"

	"github.com/golang/geo/s2"
)

// walk joins pieces to rings: at a vertex where several pieces leave, the one that turns left most, so that rings touch
// and do not cross. A ring that comes back to one of its vertices is two.
func walk(list []piece) []Ring {
	leaving := map[s2.Point][]int{}
	for i, p := range list {
		leaving[p.from] = append(leaving[p.from], i)
	}
	used := make([]bool, len(list))
	var loops [][]piece
	for i := range list {
		if used[i] {
			continue
		}
		loops = append(loops, follow(list, leaving, used, i)...)
	}
	var rings []canonicalRing
	for _, l := range loops {
		if len(l) >= 3 {
			rings = append(rings, canonical(l))
		}
	}
	sort.SliceStable(rings, func(i, j int) bool { return rings[i].first < rings[j].first })
	out := make([]Ring, len(rings))
	for i, r := range rings {
		out[i] = r.ring
	}
	return out
}

// follow walks from a piece until nothing leaves any more, and gives the closed parts of the way.
func follow(list []piece, leaving map[s2.Point][]int, used []bool, at int) [][]piece {
	var loops [][]piece
	var way []piece
	index := map[s2.Point]int{}
	for {
		p := list[at]
		used[at] = true
		index[p.from] = len(way)
		way = append(way, p)
		if start, ok := index[p.to]; ok {
			loop := append([]piece(nil), way[start:]...)
			for _, q := range loop {
				delete(index, q.from)
			}
			loops, way = append(loops, loop), way[:start]
		}
		next := leftmost(list, leaving[p.to], used, p)
		if next < 0 {
			return loops
		}
		at = next
	}
}

// leftmost is the unused piece that is met first when turning clockwise from where p came from.
func leftmost(list []piece, candidates []int, used []bool, p piece) int {
	best := -1
	for _, c := range candidates {
		if used[c] {
			continue
		}
		if best < 0 || s2.OrderedCCW(list[best].to, list[c].to, p.from, p.to) {
			best = c
		}
	}
	return best
}

type canonicalRing struct {
	ring  Ring
	first int
}

// canonical turns a ring so that the piece with the highest id is last. Where several pieces of that edge stand apart,
// it is the last of those that stand together.
func canonical(l []piece) canonicalRing {
	at, gap := 0, false
	for i := 1; i < len(l); i++ {
		switch {
		case l[i].id < l[at].id:
			gap = true
		case l[i].id > l[at].id || !gap:
			at, gap = i, false
		}
	}
	start := (at + 1) % len(l)
	ring := make(Ring, len(l))
	for i := range l {
		ring[i] = l[(start+i)%len(l)].from
	}
	return canonicalRing{ring, l[start].id}
}

// chains joins pieces to lines, from their starts on.
func chains(list []piece) [][]s2.Point {
	leaving := map[s2.Point][]int{}
	excess := map[s2.Point]int{}
	for i, p := range list {
		leaving[p.from] = append(leaving[p.from], i)
		excess[p.from]++
		excess[p.to]--
	}
	used := make([]bool, len(list))
	var out [][]s2.Point
	run := func(at int) {
		line := []s2.Point{list[at].from}
		excess[list[at].from]--
		for at >= 0 {
			used[at] = true
			to := list[at].to
			line = append(line, to)
			at = -1
			for _, c := range leaving[to] {
				if !used[c] {
					at = c
					break
				}
			}
		}
		excess[line[len(line)-1]]++
		out = append(out, line)
	}
	for i, p := range list {
		for !used[i] && excess[p.from] > 0 {
			run(i)
		}
	}
	for i := range list {
		if !used[i] {
			run(i)
		}
	}
	return out
}

// UnionLines joins lines to as few as can be; an edge that occurs again, in either direction, counts once.
func UnionLines(lines [][]s2.Point) [][]s2.Point {
	seen := map[[2]s2.Point]bool{}
	var list []piece
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			a, b := l[i-1], l[i]
			if a == b || seen[[2]s2.Point{a, b}] || seen[[2]s2.Point{b, a}] {
				continue
			}
			seen[[2]s2.Point{a, b}] = true
			list = append(list, piece{a, b, len(list)})
		}
	}
	return chains(list)
}
