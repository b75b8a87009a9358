package tenantgen

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// logFile is a gzip file written by its own goroutine, so that compression overlaps with drawing.
// The header holds neither time nor name, which keeps the bytes equal.
type logFile struct {
	name    string
	count   int
	buf     []byte
	blocks  chan []byte
	spare   chan []byte
	done    chan error
	stopped bool
}

const blockSize = 1 << 18

func newLogFile(dir, name string) (*logFile, error) {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	buffer := bufio.NewWriterSize(f, blockSize)
	z, err := gzip.NewWriterLevel(buffer, gzip.BestSpeed)
	if err != nil {
		f.Close()
		return nil, err
	}
	l := &logFile{name: name, blocks: make(chan []byte, 2), spare: make(chan []byte, 4), done: make(chan error, 1)}
	go func() {
		var failed error
		for b := range l.blocks { // after an error the channel is still drained, so the producer never blocks
			if failed == nil {
				_, failed = z.Write(b)
			}
			select {
			case l.spare <- b[:0]:
			default:
			}
		}
		for _, end := range []func() error{z.Close, buffer.Flush, f.Close} {
			if err := end(); failed == nil {
				failed = err
			}
		}
		l.done <- failed
	}()
	return l, nil
}

// add appends one record through f, which gets the buffer and returns it longer.
func (l *logFile) add(f func([]byte) []byte) {
	l.buf = f(l.buf)
	l.count++
	if len(l.buf) < blockSize {
		return
	}
	l.blocks <- l.buf
	select {
	case l.buf = <-l.spare:
	default:
		l.buf = make([]byte, 0, blockSize+1<<13)
	}
}

func (l *logFile) close() error {
	if l.stopped {
		return nil
	}
	l.stopped = true
	if len(l.buf) > 0 {
		l.blocks <- l.buf
	}
	close(l.blocks)
	return <-l.done
}

// logs is the logs folder while it is written.
type logs struct {
	w       *world
	dir     string
	files   map[string]*logFile // by category
	order   []*logFile
	portal  []*signIn // a few sign-ins arrive in other formats only
	graph   []*signIn
	other   uint64 // one in this many does
	limit   int
	counted int
}

// logCategories are the diagnostic files and the unified audit log, in a fixed order.
func logCategories() [][2]string {
	return [][2]string{{"SignInLogs", "SignInLogs.json.gz"}, {"NonInteractiveUserSignInLogs", "NonInteractiveUserSignInLogs.json.gz"}, {"ServicePrincipalSignInLogs", "ServicePrincipalSignInLogs.json.gz"},
		{"ManagedIdentitySignInLogs", "ManagedIdentitySignInLogs.json.gz"}, {"AuditLogs", "AuditLogs.json.gz"}, {"MicrosoftGraphActivityLogs", "MicrosoftGraphActivityLogs.json.gz"},
		{"UnifiedAuditLog", "UAL-Combined.jsonl.gz"}}
}

func (w *world) openLogs(dir string) (*logs, error) {
	l := &logs{w: w, dir: dir, files: map[string]*logFile{}, limit: 400}
	// About 380 of each, spread over the whole window; the limit bounds what is kept in memory.
	l.other = uint64(max(30, int(float64(w.cfg.Events)*shareInteractive)/380))
	for _, c := range logCategories() {
		f, err := newLogFile(dir, c[1])
		if err != nil {
			l.close()
			return nil, err
		}
		l.files[c[0]] = f
		l.order = append(l.order, f)
	}
	return l, nil
}

func (l *logs) close() error {
	var first error
	for _, f := range l.order {
		if err := f.close(); first == nil {
			first = err
		}
	}
	return first
}

// write draws a planned event and writes it.
func (l *logs) write(e planned) error {
	w := l.w
	l.counted++
	switch e.sort {
	case interactiveEvent, followUpEvent, backgroundEvent, workloadEvent:
		s := w.draw(e)
		w.notice(s)
		if e.sort == interactiveEvent && s.person.kind == member && s.legacyClient == "" && e.seed%l.other < 2 {
			list := &l.portal
			if e.seed%l.other == 1 {
				list = &l.graph
			}
			if len(*list) < l.limit {
				*list = append(*list, s)
				return nil
			}
		}
		l.files[s.category()].add(func(b []byte) []byte { return w.appendSignIn(b, s) })
	case scriptedSignIn:
		s := w.signIns[e.who]
		w.notice(s)
		l.files[s.category()].add(func(b []byte) []byte { return w.appendSignIn(b, s) })
	case callEvent:
		l.files["MicrosoftGraphActivityLogs"].add(func(b []byte) []byte { return w.appendCall(b, w.drawCall(e)) })
	case scriptedCall:
		l.files["MicrosoftGraphActivityLogs"].add(func(b []byte) []byte { return w.appendCall(b, w.calls[e.who]) })
	case mailEvent:
		l.files["UnifiedAuditLog"].add(func(b []byte) []byte { return w.appendOffice(b, w.drawMail(e)) })
	case scriptedMail:
		l.files["UnifiedAuditLog"].add(func(b []byte) []byte { return w.appendOffice(b, w.mails[e.who]) })
	case fillerAudit:
		l.files["AuditLogs"].add(func(b []byte) []byte { return w.appendAudit(b, w.drawFiller(e)) })
	case scriptedAudit:
		l.files["AuditLogs"].add(func(b []byte) []byte { return w.appendAudit(b, w.audits[e.who]) })
	}
	return nil
}

