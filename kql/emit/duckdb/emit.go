package duckdb

import (
	"fmt"
	"sort"
	"strings"
	"sync"

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
func (e *Emitter) Emit(n plan.Node) (string, error) { return e.Session().Emit(n) }

// Capable reports whether all of n can be emitted.
func (e *Emitter) Capable(n plan.Node) bool { return e.Session().Capable(n) }

// Session emits the parts of one plan and remembers what became of each, so that finding the largest parts that have SQL tries
// none twice. It is safe for use by several goroutines.
type Session struct {
	e  *Emitter
	mu sync.Mutex
	// texts are the statements made, failed the nodes that have no SQL or hold one that has none, made the nodes of which SQL was
	// made, in a statement that became nothing too: where to go on from, nil where other rows stood before them.
	texts  map[plan.Node]string
	failed map[plan.Node]error
	made   map[plan.Node]*beginning
	// paths are what the largest part seen reads inside dynamics.
	paths map[string]bool
}

// Session begins one.
func (e *Emitter) Session() *Session {
	return &Session{e: e, texts: map[plan.Node]string{}, failed: map[plan.Node]error{}, made: map[plan.Node]*beginning{}}
}

// Emit is Emitter.Emit.
func (s *Session) Emit(n plan.Node) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text, ok := s.texts[n]; ok {
		return text, nil
	}
	if err, ok := s.failed[n]; ok {
		return "", err
	}
	if s.paths == nil {
		s.paths = shadowPaths(n)
	}
	st := &statement{e: s.e, shared: map[int]*sharedTable{}, paths: s.paths, failed: s.failed, made: s.made}
	r, err := st.node(n)
	if err != nil {
		return "", err
	}
	r.settle()
	body := r.selectSQL(false, true).String()
	if len(st.with) > 0 {
		body = "WITH " + strings.Join(st.with, ",\n") + "\n" + body
	}
	s.texts[n] = body
	return body, nil
}

// Capable is Emitter.Capable.
func (s *Session) Capable(n plan.Node) bool {
	s.mu.Lock()
	_, made := s.made[n]
	s.mu.Unlock()
	if made {
		return true
	}
	_, err := s.Emit(n)
	return err == nil
}
