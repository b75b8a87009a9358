package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/activity"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar/geoip"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/mask"
	"github.com/sleuth-sec/sleuth/plugin/api"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/settings"
	"github.com/sleuth-sec/sleuth/state"
	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/catalog"
	"github.com/sleuth-sec/sleuth/workspace"
)

// need says what a verb does with the data directory.
type need uint8

const (
	reads  need = iota // also takes an export directory
	writes             // takes a data directory only, and creates it
)

// house is an open data directory with everything that works on it.
type house struct {
	dir     string
	kind    string // imported or demo, shown on the page
	address string // where it is served, such as https://localhost:7777; empty where it is not
	ws      *store.Workspace
	catalog *catalog.Catalog
	engine  *engine.Engine
	state   *state.Store
	trail   *audit.Trail
	box     *secret.Box   // the keys of the directory
	secrets *secret.Store // what they seal in the application state
	manage  *manage.Service
	meter   *capacity.Meter // the trail, for what is counted
	// activity brings the trail's entries into the workspace's tables; tenant is the catalog of these tables without them.
	activity *activity.Projector
	tenant   *catalog.Catalog
	copilot  *copilot.Copilot
	tokens   *api.Tokens     // calls the servers of plugins
	places   *geoip.Database // where addresses are; nil where the user gave no database
	// definitions are the saved functions, watchlists and mirrored files, over the catalog's tables.
	definitions *workspace.Catalog
}

// placesFile is the user's database of where addresses are, in the data directory.
const placesFile = "geoip.mmdb"

// mirrorDir holds the files that queries name by address, in the data directory.
const mirrorDir = "mirror"

// databaseFile marks a data directory.
const databaseFile = "workspace.duckdb"

// withHouse opens the data directory for f. Where another process owns it, the whole command runs there instead.
func (a *app) withHouse(ctx context.Context, n need, f func(*house) error) error {
	if a.house != nil {
		return f(a.house)
	}
	dir, export, err := a.place(n)
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, dir)
	if errors.Is(err, store.ErrHeld) {
		if export != "" {
			return a.awaitExport(ctx, dir, export, f)
		}
		return a.forward(ctx, dir, err)
	}
	if err != nil {
		return err
	}
	defer h.close(a)
	if export != "" {
		if err := a.importExport(ctx, h, export); err != nil {
			return err
		}
	}
	return f(h)
}

// place decides what --data means: a data directory, or an export whose workspace is in the cache.
func (a *app) place(n need) (dir, export string, err error) {
	dir = defaultDataDir()
	if a.data != "" {
		dir = a.path(a.data)
	}
	if a.workspace != "" {
		if !workspaceName.MatchString(a.workspace) {
			return "", "", usage("--workspace %q: letters, digits, '-' and '_', at most 60", a.workspace)
		}
		dir = filepath.Join(dir, "workspaces", a.workspace)
	}
	if isDataDir(dir) {
		return dir, "", nil
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.IsDir() && emptyDir(dir):
		if n == writes {
			return dir, "", nil
		}
		return "", "", fmt.Errorf("there is no data in %s: run sleuth import first, or give --data with an export or a data directory", dir)
	case err != nil:
		return "", "", err
	case !info.IsDir():
		return "", "", usage("--data %s is a file: give a directory", dir)
	case n == writes:
		return "", "", usage("%s is an export, not a data directory: it is only read. Give --data with another directory", dir)
	}
	key, err := exportKey(dir)
	if err != nil {
		return "", "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", fmt.Errorf("no place to keep the export's workspace: %w", err)
	}
	return filepath.Join(cache, "sleuth", "exports", key), dir, nil
}

