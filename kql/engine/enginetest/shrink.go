package enginetest

import "github.com/sleuth-sec/sleuth/kql/types"

// maxTries bounds the queries that shrinking runs.
const maxTries = 600

// Shrink looks for a smaller query that still shows the fault: without some operator, or with an expression replaced by a
// part of it or by a simpler one of its type.
func Shrink(q *Query, fails func(*Query) bool) *Query {
	tries := 0
	try := func(c *Query) bool {
		tries++
		return tries <= maxTries && fails(c)
	}
	for again := true; again && tries <= maxTries; {
		again = false
		for i := len(q.stages) - 1; i > 0; i-- {
			if c := q.without(i); try(c) {
				q, again = c, true
			}
		}
		for i := range q.stages {
			for _, path := range pathsOf(q.stages[i], nil) {
				at := q.stages[i].at(path)
				if at == nil {
					continue // a part of what was replaced
				}
				for _, simpler := range at.simpler() {
					if c := q.with(i, path, simpler); try(c) {
						q, again = c, true
						break
					}
				}
			}
		}
	}
	return q
}

func (q *Query) without(i int) *Query {
	c := *q
	c.stages = append(append([]*Expr(nil), q.stages[:i]...), q.stages[i+1:]...)
	return &c
}

func (q *Query) with(i int, path []int, e *Expr) *Query {
	c := *q
	c.stages = append([]*Expr(nil), q.stages...)
	c.stages[i] = q.stages[i].replaced(path, e)
	return &c
}

// pathsOf are the places of all arguments, outer ones first.
func pathsOf(e *Expr, path []int) [][]int {
	var out [][]int
	for i, a := range e.args {
		here := append(path[:len(path):len(path)], i)
		out = append(append(out, here), pathsOf(a, here)...)
	}
	return out
}

// at is the expression at a path, or nil.
func (e *Expr) at(path []int) *Expr {
	for _, i := range path {
		if i >= len(e.args) {
			return nil
		}
		e = e.args[i]
	}
	return e
}

func (e *Expr) replaced(path []int, by *Expr) *Expr {
	if len(path) == 0 {
		return by
	}
	c := *e
	c.args = append([]*Expr(nil), e.args...)
	c.args[path[0]] = e.args[path[0]].replaced(path[1:], by)
	return &c
}

// simpler are replacements, the simplest first. A query as an argument has none but in its own arguments.
func (e *Expr) simpler() []*Expr {
	if e.Type == types.Unknown {
		return nil
	}
	var out []*Expr
	if len(e.args) == 0 {
		if e.parts[0] != literals[e.Type][0] && !isColumn(e.Type, e.parts[0]) {
			out = append(out, leaf(e.Type, literals[e.Type][0]))
		}
		return out
	}
	for _, c := range columnOf[e.Type] {
		out = append(out, leaf(e.Type, c))
	}
	for _, l := range literals[e.Type][:2] {
		out = append(out, leaf(e.Type, l))
	}
	return append(out, e.partsOf(e.Type, nil)...)
}

// partsOf are the parts of a type inside an expression.
func (e *Expr) partsOf(t types.Type, out []*Expr) []*Expr {
	for _, a := range e.args {
		if a.Type == t {
			out = append(out, a)
		} else if a.Type != types.Unknown {
			out = a.partsOf(t, out)
		}
	}
	return out
}

func isColumn(t types.Type, text string) bool {
	for _, c := range columnOf[t] {
		if c == text {
			return true
		}
	}
	return false
}
