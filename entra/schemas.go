package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Schemas is everything the data files say. It is read-only after Load and safe to share.
type Schemas struct {
	tables     map[string]*Table
	names      []string
	categories map[string]string
	foldedCats map[string]string
	properties map[string][]Property
	errors     signInErrors
	vocabulary vocabularies
	copilot    copilotOperations
	limits     map[string]Limits
}

// Limits is what the source of a table asks for and how late it is; a field is empty where nothing is known.
type Limits struct {
	Licence string `json:"licence"` // without it the source has no records
	Latency string `json:"latency"` // from an event to its record
}

// Property is one row of a property map: a path in the Graph object, a path in the diagnostic
// record, and the column both fill. An empty path means that source has no such value.
type Property struct {
	Graph  string `json:"graph"`
	Record string `json:"record"`
	Column string `json:"column"`
}

// Load reads the data files (content/schemas.FS) and checks that they fit together.
func Load(fsys fs.FS) (*Schemas, error) {
	s := &Schemas{tables: map[string]*Table{}}
	if err := s.loadTables(fsys); err != nil {
		return nil, err
	}
	for name, into := range map[string]any{
		"categories.json":         &s.categories,
		"copilot-operations.json": &s.copilot,
		"limits.json":             &s.limits,
		"properties.json":         &s.properties,
		"signin-errors.json":      &s.errors,
		"vocabularies.json":       &s.vocabulary,
	} {
		if err := readJSON(fsys, name, into); err != nil {
			return nil, err
		}
	}
	if err := s.loadHotPaths(fsys); err != nil {
		return nil, err
	}
	for name := range s.limits {
		if s.tables[name] == nil {
			delete(s.limits, name) // whoever loads some of the tables has the limits of those
		}
	}
	s.foldedCats = make(map[string]string, len(s.categories))
	for c, t := range s.categories {
		s.foldedCats[strings.ToLower(c)] = t
	}
	s.errors.index()
	if err := s.copilot.index(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Schemas) loadTables(fsys fs.FS) error {
	entries, err := fs.ReadDir(fsys, "tables")
	if err != nil {
		return fmt.Errorf("read table schemas: %w", err)
	}
	var problems []error
	for _, e := range entries {
		t := new(Table)
		if err := readJSON(fsys, path.Join("tables", e.Name()), t); err != nil {
			return err
		}
		if clash := t.index(); clash != "" {
			problems = append(problems, fmt.Errorf("table %s: the name %s stands for two columns", t.Name, clash))
		}
		for _, k := range t.Rows.Key {
			if _, ok := t.Column(k); !ok {
				problems = append(problems, fmt.Errorf("table %s: key column %s is missing", t.Name, k))
			}
		}
		s.tables[t.Name] = t
		s.names = append(s.names, t.Name)
	}
	slices.Sort(s.names)
	return errors.Join(problems...)
}

func readJSON(fsys fs.FS, name string, into any) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	return nil
}

// Table returns the schema of a table, or nil when no table has this name. Names are exact.
func (s *Schemas) Table(name string) *Table { return s.tables[name] }

// Tables returns every table, ordered by name.
func (s *Schemas) Tables() []*Table {
	out := make([]*Table, len(s.names))
	for i, n := range s.names {
		out[i] = s.tables[n]
	}
	return out
}

// CategoryTable is the table of a diagnostic settings category, in any case. A category that the
// file does not name but that is the name of a table goes to that table, as Azure Monitor does.
func (s *Schemas) CategoryTable(category string) (*Table, bool) {
	name, ok := s.foldedCats[strings.ToLower(category)]
	if !ok {
		name = category
	}
	t, ok := s.tables[name]
	return t, ok
}

// Categories returns the diagnostic categories and the table each goes to. The table may be one
// that this program has no schema of.
func (s *Schemas) Categories() map[string]string {
	out := make(map[string]string, len(s.categories))
	for k, v := range s.categories {
		out[k] = v
	}
	return out
}

// Limits returns what is known of the source of a table.
func (s *Schemas) Limits(table string) Limits { return s.limits[table] }

// Properties returns the property map of an object: signIn, directoryAudit, riskyUser,
// riskDetection.
func (s *Schemas) Properties(object string) []Property { return s.properties[object] }

// SignInError explains a sign-in error code as SigninLogs.ResultType writes it.
func (s *Schemas) SignInError(resultType string) (SignInError, bool) {
	code, err := strconv.Atoi(strings.TrimSpace(resultType))
	if err != nil {
		return SignInError{}, false
	}
	e, ok := s.errors.byCode[code]
	return e, ok
}

// SignInErrors returns every known code, in order.
func (s *Schemas) SignInErrors() []SignInError { return slices.Clone(s.errors.Codes) }

// SignInErrorClass returns what is known of a class of codes.
func (s *Schemas) SignInErrorClass(class string) (SignInErrorClass, bool) {
	c, ok := s.errors.Classes[class]
	return c, ok
}

// Enum returns the members of a Graph enum (riskLevel, riskState, riskDetail ...) in the order of
// the reference, without unknownFutureValue.
func (s *Schemas) Enum(name string) []string { return slices.Clone(s.vocabulary.Enums[name]) }

// Vocabulary returns the usual values of a string property that is not an enum
// ("clientAppUsed", "riskEventType.user"). Other values occur and must be accepted.
func (s *Schemas) Vocabulary(name string) []string { return slices.Clone(s.vocabulary.Open[name]) }

type vocabularies struct {
	Enums map[string][]string `json:"enums"`
	Open  map[string][]string `json:"open"`
}
