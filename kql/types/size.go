package types

import "unsafe"

// Estimates of what the parts of values take in memory, beside the Value itself.
const (
	valueSize    = int64(unsafe.Sizeof(Value{}))
	leafSize     = 24 // an interface and what it points to
	propertySize = 64 // a key, its place in the order, and a map's entry
	decimalSize  = 64
)

// Size estimates the bytes that a value holds. A dynamic counts as its text until it was looked into; texts and trees that
// several values share are counted for each.
func (v Value) Size() int64 {
	size := valueSize + int64(len(v.str))
	switch ref := v.ref.(type) {
	case nil:
	case *lazyTree:
		size += int64(len(ref.text)) + leafSize
	default:
		if v.typ == Dynamic {
			return size + TreeSize(ref)
		}
		size += decimalSize
	}
	return size
}

// TreeSize estimates the bytes of a tree.
func TreeSize(t Tree) int64 {
	switch t := t.(type) {
	case string:
		return leafSize + int64(len(t))
	case Value:
		return leafSize + t.Size()
	case []Tree:
		size := int64(leafSize)
		for _, e := range t {
			size += TreeSize(e)
		}
		return size
	case *Bag:
		size := int64(leafSize)
		for _, k := range t.keys {
			size += propertySize + int64(len(k)) + TreeSize(t.values[k])
		}
		return size
	}
	return leafSize
}
