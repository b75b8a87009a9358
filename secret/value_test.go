package secret

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestValueDoesNotPrint(t *testing.T) {
	const text = "hunter2-and-more"
	v := NewValue(text)
	type config struct {
		Key    Value
		hidden Value
		deep   map[string][]Value
	}
	c := config{v, v, map[string][]Value{"k": {v}}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", &v)
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", &c)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		log := slog.New(h)
		log.Info("a", "v", v, "p", &v, "c", c, "any", []any{v, c})
	}
	for _, x := range []any{v, &v, c, map[string]any{"v": v}} {
		j, err := json.Marshal(x)
		must(t, err)
		y, err := yaml.Marshal(x)
		must(t, err)
		out.Write(j)
		out.Write(y)
	}
	fmt.Fprint(&out, fmt.Errorf("calling: %w", errors.New(v.String())))
	func() {
		defer func() { fmt.Fprint(&out, recover()) }()
		panic(v)
	}()
	if s := out.String(); strings.Contains(s, text) || strings.Contains(s, "68756e746572") || strings.Contains(s, "104 117 110") {
		t.Errorf("the secret is printed:\n%s", s)
	}
	if !strings.Contains(out.String(), hidden) || v.Reveal() != text {
		t.Error("the value is not itself")
	}
}

func TestValueIsReadAndNeverReadBackHidden(t *testing.T) {
	var v Value
	must(t, json.Unmarshal([]byte(`"hunter2"`), &v))
	if !v.Equal(NewValue("hunter2")) || v.Equal(NewValue("hunter3")) || v.IsZero() {
		t.Errorf("read as %q", v.Reveal())
	}
	shown, err := json.Marshal(v)
	must(t, err)
	if err := json.Unmarshal(shown, &v); err == nil || !v.Equal(NewValue("hunter2")) {
		t.Errorf("what was hidden became the secret %q: %v", v.Reveal(), err)
	}
	if !(Value{}).IsZero() || (Value{}).Reveal() != "" || !NewValue("").Equal(Value{}) {
		t.Error("the zero value is no empty secret")
	}
}