// workspaceName keeps names inside the data directory.
var workspaceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,60}$`)

func isDataDir(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, databaseFile))
	return err == nil
}

func emptyDir(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}

// exportKey names an export by its files: their places, sizes and times of change, and the program's version,
// because another version may read them differently.
func exportKey(dir string) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n", version)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		fmt.Fprintf(sum, "%q %d %d\n", rel, info.Size(), info.ModTime().UnixNano())
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:12]), err
}

// readyFile marks an export's workspace as complete.
const readyFile = "export-imported"

func (a *app) importExport(ctx context.Context, h *house, export string) error {
	marker := filepath.Join(h.dir, readyFile)
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	report, err := a.runImport(ctx, h, []string{export}, store.ImportOptions{})
	if err != nil {
		return err
	}
	records, _, rejected := report.Counts()
	a.say("%s: %s, %d set aside, in %.1f s", export, count(int(records), "record"), rejected, report.Elapsed.Seconds())
	return os.WriteFile(marker, []byte(export+"\n"), 0o600)
}

// awaitExport waits for the process that is working on the export's workspace: exports have no server to talk to.
func (a *app) awaitExport(ctx context.Context, dir, export string, f func(*house) error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		h, err := openHouse(ctx, dir)
		if errors.Is(err, store.ErrHeld) {
			continue
		}
		if err != nil {
			return err
		}
		defer h.close(a)
		if err := a.importExport(ctx, h, export); err != nil {
			return err
		}
		return f(h)
	}
}

// openHouse opens the parts in the order that they depend on each other.
func openHouse(ctx context.Context, dir string) (h *house, err error) {
	h = &house{dir: dir, kind: "imported"}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.closeParts())
		}
	}()
	if h.ws, err = store.Open(ctx, dir, store.Options{}); err != nil {
		return h, err
	}
	if _, err := os.Stat(filepath.Join(dir, demoFile)); err == nil {
		h.kind = "demo"
	}
	if h.box, err = openBox(dir); err != nil {
		return h, err
	}
	if h.trail, err = openTrail(ctx, dir, h.box); err != nil {
		return h, err
	}
	if err = h.openActivity(ctx); err != nil {
		return h, err
	}
	if h.catalog, err = catalog.New(h.ws.Schemas(), h.ws.Relation); err != nil {
		return h, err
	}
	if h.state, err = state.Open(ctx, filepath.Join(dir, "state.db")); err != nil {
		return h, err
	}
	h.secrets = secret.NewStore(h.box, h.state)
	h.manage = h.newManage()
	h.tokens = &api.Tokens{Now: time.Now, Guard: api.Guard{Private: func(ctx context.Context) (bool, error) { return h.manage.Bool(ctx, settings.PluginsPrivate) }}}
	h.meter = capacity.New(h.trail, filepath.Join(dir, auditDir), h.budgets)
	mirror, err := workspace.OpenMirror(filepath.Join(dir, mirrorDir))
	if err != nil {
		return h, err
	}
	mirror.Narrow = func(ctx context.Context) ([]string, error) { return h.manage.List(ctx, settings.ExternalDataAllow) }
	if h.definitions, err = workspace.NewCatalog(ctx, h.catalog, keeper{h.state}, mirror); err != nil {
		return h, err
	}
	h.definitions.Name(filepath.Base(dir), "default", "workspace")
	config := engine.Config{Catalog: h.definitions, Backend: h.activityBackend(), Library: builtin.Standard()}
	if file := filepath.Join(dir, placesFile); exists(file) {
		if h.places, err = geoip.Open(file); err != nil {
			return h, err
		}
		config.Places = h.places
	}
	h.engine = engine.New(config)
	h.copilot, err = newCopilot(h, copilot.Recorded{Store: h.state})
	return h, err
}

// auditDir is the folder of the audit trail in a data directory.
const auditDir = "audit"

// openTrail opens the audit trail of a data directory. What opening had to mend is itself on record.
func openTrail(ctx context.Context, dir string, box *secret.Box) (*audit.Trail, error) {
	t, err := audit.OpenSealed(filepath.Join(dir, auditDir), box)
	if err != nil {
		return nil, err
	}
	err = t.ImportLines(ctx, filepath.Join(dir, "audit.jsonl"))
	if err == nil && t.Recovered != "" {
		_, err = t.Append(ctx, audit.Entry{Time: time.Now(), Principal: access.LocalOwner().ID, Operation: audit.Recovered, Details: map[string]string{"what": t.Recovered}})
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// admit authorises p and records what it is about to do, before it is done: what cannot be recorded does not happen.
func (h *house) admit(ctx context.Context, p access.Principal, want access.Permission, e audit.Entry) error {
	if err := access.Authorize(p, want); err != nil {
		return h.refuse(ctx, p, e, err)
	}
	return h.recordOf(ctx, p, e)
}

// recordOf records what p, who may, is about to do.
func (h *house) recordOf(ctx context.Context, p access.Principal, e audit.Entry) error {
	e.Time, e.Principal, e.Details = time.Now(), p.ID, with(e.Details, p.Details())
	if _, err := h.meter.Append(ctx, e); err != nil {
		var spent *capacity.Spent
		if errors.As(err, &spent) {
			return h.refuse(ctx, p, e, spent)
		}
		return fmt.Errorf("nothing was done, because the audit trail cannot be written: %w", err)
	}
	return nil
}

// refuse records that p was refused what e says, with its texts: who tries what they may not is for the record. It returns why.
func (h *house) refuse(ctx context.Context, p access.Principal, e audit.Entry, why error) error {
	d := audit.Entry{Time: time.Now(), Principal: p.ID, Operation: "AccessDenied", Object: e.Operation, Outcome: "refused", Details: with(e.Details, p.Details()), Texts: e.Texts}
	d.Details["reason"] = why.Error()
	if e.Object != "" {
		d.Details["object"] = e.Object
	}
	if _, err := h.trail.Append(ctx, d); err != nil {
		return errors.Join(why, fmt.Errorf("the refusal is not on record: %w", err))
	}
	return why
}

// with adds what an entry says of its principal to its own details, which go before.
func with(own, more map[string]string) map[string]string {
	out := maps.Clone(more)
	maps.Copy(out, own)
	return out
}

// admitQuery admits the run of a query. Its text is kept beside the log, as prompts are: it can name people, and be long. Credentials
// in it are not kept.
func (h *house) admitQuery(ctx context.Context, p access.Principal, text string, details map[string]string) error {
	return h.admit(ctx, p, access.Read, audit.Entry{Operation: "QueryRun", Details: details, Texts: map[string]audit.Text{"query": {Value: mask.Query(text)}}})
}

func (h *house) close(a *app) {
	if err := h.closeParts(); err != nil {
		a.say("closing %s: %s", h.dir, err)
	}
}

func (h *house) closeParts() error {
	var errs []error
	if h.places != nil {
		errs = append(errs, h.places.Close())
	}
	if h.trail != nil {
		errs = append(errs, h.trail.Close())
	}
	if h.state != nil {
		errs = append(errs, h.state.Close())
	}
	if h.ws != nil {
		errs = append(errs, h.ws.Close())
	}
	return errors.Join(errs...)
}
