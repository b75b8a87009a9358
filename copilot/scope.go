package copilot

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/route"
)

// How far a scope goes. More rounds than these have not been seen to add anything but shared addresses.
const (
	scopeRounds = 6   // after them it stops, and says so
	scopeShared = 15  // what more accounts than these use is shared (an office, a carrier) and is not followed
	scopeValues = 400 // indicators looked for at once
)

// indicator is a thing that an intruder brings along: it connects accounts.
type indicator struct{ kind, value string }

// touched is what the indicators found of one account.
type touched struct {
	id, name            string
	round               int
	through             []string
	events, signIns     int
	succeeded, knew     int
	first, last         string
	addresses, sessions []string
	step, row           int
	followed            bool
}

// state says how far an account is in the intruder's hands.
func (t *touched) state() string {
	switch {
	case t.succeeded > 0:
		return "signed in"
	case t.knew > 0:
		return "password known"
	case t.signIns > 0:
		return "only tried"
	}
	return "acted"
}

// scope is the search: it begins with what the prompt names and goes on until nothing new appears.
type scope struct {
	r        *run
	call     *route.Call
	seen     map[indicator]int // the round in which it was found
	shared   map[indicator]int // how many accounts use what was not followed
	accounts map[string]*touched
	order    []string
	common   int // accounts that use what the prompt names, where they are too many to follow
}

// held counts the accounts that are more than tried.
func held(of []*touched) int {
	n := 0
	for _, t := range of {
		if t.state() != "only tried" {
			n++
		}
	}
	return n
}

// scopeFrom finds every account that an indicator touched, then what those accounts' sessions used, and so on.
func (r *run) scopeFrom(ctx context.Context, call *route.Call) *Answer {
	s := &scope{r: r, call: call, seen: map[indicator]int{}, shared: map[indicator]int{}, accounts: map[string]*touched{}}
	next := s.seeds()
	if len(next) == 0 {
		return r.unsupported("Scope from indicator needs to know from what: an IP address or prefix, AS number, session id, device, application or user agent (in quotes); name it in the prompt.")
	}
	asked := texts(next)
	round, capped := 0, false
	for len(next) > 0 {
		if round == scopeRounds || len(s.seen) > scopeValues {
			capped = true
			break
		}
		round++
		for _, i := range next {
			s.seen[i] = round
		}
		fresh, failed := s.touch(ctx, next, round)
		if failed != nil {
			return failed
		}
		if round == 1 && held(fresh) > scopeShared {
			s.common = held(fresh)
			break
		}
		if next, failed = s.follow(ctx, fresh); failed != nil {
			return failed
		}
	}
	s.say(asked, round, capped)
	return nil
}

// seeds are the indicators of the prompt.
func (s *scope) seeds() []indicator {
	var out []indicator
	f := s.call.Fill
	for _, k := range []struct{ kind, value string }{{"IP address", f["address"]}, {"prefix", f["prefix"]}, {"AS number", f["asn"]}, {"session", f["sessionId"]},
		{"user agent", f["userAgent"]}, {"device", f["deviceDeviceId"]}, {"application", f["appAppId"]}} {
		if k.value != "" {
			out = append(out, indicator{k.kind, k.value})
		}
	}
	return out
}

func texts(list []indicator) string {
	var out []string
	for _, i := range list {
		out = append(out, i.kind+" "+i.value)
	}
	return strings.Join(out, ", ")
}

