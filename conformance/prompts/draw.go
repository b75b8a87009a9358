package prompts

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// Subject is what a prompt is about: the things it names, and the filters it sets. The follow-ups of a
// conversation keep it and change what they name.
type Subject struct {
	User   *User
	Group  *Group
	Role   string
	Device *Device
	When   *When

	App, IP, Country, City, OS, Browser, Client, DeviceState, Correlation, Code string
	Status, Level, State, Kind                                                  string
	Activity, Category, Service, Result                                         string
	Department, Title                                                           string
	Top                                                                         int
	Fields                                                                      []string
	Risky                                                                       bool
}

// draw is one drawing of lots: a generator of its own, so that wordings do not depend on each other.
type draw struct {
	e     *Export
	rng   *rand.Rand
	s     Subject
	say   map[string]string // what stands for each placeholder
	plain bool              // name people by UPN or full name only
}

func newDraw(e *Export, key string) *draw {
	h := sha256.Sum256([]byte(e.TenantID + key))
	return &draw{e: e, rng: rand.New(rand.NewChaCha8(h)), say: map[string]string{}}
}

func pick[T any](d *draw, list []T) (v T) {
	if len(list) == 0 {
		return v
	}
	return list[d.rng.IntN(len(list))]
}

var placeholder = regexp.MustCompile(`\{([^{}]+)\}`)

// needs are the placeholders of a wording.
func needs(wording string) map[string]bool {
	out := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(wording, -1) {
		out[strings.TrimSuffix(m[1], "'s")] = true
	}
	return out
}

// fill spells the subject into the wording. It fails where the wording names what the subject does not have.
func (d *draw) fill(wording string) (string, error) {
	var missing []string
	out := placeholder.ReplaceAllStringFunc(wording, func(m string) string {
		name, possessive := strings.CutSuffix(m[1:len(m)-1], "'s")
		v := d.spell(name)
		if v == "" {
			missing = append(missing, name)
		}
		if possessive {
			v += possessiveOf(v)
		}
		return v
	})
	if missing != nil {
		return "", fmt.Errorf("%q: nothing to say for %v", wording, missing)
	}
	return out, nil
}

func possessiveOf(v string) string {
	if strings.HasSuffix(v, "s") && len(v)%2 == 0 { // both forms are in use
		return "'"
	}
	return "'s"
}

func (d *draw) spell(name string) string {
	if v, ok := d.say[name]; ok {
		return v
	}
	v := ""
	switch name {
	case "user":
		v = d.spellUser()
	case "upn":
		v = d.s.User.UPN
	case "group":
		v = d.s.Group.DisplayName
	case "role":
		v = d.s.Role
	case "device":
		v = d.s.Device.DisplayName
	case "when":
		v = d.s.When.Phrase
	case "app":
		v = d.s.App
	case "ip":
		v = d.s.IP
	case "country":
		v = countries[d.s.Country]
	case "city":
		v = d.s.City
	case "os":
		v = d.s.OS
	case "browser":
		v = d.s.Browser
	case "client":
		v = d.s.Client
	case "correlation":
		v = d.s.Correlation
	case "code":
		v = d.s.Code
	case "level":
		v = d.s.Level
	case "kind":
		v = kinds[d.s.Kind]
	case "activity":
		v = d.s.Activity
	case "category":
		v = d.s.Category
	case "service":
		v = d.s.Service
	case "department":
		v = d.s.Department
	case "title":
		v = d.s.Title
	case "n":
		v = fmt.Sprint(d.s.Top)
	}
	d.say[name] = v
	return v
}

// spellUser names the user in one of the ways that mean only that user.
func (d *draw) spellUser() string {
	u := d.s.User
	ways := []string{u.UPN, u.UPN}
	if d.e.unique(u) {
		ways = append(ways, u.DisplayName, u.DisplayName, u.DisplayName)
		if !d.plain {
			ways = append(ways, strings.ToLower(u.DisplayName))
		}
	}
	if !d.plain {
		ways = append(ways, u.ID)
		if d.e.uniqueGiven(u) {
			ways = append(ways, u.GivenName)
		}
	}
	return pick(d, ways)
}

// unique tells whether nobody else, deleted or not, has the display name.
func (e *Export) unique(u *User) bool {
	for _, o := range append(append([]*User{}, e.Users...), e.Deleted...) {
		if o.ID != u.ID && strings.EqualFold(o.DisplayName, u.DisplayName) {
			return false
		}
	}
	return true
}

// uniqueGiven tells whether the given name can mean nobody and nothing else.
func (e *Export) uniqueGiven(u *User) bool {
	if len(u.GivenName) < 4 || notNames[u.GivenName] {
		return false
	}
	for _, o := range append(append([]*User{}, e.Users...), e.Deleted...) {
		if o.ID == u.ID {
			continue
		}
		for _, n := range []string{o.GivenName, o.Surname} {
			if strings.EqualFold(n, u.GivenName) {
				return false
			}
		}
		if strings.HasPrefix(strings.ToLower(o.UPN), strings.ToLower(u.GivenName)+"@") {
			return false
		}
	}
	return true
}

// notNames are given names that are words too.
var notNames = map[string]bool{"Grace": true, "Amber": true, "Ruby": true, "Holly": true, "Jasper": true, "Rose": true,
	"Will": true, "Mark": true, "Faith": true, "Hope": true, "Joy": true, "Summer": true, "April": true, "June": true, "Drew": true}

// countries are the names of the codes in sign-ins; a code that is not here is not asked about.
var countries = map[string]string{"US": "the United States", "GB": "the United Kingdom", "NL": "the Netherlands", "TR": "Turkey",
	"ID": "Indonesia", "CA": "Canada", "RO": "Romania", "BY": "Belarus", "FR": "France", "BR": "Brazil", "IN": "India", "ES": "Spain",
	"SG": "Singapore", "VN": "Vietnam", "MD": "Moldova", "JP": "Japan", "FI": "Finland", "NG": "Nigeria", "DE": "Germany",
	"SE": "Sweden", "IE": "Ireland", "PL": "Poland", "IT": "Italy", "AU": "Australia", "CH": "Switzerland"}

// kinds are plain words for risk event types.
var kinds = map[string]string{"unfamiliarFeatures": "unfamiliar sign-in properties", "passwordSpray": "password spray",
	"anonymizedIPAddress": "anonymous IP address", "unlikelyTravel": "atypical travel", "suspiciousBrowser": "suspicious browser",
	"mcasImpossibleTravel": "impossible travel", "anomalousToken": "anomalous token", "leakedCredentials": "leaked credentials",
	"newCountry": "new country"}
