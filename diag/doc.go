// Package diag holds what every user-facing message of Sleuth is made of: a source text with
// lines and columns, a span in it, and a Diagnostic with a code, a severity, a message and a fix.
//
// It owns positions and rendering. It does not own the messages: each package that reports
// has one constructor per message in its errors.go.
//
//	src := diag.NewSource("query", text)
//	d := diag.Errorf("KQL1203", diag.Span{Start: 4, End: 9}, "no column named %q", name).WithFix("did you mean %q?", near)
//	fmt.Fprint(os.Stderr, src.Render(d))
//
// Start reading at Diagnostic.
package diag
