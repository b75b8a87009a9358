package settings

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Type is how the text of a value is read.
type Type string

// The types.
const (
	Bool     Type = "bool"     // true or false
	Duration Type = "duration" // such as 90s, 5m or 1h30m
)

// Setting is the declaration of a setting.
type Setting struct {
	Name    string `json:"name"`
	Type    Type   `json:"type"`
	Default string `json:"default"`
	// Least and Most bound a duration; both belong to it.
	Least time.Duration `json:"-"`
	Most  time.Duration `json:"-"`
	// Property is the name under which audit records have the setting, where Security Copilot has one like it.
	Property string `json:"property,omitempty"`
	Doc      string `json:"doc"`
}

// The names of the settings.
const (
	CopyResponses = "audit.copy.responses"
	ClientMaxTime = "clients.maxTime"
)

// All are the settings, by name. Each has a reader.
func All() []Setting {
	return []Setting{
		{Name: CopyResponses, Type: Bool, Default: "false", Property: "AllowAuditLogging",
			Doc: "Copies prompts and answers from the audit trail into the workspace's tables of copilot activity and into exports of audit records. " +
				"The trail itself is always kept; a change holds for what is said after it."},
		{Name: ClientMaxTime, Type: Duration, Default: "1h0m0s", Least: time.Second, Most: time.Hour,
			Doc: "The longest time that a query of another program (Kusto, Log Analytics) may run, also where the program asks for longer. " +
				"A change holds for the next query."},
	}
}

// Find is the setting of a name, without regard to case.
func Find(name string) (Setting, error) {
	var names []string
	for _, s := range All() {
		if strings.EqualFold(s.Name, name) {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Setting{}, fmt.Errorf("there is no setting %q: the settings are %s", name, strings.Join(names, ", "))
}

// Allowed says which values a setting may have.
func (s Setting) Allowed() string {
	if s.Type == Bool {
		return "true or false"
	}
	return fmt.Sprintf("a duration such as 90s or 5m, from %s to %s", s.Least, s.Most)
}

// Parse reads a value and writes it as it is kept.
func (s Setting) Parse(text string) (string, error) {
	switch s.Type {
	case Bool:
		if v, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(text))); err == nil {
			return strconv.FormatBool(v), nil
		}
	case Duration:
		if v, err := time.ParseDuration(strings.TrimSpace(text)); err == nil && v >= s.Least && v <= s.Most {
			return v.String(), nil
		}
	}
	return "", fmt.Errorf("%s cannot be %q: give %s", s.Name, text, s.Allowed())
}
