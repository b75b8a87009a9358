package entra

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// HotPath is a path of keys inside a dynamic column that queries use so often that a workspace keeps what stands there in a
// column of its own.
type HotPath struct {
	Column string
	Keys   []string
}

// loadHotPaths reads hotpaths.json: table, column, paths with dots. A table that fsys does not have is passed over.
func (s *Schemas) loadHotPaths(fsys fs.FS) error {
	var tables map[string]map[string][]string
	if err := readJSON(fsys, "hotpaths.json", &tables); err != nil {
		return err
	}
	var problems []error
	for name, columns := range tables {
		t := s.tables[name]
		if t == nil {
			continue
		}
		for column, paths := range columns {
			if c, ok := t.Column(column); !ok || c.Type != "dynamic" {
				problems = append(problems, fmt.Errorf("hotpaths.json: %s.%s is no dynamic column", name, column))
			}
			for _, p := range paths {
				t.HotPaths = append(t.HotPaths, HotPath{Column: column, Keys: strings.Split(p, ".")})
			}
		}
		slices.SortFunc(t.HotPaths, func(a, b HotPath) int {
			if c := strings.Compare(a.Column, b.Column); c != 0 {
				return c
			}
			return slices.Compare(a.Keys, b.Keys)
		})
	}
	return errors.Join(problems...)
}