// scopeEvents are the rows of every log that names an account and an address, session, agent, device or application.
const scopeEvents = `let _events = union
  (SigninLogs | project TimeGenerated, Log = "SigninLogs", Account = UserId, Name = UserPrincipalName, IPAddress, Session = SessionId, Agent = UserAgent, Device = tostring(DeviceDetail.deviceId), App = AppId, ASN = AutonomousSystemNumber, ResultType),
  (AADNonInteractiveUserSignInLogs | project TimeGenerated, Log = "AADNonInteractiveUserSignInLogs", Account = UserId, Name = UserPrincipalName, IPAddress, Session = SessionId, Agent = UserAgent, Device = tostring(parse_json(DeviceDetail).deviceId), App = AppId, ASN = AutonomousSystemNumber, ResultType),
  (AADServicePrincipalSignInLogs | project TimeGenerated, Log = "AADServicePrincipalSignInLogs", Account = ServicePrincipalId, Name = ServicePrincipalName, IPAddress, Session = "", Agent = UserAgent, Device = "", App = AppId, ASN = AutonomousSystemNumber, ResultType),
  (AuditLogs | project TimeGenerated, Log = "AuditLogs", Account = tostring(InitiatedBy.user.id), Name = tostring(InitiatedBy.user.userPrincipalName), IPAddress = tostring(InitiatedBy.user.ipAddress), Session = "", Agent = "", Device = "", App = "", ASN = "", ResultType = ""),
  (OfficeActivity | extend Upn = tolower(UserId) | lookup kind=leftouter (EntraUsers | project Upn = tolower(userPrincipalName), DirectoryId = id) on Upn | project TimeGenerated, Log = "OfficeActivity", Account = case(isnotempty(DirectoryId), DirectoryId, UserId has "@" and not(UserKey matches regex @'^[0-9a-fA-F-]{36}$'), Upn, UserKey), Name = UserId, IPAddress = case(ClientIP startswith "[", extract(@'^\[([^\]]+)\]', 1, ClientIP), ClientIP matches regex @'^\d+\.\d+\.\d+\.\d+:\d+$', tostring(split(ClientIP, ":")[0]), ClientIP), Session = tostring(AppAccessContext.AADSessionId), Agent = UserAgent, Device = "", App = ClientAppId, ASN = "", ResultType = ""),
  (MicrosoftGraphActivityLogs | project TimeGenerated, Log = "MicrosoftGraphActivityLogs", Account = UserId, Name = "", IPAddress, Session = SessionId, Agent = UserAgent, Device = DeviceId, App = AppId, ASN = "", ResultType = "")
  | where TimeGenerated >= _from and TimeGenerated < _to and isnotempty(Account);
`

// scopeColumns are where the indicators stand.
var scopeColumns = map[string]string{"IP address": "IPAddress", "session": "Session", "AS number": "ASN", "user agent": "Agent", "device": "Device", "application": "App"}

// matches is the condition of the events that have one of the values.
func matches(kind string, values []string) string {
	if kind == "prefix" {
		return fmt.Sprintf("coalesce(ipv4_is_in_range(IPAddress, %s), false) or coalesce(ipv6_is_in_range(IPAddress, %[1]s), false)", literal(values[0]))
	}
	return fmt.Sprintf("%s in~ (%s)", scopeColumns[kind], literals(values))
}

// counted leaves out the events that indicators of earlier rounds match: they are in the totals already.
func (s *scope) counted(round int) string {
	by := map[string][]string{}
	for i, of := range s.seen {
		if of < round {
			by[i.kind] = append(by[i.kind], i.value)
		}
	}
	out := ""
	for _, kind := range sortedKinds(by) {
		sort.Strings(by[kind])
		out += "\n| where not(" + matches(kind, by[kind]) + ")"
	}
	return out
}

// touch finds the accounts that some indicators touched, and gives those that were not known.
func (s *scope) touch(ctx context.Context, of []indicator, round int) ([]*touched, *Answer) {
	by := map[string][]string{}
	for _, i := range of {
		by[i.kind] = append(by[i.kind], i.value)
	}
	var conditions, which []string
	for _, kind := range sortedKinds(by) {
		condition := matches(kind, by[kind])
		if kind == "prefix" {
			which = append(which, fmt.Sprintf("%s, strcat(\"IP address \", IPAddress)", condition))
		} else {
			which = append(which, fmt.Sprintf("%s, strcat(%q, %s)", condition, kind+" ", scopeColumns[kind]))
		}
		conditions = append(conditions, condition)
	}
	query := scopeEvents + `_events
| where ` + strings.Join(conditions, " or ") + s.counted(round) + `
| extend Through = case(` + strings.Join(which, ", ") + `, "")
| lookup kind=leftouter _reasons on ResultType
| summarize Events = count(), SignIns = countif(isnotempty(ResultType)), Succeeded = countif(ResultType == "0"), PasswordKnown = countif(ResultType != "0" and coalesce(PasswordCorrect, false)), FirstSeen = min(TimeGenerated), LastSeen = max(TimeGenerated), Name = max(tolower(Name)), Through = make_set(Through, 10), Addresses = make_set_if(IPAddress, isnotempty(IPAddress), 50), Sessions = make_set_if(Session, isnotempty(Session), 50) by Account
| order by FirstSeen asc, Account asc`
	rows, failed := s.query(ctx, query)
	if failed != nil {
		return nil, failed
	}
	var fresh []*touched
	for i := range rows.n {
		t := &touched{id: rows.cell(i, "Account"), name: rows.cell(i, "Name"), round: round, events: number(rows, i, "Events"), signIns: number(rows, i, "SignIns"), succeeded: number(rows, i, "Succeeded"),
			knew: number(rows, i, "PasswordKnown"), first: rows.cell(i, "FirstSeen"), last: rows.cell(i, "LastSeen"), through: rows.texts(i, "Through"),
			addresses: rows.texts(i, "Addresses"), sessions: rows.texts(i, "Sessions")}
		if old := s.accounts[t.id]; old != nil { // seen again in what a further indicator shows
			before := old.state()
			old.events, old.signIns, old.succeeded, old.knew = old.events+t.events, old.signIns+t.signIns, old.succeeded+t.succeeded, old.knew+t.knew
			old.addresses, old.sessions = merged(old.addresses, t.addresses), merged(old.sessions, t.sessions)
			old.first, old.last = min(old.first, t.first), max(old.last, t.last)
			if before != old.state() && !old.followed {
				fresh = append(fresh, old)
			}
			continue
		}
		s.accounts[t.id] = t
		s.order = append(s.order, t.id)
		fresh = append(fresh, t)
	}
	return fresh, nil
}

