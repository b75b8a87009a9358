package duckdb

import (
	"fmt"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
)

// Emitter turns plans into SQL. It is safe for use by several goroutines.
type Emitter struct {
	scalars    map[string]template
	aggregates map[string]aggregateTemplate
	windows    map[string]windowTemplate
	unguarded  bool
}

// New makes an emitter.
func New() *Emitter {
	return &Emitter{
		scalars: mergeTemplates(comparisonTemplates(), logicTemplates(), stringTemplates(), searchTemplates(),
			numberTemplates(), timeTemplates(), castTemplates(), dynamicTemplates()),
		aggregates: aggregateTemplates(),
		windows:    windowTemplates(),
	}
}

// NewUnguarded makes an emitter that leaves out the templates whose exactness depends on the values met. The others put a
// guard into the SQL that fails the statement on such a value (see IsInexact).
func NewUnguarded() *Emitter {
	e := New()
	e.unguarded = true
	return e
}

func mergeTemplates(groups ...map[string]template) map[string]template {
	all := map[string]template{}
	for _, g := range groups {
		for name, t := range g {
			if _, twice := all[name]; twice {
				panic(fmt.Sprintf("duckdb: two templates for %q", name))
			}
			all[name] = t
		}
	}
	return all
}

// Functions are the names of the scalar functions and operators that have a template, sorted.
func (e *Emitter) Functions() []string {
	var out []string
	for n := range e.scalars {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// Emit is the SQL of a plan; its columns are those of n.Schema(), by position. The error is an ErrNotEmitted where
// some part of the plan has no exact SQL.
func (e *Emitter) Emit(n plan.Node) (string, error) {
	st := &statement{e: e, shared: map[int]*sharedTable{}, paths: shadowPaths(n)}
	r, err := st.node(n)
	if err != nil {
		return "", err
	}
	r.settle()
	body := r.selectSQL(false, true)
	if len(st.with) == 0 {
		return body, nil
	}
	return "WITH " + strings.Join(st.with, ",\n") + "\n" + body, nil
}

// Capable reports whether all of n can be emitted.
func (e *Emitter) Capable(n plan.Node) bool {
	_, err := e.Emit(n)
	return err == nil
}
