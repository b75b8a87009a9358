package copilot

import "fmt"

// findTraces weighs what was done with the account in its mailbox and through Microsoft Graph. Rules that hide themselves or
// send mail out are made by hardly anybody else than an intruder.
func (r *run) findTraces(ps map[string]part) []finding {
	var out []finding
	if p, ok := ps["GetMailboxRules"]; ok && p.view.n > 0 {
		for _, x := range []struct {
			column, text string
			weight       int
		}{{"Outside", "Mail of the mailbox is sent outside the tenant: %s, to " + quotable(p.view.listWhere("Forwards", "Outside", "true")) + ".", 30},
			{"Hidden", "A rule without a name was made, which Outlook does not show: %s.", 30}, {"Deletes", "A rule deletes mail: %s.", 10}} {
			if rows := p.view.cited(x.column + "=true"); len(rows) > 0 {
				f := rows[0]
				out = append(out, finding{x.weight, fmt.Sprintf(x.text, p.view.cell(f, "Operation")+fromAddress(p.view.cell(f, "ClientIP"))), p.view.cell(f, "TimeGenerated"), p.step, rows})
			}
		}
		out = append(out, finding{0, fmt.Sprintf("%s: %s.", plural(p.view.n, "mailbox change", ""), p.view.top("Operation", 8)), p.view.cell(0, "TimeGenerated"), p.step, p.view.cited("all")})
	}
	if p, ok := ps["GetGraphActivity"]; ok && p.view.n > 0 {
		if rows := p.view.cited("OtherAddress=true"); len(rows) > 0 {
			f := rows[0]
			out = append(out, finding{25, fmt.Sprintf("%s to Microsoft Graph came from another address than the sign-in of their token or session (%s), as those of a replayed token do.", plural(len(rows), "request", ""), p.view.cell(f, "IPAddress")), p.view.cell(f, "TimeGenerated"), p.step, rows})
		}
		if rows := p.view.cited("SignIn=none"); len(rows) > 0 {
			// It weighs nothing: sign-ins exported from the portal or Graph carry no token to compare with.
			out = append(out, finding{0, fmt.Sprintf("No sign-in that is held stands behind %s to Microsoft Graph.", plural(len(rows), "request", "")), p.view.cell(rows[0], "TimeGenerated"), p.step, rows})
		}
	}
	return out
}

// quotable is a text of the tenant's data inside a format.
func quotable(s string) string {
	var out []rune
	for _, c := range s {
		if c == '%' {
			out = append(out, '%')
		}
		out = append(out, c)
	}
	return string(out)
}
