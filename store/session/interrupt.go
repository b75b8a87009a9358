package session

import (
	"context"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// The pauses between two interrupts. The first may come while DuckDB prepares a statement, which clears it.
const (
	firstPause = time.Millisecond
	longPause  = 50 * time.Millisecond
)

// interruptible runs f, a call into DuckDB, and tells DuckDB to stop as soon as ctx ends. It returns when f does: no
// interrupt reaches what the connection does later.
func (c *connection) interruptible(ctx context.Context, f func()) {
	done, stopped := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		for pause := firstPause; ; pause = min(2*pause, longPause) {
			bindings.Interrupt(c.handle)
			select {
			case <-done:
				return
			case <-time.After(pause):
			}
		}
	})
	f()
	close(done)
	if !stop() {
		<-stopped
	}
}
