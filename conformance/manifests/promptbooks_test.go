package manifests_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/plugin"
)

// TestPromptbooks reads every published promptbook, fills it, and writes it again: what the file says is all there.
func TestPromptbooks(t *testing.T) {
	all, loaded, prompts := 0, 0, 0
	for _, f := range published(t, ".json") {
		if !plugin.IsPromptbook(f.text) {
			if strings.HasPrefix(f.path, "Promptbook samples/") {
				t.Errorf("%s is not taken for a promptbook", f.path)
			}
			continue
		}
		all++
		b, list := plugin.ReadPromptbook(f.path, f.text)
		if list.Failed() {
			t.Errorf("%s", list.First())
			continue
		}
		values := map[string]string{}
		for _, in := range b.Inputs {
			values[in.Name] = "x" + in.Name
		}
		texts, err := b.Fill(values)
		if err != nil {
			t.Errorf("%s: %v", f.path, err)
			continue
		}
		for name := range values {
			if strings.Contains(strings.Join(texts, "\n"), "<"+name+">") {
				t.Errorf("%s: %s is not filled", f.path, name)
			}
		}
		written, err := b.JSON()
		if err != nil {
			t.Fatal(err)
		}
		text, err := plugin.Text(f.text)
		if err != nil {
			t.Fatal(err)
		}
		if missing := lost("", decoded(t, text), decoded(t, written)); missing != "" {
			t.Errorf("%s: %s is not written again", f.path, missing)
			continue
		}
		loaded++
		prompts += len(b.Prompts)
	}
	t.Logf("promptbooks: %d/%d load, fill and are written again, %d prompts", loaded, all, prompts)
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// lost is the first value of a that b has not; what is null or empty need not be there.
func lost(at string, a, b any) string {
	switch a := a.(type) {
	case map[string]any:
		o, _ := b.(map[string]any)
		for k, v := range a {
			if s := lost(at+"."+k, v, o[k]); s != "" {
				return s
			}
		}
		return ""
	case []any:
		o, _ := b.([]any)
		for i, v := range a {
			if i >= len(o) {
				return at
			}
			if s := lost(at+"[]", v, o[i]); s != "" {
				return s
			}
		}
		return ""
	case nil:
		return ""
	case string:
		if o, ok := b.(string); ok && strings.TrimSpace(a) == strings.TrimSpace(o) {
			return ""
		}
		return at
	}
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return at
}
