package copilot

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/route"
)

// unheld says which collection a skill needs that was never imported.
func (r *run) unheld(ctx context.Context, call *route.Call) string {
	tables := call.Skill.Tables
	if call.Analysis != nil {
		tables = call.Analysis.Source.Tables
	}
	for _, t := range tables {
		info, err := r.c.deps.Sources.Source(ctx, t)
		if err != nil {
			return "The workspace could not be read: " + err.Error() + "."
		}
		if !info.Held {
			return r.notHeld(t, []string{t}, call)
		}
	}
	if len(call.Skill.AnyOf) == 0 || call.Analysis != nil {
		return ""
	}
	for _, t := range call.Skill.AnyOf {
		info, err := r.c.deps.Sources.Source(ctx, t)
		if err != nil {
			return "The workspace could not be read: " + err.Error() + "."
		}
		if info.Held {
			return ""
		}
	}
	return r.notHeld(strings.Join(call.Skill.AnyOf, " or "), call.Skill.AnyOf, call)
}

// heldOf are those of some tables of which something was imported: of alternatives the others are not missed.
func (r *run) heldOf(ctx context.Context, tables []string) []string {
	var out []string
	for _, t := range tables {
		if info, err := r.c.deps.Sources.Source(ctx, t); err != nil || info.Held { // an error is told by the coverage
			out = append(out, t)
		}
	}
	return out
}

// notHeld says that nothing of the tables was imported, and what their sources ask for.
func (r *run) notHeld(named string, tables []string, call *route.Call) string {
	text := fmt.Sprintf("The data does not hold %s: nothing of it was imported, so %s cannot answer. Import it, or ask about what is held.", named, call.Skill.DisplayName)
	for _, t := range tables {
		if l := r.c.deps.Schemas.Limits(t).Licence; l != "" {
			text += fmt.Sprintf(" %s needs %s.", t, l)
		}
	}
	return text
}

// cover notes what the tables of a call can and cannot show.
func (r *run) cover(ctx context.Context, call *route.Call) {
	tables := slices.Concat(call.Skill.Tables, r.heldOf(ctx, call.Skill.AnyOf), call.Skill.Optional)
	if call.Analysis != nil {
		tables = call.Analysis.Source.Tables
	}
	for _, t := range tables {
		if slices.ContainsFunc(r.answer.Coverage, func(c Coverage) bool { return c.Table == t }) {
			continue
		}
		r.answer.Coverage = append(r.answer.Coverage, r.coverage(ctx, t, call))
	}
}

// coverage says what a table can and cannot show of the period that a call looks at.
func (r *run) coverage(ctx context.Context, table string, call *route.Call) Coverage {
	limits := r.c.deps.Schemas.Limits(table)
	c := Coverage{Table: table, Missing: []string{}, Licence: limits.Licence, Latency: limits.Latency}
	info, err := r.c.deps.Sources.Source(ctx, table)
	if err != nil {
		c.Missing = append(c.Missing, "unknown: "+err.Error())
		return c
	}
	c.Source, c.RowCap = info.Source, info.RowCap
	if !info.From.IsZero() {
		c.From = stamp(info.From)
	}
	if !info.To.IsZero() {
		c.To = stamp(info.To)
	}
	if !info.Last.IsZero() {
		c.LastEvent = stamp(info.Last)
	}
	c.Missing = append(c.Missing, info.Missing...)
	from, _ := call.Window.Range(r.p.Now)
	for _, g := range info.Gone {
		if from.Before(g.Before) {
			c.Missing = append(c.Missing, g.Text)
			c.gone = append(c.gone, g.Text)
		}
	}
	if !info.Held {
		c.Missing = append(c.Missing, table+" was never imported")
	}
	var off []string
	for category, of := range r.c.deps.Schemas.Categories() {
		if of == table && r.tenant.off[category] {
			off = append(off, "the log category "+category+" is not collected by any diagnostic setting")
		}
	}
	sort.Strings(off)
	c.Missing = append(c.Missing, off...)
	return c
}
