package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/dustin/go-humanize"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/reference"
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

// outOfMemory names the limit that a query met, here or in its backend.
func outOfMemory(where, limit string, cause error) error {
	d := diag.Errorf("KQL9003", diag.Span{}, "%s needs more than %s of memory, the limit of one query", where, limit).
		WithFix("filter or summarize earlier, project fewer columns, narrow the time range, or raise the memory limit")
	return fmt.Errorf("%w (%w)", d, cause)
}

func tooManyRows(where string, limit int64, cause error) error {
	d := diag.Errorf("KQL9004", diag.Span{}, "%s holds more than %d rows, the limit of one operator", where, limit).
		WithFix("filter or summarize earlier, or raise the limit of kept rows")
	return fmt.Errorf("%w (%w)", d, cause)
}

// cutAt says that a result is not all of it.
func cutAt(limit int) *diag.Diagnostic {
	return diag.Warningf("KQL9005", diag.Span{}, "the result was cut at %d rows, the limit of rows; there are more", limit).
		WithFix("narrow the query or summarize, or raise the limit of rows")
}

// MemoryExceeded is what a Backend reports when a statement does not fit into its memory; limit is as a user would say it.
func MemoryExceeded(limit string, cause error) error {
	d := diag.Errorf("KQL9003", diag.Span{}, "the query needs more than %s of memory, the limit of all queries together", limit).
		WithFix("filter or summarize earlier, project fewer columns, narrow the time range, or give the workspace more memory")
	return fmt.Errorf("%w (%w)", d, cause)
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
	var limit *reference.LimitError
	if errors.As(*err, &limit) {
		if limit.What == "rows" {
			*err = tooManyRows(limit.Where, limit.Limit, *err)
		} else {
			*err = outOfMemory(limit.Where, humanize.IBytes(uint64(limit.Limit)), *err)
		}
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
