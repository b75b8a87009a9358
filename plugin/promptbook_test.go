package plugin_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/plugin"
)

const book = `{"name": "Sign-ins", "description": "d",
"prompts": [
 {"promptType":"Prompt","content":"and the failed ones?","skillName":null,"inputs":null,"plugins":[],"sequenceNumber":1},
 {"promptType":"Prompt","content":"sign-ins of \u003cUPN\u003e","skillName":null,"inputs":null,"plugins":[],"sequenceNumber":0},
 {"promptType":"Skill","content":"","skillName":"GetSignIns","inputs":{"user":"<UPN>","top":"3"},"plugins":["Entra"],"sequenceNumber":2}
],
"promptbookinputs": [{"name":"UPN","description":"User UPN"}],
"visibility":"Private","tags":null}`

func TestPromptbook(t *testing.T) {
	b, list := plugin.ReadPromptbook("b.json", []byte(book))
	if len(list.Items) > 0 {
		t.Fatal(list)
	}
	got, err := b.Fill(map[string]string{"upn": "ada@x.example"})
	if want := "[sign-ins of ada@x.example and the failed ones? /GetSignIns top=3 user=ada@x.example]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v, %v\nwant %s", got, err, want)
	}
	for _, values := range []map[string]string{nil, {"other": "x"}} {
		if _, err := b.Fill(values); err == nil || !strings.Contains(err.Error(), "UPN") {
			t.Errorf("%v: %v", values, err)
		}
	}
	text, err := b.JSON()
	if err != nil {
		t.Fatal(err)
	}
	again, list := plugin.ReadPromptbook("b.json", text)
	if len(list.Items) > 0 || !reflect.DeepEqual(b, again) || !json.Valid(text) || !strings.Contains(string(text), "<UPN>") {
		t.Errorf("%v: %s", list, text)
	}
}

func TestFaultsOfPromptbooks(t *testing.T) {
	for _, c := range []struct{ text, code, at string }{
		{"{", "PLG4001", "1:1"}, {"{\n \"name\": x}", "PLG4001", "2:10"}, {"[]", "PLG1001", "1:1"}, {"{}", "PLG4002", "1:1"}, {`{"name": "b"}`, "PLG4002", "1:1"},
		{"{\"name\": \"b\",\n \"prompts\": [{}]}", "PLG4002", "2:14"}, {"{\"name\": \"b\",\n \"prompts\": [{\"content\": \"a\", \"sequenceNumber\": \"x\"}]}", "PLG1010", "2:49"},
		{`{"name": "b", "prompts": {"content": "a"}}`, "PLG1006", "1:26"},
	} {
		_, list := plugin.ReadPromptbook("b.json", []byte(c.text))
		d := list.First()
		if d == nil || d.Code != c.code || fmt.Sprintf("%d:%d", d.Line, d.Column) != c.at {
			t.Errorf("%q: %v, want %s at %s", c.text, list, c.code, c.at)
		}
	}
	_, list := plugin.ReadPromptbook("b.json", []byte(`{"name": "b", "prompts": [{"content": "a <B>"}], "promptbookinputs": [{"name": "C"}]}`))
	if list.Failed() || len(list.Items) != 2 || list.Items[0].Code != "PLG4003" || list.Items[1].Code != "PLG4003" {
		t.Errorf("%v", list)
	}
}

func FuzzReadPromptbook(f *testing.F) {
	f.Add([]byte(book))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, list := plugin.ReadPromptbook("b.json", text)
		if b == nil && !list.Failed() {
			t.Error("nothing, and nothing said why")
		}
		if b != nil && !list.Failed() {
			if _, err := b.JSON(); err != nil {
				t.Error(err)
			}
		}
	})
}
