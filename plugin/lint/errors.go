package lint

import "github.com/sleuth-sec/sleuth/diag"

func notFilled(at diag.Span, skill string, err error) *diag.Diagnostic {
	return diag.Errorf("PLG2001", at, "the template of skill %s cannot be filled: %v", skill, err)
}
