package main

import (
	"context"
	"slices"
	"sync"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/activity"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/mask"
	"github.com/sleuth-sec/sleuth/workspace"
)

// query runs an admitted query of a principal. One that names a table which the principal may not read is an
// *access.Denied; wildcards (search, union *, find) go over the tables that they may.
func (h *house) query(ctx context.Context, p access.Principal, text string, o engine.Options) (*engine.Result, error) {
	uses := access.Authorize(p, access.ReadUses) == nil
	if uses && access.Authorize(p, access.ReadMethods) == nil && access.Authorize(p, access.Read) == nil {
		return h.engine.Query(ctx, text, o) // every table
	}
	c := &clearance{Catalog: h.definitions, principal: p}
	if !uses {
		c.tenant = h.tenant
	}
	o.Catalog = c
	res, err := h.engine.Query(ctx, text, o)
	if denied := c.denied(); denied != nil {
		return nil, h.refuse(ctx, p, audit.Entry{Operation: "QueryRun", Texts: map[string]audit.Text{"query": {Value: mask.Query(text)}}}, denied)
	}
	return res, err
}

// clearance is the workspace as a principal may read it.
type clearance struct {
	*workspace.Catalog
	principal access.Principal
	// tenant has the tables without the rows of the program's own trail; nil for those who may read it.
	tenant bind.Catalog

	mu      sync.Mutex
	refused error // the first table that was named and may not be read
}

func (c *clearance) denied() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}

func (c *clearance) may(table string) bool {
	err := access.Authorize(c.principal, access.ReadsTable(table))
	if err == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused == nil {
		c.refused = err
	}
	return false
}

// Table implements bind.Catalog.
func (c *clearance) Table(name string) (*plan.Table, bool) {
	t, ok := c.Catalog.Table(name)
	if !ok || !c.may(name) {
		return nil, false
	}
	if c.tenant != nil && slices.Contains(activity.Tables(), name) {
		return c.tenant.Table(name)
	}
	return t, true
}

// TableNames implements bind.Catalog.
func (c *clearance) TableNames() []string {
	return slices.DeleteFunc(slices.Clone(c.Catalog.TableNames()), func(name string) bool {
		return access.Authorize(c.principal, access.ReadsTable(name)) != nil
	})
}

// Function implements bind.Catalog. Functions that read a table by its name read it under the same rule.
func (c *clearance) Function(name string) (bind.Function, bool) {
	f, ok := c.Catalog.Function(name)
	if !ok || f.Table == nil {
		return f, ok
	}
	table := f.Table
	f.Table = func(args []types.Value) (*plan.Table, error) {
		for _, a := range args {
			if a.Type() == types.String && !a.IsNull() && !c.may(a.Str()) {
				return nil, c.denied()
			}
		}
		return table(args)
	}
	return f, true
}
