package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/sleuth-sec/sleuth/diag"
)

var errNoBackend = errors.New("no backend to read tables from")

// internalError reports a panic below: the query is named by where it came from, the stack by the error's chain.
func internalError(what any) *diag.Diagnostic {
	return diag.Errorf("KQL9000", diag.Span{}, "the engine failed on this query: %v", what).
		WithFix("please report the query")
}

func timedOut(limit fmt.Stringer) *diag.Diagnostic {
	return diag.Errorf("KQL9001", diag.Span{}, "the query took longer than %s", limit).
		WithFix("narrow the time range, filter earlier, or raise the timeout")
}

// Panic is the error of a panic that the boundary caught, with its stack for the log.
type Panic struct {
	Diagnostic *diag.Diagnostic
	Stack      []byte
}

func (p *Panic) Error() string { return p.Diagnostic.Error() }

// Unwrap gives the diagnostic, which is what a user is shown.
func (p *Panic) Unwrap() error { return p.Diagnostic }

// boundary is where panics end, and where the time limit gets its message.
func (e *Engine) boundary(ctx context.Context, source *diag.Source, o Options, err *error) {
	if r := recover(); r != nil {
		d := internalError(r)
		source.Locate(d)
		*err = &Panic{Diagnostic: d, Stack: debug.Stack()}
		return
	}
	if *err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		d := timedOut(e.timeout(o))
		source.Locate(d)
		*err = fmt.Errorf("%w (%w)", d, context.DeadlineExceeded)
	}
	var d *diag.Diagnostic
	if errors.As(*err, &d) && d.Line == 0 {
		source.Locate(d)
	}
}

// asList is any error as a list of diagnostics.
func asList(err error, source *diag.Source) *diag.List {
	var list *diag.List
	if errors.As(err, &list) {
		return list
	}
	var d *diag.Diagnostic
	if !errors.As(err, &d) {
		d = diag.Errorf("KQL9002", diag.Span{}, "%v", err)
		source.Locate(d)
	}
	return &diag.List{Items: []*diag.Diagnostic{d}}
}
