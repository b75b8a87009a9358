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
		"permission `manage`, are on record with old and new value, and hold at once.\n\n| setting | values | default | what it does |\n|---|---|---|---|\n")
	for _, s := range settings.All() {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s |\n", s.Name, s.Allowed(), s.Default, s.Doc)
	}
	current(t, "settings.md", b.String())
}
