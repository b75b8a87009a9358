package route

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

// fill turns reported inputs into texts for the holes, with the derived ones: userId, locationCode.
func (b *builder) fill() {
	c := &b.call
	for name, v := range c.Inputs {
		switch x := v.(type) {
		case []string:
			c.Fill[name] = strings.Join(x, ",")
		case []any:
			parts := make([]string, len(x))
			for i, p := range x {
				parts[i] = fmt.Sprint(p)
			}
			c.Fill[name] = strings.Join(parts, ",")
		default:
			c.Fill[name] = fmt.Sprint(x)
			c.Fill[name+"_"+c.Fill[name]] = "true" // lets a template line depend on one value
		}
	}
	if c.Fill["lookback"]+c.Fill["from"]+c.Fill["to"] != "" {
		c.Fill["period"] = "true"
	}
	if a := c.Fill["activity"]; a != "" && b.q.Index != nil {
		if slices.ContainsFunc(b.q.Index.ByName(a), func(e directory.Entity) bool { return e.Kind == "activity" }) {
			c.Fill["activityName"] = a // the data holds it as it is: no search for parts
		}
	}
	for kind, e := range c.Entities {
		c.Fill[kind], c.Fill[kind+"Id"], c.Fill[kind+"Name"] = e.Reported(), e.ID, e.Name
		for k, v := range e.Extra {
			c.Fill[kind+strings.ToUpper(k[:1])+k[1:]] = v
		}
		if e.Deleted {
			c.Fill[kind+"Deleted"] = "true"
		}
	}
	fillPlace(c.Fill, c.Fill["location"])
	if strings.Contains(c.Fill["ip"], "/") {
		c.Fill["prefix"], c.Fill["address"] = c.Fill["ip"], ""
	} else {
		c.Fill["address"] = c.Fill["ip"]
	}
	if len(c.Fields) > 0 {
		var cols []string
		for _, name := range c.Fields {
			f, ok := c.Skill.Field(name)
			if ok && !slices.Contains(cols, f.ColumnName()) && !slices.Contains([]string{"id", "displayName", "userPrincipalName"}, f.ColumnName()) {
				cols = append(cols, f.ColumnName())
			}
		}
		c.Fill["fieldColumns"] = strings.Join(cols, ", ")
	}
	if c.Oldest {
		c.Fill["oldest"] = "true"
	}
}
