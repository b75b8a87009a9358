package jsonapi

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestABodyThatDoesNotFitSaysWhatIsWrong(t *testing.T) {
	for body, want := range map[string]string{
		`{"upn":7}`:           "upn: a text is needed, not number",
		`{"archiveDays":"x"}`: "archiveDays: a whole number is needed, not string",
		`{"archiveDays":1.5}`: "archiveDays: a whole number is needed, not number 1.5",
		`{"disabled":"yes"}`:  "disabled: true or false is needed, not string",
		`{"roles":"Owner"}`:   "roles: a list is needed, not string",
		`{"roles":[1]}`:       "roles: a text is needed, not number",
		`{"nmae":"x"}`:        `unknown field "nmae"`,
		`{"upn":"` + strings.Repeat("x", 300) + `"}`: "it has more than 200 bytes",
		`{"upn":"x"`: "it ends before its JSON does",
		``:           "it ends before its JSON does",
		`hello`:      "invalid character 'h'",
	} {
		w := httptest.NewRecorder()
		var into struct {
			UPN         string
			ArchiveDays *int64
			Disabled    *bool
			Roles       []string
		}
		ok := Decode(w, httptest.NewRequest("POST", "/", strings.NewReader(body)), 200, &into)
		if text := strings.ReplaceAll(w.Body.String(), `\"`, `"`); ok || w.Code != 400 || !strings.Contains(text, want) || strings.Contains(text, "Go ") || strings.Contains(text, "json:") {
			t.Errorf("%s: %v %d %s, want %s", body, ok, w.Code, text, want)
		}
	}
	var into struct{ UPN string }
	if w := httptest.NewRecorder(); !Decode(w, httptest.NewRequest("POST", "/", strings.NewReader(`{"upn":"ada"}`)), 200, &into) || into.UPN != "ada" {
		t.Errorf("%+v: %s", into, w.Body)
	}
}
