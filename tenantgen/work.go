package tenantgen

import (
	"cmp"
	"slices"
	"time"
)

// sort of a planned event.
type eventSort uint8

const (
	interactiveEvent eventSort = iota
	followUpEvent              // the successful attempt after an interrupt, in the context of the first
	backgroundEvent
	workloadEvent
	callEvent // a Graph call with the token of a sign-in
	mailEvent
	fillerAudit
	scriptedSignIn // who is the index of a prepared event
	scriptedAudit
	scriptedMail
	scriptedCall
)

// planned is an event before its details are drawn. A day's events are planned, put in order and
// only then drawn and written one by one, so memory holds 40 bytes an event of two days at most.
type planned struct {
	at, parent moment
	seed       uint64
	who        int32
	sort       eventSort
	background bool // the parent of a call or mail event
}

// rates are events per unit of activity (people), per unit of weight and day (workloads), per day.
type rates struct{ interactive, background, workload, filler, call, mail float64 }

const (
	shareInteractive = 0.44
	shareBackground  = 0.33
	shareWorkload    = 0.12
	shareFiller      = 0.04
	shareCall        = 0.045
	shareMail        = 0.025
	mailClients      = 0.6   // share of people's sign-ins with an application that holds mail or files
	followUpShare    = 0.047 // of interactive events, from the outcomes in drawOutcome
)

// calibrate finds the rates that give the wanted number of events.
func (w *world) calibrate(wanted int) rates {
	first, last := epochDay(w.start), epochDay(w.end-1)
	activity := 0.0
	for _, p := range w.people {
		for d := first; d <= last; d++ {
			activity += w.activity(p, d) * w.portion(d)
		}
	}
	weight := 0.0
	for _, a := range w.workloads {
		weight += a.weight
	}
	days := float64(w.end-w.start) / 86_400_000
	n := float64(max(0, wanted-w.scripted()))
	return rates{
		interactive: n * shareInteractive / (1 + followUpShare) / max(activity, 1e-9), background: n * shareBackground / max(activity, 1e-9),
		workload: n * shareWorkload / max(weight*days, 1e-9), filler: n * shareFiller / days,
		call: shareCall / (shareInteractive + shareBackground), mail: shareMail / (shareInteractive + shareBackground) / mailClients,
	}
}

// portion is how much of a day lies in the window.
func (w *world) portion(d int) float64 {
	from, to := max(dayStart(d), w.start), min(dayStart(d+1), w.end)
	return float64(to-from) / 86_400_000
}

// planDay plans everything of one date, in the local time of everybody's office.
func (w *world) planDay(d int, rt rates, out []planned) []planned {
	for _, p := range w.people {
		f := w.activity(p, d)
		if f == 0 {
			continue
		}
		r := streamOf(w.seed, "day", p.index, d)
		for range r.count(rt.interactive * f) {
			out = w.planSignIn(p, d, &r, rt, false, out)
		}
		for range r.count(rt.background * f) {
			out = w.planSignIn(p, d, &r, rt, true, out)
		}
	}
	for i, a := range w.workloads {
		r := streamOf(w.seed, "workload", a.index, d)
		for range r.count(rt.workload * a.weight) {
			out = append(out, planned{at: dayStart(d) + moment(r.intn(86_400_000)), seed: r.next(), who: int32(i), sort: workloadEvent})
		}
	}
	r := streamOf(w.seed, "filler", 0, d)
	for range r.count(rt.filler) {
		at := dayStart(d) + moment((9*60+int(r.bell()*360))*60_000+r.intn(60_000)) + 5*3_600_000
		out = append(out, planned{at: at, seed: r.next(), sort: fillerAudit})
	}
	return out
}

func (w *world) planSignIn(p *person, d int, r *stream, rt rates, background bool, out []planned) []planned {
	h := p.habits
	minute := h.start + h.length/2 + int(r.bell()*float64(h.length)*0.55)
	if r.chance(0.07) {
		minute = h.start + h.length + r.intn(240) // in the evening
	}
	at := dayStart(d) + moment((minute-p.office.utcOffset)*60_000+r.intn(60_000))
	e := planned{at: at, seed: r.next(), who: int32(p.index), sort: interactiveEvent}
	if background {
		e.sort = backgroundEvent
	}
	call, mail := r.chance(rt.call), r.chance(rt.mail)
	if at < w.start || at >= w.end || !p.works(at) {
		return out
	}
	out = append(out, e)
	s := w.draw(e)
	if e.sort == interactiveEvent && interrupts(s.code) {
		later := at + moment(r.between(6_000, 70_000))
		if later < w.end {
			out = append(out, planned{at: later, parent: at, seed: e.seed, who: e.who, sort: followUpEvent})
		}
	}
	if s.code != 0 {
		return out
	}
	child := planned{parent: at, seed: e.seed, who: e.who, background: background}
	child.at = at + moment(r.between(1_000, 900_000))
	if call && child.at < w.end {
		child.sort = callEvent
		out = append(out, child)
	}
	if mail && child.at < w.end && p.kind == member && (w.keepsMail(s.app) || w.keepsFiles(s.app)) {
		child.sort = mailEvent
		out = append(out, child)
	}
	return out
}

func interrupts(code int) bool {
	return code == 50126 || code == 50074 || code == 50076 || code == 50140
}

// work streams the window's events in order of time.
func (w *world) work(rt rates, write func(planned) error) error {
	// Local time runs up to 14 hours from UTC, evenings to 32 hours after midnight: an event of a date may lie a date before or two after it.
	first, last := epochDay(w.start)-2, epochDay(w.end-1)+1
	pending := w.planScripted()
	for d := first; d <= last; d++ {
		pending = w.planDay(d, rt, pending)
		slices.SortFunc(pending, comparePlanned)
		limit := dayStart(d)
		if d == last {
			limit = w.end
		}
		i := 0
		for ; i < len(pending) && pending[i].at < limit; i++ {
			if pending[i].at < w.start {
				continue
			}
			if err := write(pending[i]); err != nil {
				return err
			}
		}
		pending = append(pending[:0], pending[i:]...)
	}
	return nil
}

func comparePlanned(a, b planned) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.sort, b.sort), cmp.Compare(a.who, b.who), cmp.Compare(a.seed, b.seed))
}

func (w *world) scripted() int {
	return len(w.signIns) + len(w.audits) + len(w.mails) + len(w.calls) + 2*len(w.detections)
}

func (w *world) planScripted() []planned {
	var out []planned
	for i, s := range w.signIns {
		out = append(out, planned{at: s.at, who: int32(i), sort: scriptedSignIn})
	}
	for i, a := range w.audits {
		out = append(out, planned{at: a.at, who: int32(i), sort: scriptedAudit})
	}
	for i, m := range w.mails {
		out = append(out, planned{at: m.at, who: int32(i), sort: scriptedMail})
	}
	for i, c := range w.calls {
		out = append(out, planned{at: c.at, who: int32(i), sort: scriptedCall})
	}
	return out
}

const hour = time.Hour
