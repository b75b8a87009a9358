package copilot

import (
	"slices"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/route"
)

// remember notes what a follow-up may refer to.
func (r *run) remember(call *route.Call) {
	for _, k := range []string{"incident", "policy", "device", "app", "role", "group", "user"} {
		if e, ok := call.Entities[k]; ok {
			r.ctx.Remember(k, e)
		}
	}
	last := &route.Previous{Skill: call.Skill.Name, Inputs: call.Inputs, Cue: call.Cue, Offers: map[string]string{}}
	if q, ok := call.Inputs["question"].(string); ok {
		last.Question = q
	}
	if ip, ok := call.Inputs["ip"].(string); ok {
		last.Offers["ip"] = ip
	}
	if n := len(r.answer.Steps); n > 0 && r.answer.Steps[n-1].Table != nil {
		offer(last.Offers, r.answer.Steps[n-1].Table)
		last.Picks = r.picks(r.answer.Steps[n-1].Table)
	}
	r.ctx.Last = last
}

// subjectColumns are the columns that say what a row is about, the surest first.
var subjectColumns = []string{"Incident", "id", "Id", "principalId", "UserId", "UserPrincipalName", "userPrincipalName", "roleDefinitionId", "role", "servicePrincipalId", "displayName"}

// picks are what the first rows of a table are about, so that "the first one" can name it.
func (r *run) picks(t *Table) []directory.Entity {
	var out []directory.Entity
	for _, row := range t.Rows[:min(len(t.Rows), route.MaxPicks)] {
		out = append(out, r.pick(t.Columns, row))
	}
	return out
}

func (r *run) pick(columns []Column, row []any) directory.Entity {
	for _, name := range subjectColumns {
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			continue
		}
		es := slices.DeleteFunc(r.tenant.index.ByText(cellText(row[i])), func(e directory.Entity) bool { return !route.IsEntity(string(e.Kind)) })
		if len(es) == 1 {
			return es[0]
		}
	}
	return directory.Entity{}
}

// offer takes from rows what "this event type" or "that IP" would mean: the most frequent value, of
// equals the first.
func offer(out map[string]string, t *Table) {
	for key, columns := range map[string][]string{"activity": {"Activity"}, "ip": {"IPAddress", "IpAddress", "ClientIP"}, "correlationId": {"CorrelationId"}, "requestId": {"RequestId"}} {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return slices.Contains(columns, c.Name) })
		if i < 0 || out[key] != "" {
			continue
		}
		n := map[string]int{}
		best := ""
		for _, row := range t.Rows {
			v := cellText(row[i])
			if v == "" {
				continue
			}
			n[v]++
			if best == "" || n[v] > n[best] {
				best = v
			}
		}
		if best != "" {
			out[key] = best
		}
	}
}
