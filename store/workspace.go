package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/dustin/go-humanize"
	"github.com/gofrs/flock"

	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/store/session"
)

// fileName is the database inside the data directory.
const fileName = "workspace.duckdb"

// lockName holds the process id of the owner.
const lockName = "owner.lock"

// Options says how to open a workspace. The zero value is right for a program.
type Options struct {
	// Memory keeps everything in memory; dir is not used.
	Memory bool
	// Schemas are the tables; nil means those shipped with the program.
	Schemas *entra.Schemas
	// Threads bounds DuckDB's workers; 0 is one for each processor.
	Threads int
	// MemoryLimit ("4GB") bounds what DuckDB holds in memory for all queries together, and TempLimit what it may write
	// to the data directory's tmp beyond that. "" is half of the machine's memory, and DefaultTempLimit.
	MemoryLimit string
	TempLimit   string
	// OpenFile opens the files of an import; nil means os.Open.
	OpenFile func(path string) (fs.File, error)
}

// DefaultTempLimit is how much DuckDB writes to disk for queries that do not fit into memory.
const DefaultTempLimit = "20GB"

// Workspace is an open workspace. Its methods may be called from several goroutines; writes take
// turns, reads run beside them.
type Workspace struct {
	dir        string
	path       string
	opts       Options
	schemas    *entra.Schemas
	lock       *flock.Flock
	instance   *instance // DuckDB with the file attached
	db         *sql.DB   // its connections
	session    *session.DB
	memory     string // DuckDB's limit, as it says it
	writing    sync.Mutex
	ownWriting sync.Mutex      // held while own rows are written, after writing where both are
	takes      map[string]bool // tables with own rows; set before queries run
	figures    figures
}

// Open opens the workspace of a data directory, creates it when there is none, and migrates one of
// an older layout. It fails with ErrHeld while another process owns the directory.
func Open(ctx context.Context, dir string, opts Options) (*Workspace, error) {
	w := &Workspace{dir: dir, opts: opts, schemas: opts.Schemas}
	if w.schemas == nil {
		s, err := entra.Load(schemas.FS())
		if err != nil {
			return nil, err
		}
		w.schemas = s
	}
	if w.opts.OpenFile == nil {
		w.opts.OpenFile = func(path string) (fs.File, error) { return os.Open(path) }
	}
	if !opts.Memory {
		if err := w.own(); err != nil {
			return nil, err
		}
		if err := w.dropLeftovers(); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	if err := w.attach(ctx); err != nil {
		return nil, errors.Join(classify(w.path, err), w.Close())
	}
	if err := w.migrate(ctx); err != nil {
		return nil, errors.Join(classify(w.path, err), w.Close())
	}
	if err := lockDown(ctx, w.db); err != nil {
		return nil, errors.Join(classify(w.path, err), w.Close())
	}
	if err := w.recover(ctx); err != nil {
		return nil, errors.Join(classify(w.path, err), w.Close())
	}
	if err := w.dropDeletedArchives(ctx); err != nil {
		return nil, errors.Join(classify(w.path, err), w.Close())
	}
	return w, nil
}

// own takes the owner lock and writes the process id into it.
func (w *Workspace) own() error {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	w.path = filepath.Join(w.dir, fileName)
	name := filepath.Join(w.dir, lockName)
	w.lock = flock.New(name)
	ok, err := w.lock.TryLock()
	if err != nil {
		return fmt.Errorf("owner lock: %w", err)
	}
	if !ok {
		pid, _ := os.ReadFile(name) // without it the message only says "another process"
		return held(w.dir, strings.TrimSpace(string(pid)))
	}
	return os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
}

// attach opens the engine and the file. The file is attached rather than opened, because only
// ATTACH takes the row group size: small groups let zone maps skip by user.
func (w *Workspace) attach(ctx context.Context) error {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return err
	}
	w.instance = &instance{connector: connector}
	w.db = sql.OpenDB(w.instance)
	w.session = session.New(w.db)
	return w.prepare(ctx, w.db)
}

// prepare gives a new instance its settings and attaches the file.
func (w *Workspace) prepare(ctx context.Context, db *sql.DB) error {
	target, temp := ":memory:", ""
	if !w.opts.Memory {
		target, temp = w.path, filepath.Join(w.dir, "tmp")
	}
	tempLimit := w.opts.TempLimit
	if tempLimit == "" {
		tempLimit = DefaultTempLimit
	}
	settings := []string{"SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false",
		"SET temp_directory = " + literal(temp), "SET max_temp_directory_size = " + literal(tempLimit)}
	if w.opts.Threads > 0 {
		settings = append(settings, "SET threads = "+strconv.Itoa(w.opts.Threads))
	}
	limit, err := w.memoryLimit(ctx, db)
	if err != nil {
		return err
	}
	settings = append(settings, "SET memory_limit = "+literal(limit))
	settings = append(settings, fmt.Sprintf("ATTACH %s AS ws (ROW_GROUP_SIZE %d, STORAGE_VERSION 'v1.5.0')", literal(target), rowGroup))
	for _, s := range settings {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return db.QueryRowContext(ctx, "SELECT current_setting('memory_limit')").Scan(&w.memory)
}

// memoryLimit is the limit asked for, or half of the machine's memory: the engine, imports and whatever else runs here
// have the other half. DuckDB by itself takes 80% of what it may use, container limits included.
func (w *Workspace) memoryLimit(ctx context.Context, db *sql.DB) (string, error) {
	if w.opts.MemoryLimit != "" {
		return w.opts.MemoryLimit, nil
	}
	var most string
	if err := db.QueryRowContext(ctx, "SELECT current_setting('memory_limit')").Scan(&most); err != nil {
		return "", err
	}
	bytes, err := humanize.ParseBytes(most)
	if err != nil {
		return "", fmt.Errorf("duckdb: memory_limit: %w", err)
	}
	return fmt.Sprintf("%dMB", bytes/8*5/1_000_000), nil
}

// lockDown closes the way from SQL to files, network and settings, for every connection.
func lockDown(ctx context.Context, db *sql.DB) error {
	for _, s := range []string{"SET enable_external_access = false", "SET lock_configuration = true"} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the workspace. The file is complete after it.
func (w *Workspace) Close() error {
	var problems []error
	if w.db != nil {
		problems = append(problems, w.db.Close())
	}
	if w.instance != nil {
		problems = append(problems, w.instance.close())
	}
	if w.lock != nil && w.lock.Locked() {
		problems = append(problems, os.Remove(filepath.Join(w.dir, lockName)), w.lock.Unlock())
	}
	w.db, w.instance, w.lock = nil, nil, nil
	return errors.Join(problems...)
}

// Schemas returns the schemas the workspace was opened with.
func (w *Workspace) Schemas() *entra.Schemas { return w.schemas }

// Tenant returns the id of the tenant whose data the workspace holds; "" while it is empty.
func (w *Workspace) Tenant(ctx context.Context) (string, error) {
	var tenant string
	err := w.db.QueryRowContext(ctx, "SELECT coalesce(max(value), '') FROM ws.meta.settings WHERE name = 'tenant'").Scan(&tenant)
	return tenant, err
}

// literal writes a SQL string.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// ident writes a SQL name.
func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
