package store

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/ingest"
)

// identity finds out what a row is a record of. The hashes are the first 128 bits of SHA-256:
// logs hold text of attackers, so no hash that can be made to collide will do.
type identity struct {
	// text is what is hashed, gathered first: one pass over it costs less than many small ones.
	text []byte
	// repeats counts equal records of the file, so that a table without ids keeps both of two
	// equal events and still takes an overlapping file without repeating them.
	repeats map[duckdb.UUID]uint64
}

func newIdentity() *identity {
	return &identity{repeats: map[duckdb.UUID]uint64{}}
}

// of returns the key and the state of a row.
func (id *identity) of(row *ingest.Row) (key, state duckdb.UUID) {
	state = id.state(row)
	if key, ok := id.natural(row); ok {
		return key, state
	}
	n := id.repeats[state]
	id.repeats[state] = n + 1
	id.text = id.text[:0]
	id.text = append(id.text, state[:]...)
	id.number('n', n)
	return id.sum(), state
}

// natural is the key by the table's key columns; ok is false when the table has none or the row
// leaves the first of them empty.
func (id *identity) natural(row *ingest.Row) (duckdb.UUID, bool) {
	rule := row.Table.Rows
	if rule.Rule == entra.RuleContent {
		return duckdb.UUID{}, false
	}
	any := false
	id.text = id.text[:0]
	for i, name := range rule.Key {
		cell := row.Cell(name)
		if s, ok := cell.(string); ok && isGUID(s) {
			cell = strings.ToLower(s) // other ids (base64) mind the case
		}
		empty := cell == nil || cell == ""
		if empty && i == 0 && rule.Rule != entra.RuleSnapshot {
			return duckdb.UUID{}, false
		}
		any = any || !empty
		id.cell(cell)
	}
	return id.sum(), any
}

func (id *identity) state(row *ingest.Row) duckdb.UUID {
	id.text = id.text[:0]
	for _, c := range row.Cells {
		id.cell(c)
	}
	for _, m := range row.Extra {
		id.cell(m.Name)
		id.bytes('j', m.Raw)
	}
	return id.sum()
}

// cell feeds one value; null and the empty string are the same, as they are in a string column.
func (id *identity) cell(v any) {
	switch v := v.(type) {
	case nil:
		id.bytes('s', nil)
	case string:
		id.number('s', uint64(len(v)))
		id.text = append(id.text, v...)
	case bool:
		n := uint64(0)
		if v {
			n = 1
		}
		id.number('b', n)
	case int32:
		id.number('i', uint64(v))
	case int64:
		id.number('l', uint64(v))
	case float64:
		id.number('r', math.Float64bits(v))
	}
}

func (id *identity) bytes(tag byte, b []byte) {
	id.number(tag, uint64(len(b)))
	id.text = append(id.text, b...)
}

func (id *identity) number(tag byte, n uint64) {
	id.text = binary.BigEndian.AppendUint64(append(id.text, tag), n)
}

func (id *identity) sum() duckdb.UUID {
	full := sha256.Sum256(id.text)
	var u duckdb.UUID
	copy(u[:], full[:])
	return u
}

// isGUID reports whether s is spelled like one.
func isGUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}
