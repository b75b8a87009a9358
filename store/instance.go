package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// instance is the DuckDB instance behind the pool of connections. It can be exchanged for one on another file while the
// pool stays: DuckDB gives space back only by writing a file anew, and the lock-down keeps a running instance from attaching it.
type instance struct {
	exchange  sync.RWMutex // held while there is no instance to connect to
	waiting   atomic.Int64 // connections that are being made
	connector *duckdb.Connector
	broken    error // why there is none
}

// Connect implements driver.Connector.
func (i *instance) Connect(ctx context.Context) (driver.Conn, error) {
	i.waiting.Add(1)
	i.exchange.RLock()
	defer i.exchange.RUnlock()
	i.waiting.Add(-1)
	if i.broken != nil {
		return nil, i.broken
	}
	return i.connector.Connect(ctx)
}

// Driver implements driver.Connector.
func (i *instance) Driver() driver.Driver { return duckdb.Driver{} }

func (i *instance) close() error {
	if i.connector == nil {
		return nil
	}
	err := i.connector.Close()
	i.connector = nil
	return err
}

// errBusy is met where queries run on for so long that the instance cannot be exchanged.
var errBusy = errors.New("queries are running")

// idleConnections is how many connections the pool keeps, as database/sql does by itself.
const idleConnections = 2

// exchangeInstance ends the instance, lets swap put another file in its place and opens that. New queries wait meanwhile;
// those that run are waited for, at most for patience, and where they go on everything stays as it was (errBusy).
func (w *Workspace) exchangeInstance(ctx context.Context, patience time.Duration, swap func() error) error {
	in := w.instance
	in.exchange.Lock()
	defer in.exchange.Unlock()
	w.db.SetMaxIdleConns(-1) // what is idle ends now, what is in use when it is given back
	defer w.db.SetMaxIdleConns(idleConnections)
	for until := time.Now().Add(patience); int64(w.db.Stats().OpenConnections) > in.waiting.Load(); time.Sleep(5 * time.Millisecond) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(until) {
			return errBusy
		}
	}
	ctx = context.WithoutCancel(ctx) // from here on it has to come to its end
	if err := in.close(); err != nil {
		in.broken = err
		return err
	}
	swapped := swap()
	in.broken = w.reopen(ctx)
	return errors.Join(swapped, in.broken)
}

// reopen makes an instance on the file and locks it down.
func (w *Workspace) reopen(ctx context.Context) error {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return err
	}
	fresh := &instance{connector: connector}
	db := sql.OpenDB(fresh) // of its own: the pool's connections wait
	err = w.prepare(ctx, db)
	if err == nil {
		err = lockDown(ctx, db)
	}
	if closing := db.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return errors.Join(classify(w.path, err), fresh.close())
	}
	w.instance.connector = connector
	return nil
}