// follow gives the indicators that the accounts in the intruder's hands lead to: the sessions in which the known ones were used,
// the other addresses of these sessions, and addresses of networks that an account had never used before it was touched.
// What many accounts use is not followed, and an account with less than three days before it was touched has no usual networks.
func (s *scope) follow(ctx context.Context, fresh []*touched) ([]indicator, *Answer) {
	var since, sessions []string
	for _, t := range fresh {
		if state := t.state(); state == "only tried" || t.followed {
			continue // whoever was only tried has nothing of the intruder's
		}
		t.followed = true
		since = append(since, fmt.Sprintf("%s, datetime(%s)", literal(t.id), t.first))
		for _, x := range t.sessions {
			if s.seen[indicator{"session", x}] == 0 {
				sessions = append(sessions, x)
			}
		}
	}
	if len(since) == 0 {
		return nil, nil
	}
	query := scopeEvents + `let _touched = datatable(Account:string, Since:datetime)[` + strings.Join(since, ", ") + `];
let _known = _events | join kind=inner _touched on Account | where TimeGenerated < Since - 3d | distinct Account;
let _before = _events | where isnotempty(ASN) | join kind=inner _touched on Account | where TimeGenerated < Since | distinct Account, ASN;
let _networks = _events | where isnotempty(ASN) and ResultType == "0" | join kind=inner _touched on Account | where TimeGenerated >= Since and Account in (_known) | join kind=leftanti _before on Account, ASN | project Kind = "IP address", Value = IPAddress;
let _sessions = _events | where Session in (` + literals(append(sessions, "")) + `) and isnotempty(Session) | project Kind = "session", Value = Session, IPAddress;
let _found = union (_networks), (_sessions | project Kind, Value), (_sessions | where isnotempty(IPAddress) | project Kind = "IP address", Value = IPAddress) | distinct Kind, Value;
let _users = union (_events | where IPAddress in ((_found | where Kind == "IP address" | project Value)) | project Kind = "IP address", Value = IPAddress, Account), (_events | where Session in ((_found | where Kind == "session" | project Value)) | project Kind = "session", Value = Session, Account) | summarize Accounts = count_distinct(Account) by Kind, Value;
_found | lookup kind=leftouter _users on Kind, Value | project Kind, Value, Accounts | order by Kind asc, Value asc`
	rows, failed := s.query(ctx, query)
	if failed != nil {
		return nil, failed
	}
	var next []indicator
	for i := range rows.n {
		found := indicator{rows.cell(i, "Kind"), rows.cell(i, "Value")}
		if s.seen[found] > 0 || found.value == "" {
			continue
		}
		if n := number(rows, i, "Accounts"); n > scopeShared {
			s.shared[found] = n
			continue
		}
		next = append(next, found)
	}
	return next, nil
}

// query runs one query of the search as a step that can be checked.
func (s *scope) query(ctx context.Context, text string) (*view, *Answer) {
	sub := *s.call
	skill := *s.call.Skill
	skill.Template, skill.Handler = text, ""
	sub.Skill, sub.Fill = &skill, map[string]string{}
	st, res := s.r.step(ctx, &sub)
	if st.Error != "" {
		return nil, s.r.failed(st)
	}
	s.r.add(st, &sub, res)
	return &view{c: s.r.c, call: &sub, res: res, n: len(res.Rows)}, nil
}

