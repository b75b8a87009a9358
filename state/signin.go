package state

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Secrets that people hold - links, sign-in sessions, API tokens - are kept as SHA-256: each is 256 random bits, so that a
// slow hash would add nothing.
func hashed(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// ErrSpent is returned for a one-time link that was used, has expired, or never was.
var ErrSpent = errors.New("the link has been used or has expired")

// AddLink keeps a one-time link until expires. person is an id, or "" for the owner who is not there yet. Earlier links for
// the same end.
func (s *Store) AddLink(ctx context.Context, secret, person string, expires time.Time) error {
	return s.inTx(ctx, "link", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM links WHERE person = ?`, person); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO links(hash, person, expires_at) VALUES (?,?,?)`, hashed(secret), person, expires.UTC().Format(layout))
		return err
	})
}

// LinkedPerson is whom a link is for, without using it: an id, or "" for the first owner. ErrSpent where it is no good.
func (s *Store) LinkedPerson(ctx context.Context, secret string, now time.Time) (string, error) {
	var person string
	err := s.db.QueryRowContext(ctx, `SELECT person FROM links WHERE hash = ? AND expires_at > ?`, hashed(secret), now.UTC().Format(layout)).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return "", ErrSpent
	}
	return person, err
}

// UseOwnerLink uses the link of a first owner and adds them. Nothing is done unless both can be: ErrSpent, and also where
// somebody is there already.
func (s *Store) UseOwnerLink(ctx context.Context, secret string, p Person, now time.Time) (Person, error) {
	err := s.inTx(ctx, "link", func(tx *sql.Tx) error {
		if err := useLink(ctx, tx, secret, "", now); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM people`).Scan(&n); err != nil || n > 0 {
			return errors.Join(err, ErrSpent)
		}
		var err error
		p, err = p.insert(ctx, tx, now)
		return err
	})
	return p, err
}

// UseLink uses a person's link: it sets their password and ends their sign-in sessions.
func (s *Store) UseLink(ctx context.Context, secret, person, passwordHash string, now time.Time) error {
	return s.inTx(ctx, "link", func(tx *sql.Tx) error {
		if err := useLink(ctx, tx, secret, person, now); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE people SET password = ?, updated_at = ? WHERE id = ? AND disabled = 0`, passwordHash, now.UTC().Format(layout), person)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrSpent)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM sign_in_sessions WHERE person = ?`, person)
		return err
	})
}

func useLink(ctx context.Context, tx *sql.Tx, secret, person string, now time.Time) error {
	res, err := tx.ExecContext(ctx, `DELETE FROM links WHERE hash = ? AND person = ? AND expires_at > ?`, hashed(secret), person, now.UTC().Format(layout))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, ErrSpent)
	}
	return nil
}

func parseTimes(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		text := pairs[i+1].(string)
		if text == "" {
			continue
		}
		t, err := time.Parse(layout, text)
		if err != nil {
			return fmt.Errorf("a time in the application state: %w", err)
		}
		*pairs[i].(*time.Time) = t
	}
	return nil
}

// inTx runs f in a transaction and commits it, or takes everything back.
func (s *Store) inTx(ctx context.Context, what string, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := f(tx); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", what, err), tx.Rollback())
	}
	return tx.Commit()
}
