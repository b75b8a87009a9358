package duckdb

import (
	"errors"
	"fmt"
)

// ErrNotEmitted is the answer for a part of a plan whose SQL would not be exactly what the reference computes.
type ErrNotEmitted struct{ What string }

func (e *ErrNotEmitted) Error() string { return fmt.Sprintf("not emitted as SQL: %s", e.What) }

func notEmitted(what string) error { return &ErrNotEmitted{What: what} }

// IsNotEmitted reports whether err is an ErrNotEmitted.
func IsNotEmitted(err error) bool {
	var e *ErrNotEmitted
	return errors.As(err, &e)
}
