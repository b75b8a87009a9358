package scalar

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// hashFunctions: hash is xxHash64 of the bytes that a value is stored in; the cryptographic ones hash its text
// (https://learn.microsoft.com/kusto/query/hash-function).
func hashFunctions() map[string]Func {
	return map[string]Func{
		"hash": strict(hash), "hash_xxhash64": strict(hash),
		"hash_md5":    onHash(func(b []byte) []byte { s := md5.Sum(b); return s[:] }),
		"hash_sha1":   onHash(func(b []byte) []byte { s := sha1.Sum(b); return s[:] }),
		"hash_sha256": onHash(func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }),
		"hash_combine": strict(func(args []types.Value) types.Value {
			var h uint64
			for _, a := range args {
				n, ok := integer(a)
				if !ok {
					return null
				}
				h = combine(h, uint64(n))
			}
			return types.NewLong(int64(h))
		}),
		"hash_many": strict(func(args []types.Value) types.Value {
			var h uint64
			for _, a := range args {
				h = combine(h, xxHash64(hashBytes(a)))
			}
			return types.NewLong(int64(h))
		}),
	}
}

func onHash(f func([]byte) []byte) Func {
	return strict(func(args []types.Value) types.Value {
		return types.NewString(hex.EncodeToString(f([]byte(text(args[0])))))
	})
}

// Hash is hash() of a value: what identifies a node of a graph, too.
func Hash(v types.Value) int64 { return int64(xxHash64(hashBytes(v))) }

// hash is the hash itself, or its remainder, which is not negative.
func hash(args []types.Value) types.Value {
	h := Hash(args[0])
	if len(args) == 1 {
		return types.NewLong(h)
	}
	mod, ok := integer(args[1])
	if !ok || mod <= 0 {
		return null
	}
	r, _ := wholeModulo(h, mod)
	return types.NewLong(r)
}

// hashBytes are the bytes of a value: UTF-8 of texts, little-endian numbers, ticks of times.
func hashBytes(v types.Value) []byte {
	switch v.Type() {
	case types.Int:
		return binary.LittleEndian.AppendUint32(nil, uint32(v.Long()))
	case types.Long, types.DateTime, types.TimeSpan:
		return binary.LittleEndian.AppendUint64(nil, uint64(v.Long()))
	case types.Real:
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v.Real()))
	case types.Bool:
		return []byte{byte(v.Long())}
	case types.GUID:
		if b, ok := guidBytes(v); ok {
			return b
		}
	}
	return []byte(text(v))
}

// combine mixes a hash into others. The service does not say how it mixes; results agree within this program only.
func combine(seed, h uint64) uint64 { return seed ^ (h + 0x9e3779b97f4a7c15 + seed<<6 + seed>>2) }

// The primes of xxHash64 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).
const (
	xxPrime1 = 11400714785074694791
	xxPrime2 = 14029467366897019727
	xxPrime3 = 1609587929392839161
	xxPrime4 = 9650029242287828579
	xxPrime5 = 2870177450012600261
)

func xxRound(acc, lane uint64) uint64 {
	return bits.RotateLeft64(acc+lane*xxPrime2, 31) * xxPrime1
}

// xxHash64 follows the specification with seed 0.
func xxHash64(b []byte) uint64 {
	size := uint64(len(b))
	var h uint64 = xxPrime5
	if len(b) >= 32 {
		var p1, p2 uint64 = xxPrime1, xxPrime2
		acc := [4]uint64{p1 + p2, p2, 0, -p1}
		for ; len(b) >= 32; b = b[32:] {
			for i := range acc {
				acc[i] = xxRound(acc[i], binary.LittleEndian.Uint64(b[8*i:]))
			}
		}
		h = bits.RotateLeft64(acc[0], 1) + bits.RotateLeft64(acc[1], 7) + bits.RotateLeft64(acc[2], 12) + bits.RotateLeft64(acc[3], 18)
		for _, a := range acc {
			h = (h^xxRound(0, a))*xxPrime1 + xxPrime4
		}
	}
	h += size
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^xxRound(0, binary.LittleEndian.Uint64(b)), 27)*xxPrime1 + xxPrime4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*xxPrime1, 23)*xxPrime2 + xxPrime3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*xxPrime5, 11) * xxPrime1
	}
	h = (h ^ h>>33) * xxPrime2
	h = (h ^ h>>29) * xxPrime3
	return h ^ h>>32
}
