package plugin

import "fmt"

// Error is a fault of a manifest, with its code.
type Error struct {
	Code, File, Message string
	Err                 error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %s", e.Code, e.File, e.Message) }
func (e *Error) Unwrap() error { return e.Err }

func notYAML(file string, err error) error {
	return &Error{Code: "PLG1001", File: file, Message: fmt.Sprintf("not a YAML manifest: %v", err), Err: err}
}

func missing(file, key string) error {
	return &Error{Code: "PLG1002", File: file, Message: fmt.Sprintf("%s is missing; a manifest needs it", key)}
}

func twice(file, skill string) error {
	return &Error{Code: "PLG1003", File: file, Message: fmt.Sprintf("skill %q is declared twice; give one another name", skill)}
}

func noInput(file, skill, input string) error {
	return &Error{Code: "PLG1004", File: file, Message: fmt.Sprintf("skill %q uses {{%s}} but declares no such input; add it to Inputs", skill, input)}
}

func noRole(file, skill string, err error) error {
	return &Error{Code: "PLG1005", File: file, Message: fmt.Sprintf("skill %q, Role: %v", skill, err), Err: err}
}
