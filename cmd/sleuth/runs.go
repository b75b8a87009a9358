package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/settings"
)

// run runs a query of somebody by do: admitted, within the limits that the owner set.
func (h *house) run(ctx context.Context, p access.Principal, text string, details map[string]string, o engine.Options,
	do func(engine.Options) (*engine.Result, error)) (*engine.Result, error) {
	if err := h.admitQuery(ctx, p, text, details); err != nil {
		return nil, err
	}
	o, err := h.limited(ctx, o)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	res, err := do(o)
	if rerr := h.completed(ctx, p, details["api"], res, time.Since(began), err); rerr != nil {
		return nil, errors.Join(err, rerr)
	}
	if err != nil {
		return res, err
	}
	gone, err := h.gone(ctx, res.Stats.Reads)
	res.Warnings = append(res.Warnings, gone...)
	return res, err
}

// gone are warnings of the tables that a query read whose rows of the time it asks for were deleted, or are in the archive: a zero is
// explained wherever it is shown.
func (h *house) gone(ctx context.Context, reads []engine.Read) ([]*diag.Diagnostic, error) {
	var out []*diag.Diagnostic
	for _, r := range reads {
		list, err := h.ws.Gone(ctx, r.Table, r.From)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// notes are the messages of what did not stop a query.
func notes(res *engine.Result) []string {
	out := []string{}
	for _, w := range res.Warnings {
		out = append(out, w.Message)
	}
	return out
}

// completed records how a query ended, before its rows are seen: how many there are, and how long it took, which counts for the
// budget of who ran it. It is recorded also where who ran it has gone.
func (h *house) completed(ctx context.Context, p access.Principal, api string, res *engine.Result, took time.Duration, err error) error {
	e := audit.Entry{Operation: capacity.Completed, Outcome: "succeeded", Details: map[string]string{capacity.ElapsedMS: fmt.Sprintf("%.3f", float64(took.Microseconds())/1000)}}
	if api != "" {
		e.Details["api"] = api
	}
	if err != nil {
		e.Outcome = "failed"
	} else {
		rows := 0
		for _, t := range res.Tables {
			rows += len(t.Rows)
		}
		e.Details["rows"] = strconv.Itoa(rows)
	}
	return h.recordOf(context.WithoutCancel(ctx), p, e)
}

// budgets are what one person may use in a day.
func (h *house) budgets(ctx context.Context) (l capacity.Limits, err error) {
	if l.Prompts, err = h.manage.Count(ctx, settings.PromptsPerDay); err != nil {
		return l, err
	}
	if l.Queries, err = h.manage.Count(ctx, settings.QueriesPerDay); err != nil {
		return l, err
	}
	seconds, err := h.manage.Count(ctx, settings.QuerySecondsPerDay)
	l.QueryTime = time.Duration(seconds) * time.Second
	return l, err
}

// limited fills in the limits that the owner set, where a query does not bring its own.
func (h *house) limited(ctx context.Context, o engine.Options) (_ engine.Options, err error) {
	if o.Memory == 0 {
		if o.Memory, err = h.manage.Size(ctx, settings.QueryMaxMemory); err != nil {
			return o, err
		}
	}
	if o.MaxRows == 0 {
		n, err := h.manage.Count(ctx, settings.QueryMaxRows)
		if err != nil {
			return o, err
		}
		o.MaxRows = int(n)
	}
	if o.Timeout == 0 {
		o.Timeout, err = h.manage.Duration(ctx, settings.QueryMaxTime)
	}
	return o, err
}
