package lint

import (
	"errors"
	"time"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/engine"
	kqllint "github.com/sleuth-sec/sleuth/kql/lint"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/plugin/fill"
)

// at is the moment that relative times of a template which is only looked at refer to.
var at = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// Queries checks the templates of all KQL skills of a manifest, whose text src is.
func Queries(eng *engine.Engine, m *plugin.Manifest, src *diag.Source) *diag.List {
	list := &diag.List{}
	for i := range m.Skills {
		for _, d := range Query(eng, m, &m.Skills[i], src).Items {
			list.Add(d)
		}
	}
	list.Sort()
	src.Locate(list.Items...)
	return list
}

// Query checks the template of one skill. Skills that Sleuth's own block words have moments and tables put before their query
// when they run, and are not checked here.
func Query(eng *engine.Engine, m *plugin.Manifest, s *plugin.Skill, src *diag.Source) *diag.List {
	list := &diag.List{}
	if s.Format != plugin.KQL || s.Template == "" || s.Cues != nil {
		return list
	}
	filled, err := fill.Run(s.Template, Values(m, s), at)
	if err != nil {
		place := diag.Span{}
		var e *fill.Error
		if errors.As(err, &e) {
			place = diag.Span{Start: e.Offset, End: e.Offset + len(e.Hole) + 4}
		}
		list.Add(notFilled(s.Place.Span(src, s.Template, place), s.Name, err))
		return list
	}
	found := eng.Check(filled.Text)
	if !found.Failed() {
		if tree, errs := syntax.Parse(filled.Text); !errs.Failed() {
			for _, d := range kqllint.Check(tree).Items {
				found.Add(d)
			}
		}
	}
	for _, d := range found.Items {
		moved := *d
		moved.Span = s.Place.Span(src, s.Template, diag.Span{Start: filled.Origin(d.Span.Start), End: filled.Origin(d.Span.End)})
		moved.Message = "skill " + s.Name + ": " + d.Message
		list.Add(&moved)
	}
	return list
}

// Values are values with which the template of a skill can be looked at: defaults, and else what fits the place of a hole.
func Values(m *plugin.Manifest, s *plugin.Skill) map[string]string {
	given := map[string]string{}
	for _, set := range m.Settings {
		given[set.Name] = set.Default
	}
	for _, in := range s.Inputs {
		given[in.Name] = in.Default
	}
	return fill.Sample(s.Template, given)
}
