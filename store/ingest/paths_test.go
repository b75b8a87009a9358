package ingest

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestPaths(t *testing.T) {
	p := NewPaths([][]string{{"a"}, {"b", "c"}, {"b"}, {"b", "d", "e"}})
	for _, c := range []struct {
		text string
		want []any
	}{
		{`{"a":"x","b":{"c":1.50,"d":{"e":[1,{"a":2}]}}}`, []any{`"x"`, `1.50`, `{"c":1.50,"d":{"e":[1,{"a":2}]}}`, `[1,{"a":2}]`}},
		{`{"a":null,"b":"c"}`, []any{nil, nil, `"c"`, nil}},
		{`{"A":1,"z":{"a":2}}`, []any{nil, nil, nil, nil}},
		{`{"a":"\u0041\/\"\n\u0001é","b":[]}`, []any{`"A/\"\n\u0001é"`, nil, `[]`, nil}},
		{`{"\u0061":"","a b":3,"b":{}}`, []any{`""`, nil, `{}`, nil}},
		{`{"b":{"c":1},"b":{"d":{"e":false}}}`, []any{nil, nil, `{"d":{"e":false}}`, `false`}},
		{`[{"a":1}]`, []any{nil, nil, nil, nil}},
		{`"a"`, []any{nil, nil, nil, nil}},
		{``, []any{nil, nil, nil, nil}},
	} {
		got := make([]any, 4)
		p.Read(c.text, got)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
		}
	}
}

// FuzzPaths reads any JSON: what is found is JSON itself and says what encoding/json finds.
func FuzzPaths(f *testing.F) {
	for _, s := range []string{`{"a":"x","b":{"c":1}}`, `{"a":"\ud800","b":{"c":null}}`, "{\"a\" : \t[ ] }", `{"b":{"c":"\\\""}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var top map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &top) != nil {
			return
		}
		got := make([]any, 2)
		NewPaths([][]string{{"a"}, {"b", "c"}}).Read(compact([]byte(text)), got)
		var inner map[string]json.RawMessage
		if json.Unmarshal(top["b"], &inner) != nil {
			inner = nil
		}
		for i, want := range []json.RawMessage{top["a"], inner["c"]} {
			var w, g any
			if want != nil {
				if err := json.Unmarshal(want, &w); err != nil {
					return
				}
			}
			if s, ok := got[i].(string); ok {
				if err := json.Unmarshal([]byte(s), &g); err != nil {
					t.Fatalf("%q: %q is not JSON", text, s)
				}
			}
			if !reflect.DeepEqual(w, g) {
				t.Fatalf("%q: path %d is %v, want %v", text, i, g, w)
			}
		}
	})
}
