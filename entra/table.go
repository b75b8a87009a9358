package entra

import "strings"

// Kind tells a log table (events, rows are never changed by their source) from a directory table
// (objects with states).
type Kind string

const (
	KindLog       Kind = "log"
	KindDirectory Kind = "directory"
)

// Rule says how several records of one thing become rows.
type Rule string

const (
	// RuleNewest keeps every state of a key and shows the newest (sign-ins).
	RuleNewest Rule = "newest"
	// RuleUnique keeps one row per key (audit events; risk changes by user and time).
	RuleUnique Rule = "unique"
	// RuleContent keeps one row per distinct record: the table has no id.
	RuleContent Rule = "content"
	// RuleSnapshot keeps every state of a directory object and shows those of the newest snapshot.
	RuleSnapshot Rule = "snapshot"
)

// Rows is the rule of a table and the columns that identify one thing.
type Rows struct {
	Rule Rule     `json:"rule"`
	Key  []string `json:"key"`
}

// Column is one column of a table. Type is the KQL type name.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Hidden columns are resolved by name but are not part of `*` and getschema.
	Hidden bool `json:"hidden,omitempty"`
	// Aliases are other spellings (the Defender XDR name of a Log Analytics column).
	Aliases []string `json:"aliases,omitempty"`
}

// Table is the schema of one table; Columns stand in the order of the service.
type Table struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	// Origin is LogAnalytics, DefenderXDR, both, or Graph for directory tables.
	Origin string `json:"origin"`
	// Resource is the Graph resource type of a directory table.
	Resource string `json:"resource,omitempty"`
	// Doc says in a sentence what a row is; directory tables only.
	Doc string `json:"doc,omitempty"`
	// TimeColumn is the column questions about a period use; empty for directory tables.
	TimeColumn string   `json:"timeColumn"`
	Rows       Rows     `json:"rows"`
	Columns    []Column `json:"columns"`
	// HotPaths are the paths inside dynamic columns that queries use most, in order.
	HotPaths []HotPath `json:"-"`

	byName map[string]int
	byFold map[string]int
}

// index prepares the lookups; it reports the first name that stands for two columns.
func (t *Table) index() (clash string) {
	t.byName = make(map[string]int, len(t.Columns))
	t.byFold = make(map[string]int, len(t.Columns))
	for i, c := range t.Columns {
		for _, n := range append([]string{c.Name}, c.Aliases...) {
			if _, dup := t.byName[n]; dup {
				return n
			}
			t.byName[n] = i
			f := strings.ToLower(n)
			if j, dup := t.byFold[f]; dup && j != i {
				return n
			}
			t.byFold[f] = i
		}
	}
	return ""
}

// Column finds a column by its exact name or by an alias, as KQL does.
func (t *Table) Column(name string) (Column, bool) {
	i, ok := t.byName[name]
	if !ok {
		return Column{}, false
	}
	return t.Columns[i], true
}

// ColumnIndex is the position of the column with this name or alias in any case, or -1. Records
// spell their properties in their own way: `userPrincipalName` is UserPrincipalName.
func (t *Table) ColumnIndex(name string) int {
	if i, ok := t.byName[name]; ok {
		return i
	}
	if i, ok := t.byFold[strings.ToLower(name)]; ok {
		return i
	}
	return -1
}

// Visible returns the columns of `*`, in order.
func (t *Table) Visible() []Column {
	out := make([]Column, 0, len(t.Columns))
	for _, c := range t.Columns {
		if !c.Hidden {
			out = append(out, c)
		}
	}
	return out
}
