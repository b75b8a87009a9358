package main

import (
	"context"

	"github.com/sleuth-sec/sleuth/access"
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
	return do(o)
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
