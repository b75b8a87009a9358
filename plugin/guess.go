package plugin

import "strings"

// Guess is what an input of a manifest that says nothing of types takes, by its name and then its description: user, email, ip,
// domain, url, hash, cve, device, id, days, hours, timespan, from, to, top, or text.
func (in Input) Guess() string {
	name := squeeze(in.Name)
	for _, g := range guesses {
		for _, n := range g.names {
			if name == n {
				return g.kind
			}
		}
	}
	for _, g := range guesses {
		for _, p := range g.parts {
			if strings.Contains(name, p) {
				return g.kind
			}
		}
	}
	text := strings.ToLower(in.Description)
	for _, g := range guesses {
		for _, p := range g.said {
			if strings.Contains(text, p) {
				return g.kind
			}
		}
	}
	return "text"
}

func squeeze(s string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(s))
}

// guesses are in the order in which they are tried: "emailsubject" is no email.
var guesses = []struct {
	kind               string
	names, parts, said []string
}{
	{"text", nil, []string{"subject", "title", "keyword", "severity", "status", "state", "level", "type", "category", "command", "process", "path", "country", "comment"}, nil},
	{"top", []string{"top", "limit", "count", "n", "rows", "numberofrows", "maxresults"}, []string{"topresults", "numberofrows", "topowners", "topimpacted"}, []string{"number of rows", "number of top"}},
	{"days", []string{"days", "day", "daysback", "lookbackdays", "numberofdays"}, []string{"daysback", "numdays"}, []string{"number of days"}},
	{"hours", []string{"hours", "hoursback"}, nil, []string{"number of hours"}},
	{"from", []string{"from", "start", "starttime", "startdate", "fromdatetime", "fromdate", "startdatetime", "querystarttime"}, []string{"starttime", "startdate", "fromdate"}, nil},
	{"to", []string{"to", "end", "endtime", "enddate", "todatetime", "todate", "enddatetime", "queryendtime"}, []string{"endtime", "enddate", "todate"}, nil},
	{"timespan", []string{"lookback", "timerange", "timeframe", "timespan", "lookbackperiod", "timewindow", "period", "dayrange"}, []string{"lookback", "timespan", "timerange", "timeframe"}, nil},
	{"ip", []string{"ip", "ipaddress", "ipaddresses", "address", "srcip", "dstip", "remoteip"}, []string{"ipaddr", "ipv4"}, []string{"ip address"}},
	{"email", []string{"email", "mail", "emailaddress", "recipient", "sender"}, []string{"email", "recipient", "sender"}, []string{"email address"}},
	{"user", []string{"user", "upn", "username", "account", "accountname", "identity", "useraccount"}, []string{"userprincipalname", "accountupn", "upn", "username", "userid", "accountname"}, []string{"upn", "user principal name", "username"}},
	{"device", []string{"device", "devicename", "host", "hostname", "computer", "machine", "computername"}, []string{"devicename", "hostname", "computername", "machinename"}, []string{"device name", "hostname"}},
	{"url", []string{"url", "uri", "link"}, []string{"url"}, nil},
	{"domain", []string{"domain", "domainname", "fqdn"}, []string{"domain"}, []string{"domain name"}},
	{"hash", []string{"hash", "sha1", "sha256", "md5", "filehash"}, []string{"sha256", "sha1", "md5", "hash"}, nil},
	{"cve", []string{"cve", "cveid"}, []string{"cve"}, nil},
	{"id", []string{"id", "guid", "objectid", "correlationid"}, []string{"objectid", "tenantid", "appid"}, nil},
}
