package prompts

import (
	"encoding/json"
	"time"
)

// Call is a request to Microsoft Graph.
type Call struct {
	Time    time.Time `json:"timeGenerated"`
	UserID  string    `json:"userId"`
	Token   string    `json:"signInActivityId"`
	Session string    `json:"sessionId"`
	IP      string    `json:"ipAddress"`
	Method  string    `json:"requestMethod"`
	URI     string    `json:"requestUri"`
}

// token is where a sign-in's token came from.
type token struct {
	ID      string `json:"uniqueTokenIdentifier"`
	Session string `json:"sessionId"`
	IP      string `json:"ipAddress"`
}

// issued keeps the tokens and sessions of a sign-in record, interactive or not.
func (e *Export) issued(raw json.RawMessage) error {
	var t token
	if err := json.Unmarshal(raw, &t); err != nil {
		return err
	}
	if t.ID != "" {
		e.tokens[t.ID] = t.IP
	}
	if t.Session != "" {
		e.sessions[t.Session] = append(e.sessions[t.Session], t.IP)
	}
	return nil
}

// match tells whether no sign-in stands behind a call ("none"), one from another address ("otherAddress"), or its own ("").
func (e *Export) match(c *Call) string {
	ip, ok := e.tokens[c.Token]
	switch {
	case ok && ip != c.IP:
		return "otherAddress"
	case ok:
		return ""
	case len(e.sessions[c.Session]) == 0:
		return "none"
	case !contains(e.sessions[c.Session], c.IP):
		return "otherAddress"
	}
	return ""
}

func (e *Export) calls(s *Subject) (strict, loose []*Call) {
	from, early, to := s.When.period(e.Now)
	for i := len(e.Calls) - 1; i >= 0; i-- {
		c := e.Calls[i]
		write := c.Method != "GET"
		switch {
		case s.User != nil && c.UserID != s.User.ID, s.IP != "" && c.IP != s.IP, s.State != "" && write != (s.State == "write"),
			s.Kind != "" && e.match(c) != s.Kind, c.Time.Before(early), !c.Time.Before(to):
			continue
		}
		loose = append(loose, c)
		if !c.Time.Before(from) {
			strict = append(strict, c)
		}
	}
	return strict, loose
}

func callCases() map[string]Case {
	return map[string]Case{"graph activity": {Pick: pickCall, Expect: func(e *Export, s *Subject) Expect {
		in := s.base()
		for name, v := range map[string]string{"ip": s.IP, "access": s.State, "match": s.Kind} {
			if v != "" {
				in[name] = v
			}
		}
		strict, loose := e.calls(s)
		var ips []string
		for _, c := range strict[:min(len(strict), 300)] {
			ips = append(ips, c.IP)
		}
		return answered("GetGraphActivity", in, &Facts{RowCount: &Range{len(strict), len(loose)}, MustContain: each(first(4, ips)...)})
	}}}
}

func pickCall(d *draw, n map[string]bool) bool {
	var fit []*Call
	all, _ := d.e.calls(&Subject{Kind: d.s.Kind, State: d.s.State})
	for _, c := range all {
		if !n["user"] || d.e.byID[c.UserID] != nil {
			fit = append(fit, c)
		}
	}
	c := pick(d, fit)
	if c == nil {
		return false
	}
	if n["user"] {
		d.s.User = d.e.byID[c.UserID]
	}
	if n["ip"] {
		d.s.IP = c.IP
	}
	if n["when"] {
		d.pickWhen(func(w *When) bool { return d.e.recent(c.Time, w) })
	}
	return true
}
