package types

import "strings"

// Type is a scalar type of KQL.
type Type uint8

// The scalar types. Unknown is the type of an expression whose type only the data can tell;
// NullType that of a bare null, which converts to anything.
const (
	Unknown Type = iota
	Bool
	Int
	Long
	Real
	Decimal
	String
	DateTime
	TimeSpan
	GUID
	Dynamic
)

var typeNames = [...]string{"unknown", "bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"}

// String is the type's KQL name.
func (t Type) String() string { return typeNames[t] }

// ParseType reads a type's name, with the aliases that KQL accepts. The second result is false
// for anything else.
func ParseType(name string) (Type, bool) {
	switch strings.ToLower(name) {
	case "bool", "boolean":
		return Bool, true
	case "int", "int32":
		return Int, true
	case "long", "int64", "ulong", "uint64":
		return Long, true
	case "real", "double", "float":
		return Real, true
	case "decimal":
		return Decimal, true
	case "string":
		return String, true
	case "datetime", "date":
		return DateTime, true
	case "timespan", "time":
		return TimeSpan, true
	case "guid", "uuid", "uniqueid":
		return GUID, true
	case "dynamic", "object":
		return Dynamic, true
	}
	return Unknown, false
}

// Numeric reports whether t is int, long, real or decimal.
func (t Type) Numeric() bool { return t == Int || t == Long || t == Real || t == Decimal }

// Integral reports whether t is int or long.
func (t Type) Integral() bool { return t == Int || t == Long }

// Temporal reports whether t is datetime or timespan.
func (t Type) Temporal() bool { return t == DateTime || t == TimeSpan }

// Summable reports whether values of t can be added up: numbers and timespans.
func (t Type) Summable() bool { return t.Numeric() || t == TimeSpan }

// Column is one column of a table. Names are case-sensitive and unique within a Schema.
type Column struct {
	Name   string
	Type   Type
	Hidden bool // not shown by * and getschema, but can be named
}

// Schema is the columns of a table, in order.
type Schema []Column

// Find is the index of the column, or -1.
func (s Schema) Find(name string) int {
	for i := range s {
		if s[i].Name == name {
			return i
		}
	}
	return -1
}

// Visible is the schema without hidden columns.
func (s Schema) Visible() Schema {
	out := make(Schema, 0, len(s))
	for _, c := range s {
		if !c.Hidden {
			out = append(out, c)
		}
	}
	return out
}

// String prints the schema as in a datatable: a:long, b:string.
func (s Schema) String() string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.Name + ":" + c.Type.String())
	}
	return b.String()
}

// Row is one row's cells, in the order of its Schema.
type Row []Value

// Table is a materialised result.
type Table struct {
	Name    string
	Columns Schema
	Rows    []Row
}
