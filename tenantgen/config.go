package tenantgen

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Config says what to generate. Equal configurations give byte-identical directories; Out is the
// only field that does not show in the files.
type Config struct {
	Org     string    // display name of the organization
	Domain  string    // default verified domain, as "woodgrovebank.com"
	Users   int       // user objects, guests and service accounts included; at least MinUsers
	Days    int       // length of the logs, up to End
	Events  int       // log records to aim for; attacks and directory history come on top when they do not fit
	Seed    uint64    // chooses everything that is not named here
	Attacks []string  // names from Attacks(), in any order; empty for a tenant where nothing happens
	End     time.Time // the moment of the export; every date is relative to it
	Out     string    // directory to create
}

// MinUsers is the smallest tenant that has all the roles the generator casts.
const MinUsers = 25

// MaxDays keeps the window inside the lifetime of the state's older dates.
const MaxDays = 180

// DemoConfig is the sample tenant of `sleuth demo`: 400 people, 30 days, the karita storyline and
// three smaller attacks, up to end.
func DemoConfig(out string, end time.Time) Config {
	return Config{
		Org: "Woodgrove Bank", Domain: "woodgrovebank.com", Users: 400, Days: 30, Events: 40_000, Seed: 1,
		Attacks: []string{"karita", "leaked-credentials", "token-theft", "privilege-escalation"},
		End:     end, Out: out,
	}
}

// normalize checks the configuration and brings its fields to the form the generator uses.
func (c Config) normalize() (Config, error) {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	c.Org, c.Domain = strings.TrimSpace(c.Org), strings.ToLower(strings.TrimSpace(c.Domain))
	if c.Org == "" {
		bad("the organization has no name: give --org")
	}
	if !validDomain(c.Domain) {
		bad("domain %q is not a DNS name like woodgrovebank.com: give --domain", c.Domain)
	}
	if c.Users < MinUsers {
		bad("%d users are too few to cast a tenant: give --users %d or more", c.Users, MinUsers)
	}
	if c.Days < 1 || c.Days > MaxDays {
		bad("%d days are outside 1 to %d: give --days in that range", c.Days, MaxDays)
	}
	if c.Events < 0 {
		bad("%d events are fewer than none: give --events 0 or more", c.Events)
	}
	if c.End.IsZero() {
		bad("the end of the logs is not set")
	}
	if c.Out == "" {
		bad("no directory to write to: give --out")
	}
	attacks, err := orderAttacks(c.Attacks)
	if err != nil {
		problems = append(problems, err)
	}
	c.Attacks = attacks
	c.End = c.End.UTC().Truncate(time.Second)
	return c, errors.Join(problems...)
}

func validDomain(d string) bool {
	labels := strings.Split(d, ".")
	if len(labels) < 2 || len(d) > 253 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
	}
	return true
}

// orderAttacks brings the names to catalogue order without repeats, so that the order on the
// command line does not change the bytes.
func orderAttacks(names []string) ([]string, error) {
	catalogue := Attacks()
	known := make([]string, len(catalogue))
	for i, a := range catalogue {
		known[i] = a.Name
	}
	wanted := map[string]bool{}
	for _, n := range names {
		n = strings.ToLower(strings.TrimSpace(n))
		if n == "" {
			continue
		}
		if n == "all" {
			return known, nil
		}
		if !slices.Contains(known, n) {
			return nil, fmt.Errorf("attack %q is not known: choose among %s, or all", n, strings.Join(known, ", "))
		}
		wanted[n] = true
	}
	var out []string
	for _, n := range known {
		if wanted[n] {
			out = append(out, n)
		}
	}
	return out, nil
}
