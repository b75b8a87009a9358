package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Backoff says how long a key is locked after so many failures in a row.
type Backoff func(failures int) time.Duration

// Attempt counts a try at each key before it is made, so that tries at the same time cannot outrun the count. A key that is
// locked stops it: the time until which it is. Clear takes the count back after a success. Counts are forgotten a day after
// the last failure.
func (s *Store) Attempt(ctx context.Context, now time.Time, keys map[string]Backoff) (locked time.Time, err error) {
	at := now.UTC().Format(layout)
	err = s.inTx(ctx, "sign-in attempts", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM attempts WHERE last_at < ?`, now.Add(-24*time.Hour).UTC().Format(layout)); err != nil {
			return err
		}
		counts := map[string]int{}
		for key := range keys {
			var until string
			var n int
			err := tx.QueryRowContext(ctx, `SELECT failures, until FROM attempts WHERE key = ?`, hashed(key)).Scan(&n, &until)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			var end time.Time
			if err = errors.Join(err, parseTimes(&end, until)); err != nil {
				return err
			}
			counts[key] = n
			if end.After(now) && end.After(locked) {
				locked = end
			}
		}
		if !locked.IsZero() {
			return nil
		}
		for key, wait := range keys {
			n := counts[key] + 1
			if _, err := tx.ExecContext(ctx, `INSERT INTO attempts(key, failures, last_at, until) VALUES (?1,?2,?3,?4)
				ON CONFLICT(key) DO UPDATE SET failures = ?2, last_at = ?3, until = ?4`, hashed(key), n, at, now.Add(wait(n)).UTC().Format(layout)); err != nil {
				return err
			}
		}
		return nil
	})
	return locked, err
}

// Clear forgets the failures of keys.
func (s *Store) Clear(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if _, err := s.db.ExecContext(ctx, `DELETE FROM attempts WHERE key = ?`, hashed(key)); err != nil {
			return fmt.Errorf("sign-in attempts: %w", err)
		}
	}
	return nil
}

// Forgive takes one counted try of a key back: the one that succeeded.
func (s *Store) Forgive(ctx context.Context, key string, now time.Time) error {
	if _, err := s.db.ExecContext(ctx, `UPDATE attempts SET failures = max(failures - 1, 0), until = ? WHERE key = ?`, now.UTC().Format(layout), hashed(key)); err != nil {
		return fmt.Errorf("sign-in attempts: %w", err)
	}
	return nil
}
