package tenantgen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Progress is reported now and then while records are written.
type Progress struct {
	Stage string // "logs", "directory"
	Done  int    // log records written
	Total int    // about how many there will be
}

// Summary tells what was written.
type Summary struct {
	TenantID   string
	Start, End time.Time
	Users      int
	Records    int            // log records in all files
	Files      map[string]int // records by path below Out, with forward slashes
	Attacks    []AttackTruth
}

// Generate writes the tenant of cfg to cfg.Out: directory/, logs/ and truth.json. It works in a
// folder beside it and renames that when everything is written, so an interrupted run leaves no half
// tenant behind. Out must not exist, or be empty. progress may be nil.
func Generate(ctx context.Context, cfg Config, progress func(Progress)) (Summary, error) {
	cfg, err := cfg.normalize()
	if err != nil {
		return Summary{}, err
	}
	if err := vacant(cfg.Out); err != nil {
		return Summary{}, err
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	if err := os.MkdirAll(filepath.Dir(cfg.Out), 0o755); err != nil {
		return Summary{}, err
	}
	work, err := os.MkdirTemp(filepath.Dir(cfg.Out), "."+filepath.Base(cfg.Out)+"-*")
	if err != nil {
		return Summary{}, err
	}
	defer os.RemoveAll(work) // nothing is left there after the rename
	if err := os.Chmod(work, 0o755); err != nil {
		return Summary{}, err
	}
	w := buildWorld(cfg)
	summary, err := w.write(ctx, work, progress)
	if err != nil {
		return Summary{}, fmt.Errorf("writing the tenant below %s: %w", cfg.Out, err)
	}
	if err := os.Remove(cfg.Out); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Summary{}, err
	}
	return summary, os.Rename(work, cfg.Out)
}

// vacant refuses a directory with something in it: files of two tenants must not mix.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: name a directory that does not exist yet, or remove it", dir)
	}
	return nil
}

// buildWorld makes the state, plays the attacks and derives the history.
func buildWorld(cfg Config) *world {
	w := newWorld(cfg)
	w.truth = Truth{Org: cfg.Org, Domain: cfg.Domain, TenantID: w.tenant.String(), Seed: cfg.Seed, Start: w.start.time(), End: w.end.time(), Attacks: make([]AttackTruth, 0, len(cfg.Attacks)), FalseAlarms: []string{}}
	w.playAttacks()
	attacked := len(w.detections)
	w.falseAlarms()
	for _, d := range w.detections[attacked:] {
		w.truth.FalseAlarms = append(w.truth.FalseAlarms, d.person.upn)
	}
	w.explain()
	w.keepMailboxes()
	w.revokeConsent()
	slices.SortStableFunc(w.riskHistory, func(a, b *riskChange) int { return int(a.at - b.at) })
	return w
}

func (w *world) write(ctx context.Context, dir string, progress func(Progress)) (Summary, error) {
	s := Summary{TenantID: w.tenant.String(), Start: w.start.time(), End: w.end.time(), Users: len(w.people), Files: map[string]int{}, Attacks: w.truth.Attacks}
	logDir, directory := filepath.Join(dir, "logs"), filepath.Join(dir, "directory")
	for _, d := range []string{logDir, directory} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return s, err
		}
	}
	l, err := w.openLogs(logDir)
	if err != nil {
		return s, err
	}
	total := max(w.cfg.Events, w.scripted())
	err = w.work(w.calibrate(w.cfg.Events), func(e planned) error {
		if l.counted%4096 == 0 {
			progress(Progress{Stage: "logs", Done: l.counted, Total: total})
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return l.write(e)
	})
	if err := errors.Join(err, l.close()); err != nil {
		return s, err
	}
	if err := l.finish(&s); err != nil {
		return s, err
	}
	progress(Progress{Stage: "directory", Done: s.Records, Total: s.Records})
	if err := w.writeDirectory(directory, func(file string, n int) { s.Files["directory/"+file] = n }); err != nil {
		return s, err
	}
	return s, writeJSON(filepath.Join(dir, "truth.json"), w.truth)
}

// finish writes the small files and counts.
func (l *logs) finish(s *Summary) error {
	events, users, err := l.writeRisk()
	if err != nil {
		return err
	}
	if err := errors.Join(l.writeGraphPages(), l.writePortal()); err != nil {
		return err
	}
	for _, f := range l.order {
		s.Files["logs/"+f.name] = f.count
	}
	half := len(l.graph) / 2
	s.Files["logs/UserRiskEvents.json"], s.Files["logs/RiskyUsers.json"] = events, users
	s.Files["logs/signIns-page1.json"], s.Files["logs/signIns-page2.json.gz"] = len(l.graph)-half, half
	s.Files["logs/InteractiveSignIns.csv"] = len(l.portal)
	for name, n := range s.Files {
		if len(name) > 5 && name[:5] == "logs/" {
			s.Records += n
		}
	}
	return nil
}
