package secret

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Value is a secret in memory. However it is printed, logged or encoded, it shows as [hidden]; Reveal gives the secret. The
// zero Value is an empty secret.
type Value struct {
	// A pointer: where a Value is an unexported field, fmt does not ask it how it prints, and prints an address then.
	text *string
}

// hidden is what every form of a Value shows.
const hidden = "[hidden]"

// NewValue is the secret text.
func NewValue(text string) Value {
	if text == "" {
		return Value{}
	}
	return Value{&text}
}

// Reveal is the secret itself. The result must go to whom it is for and nowhere else.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// IsZero reports whether there is no secret.
func (v Value) IsZero() bool { return v.text == nil }

// Equal compares two secrets in a time that does not tell where they differ.
func (v Value) Equal(w Value) bool {
	return subtle.ConstantTimeCompare([]byte(v.Reveal()), []byte(w.Reveal())) == 1
}

// String implements fmt.Stringer.
func (Value) String() string { return hidden }

// GoString implements fmt.GoStringer.
func (Value) GoString() string { return hidden }

// Format implements fmt.Formatter: the other verbs, such as %x, would print what String does not.
func (Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue implements slog.LogValuer.
func (Value) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText implements encoding.TextMarshaler, for JSON, YAML and XML.
func (Value) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// UnmarshalText implements encoding.TextUnmarshaler. What MarshalText wrote is refused: it would become the secret.
func (v *Value) UnmarshalText(text []byte) error {
	if string(text) == hidden {
		return errors.New("the text " + hidden + " stands for a secret that was not shown: give the secret itself")
	}
	*v = NewValue(string(text))
	return nil
}
