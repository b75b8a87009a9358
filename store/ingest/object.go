package ingest

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// object is a JSON object taken apart one level deep. Values stay raw, so numbers keep every digit
// and nested objects the order of their keys.
//
// The text of a record is copied off the stream once (reader.next) and never written to again: names, values and the cells
// made of them are views into that copy. Dozens of small copies of each record were a fifth of the cost of an import.
type object struct {
	members []Member
}

// view is b as a string without a copy; b must never change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// viewBytes is s as bytes without a copy; they must not be written to.
func viewBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// parseObject takes apart raw, which must be valid JSON; ok is false when it is not an object.
func parseObject(raw []byte) (o *object, ok bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) < 2 || raw[0] != '{' {
		return nil, false
	}
	const memberSize = 40 // of a property of the logs, about
	o = &object{members: make([]Member, 0, min(2+len(raw)/memberSize, 64))}
	o.fill(raw)
	return o, true
}

// reread makes o the object raw, in the memory it has. Nothing may look at what it was before.
func (o *object) reread(raw []byte) (ok bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) < 2 || raw[0] != '{' {
		return false
	}
	o.members = o.members[:0]
	o.fill(raw)
	return true
}

func (o *object) fill(raw []byte) {
	i := skipSpace(raw, 1)
	for i < len(raw) && raw[i] != '}' {
		end := skipValue(raw, i)
		name := unquote(raw[i:end])
		i = skipSpace(raw, end)
		i = skipSpace(raw, i+1) // the colon
		end = skipValue(raw, i)
		o.members = append(o.members, Member{Name: name, Raw: raw[i:end]})
		i = skipSpace(raw, end)
		if i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
}

// find is the first member of the name in any case. Objects of logs have a few dozen members: the
// scan by length is cheaper than an index that most lookups never use.
func (o *object) find(name string) int {
	for i := range o.members {
		if n := o.members[i].Name; len(n) == len(name) && (n == name || strings.EqualFold(n, name)) {
			return i
		}
	}
	return -1
}

// get returns the raw value of a property in any case; nil when absent.
func (o *object) get(name string) []byte {
	if o == nil {
		return nil
	}
	if i := o.find(name); i >= 0 {
		return o.members[i].Raw
	}
	return nil
}

func (o *object) has(names ...string) bool {
	for _, n := range names {
		if o.find(n) < 0 {
			return false
		}
	}
	return true
}

// text returns a property as text: a string unquoted, null and absent as "", the rest as it stands.
func (o *object) text(name string) string { return rawText(o.get(name)) }

// object returns a nested object; nil when it is none.
func (o *object) object(name string) *object {
	n, _ := parseObject(o.get(name))
	return n
}

// path follows dots: "status.errorCode".
func (o *object) path(p string) []byte {
	name, rest, nested := strings.Cut(p, ".")
	if raw := o.get(p); raw != nil || !nested {
		return raw
	}
	if inner := o.object(name); inner != nil {
		return inner.path(rest)
	}
	return nil
}

// list returns the elements of a nested array of any values.
func (o *object) list(name string) [][]byte { return parseArray(o.get(name)) }

func parseArray(raw []byte) [][]byte {
	raw = bytes.TrimSpace(raw)
	if len(raw) < 2 || raw[0] != '[' {
		return nil
	}
	var out [][]byte
	i := skipSpace(raw, 1)
	for i < len(raw) && raw[i] != ']' {
		end := skipValue(raw, i)
		out = append(out, raw[i:end])
		i = skipSpace(raw, end)
		if i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
	return out
}

// rawText is the text of a raw value.
func rawText(raw []byte) string {
	switch {
	case len(raw) == 0 || isNull(raw):
		return ""
	case raw[0] == '"':
		return unquote(raw)
	case raw[0] == '{' || raw[0] == '[':
		return compact(raw)
	}
	return view(raw)
}

func isNull(raw []byte) bool { return len(raw) == 0 || string(raw) == "null" }

// isEmpty reports null, "", {} and [].
func isEmpty(raw []byte) bool {
	switch compact(raw) {
	case "", "null", `""`, "{}", "[]":
		return true
	}
	return false
}

// compact removes insignificant blanks and changes nothing else.
func compact(raw []byte) string {
	if !spaced(raw) {
		return view(raw)
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return view(raw)
	}
	return b.String()
}

// spaced reports whether there is a blank outside the strings of raw.
func spaced(raw []byte) bool {
	for i := 0; i < len(raw); {
		switch raw[i] {
		case '"':
			i = skipString(raw, i)
			continue
		case ' ', '\n', '\t', '\r':
			return true
		}
		i++
	}
	return false
}

// Quote writes s as a JSON string without escaping <, > and &: what the service wrote stays
// recognisable.
func Quote(s string) []byte {
	plain := utf8.ValidString(s)
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= 0x20 && s[i] != '"' && s[i] != '\\'
	}
	if plain {
		b := make([]byte, 0, len(s)+2)
		return append(append(append(b, '"'), s...), '"')
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return []byte(`""`)
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// unquote decodes a JSON string.
func unquote(raw []byte) string {
	if len(raw) >= 2 && raw[0] == '"' {
		inner := raw[1 : len(raw)-1]
		if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			return view(inner)
		}
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return strings.ToValidUTF8(strings.Trim(string(raw), `"`), "\uFFFD")
	}
	return s
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the end of the value that begins at i. The text is known to be valid JSON.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				i = skipString(b, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return i
	}
	for i < len(b) && !strings.ContainsRune(",}] \t\r\n:", rune(b[i])) {
		i++
	}
	return i
}

// skipString returns the end of the string whose quote stands at i: behind the next quote that no backslash escapes.
func skipString(b []byte, i int) int {
	for i++; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b)
		}
		end := i + n
		escapes := 0
		for at := end - 1; at >= i && b[at] == '\\'; at-- {
			escapes++
		}
		i = end + 1
		if escapes%2 == 0 {
			return i
		}
	}
}

// raw rebuilds the object's text, for what is set aside.
func (o *object) raw() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o.members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(Quote(m.Name))
		b.WriteByte(':')
		b.Write(m.Raw)
	}
	b.WriteByte('}')
	return b.Bytes()
}
