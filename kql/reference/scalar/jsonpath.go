package scalar

import (
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// step is one part of a JSON path: a key, or an index.
type step struct {
	key     string
	index   int
	isIndex bool
}

// parseJSONPath reads $.a.b[0]['c d'] (https://learn.microsoft.com/kusto/query/jsonpath), without wildcards.
func parseJSONPath(s string) ([]step, bool) {
	s, ok := strings.CutPrefix(s, "$")
	if !ok {
		return nil, false
	}
	var out []step
	for s != "" {
		switch {
		case strings.HasPrefix(s, "["):
			st, rest, ok := bracketStep(s[1:])
			if !ok {
				return nil, false
			}
			out, s = append(out, st), rest
		case strings.HasPrefix(s, "."):
			s = s[1:]
			end := strings.IndexAny(s, ".[")
			if end < 0 {
				end = len(s)
			}
			if end == 0 {
				return nil, false
			}
			out, s = append(out, step{key: s[:end]}), s[end:]
		default:
			return nil, false
		}
	}
	return out, true
}

// bracketStep reads what stands behind [.
func bracketStep(s string) (step, string, bool) {
	if s != "" && (s[0] == '\'' || s[0] == '"') {
		end := strings.Index(s[1:], s[:1]+"]")
		if end < 0 {
			return step{}, "", false
		}
		return step{key: s[1 : 1+end]}, s[end+3:], true
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return step{}, "", false
	}
	n, err := strconv.Atoi(s[:end])
	return step{index: n, isIndex: true}, s[end+1:], err == nil
}

// at is the value at a path, and whether there is one.
func at(t types.Tree, steps []step) (types.Tree, bool) {
	for _, s := range steps {
		switch x := t.(type) {
		case *types.Bag:
			v, ok := x.Get(s.key)
			if !ok || s.isIndex {
				return nil, false
			}
			t = v
		case []types.Tree:
			i := s.index
			if i < 0 {
				i += len(x)
			}
			if !s.isIndex || i < 0 || i >= len(x) {
				return nil, false
			}
			t = x[i]
		default:
			return nil, false
		}
	}
	return t, true
}

// put is a copy of a bag with the value at a path of keys; bags on the way are made.
func put(b *types.Bag, steps []step, v types.Tree) *types.Bag {
	out := copyBag(b)
	key := steps[0].key
	if len(steps) == 1 {
		out.Set(key, v)
		return out
	}
	old, _ := out.Get(key)
	inner, ok := old.(*types.Bag)
	if !ok {
		inner = types.NewBag()
	}
	out.Set(key, put(inner, steps[1:], v))
	return out
}

// without is a copy of a bag without the value at a path of keys.
func without(b *types.Bag, steps []step) *types.Bag {
	out := types.NewBag()
	for _, k := range b.Keys() {
		v, _ := b.Get(k)
		if k == steps[0].key {
			inner, ok := v.(*types.Bag)
			if len(steps) == 1 {
				continue
			}
			if ok {
				v = without(inner, steps[1:])
			}
		}
		out.Set(k, v)
	}
	return out
}

func copyBag(b *types.Bag) *types.Bag {
	out := types.NewBag()
	for _, k := range b.Keys() {
		v, _ := b.Get(k)
		out.Set(k, v)
	}
	return out
}

// keyPath is a key as it is, or the path that a text beginning with $ is.
func keyPath(key string) []step {
	if strings.HasPrefix(key, "$") {
		if steps, ok := parseJSONPath(key); ok && len(steps) > 0 {
			return steps
		}
	}
	return []step{{key: key}}
}
