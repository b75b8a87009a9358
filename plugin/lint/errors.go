package lint

import "github.com/sleuth-sec/sleuth/diag"

func notFilled(at diag.Span, skill string, err error) *diag.Diagnostic {
	return diag.Errorf("PLG2001", at, "the template of skill %s cannot be filled: %v", skill, err)
}

func notTests(at diag.Span, reason string) *diag.Diagnostic {
	return diag.Errorf("PLG2002", at, "the tests of the manifest cannot be read: %s", reason)
}

func testFailed(at diag.Span, name, why string) *diag.Diagnostic {
	return diag.Errorf("PLG2003", at, "test %q: %s", name, why)
}
