package types

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"
)

// Tree is the content of a dynamic value, one of:
//
//	nil                null (also inside arrays and bags)
//	bool, int64, float64, string
//	Value              a datetime, timespan, guid or decimal held inside a dynamic
//	[]Tree             an array
//	*Bag               a property bag, keys in their order of arrival
//
// Trees are shared between values and must not be changed once made.
type Tree any

// Bag is a property bag that keeps the order of its keys.
type Bag struct {
	keys   []string
	values map[string]Tree
}

// NewBag makes an empty bag.
func NewBag() *Bag { return &Bag{values: map[string]Tree{}} }

// Set adds or replaces a property; a replaced one keeps its place.
func (b *Bag) Set(key string, value Tree) {
	if _, ok := b.values[key]; !ok {
		b.keys = append(b.keys, key)
	}
	b.values[key] = value
}

// Get is the property's value and whether there is one. Keys are case-sensitive.
func (b *Bag) Get(key string) (Tree, bool) {
	v, ok := b.values[key]
	return v, ok
}

// Keys are the bag's keys in order; the caller must not change them.
func (b *Bag) Keys() []string { return b.keys }

// Len is the number of properties.
func (b *Bag) Len() int { return len(b.keys) }

// ParseJSON reads one JSON document into a Tree. Integers that fit 64 bits stay exact.
func ParseJSON(text string) (Tree, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	t, err := decodeTree(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("text after the JSON value at byte %d", dec.InputOffset())
	}
	return t, nil
}

// maxDepth bounds nesting so that hostile input cannot exhaust the stack.
const maxDepth = 500

func decodeTree(dec *json.Decoder, depth int) (Tree, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch x := tok.(type) {
	case json.Delim:
		if x == '[' {
			return decodeArray(dec, depth)
		}
		return decodeBag(dec, depth)
	case json.Number:
		return numberTree(string(x)), nil
	case nil:
		return nil, nil
	default:
		return x, nil
	}
}

func decodeArray(dec *json.Decoder, depth int) (Tree, error) {
	list := []Tree{}
	for dec.More() {
		t, err := decodeTree(dec, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	_, err := dec.Token()
	return list, err
}

func decodeBag(dec *json.Decoder, depth int) (Tree, error) {
	bag := NewBag()
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		t, err := decodeTree(dec, depth+1)
		if err != nil {
			return nil, err
		}
		bag.Set(key.(string), t)
	}
	_, err := dec.Token()
	return bag, err
}

func numberTree(text string) Tree {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && math.IsInf(f, 0) {
		if d, _, derr := apd.NewFromString(text); derr == nil {
			return NewDecimal(d)
		}
	}
	return f
}

// FormatJSON prints a Tree as compact JSON, as tostring of a dynamic does.
func FormatJSON(t Tree) string {
	var b bytes.Buffer
	writeTree(&b, t)
	return b.String()
}

func writeTree(b *bytes.Buffer, t Tree) {
	switch x := t.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(x))
	case int64:
		b.WriteString(strconv.FormatInt(x, 10))
	case float64:
		writeFloat(b, x)
	case string:
		writeJSONString(b, x)
	case Value:
		writeValueTree(b, x)
	case []Tree:
		b.WriteByte('[')
		for i, e := range x {
			if i > 0 {
				b.WriteByte(',')
			}
			writeTree(b, e)
		}
		b.WriteByte(']')
	case *Bag:
		b.WriteByte('{')
		for i, k := range x.keys {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSONString(b, k)
			b.WriteByte(':')
			writeTree(b, x.values[k])
		}
		b.WriteByte('}')
	default:
		panic(fmt.Sprintf("types: %T is not a Tree", t))
	}
}

func writeFloat(b *bytes.Buffer, f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		writeJSONString(b, FormatReal(f))
		return
	}
	b.WriteString(FormatReal(f))
}

func writeValueTree(b *bytes.Buffer, v Value) {
	if v.IsNull() {
		b.WriteString("null")
		return
	}
	switch v.typ {
	case Decimal:
		b.WriteString(v.Text())
	default:
		writeJSONString(b, v.Text())
	}
}

func writeJSONString(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	b.WriteByte('"')
}

// FromTree is the scalar that a tree's node stands for: a long for int64, a string for string, and
// a dynamic for arrays and bags. It is how a dynamic's leaf takes part in typed work.
func FromTree(t Tree) Value {
	switch x := t.(type) {
	case nil:
		return Null(Dynamic)
	case bool:
		return NewBool(x)
	case int64:
		return NewLong(x)
	case float64:
		return NewReal(x)
	case string:
		return NewString(x)
	case Value:
		return x
	default:
		return NewDynamic(t)
	}
}

// ToTree is the reverse of FromTree: the tree that holds v inside a dynamic.
func ToTree(v Value) Tree {
	if v.IsNull() {
		return nil
	}
	switch v.typ {
	case Bool:
		return v.Bool()
	case Int, Long:
		return v.num
	case Real:
		return v.Real()
	case String:
		return v.str
	case Dynamic:
		return v.Tree()
	default:
		return v
	}
}
