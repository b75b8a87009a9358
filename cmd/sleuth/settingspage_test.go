package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/settings"
)

//go:generate go test -count=1 -run TestSettingsPageIsCurrent . -update-docs

// TestSettingsPageIsCurrent compares docs/reference/settings.md with the settings as they are declared.
func TestSettingsPageIsCurrent(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Settings\n\nMade from the declarations of package `settings`. `sleuth settings set NAME VALUE` changes one, `unset` gives it its default again; both take the\n" +
		"permission `manage`, are on record with old and new value, and hold at once where nothing else is said. What decides who gets in is changed on the page\n" +
		"Settings or by a command, and by no API token.\n\n| setting | values | default | what it does |\n|---|---|---|---|\n")
	for _, s := range settings.All() {
		doc := s.Doc
		if s.AtStart {
			doc += " *A change holds from the next start of `sleuth serve` on.*"
		}
		if s.InPerson {
			doc += " *It decides who gets in.*"
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s |\n", s.Name, s.Allowed(), s.Default, doc)
	}
	b.WriteString("\n## Secrets\n\n`sleuth settings set-secret NAME` reads one from standard input, or asks for it without showing it; `remove-secret` deletes it. Secrets are kept sealed by\n" +
		"the keys of the data directory, and never shown, logged or exported. They are set in person, and by no API token.\n\n| secret | what it is |\n|---|---|\n")
	for _, s := range settings.Secrets() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", s.Name, s.Doc)
	}
	current(t, "settings.md", b.String())
}
