package duckdb

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// constantRegex is a pattern that can be read, and its SQL. One that cannot is an error that the reference reports.
func constantRegex(x sqlExpr) (*regexp.Regexp, string, error) {
	pattern, ok := x.text()
	if !ok {
		return nil, "", notEmitted("a computed regular expression")
	}
	return readRegex(pattern)
}

func readRegex(pattern string) (*regexp.Regexp, string, error) {
	pattern = unicodeClasses(pattern)
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, "", notEmitted("a regular expression that cannot be read")
	}
	if tree, err := syntax.Parse(pattern, syntax.Perl); err != nil || innerAnchor(tree) {
		return nil, "", notEmitted("an anchor in the middle of a regular expression")
	}
	sql, err := validString(pattern)
	return re, sql, err
}

// innerAnchor reports whether an anchor stands elsewhere than at an end of what it is part of. Such a pattern matches next to
// nothing; DuckDB's optimizer takes the anchor for absent where the rest is plain text ('$1' is read as "contains 1").
func innerAnchor(re *syntax.Regexp) bool {
	for i, sub := range re.Sub {
		if innerAnchor(sub) {
			return true
		}
		if re.Op != syntax.OpConcat {
			continue
		}
		switch sub.Op {
		case syntax.OpBeginText, syntax.OpBeginLine:
			if i > 0 {
				return true
			}
		case syntax.OpEndText, syntax.OpEndLine:
			if i < len(re.Sub)-1 {
				return true
			}
		}
	}
	return false
}

// The classes \d, \w and \s are those of Unicode in the service, and of ASCII in RE2.
const (
	wordClass  = `\p{L}\p{M}\p{Nd}\p{Pc}`
	spaceClass = `\s\x{0b}\x{85}\p{Z}`
)

// unicodeClasses spells them out.
func unicodeClasses(pattern string) string {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		if c == '\\' && i+1 < len(pattern) {
			i++
			b.WriteString(unicodeClass(pattern[i], inClass))
			continue
		}
		if c == '[' || c == ']' {
			inClass = c == '['
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unicodeClass(c byte, inClass bool) string {
	inner := map[byte]string{'w': wordClass, 's': spaceClass}[c]
	switch {
	case c == 'd':
		return `\p{Nd}`
	case c == 'D':
		return `\P{Nd}`
	case inner != "" && inClass:
		return inner
	case inner != "":
		return "[" + inner + "]"
	case c == 'W' && !inClass:
		return "[^" + wordClass + "]"
	case c == 'S' && !inClass:
		return "[^" + spaceClass + "]"
	}
	return `\` + string(rune(c))
}

// matchesEmpty reports whether a pattern may match an empty text somewhere.
func matchesEmpty(re *regexp.Regexp) bool {
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	return err != nil || shortest(tree) == 0
}

// shortest is a lower bound of the length of a match.
func shortest(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * shortest(re.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, s := range re.Sub {
			n += shortest(s)
		}
		return n
	case syntax.OpAlternate:
		n := shortest(re.Sub[0])
		for _, s := range re.Sub[1:] {
			n = min(n, shortest(s))
		}
		return n
	}
	return 0
}
