package ingest

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// Paths are paths of keys into JSON objects, read together in one pass.
type Paths struct {
	root pathNode
	n    int
}

type pathNode struct {
	key  string
	at   int // index of the path that ends here, or -1
	next []*pathNode
}

// NewPaths makes paths; Read gives the value of paths[i] at i.
func NewPaths(paths [][]string) *Paths {
	p := &Paths{n: len(paths), root: pathNode{at: -1}}
	for i, keys := range paths {
		at := &p.root
		for _, k := range keys {
			at = at.child(k)
		}
		at.at = i
	}
	return p
}

func (n *pathNode) child(key string) *pathNode {
	i := slices.IndexFunc(n.next, func(c *pathNode) bool { return c.key == key })
	if i < 0 {
		i = len(n.next)
		n.next = append(n.next, &pathNode{key: key, at: -1})
	}
	return n.next[i]
}

// Read takes what stands at the paths out of compact JSON text: nil where it is absent or null, else compact JSON text in
// which a string has one spelling. out holds as many cells as there are paths, all nil. Of a key that stands twice the last
// counts.
func (p *Paths) Read(text string, out []any) {
	if len(text) > 0 && text[0] == '{' {
		p.root.read(viewBytes(text), out)
	}
}

func (n *pathNode) read(raw []byte, out []any) {
	i := skipSpace(raw, 1)
	for i < len(raw) && raw[i] != '}' {
		end := skipValue(raw, i)
		name := raw[i:end]
		i = skipSpace(raw, end)
		i = skipSpace(raw, i+1) // the colon
		end = skipValue(raw, i)
		if c := n.named(name); c != nil {
			value := raw[i:end]
			c.clear(out)
			if c.at >= 0 {
				out[c.at] = spelled(value)
			}
			if len(c.next) > 0 && value[0] == '{' {
				c.read(value, out)
			}
		}
		i = skipSpace(raw, end)
		if i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
}

// named is the child of a quoted key.
func (n *pathNode) named(quoted []byte) *pathNode {
	key := unquote(quoted)
	for _, c := range n.next {
		if c.key == key {
			return c
		}
	}
	return nil
}

// clear forgets an earlier value of the same key.
func (n *pathNode) clear(out []any) {
	if n.at >= 0 {
		out[n.at] = nil
	}
	for _, c := range n.next {
		c.clear(out)
	}
}

// spelled is the cell of a raw value.
func spelled(raw []byte) any {
	if isNull(raw) {
		return nil
	}
	if raw[0] != '"' || bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return view(raw)
	}
	return printed(unquote(raw))
}

// printed writes a string as DuckDB's JSON does: only what must be escaped is.
func printed(s string) string {
	const hex = "0123456789ABCDEF"
	b := append(make([]byte, 0, len(s)+8), '"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			if c < 0x20 {
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
				continue
			}
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}
