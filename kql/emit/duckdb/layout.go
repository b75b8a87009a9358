package duckdb

import "strings"

// Layout indents the lines of a statement by how deep in parentheses they begin. Statements are made without: each would be copied
// once for every level that it stands below others.
func Layout(sql string) string {
	var b strings.Builder
	b.Grow(len(sql) + len(sql)/8)
	depth := 0
	var quote byte // the quote that is open, 0 where none is; one doubled closes and opens again
	for i := 0; i < len(sql); i++ {
		c := sql[i]
		b.WriteByte(c)
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '\n':
			for range depth {
				b.WriteString("  ")
			}
		}
	}
	return b.String()
}
