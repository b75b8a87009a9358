package scalar

import (
	"container/list"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// Env is what functions see beside their arguments. One Env serves one query; it may be shared by goroutines.
type Env struct {
	// Now is the time of the query, in ticks since year 1.
	Now int64
	// Database, Cluster and Principal are what current_database() and its like give.
	Database, Cluster, Principal string
	// Places tells where addresses are; nil when the user has no database of places.
	Places Locator

	mu    sync.Mutex
	rand  *rand.Rand
	exprs *expressionCache
}

// NewEnv makes an Env. The same seed gives the same random numbers in the same order of calls.
func NewEnv(now int64, seed uint64) *Env {
	return &Env{Now: now, rand: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)), exprs: newExpressionCache(maxExpressions)}
}

// random gives the next number in [0, 1).
func (e *Env) random() float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rand == nil {
		e.rand = rand.New(rand.NewPCG(1, 2))
	}
	return e.rand.Float64()
}

func (e *Env) randomBits() (hi, lo uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rand == nil {
		e.rand = rand.New(rand.NewPCG(1, 2))
	}
	return e.rand.Uint64(), e.rand.Uint64()
}

// maxExpressions and maxExpression bound what a query's regular expressions can take: patterns may come from data.
const (
	maxExpressions = 256
	maxExpression  = 1 << 14
)

// regex is the compiled form of a pattern.
func (e *Env) regex(pattern string) (*regexp.Regexp, error) {
	e.mu.Lock()
	if e.exprs == nil {
		e.exprs = newExpressionCache(maxExpressions)
	}
	c := e.exprs
	e.mu.Unlock()
	return c.get(pattern)
}

// expressionCache keeps the expressions used last.
type expressionCache struct {
	mu    sync.Mutex
	size  int
	order *list.List // of *cachedExpression, last used first
	by    map[string]*list.Element
}

type cachedExpression struct {
	pattern string
	re      *regexp.Regexp
	err     error
}

func newExpressionCache(size int) *expressionCache {
	return &expressionCache{size: size, order: list.New(), by: map[string]*list.Element{}}
}

func (c *expressionCache) get(pattern string) (*regexp.Regexp, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.by[pattern]; ok {
		c.order.MoveToFront(el)
		x := el.Value.(*cachedExpression)
		return x.re, x.err
	}
	x := &cachedExpression{pattern: pattern}
	if len(pattern) > maxExpression {
		x.err = fmt.Errorf("a regular expression of %d bytes is too long: the limit is %d", len(pattern), maxExpression)
	} else if x.re, x.err = regexp.Compile(unicodeClasses(pattern)); x.err != nil {
		x.err = fmt.Errorf("%q is not a regular expression: %w", pattern, x.err)
	}
	c.by[pattern] = c.order.PushFront(x)
	if c.order.Len() > c.size {
		last := c.order.Back()
		c.order.Remove(last)
		delete(c.by, last.Value.(*cachedExpression).pattern)
	}
	return x.re, x.err
}

// unicodeClasses makes the classes \d, \w and \s of a pattern those of Unicode, as in the service; in Go they are those
// of ASCII.
func unicodeClasses(pattern string) string {
	if !strings.ContainsRune(pattern, '\\') {
		return pattern
	}
	var b strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\' && i+1 < len(pattern):
			i++
			b.WriteString(unicodeClass(pattern[i], inClass))
			continue
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		}
		b.WriteByte(c)
	}
	return b.String()
}

// unicodeClass is the class behind a backslash; a character that names none is escaped as it was.
func unicodeClass(c byte, inClass bool) string {
	const word, space = `\p{L}\p{M}\p{Nd}\p{Pc}`, `\s\x{0b}\x{85}\p{Z}`
	switch {
	case c == 'd':
		return `\p{Nd}`
	case c == 'D':
		return `\P{Nd}`
	case c == 'w' && inClass:
		return word
	case c == 'w':
		return "[" + word + "]"
	case c == 's' && inClass:
		return space
	case c == 's':
		return "[" + space + "]"
	case c == 'W' && !inClass:
		return "[^" + word + "]"
	case c == 'S' && !inClass:
		return "[^" + space + "]"
	}
	return string([]byte{0x5c, c})
}

// Func computes one call. result is the type that the call was bound to.
type Func func(env *Env, args []types.Value, result types.Type) (types.Value, error)
