package state

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// PersonOf is the person of an identity at an OpenID Connect provider, or ErrNotFound.
func (s *Store) PersonOf(ctx context.Context, issuer, subject string) (Person, error) {
	return scanPerson(s.db.QueryRowContext(ctx, `SELECT `+personColumns+` FROM identities i JOIN people ON people.id = i.person
		WHERE i.issuer = ? AND i.subject = ?`, issuer, subject))
}

// AddPersonOf adds a person with their identity at a provider, all or nothing.
func (s *Store) AddPersonOf(ctx context.Context, p Person, issuer, subject string, now time.Time) (Person, error) {
	err := s.inTx(ctx, "person", func(tx *sql.Tx) error {
		var err error
		if p, err = p.insert(ctx, tx, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO identities(issuer, subject, person) VALUES (?,?,?)`, issuer, subject, p.ID); err != nil {
			return fmt.Errorf("identity: %w", err)
		}
		return nil
	})
	return p, err
}
