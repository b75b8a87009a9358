package audit

import (
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// stack holds the roots of the whole subtrees of a growing tree, the largest first (RFC 6962, section 2.1).
type stack struct {
	roots []tlog.Hash
	sizes []int64
}

// push adds a leaf and gives the hashes that it completes, the leaf first: those that tlog stores for it.
func (s *stack) push(h tlog.Hash) []tlog.Hash {
	out := []tlog.Hash{h}
	s.roots, s.sizes = append(s.roots, h), append(s.sizes, 1)
	for n := len(s.sizes); n > 1 && s.sizes[n-1] == s.sizes[n-2]; n = len(s.sizes) {
		s.roots[n-2] = tlog.NodeHash(s.roots[n-2], s.roots[n-1])
		s.sizes[n-2] *= 2
		s.roots, s.sizes = s.roots[:n-1], s.sizes[:n-1]
		out = append(out, s.roots[n-2])
	}
	return out
}

func (s *stack) root() tlog.Hash {
	n := len(s.roots)
	if n == 0 {
		return tlog.Hash{}
	}
	h := s.roots[n-1]
	for i := n - 2; i >= 0; i-- {
		h = tlog.NodeHash(s.roots[i], h)
	}
	return h
}

func (s *stack) clone() *stack {
	return &stack{slices.Clone(s.roots), slices.Clone(s.sizes)}
}

// stackOf reads the stack of a tree of n leaves from its stored hashes.
func stackOf(n int64, r tlog.HashReader) (*stack, error) {
	s := &stack{}
	var indexes []int64
	for level, done := 62, int64(0); level >= 0; level-- {
		if size := int64(1) << level; n&size != 0 {
			indexes = append(indexes, tlog.StoredHashIndex(level, done/size))
			s.sizes = append(s.sizes, size)
			done += size
		}
	}
	var err error
	if s.roots, err = r.ReadHashes(indexes); err != nil {
		return nil, fmt.Errorf("audit tree: %w", err)
	}
	return s, nil
}
