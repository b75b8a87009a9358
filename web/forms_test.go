package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every field that takes a password hides it, tells password managers what it is, and takes what is pasted.
func TestPasswordFields(t *testing.T) {
	files, err := filepath.Glob("src/*.ts*")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	field := regexp.MustCompile(`(?s)<(?:Input|Textarea|input|textarea)\b.*?/>`)
	found := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, tag := range field.FindAllString(text, -1) {
			if !strings.Contains(strings.ToLower(tag), "password") {
				continue
			}
			found++
			if !strings.Contains(tag, `type="password"`) {
				t.Errorf("%s shows what is typed: %s", name, tag)
			}
			if strings.Contains(tag, `id="new-secret"`) { // nobody's password: none is to be filled in, or kept as one
				if !strings.Contains(tag, `autoComplete="off"`) {
					t.Errorf("%s lets a password be filled in for a secret: %s", name, tag)
				}
				continue
			}
			if !strings.Contains(tag, `autoComplete="current-password"`) && !strings.Contains(tag, `autoComplete="new-password"`) {
				t.Errorf("%s does not tell a password manager what it is: %s", name, tag)
			}
		}
		if strings.Contains(strings.ToLower(text), "onpaste") || strings.Contains(text, "'paste'") {
			t.Errorf("%s does something about what is pasted", name)
		}
	}
	if found < 4 {
		t.Errorf("%d password fields found", found)
	}
}