// say words what was found and adds the table of the accounts.
func (s *scope) say(asked string, rounds int, capped bool) {
	r := s.r
	res := &Result{Columns: []Column{{"UserPrincipalName", "string"}, {"State", "string"}, {"Round", "long"}, {"Through", "dynamic"}, {"Events", "long"}, {"SucceededSignIns", "long"},
		{"FailedWithRightPassword", "long"}, {"FirstSeen", "datetime"}, {"LastSeen", "datetime"}, {"IPAddresses", "dynamic"}, {"Sessions", "dynamic"}, {"AccountId", "string"}}}
	rows := map[string][]int{}
	names := map[string][]string{}
	sort.SliceStable(s.order, func(a, b int) bool { return rank(s.accounts[s.order[a]]) < rank(s.accounts[s.order[b]]) })
	for i, id := range s.order {
		t := s.accounts[id]
		name := t.name
		if name == "" {
			name = t.id
		}
		state := t.state()
		rows[state], names[state] = append(rows[state], i), append(names[state], name)
		res.Rows = append(res.Rows, []any{name, state, t.round, t.through, t.events, t.succeeded, t.knew, t.first, t.last, t.addresses, t.sessions, t.id})
	}
	at := r.own(s.call, res)
	r.answer.Steps[at].Query = fmt.Sprintf("from the %s before it", plural(at, "query", "queries"))
	when := windowText(s.call)
	if len(s.order) == 0 {
		r.say(fmt.Sprintf("No log that is held has an event of %s %s.", asked, when), at, nil)
		return
	}
	end := "then nothing new appeared"
	switch {
	case s.common > 0:
		end = fmt.Sprintf("%d of them use it, more than %d: an office, a carrier or a common client, so nothing was followed from it", s.common, scopeShared)
	case capped:
		end = fmt.Sprintf("then the search was stopped at its limit of %d rounds or %d indicators: there may be more", scopeRounds, scopeValues)
	}
	all := make([]int, len(res.Rows))
	for i := range all {
		all[i] = i
	}
	r.say(fmt.Sprintf("From %s, %s found %s in %s; %s.", asked, when, plural(len(s.order), "account", ""), plural(rounds, "round", ""), end), at, all)
	for _, x := range []struct{ state, text string }{{"signed in", "Signed in"}, {"password known", "Stopped after the right password, which is known"},
		{"acted", "Acted in other logs"}, {"only tried", "Only tried"}} {
		if n := names[x.state]; len(n) > 0 {
			r.say(fmt.Sprintf("%s: %s.", x.text, shortened(n, 20)), at, rows[x.state])
		}
	}
	var further, shared []string
	for i, round := range s.seen {
		if round > 1 {
			further = append(further, i.kind+" "+i.value)
		}
	}
	for i, n := range s.shared {
		shared = append(shared, fmt.Sprintf("%s %s (%d)", i.kind, i.value, n))
	}
	sort.Strings(further)
	sort.Strings(shared)
	if len(further) > 0 {
		r.say(fmt.Sprintf("Further indicators: %s.", shortened(further, 20)), at, nil)
	}
	if len(shared) > 0 {
		r.say(fmt.Sprintf("Not followed, because more than %d accounts use them: %s.", scopeShared, shortened(shared, 10)), at, nil)
	}
	r.suggest(&view{c: r.c, call: s.call, res: res, n: len(res.Rows)})
}

func rank(t *touched) int {
	return slices.Index([]string{"signed in", "password known", "acted", "only tried"}, t.state())
}

func shortened(list []string, n int) string {
	if len(list) > n {
		return strings.Join(list[:n], ", ") + fmt.Sprintf(", and %d more", len(list)-n)
	}
	return strings.Join(list, ", ")
}

func number(v *view, row int, column string) int {
	n := 0
	if _, err := fmt.Sscan(v.cell(row, column), &n); err != nil {
		return 0 // the cell is empty
	}
	return n
}

// texts are the values of a list in a cell.
func (v *view) texts(row int, column string) []string {
	list, ok := jsonList(cellText(v.res.Rows[row][v.column(column)]))
	if !ok {
		return nil
	}
	var out []string
	for _, x := range list {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

func merged(a, b []string) []string {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

func sortedKinds(m map[string][]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// literal writes a text as a KQL string literal.
func literal(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ").Replace(s) + `"`
}

func literals(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = literal(s)
	}
	return strings.Join(out, ", ")
}
