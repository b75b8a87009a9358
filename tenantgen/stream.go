package tenantgen

import (
	"encoding/base64"
	"math"
)

// stream is a pseudo-random sequence (SplitMix64, public domain, by S. Vigna). It is a value: an
// entity's stream is derived from the seed, a label and the entity's number, so adding days or
// another kind of entity never shifts what an entity draws.
type stream struct{ s uint64 }

func mix(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// key derives a stream's start from a label and two numbers.
func key(seed uint64, label string, a, b int) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for i := 0; i < len(label); i++ {
		h = (h ^ uint64(label[i])) * 1099511628211
	}
	h = mix(h ^ mix(seed+0x9e3779b97f4a7c15))
	h = mix(h ^ (uint64(a)+1)*0x9e3779b97f4a7c15)
	return mix(h ^ (uint64(b)+1)*0xd1b54a32d192ed03)
}

func streamOf(seed uint64, label string, a, b int) stream { return stream{key(seed, label, a, b)} }

func (r *stream) next() uint64 {
	r.s += 0x9e3779b97f4a7c15
	return mix(r.s)
}

func (r *stream) float() float64         { return float64(r.next()>>11) / (1 << 53) }
func (r *stream) chance(p float64) bool  { return r.float() < p }
func (r *stream) intn(n int) int         { return int(r.next() % uint64(n)) }
func (r *stream) between(lo, hi int) int { return lo + r.intn(hi-lo+1) }

// bell is near 0 most of the time and within -1..1 always.
func (r *stream) bell() float64 { return (r.float()+r.float()+r.float())*2/3 - 1 }

// count rounds a rate up or down at random so that the expectation is the rate.
func (r *stream) count(rate float64) int {
	whole := math.Floor(rate)
	if r.float() < rate-whole {
		whole++
	}
	return int(whole)
}

func pick[T any](r *stream, of []T) T { return of[r.intn(len(of))] }

// weighted picks an index by weight.
func (r *stream) weighted(weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x := r.float() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// guid is an object, request or correlation identifier.
type guid [16]byte

func (r *stream) guid() guid {
	var g guid
	a, b := r.next(), r.next()
	for i := 0; i < 8; i++ {
		g[i], g[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	g[6] = g[6]&0x0f | 0x40
	g[8] = g[8]&0x3f | 0x80
	return g
}

func guidOf(seed uint64, label string, a, b int) guid {
	r := streamOf(seed, label, a, b)
	return r.guid()
}

func (g guid) append(b []byte) []byte {
	const hex = "0123456789abcdef"
	for i, v := range g {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hex[v>>4], hex[v&15])
	}
	return b
}

func (g guid) String() string               { return string(g.append(make([]byte, 0, 36))) }
func (g guid) MarshalText() ([]byte, error) { return g.append(nil), nil }
func (g guid) isZero() bool                 { return g == guid{} }

// token is the unique token identifier of a request: the request id as .NET lays out a Guid
// (the first three groups little-endian), in unpadded base64url, as tokens carry it in "uti".
func (g guid) token() string { return string(g.appendToken(make([]byte, 0, 22))) }

func (g guid) appendToken(b []byte) []byte {
	n := [16]byte{g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6]}
	copy(n[8:], g[8:])
	return base64.RawURLEncoding.AppendEncode(b, n[:])
}
