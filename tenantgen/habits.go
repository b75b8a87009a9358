package tenantgen

import (
	"fmt"
	"time"
)

// habits are what makes one person's sign-ins look like that person's.
type habits struct {
	start, length int     // working hours: local minutes of the day
	daysOff       uint8   // weekdays not worked, bit 0 is Sunday
	officeDays    uint8   // weekdays in the office
	busy          float64 // relative number of events
	phone         bool
	phoneShare    float64
	browser       int // index into browsers()
	ios           bool
	ipv6          bool
	homeNumber    int
	legacy        bool // an old mail client that Conditional Access blocks
	favourites    []int
	secondFactor  string
}

const weekend = 1<<0 | 1<<6

func (w *world) drawHabits(p *person) habits {
	r := streamOf(w.seed, "habits", p.index, 0)
	h := habits{
		start: 8*60 + int(r.bell()*120), length: 8*60 + int(r.bell()*90), daysOff: weekend,
		busy: 0.4 + 1.2*r.float(), phone: r.chance(0.8), phoneShare: 0.15 + 0.3*r.float(),
		browser: r.weighted([]float64{5, 4, 1, 0.6}), ios: r.chance(0.55), ipv6: r.chance(0.3),
		homeNumber: p.index, legacy: p.kind == member && r.chance(0.02),
	}
	if p.department == "Customer Support" && r.chance(0.3) { // shifts, weekends included
		h.start = pick(&r, []int{6 * 60, 13 * 60, 21 * 60})
		first, second := r.intn(7), r.intn(7)
		h.daysOff = 1<<first | 1<<second
	}
	if r.chance(0.1) { // part-timers
		h.length = h.length * 6 / 10
		h.daysOff |= 1 << r.between(1, 5)
	}
	for d := 1; d <= 5; d++ {
		if r.chance(0.55) {
			h.officeDays |= 1 << d
		}
	}
	if r.chance(0.15) { // remote
		h.officeDays = 0
	}
	switch p.kind {
	case guest:
		h.busy, h.officeDays, h.legacy = h.busy*0.2, 0, false
	case serviceAccount:
		h.daysOff, h.officeDays, h.phone, h.start, h.length, h.legacy = 0, 0x7f, false, 0, 1440, false
	case breakGlass:
		h.busy, h.phone = 0, false
	}
	for range r.between(2, 6) {
		h.favourites = append(h.favourites, r.intn(1<<20))
	}
	return h
}

// epochDay numbers UTC dates; streams of days are keyed by it, so a day looks the same whatever
// the length of the logs.
func epochDay(m moment) int { return int(m / 86_400_000) }

func dayStart(day int) moment { return moment(day) * 86_400_000 }

// away says where a day of travel is spent, and whether the day is vacation.
func (w *world) away(p *person, day int) (destination *place, vacation bool) {
	const tripBlock, leaveBlock = 30, 70
	if p.kind != member {
		return nil, false
	}
	r := streamOf(w.seed, "trip", p.index, day/tripBlock)
	if r.chance(0.1) {
		from, long := r.intn(tripBlock-5), r.between(1, 4)
		to := w.cities[r.intn(len(w.cities))]
		if d := day % tripBlock; d >= from && d <= from+long && to.city != p.office.city {
			destination = to
		}
	}
	r = streamOf(w.seed, "leave", p.index, day/leaveBlock)
	if r.chance(0.6) {
		from, long := r.intn(leaveBlock-14), r.between(4, 13)
		if d := day % leaveBlock; d >= from && d <= from+long {
			vacation = true
		}
	}
	return destination, vacation
}

// activity is how busy a person is on a day; its sum over everyone and all days sets the rates.
func (w *world) activity(p *person, day int) float64 {
	if !p.works(dayStart(day)) {
		return 0
	}
	f := p.habits.busy
	if p.habits.daysOff&(1<<weekday(day)) != 0 {
		f *= 0.06
	}
	if _, vacation := w.away(p, day); vacation {
		f *= 0.05
	}
	return f
}

func weekday(day int) uint { return uint((day + 4) % 7) } // 1970-01-01 was a Thursday

// agent is a browser or client as sign-in records show it.
type agent struct {
	os, browser, userAgent string
}

// browserAgent builds the client of a browser sign-in. Browsers update every four weeks and every
// installation lags on its own, so the number of distinct user agents grows with people and days.
func (w *world) browserAgent(p *person, d *device, day int) agent {
	a := agent{os: "Windows 11"}
	platform := "Windows NT 10.0; Win64; x64"
	lag, build := 0, p.index
	if d != nil {
		a.os, lag, build = d.signInOS, d.index%9, d.index
		if d.mac {
			platform = "Macintosh; Intel Mac OS X 10_15_7"
		}
	}
	if d == nil && p.habits.browser == 3 {
		a.os, platform = "MacOs", "Macintosh; Intel Mac OS X 10_15_7"
	}
	version := 118 + (day-lag-20400)/28
	patch := mix(uint64(build)<<20|uint64(version)) % 180
	switch p.habits.browser {
	case 0:
		a.browser = fmt.Sprintf("Edge %d.0.%d", version, patch)
		a.userAgent = fmt.Sprintf("Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.%d.%d", platform, version, version, 2400+version, patch)
	case 1:
		a.browser = fmt.Sprintf("Chrome %d.0.%d", version, patch)
		a.userAgent = fmt.Sprintf("Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.%d Safari/537.36", platform, version, 6600+version, patch)
	case 2:
		a.browser = fmt.Sprintf("Firefox %d.%d", version, patch%4)
		a.userAgent = fmt.Sprintf("Mozilla/5.0 (%s; rv:%d.%d) Gecko/20100101 Firefox/%d.%d", platform, version, patch%4, version, patch%4)
	default:
		a.os = "MacOs"
		a.browser = fmt.Sprintf("Safari 18.%d", patch%6)
		a.userAgent = fmt.Sprintf("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.%d (KHTML, like Gecko) Version/18.%d Safari/605.1.%d", 15+patch%20, patch%6, 15+patch%20)
	}
	return a
}

// clientAgent is the client of an application that is not a browser.
func (w *world) clientAgent(p *person, d *device, a *app, day int) agent {
	os := "Windows 11"
	if d != nil {
		os = d.signInOS
	}
	build := mix(uint64(p.index)<<16|uint64((day-p.index%14)/14))%4000 + 14000
	out := agent{os: os}
	switch {
	case d != nil && d.phone && d.ios:
		out.userAgent = fmt.Sprintf("%s-iOS/2.%d (iPhone; iOS %s)", a.client, build, d.version)
		out.browser = "Mobile Safari"
	case d != nil && d.phone:
		out.userAgent = fmt.Sprintf("%s-Android/2.%d (Android %s; %s)", a.client, build, d.version, d.model)
		out.browser = "Chrome Mobile"
	default:
		out.userAgent = fmt.Sprintf("Mozilla/5.0 (compatible; %s 16.0.%d; %s)", a.client, build, os)
		out.browser = "Rich Client 4.61.0.0"
	}
	return out
}

// legacyAgent is the old mail client of a person who still has one.
func legacyAgent() agent { return agent{os: "", browser: "", userAgent: "BAV2ROPC"} }

const day = 24 * time.Hour
