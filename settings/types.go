package settings

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
)

// Type is how the text of a value is read.
type Type string

// The types.
const (
	Bool     Type = "bool"     // true or false
	Duration Type = "duration" // such as 90s, 5m or 1h30m
	Count    Type = "count"    // a whole number
	Size     Type = "size"     // bytes, such as 512MiB or 2GiB
	Choice   Type = "choice"   // one of a few words
	Text     Type = "text"     // one line; may be empty
	List     Type = "list"     // lines; may be empty
)

// maxText and maxItems bound a text, in bytes, and a list.
const (
	maxText  = 2000
	maxItems = 200
)

// Allowed says which values a setting may have.
func (s Setting) Allowed() string {
	switch s.Type {
	case Bool:
		return "true or false"
	case Duration:
		return fmt.Sprintf("a duration such as 90s or 5m, from %s to %s", time.Duration(s.Least), time.Duration(s.Most))
	case Count:
		return fmt.Sprintf("a whole number from %d to %d", s.Least, s.Most)
	case Size:
		return fmt.Sprintf("a size such as 512MiB, from %s to %s", size(s.Least), size(s.Most))
	case Choice:
		return strings.Join(s.Choices, " or ")
	case List:
		return "items with commas or line ends between them, or nothing"
	}
	return "a text of one line, or nothing"
}

// Parse reads a value and writes it as it is kept.
func (s Setting) Parse(text string) (string, error) {
	value, err := s.parse(strings.TrimSpace(text))
	if err != nil {
		return "", fmt.Errorf("%s cannot be %q: %w", s.Name, cut(text), err)
	}
	return value, nil
}

func (s Setting) parse(text string) (string, error) {
	wrong := fmt.Errorf("give %s", s.Allowed())
	switch s.Type {
	case Bool:
		if v, err := strconv.ParseBool(strings.ToLower(text)); err == nil {
			return strconv.FormatBool(v), nil
		}
	case Duration:
		if v, err := time.ParseDuration(text); err == nil && s.holds(int64(v)) {
			return v.String(), nil
		}
	case Count:
		if v, err := strconv.ParseInt(text, 10, 64); err == nil && s.holds(v) {
			return strconv.FormatInt(v, 10), nil
		}
	case Size:
		if v, err := humanize.ParseBytes(text); err == nil && v <= 1<<62 && s.holds(int64(v)) {
			return size(int64(v)), nil
		}
	case Choice:
		if v := strings.ToLower(text); slices.Contains(s.Choices, v) {
			return v, nil
		}
	case Text:
		if strings.ContainsAny(text, "\r\n") {
			return "", wrong
		}
		return text, s.checked(text)
	case List:
		items := Items(text)
		if len(items) > maxItems {
			return "", fmt.Errorf("it has %d items, at most %d", len(items), maxItems)
		}
		for _, it := range items {
			if err := s.checked(it); err != nil {
				return "", err
			}
		}
		return strings.Join(items, "\n"), nil
	}
	return "", wrong
}

func (s Setting) holds(v int64) bool { return v >= s.Least && v <= s.Most }

func (s Setting) checked(text string) error {
	switch {
	case text == "" || s.Check == nil:
		return nil
	case len(text) > maxText:
		return fmt.Errorf("it has %d bytes, at most %d", len(text), maxText)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("it holds what is no text")
	}
	return s.Check(text)
}

// Items are the items of a list's text, each once, in their order.
func Items(text string) []string {
	var out []string
	for _, it := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if it = strings.TrimSpace(it); it != "" && !slices.Contains(out, it) {
			out = append(out, it)
		}
	}
	return out
}

// Bytes is a size's value in bytes.
func Bytes(text string) (int64, error) {
	v, err := humanize.ParseBytes(text)
	return int64(v), err
}

// size writes bytes so that they are read back as the same: in the largest unit that divides them.
func size(n int64) string {
	for _, u := range []struct {
		bytes int64
		name  string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

func cut(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "..."
	}
	return s
}

// checkAddress takes what a mirror can hold.
func checkAddress(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "abfss" && u.Scheme != "adl" {
		return fmt.Errorf("%q is no address such as https://example.com/lists/", cut(text))
	}
	return nil
}
