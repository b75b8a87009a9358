package session

import (
	"fmt"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// column reads one column of the current chunk, in place: its memory is DuckDB's and valid until the next fetch.
type column struct {
	kind     bindings.Type
	data     unsafe.Pointer
	validity unsafe.Pointer // a bit per row, in words of 64; nil when no cell is null
}

// check refuses a column whose physical type is not one of its KQL type.
func (c *column) check(want types.Column) error {
	ok := false
	switch c.kind {
	case bindings.TypeSQLNull:
		ok = true
	case bindings.TypeBoolean:
		ok = want.Type == types.Bool
	case bindings.TypeInteger, bindings.TypeBigInt:
		ok = want.Type == types.Int || want.Type == types.Long || want.Type == types.DateTime || want.Type == types.TimeSpan
	case bindings.TypeDouble:
		ok = want.Type == types.Real
	case bindings.TypeVarchar:
		ok = want.Type == types.String || want.Type == types.GUID || want.Type == types.Dynamic || want.Type == types.Decimal
	}
	if !ok {
		return fmt.Errorf("column %s: a cell of DuckDB type %d is not a %s", want.Name, c.kind, want.Type)
	}
	return nil
}

func (c *column) read(v bindings.Vector) {
	c.data, c.validity = bindings.VectorGetData(v), bindings.VectorGetValidity(v)
}

func (c *column) null(row int) bool {
	if c.kind == bindings.TypeSQLNull {
		return true
	}
	if c.validity == nil {
		return false
	}
	word := *(*uint64)(unsafe.Add(c.validity, row/64*8))
	return word&(1<<(row%64)) == 0
}

// value is the cell of a row of the chunk.
func (c *column) value(row int, t types.Type) (types.Value, error) {
	if c.null(row) {
		return types.Null(t), nil
	}
	switch c.kind {
	case bindings.TypeBoolean:
		return types.NewBool(*(*bool)(unsafe.Add(c.data, row))), nil
	case bindings.TypeInteger:
		return types.OfInteger(int64(*(*int32)(unsafe.Add(c.data, row*4))), t)
	case bindings.TypeBigInt:
		return types.OfInteger(*(*int64)(unsafe.Add(c.data, row*8)), t)
	case bindings.TypeDouble:
		return types.NewReal(*(*float64)(unsafe.Add(c.data, row*8))), nil
	}
	return types.OfText(text(unsafe.Add(c.data, row*16)), t)
}

// inlined is the length up to which DuckDB keeps a text inside its 16 bytes.
const inlined = 12

// text copies a duckdb_string_t: a length of 4 bytes, then the text itself where it is short, and otherwise 4 bytes of
// its beginning and a pointer.
func text(p unsafe.Pointer) string {
	n := *(*uint32)(p)
	if n == 0 {
		return ""
	}
	at := unsafe.Add(p, 4)
	if n > inlined {
		at = *(*unsafe.Pointer)(unsafe.Add(p, 8))
	}
	return string(unsafe.Slice((*byte)(at), n))
}
