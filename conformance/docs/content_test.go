package docs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/content"
	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/plugin"
)

func skillsPage(t *testing.T) string {
	manifests, err := plugin.Load(content.Plugins, "plugins")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Skills\n\nMade from the manifests in `content/plugins`. A skill is reached by wordings like its examples, not only by them.\n" +
		"*Period* is what is looked at when the prompt names none. `sleuth ask --queries` shows the KQL a skill ran.\n")
	for _, m := range manifests {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", m.Name, strings.TrimSpace(m.Description))
		for i := range m.Skills {
			writeSkill(&b, &m.Skills[i])
		}
	}
	return b.String()
}

func writeSkill(b *strings.Builder, s *plugin.Skill) {
	fmt.Fprintf(b, "\n### %s\n\n%s\n\n", s.Name, strings.TrimSpace(s.Description))
	for _, in := range s.Inputs {
		need := "optional"
		if in.Required {
			need = "required"
		}
		if in.Default != "" {
			need += ", default `" + in.Default + "`"
		}
		fmt.Fprintf(b, "- Input `%s` (%s, %s): %s\n", in.Name, in.Type, need, cell(in.Description))
	}
	for _, e := range s.Examples {
		fmt.Fprintf(b, "- Example: %s\n", cell(e))
	}
	if a := s.Action; a != nil {
		fmt.Fprintf(b, "- An action that is planned and explained, never run. Danger: %s\n", a.Danger)
	}
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(b, "- %s: %s\n", label, text)
		}
	}
	line("Shows one row per", cell(s.Answer.Subject))
	line("Period", s.Window)
	line("Reads", codes(s.Tables))
	line("Reads one or more of", codes(s.AnyOf))
	line("Reads where held", codes(s.Optional))
	line("Runs in order", codes(s.Steps))
	line("The source requires", cell(strings.Join(s.Needs, "; ")))
	if s.Analytics != nil {
		for _, src := range s.Analytics.Sources {
			var by []string
			for _, d := range src.Dimensions {
				by = append(by, d.Name)
			}
			fmt.Fprintf(b, "- Counts %s from %s, by %s\n", cell(src.Name), codes(src.Tables), codes(by))
		}
	}
}

func tablesPage(t *testing.T) string {
	all, err := entra.Load(schemas.FS())
	if err != nil {
		t.Fatal(err)
	}
	var logs []*entra.Table
	for _, table := range all.Tables() {
		if table.Kind == entra.KindLog {
			logs = append(logs, table)
		}
	}
	slices.SortFunc(logs, func(a, b *entra.Table) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	fmt.Fprintf(&b, "# Log tables\n\nMade from `content/schemas/tables`: %d tables. Each also has hidden columns that say where a row came from.\n"+
		"*Origin* is the service whose schema it is. `.show schema NAME` in `sleuth query` lists the columns of one.\n"+
		"Directory tables are in [directory-tables.md](directory-tables.md).\n\n"+
		"| table | columns | hidden | time column | origin | one row per |\n|---|---|---|---|---|---|\n", len(logs))
	for _, l := range logs {
		hidden := 0
		for _, c := range l.Columns {
			if c.Hidden {
				hidden++
			}
		}
		key := codes(l.Rows.Key)
		if key == "" {
			key = "content"
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s | %s |\n", code(l.Name), len(l.Columns)-hidden, hidden, code(l.TimeColumn), l.Origin, key)
	}
	return b.String()
}