// notice keeps the "last seen" facts of people and devices.
func (w *world) notice(s *signIn) {
	if s.person == nil {
		return
	}
	l := &s.person.last
	if s.interactive {
		l.interactive, l.interactiveID = s.at, s.id
	} else {
		l.background, l.backgroundID = s.at, s.id
	}
	if s.code == 0 {
		l.success, l.successID = s.at, s.id
		if s.device != nil {
			s.device.lastSeen = s.at
		}
	}
}

// writeRisk writes detections and risk changes as the diagnostic categories do: a record for every
// state a detection has had.
func (l *logs) writeRisk() (events, users int, err error) {
	w := l.w
	var b, c strings.Builder
	line := func(out *strings.Builder, d doc) error {
		text, err := json.Marshal(d)
		if err != nil {
			return err
		}
		out.Write(text)
		out.WriteByte('\n')
		return nil
	}
	for _, d := range w.detections {
		states := []doc{d.document("atRisk", "none", d.detected.add(120e9))}
		updates := []moment{d.detected.add(120e9)}
		if d.state != "atRisk" {
			states, updates = append(states, d.document(d.state, d.detail, d.lastUpdated)), append(updates, d.lastUpdated)
		}
		for i, p := range states {
			p["riskType"], p["homeTenantId"], p["userType"], p["crossTenantAccessType"] = d.kind, w.tenant, "member", "none"
			record := w.riskEnvelope(updates[i], "UserRiskEvents", "User Risk Detection", d.id, d.person, p)
			if d.ip != "" {
				record["callerIpAddress"] = d.ip
			}
			if err := line(&b, record); err != nil {
				return 0, 0, err
			}
			events++
		}
	}
	for _, change := range w.riskHistory {
		p := change.document()
		p["isGuest"] = change.person.kind == guest
		if err := line(&c, w.riskEnvelope(change.at, "RiskyUsers", "Risky user", change.person.id.String(), change.person, p)); err != nil {
			return 0, 0, err
		}
		users++
	}
	if err := os.WriteFile(filepath.Join(l.dir, "UserRiskEvents.json"), []byte(b.String()), 0o644); err != nil {
		return 0, 0, err
	}
	return events, users, os.WriteFile(filepath.Join(l.dir, "RiskyUsers.json"), []byte(c.String()), 0o644)
}

// writeGraphPages writes sign-ins as two pages of auditLogs/signIns, newest first, the second one
// compressed.
func (l *logs) writeGraphPages() error {
	half := len(l.graph) / 2
	write := func(name, next string, list []*signIn, pack bool) error {
		b := append([]byte(`{"@odata.context":`), quoted(metadata+"auditLogs/signIns")...)
		if next != "" {
			b = append(b, `,"@odata.nextLink":`...)
			b = append(b, quoted(next)...)
		}
		b = append(b, `,"value":[`...)
		for i := range list {
			if i > 0 {
				b = append(b, ",\n"...)
			}
			b = l.w.appendGraph(b, list[len(list)-1-i])
		}
		b = append(b, "]}\n"...)
		if !pack {
			return os.WriteFile(filepath.Join(l.dir, name), b, 0o644)
		}
		f, err := newLogFile(l.dir, name)
		if err != nil {
			return err
		}
		f.add(func([]byte) []byte { return b })
		return f.close()
	}
	next := "https://graph.microsoft.com/v1.0/auditLogs/signIns?$top=1000&$skiptoken=" + guidOf(l.w.seed, "skip", 0, 0).token()
	if err := write("signIns-page1.json", next, l.graph[half:], false); err != nil {
		return err
	}
	return write("signIns-page2.json.gz", "", l.graph[:half], true)
}

// writePortal writes the admin center's download, newest first.
func (l *logs) writePortal() error {
	f, err := os.Create(filepath.Join(l.dir, "InteractiveSignIns.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.WriteString(f, portalHeader+"\n"); err != nil {
		return err
	}
	out := csv.NewWriter(f)
	for i := range l.portal {
		if err := out.Write(l.w.portalRow(l.portal[len(l.portal)-1-i])); err != nil {
			return err
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return f.Close()
}
