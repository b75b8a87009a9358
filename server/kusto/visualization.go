package kusto

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
)

// drawing is what render says, with the keys of the service. What a query does not say is null.
type drawing struct {
	Visualization  *string
	Title          *string
	XColumn        *string
	Series         any
	YColumns       any
	AnomalyColumns any
	XTitle         *string
	YTitle         *string
	XAxis          *string
	YAxis          *string
	Legend         *string
	YSplit         *string
	Accumulate     bool
	IsQuerySorted  bool
	Kind           *string
	Ymin           any
	Ymax           any
	Xmin           any
	Xmax           any
}

// visualization is the drawing that a query asks for; without a render operator all of it is null.
func visualization(r *plan.Render) drawing {
	d := drawing{Ymin: "NaN", Ymax: "NaN"}
	if r == nil {
		return d
	}
	d.Visualization = &r.Visualization
	text := map[string]**string{
		"title": &d.Title, "xcolumn": &d.XColumn, "xtitle": &d.XTitle, "ytitle": &d.YTitle, "xaxis": &d.XAxis, "yaxis": &d.YAxis,
		"legend": &d.Legend, "ysplit": &d.YSplit, "kind": &d.Kind,
	}
	value := map[string]*any{"ymin": &d.Ymin, "ymax": &d.Ymax, "xmin": &d.Xmin, "xmax": &d.Xmax}
	list := map[string]*any{"series": &d.Series, "ycolumns": &d.YColumns, "anomalycolumns": &d.AnomalyColumns}
	for name, v := range r.Properties {
		switch name = strings.ToLower(name); {
		case text[name] != nil:
			*text[name] = &v
		case value[name] != nil:
			*value[name] = v
		case list[name] != nil:
			*list[name] = names(v)
		case name == "accumulate":
			d.Accumulate = strings.EqualFold(v, "true")
		}
	}
	return d
}

// names are the column names of a property, which stand with commas between.
func names(v string) []string {
	out := strings.Split(v, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}
