package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Account is a person as those who manage people see them.
type Account struct {
	Person
	Issuers    []string  // the OpenID Connect providers that they sign in by
	LastSignIn time.Time // zero: never
	LastMethod string    // of the last sign-in
	Sessions   int       // browsers in which they are signed in now
}

// Accounts are all who may sign in, by UPN. idle is how long an unused session lasts.
func (s *Store) Accounts(ctx context.Context, idle time.Duration, now time.Time) (out []Account, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+personColumns+`, people.last_sign_in, people.last_method,
			(SELECT count(*) FROM sign_in_sessions x WHERE x.person = people.id AND x.expires_at > ? AND x.seen_at > ?)
		FROM people ORDER BY upn`, now.UTC().Format(layout), now.Add(-idle).UTC().Format(layout))
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a Account
		var last string
		if a.Person, err = scanPerson(rows, &last, &a.LastMethod, &a.Sessions); err != nil {
			return nil, err
		}
		if err := parseTimes(&a.LastSignIn, last); err != nil {
			return nil, fmt.Errorf("person %s: %w", a.UPN, err)
		}
		out = append(out, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	return out, s.addIssuers(ctx, out)
}

func (s *Store) addIssuers(ctx context.Context, list []Account) (err error) {
	byID := map[string]*Account{}
	for i := range list {
		byID[list[i].ID] = &list[i]
	}
	rows, err := s.db.QueryContext(ctx, `SELECT person, issuer FROM identities ORDER BY issuer, subject`)
	if err != nil {
		return fmt.Errorf("identities: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var person, issuer string
		if err := rows.Scan(&person, &issuer); err != nil {
			return fmt.Errorf("identities: %w", err)
		}
		if a := byID[person]; a != nil {
			a.Issuers = append(a.Issuers, issuer)
		}
	}
	return rows.Err()
}

// signedIn notes when and how a person signed in last.
func signedIn(ctx context.Context, tx *sql.Tx, x SignIn) error {
	_, err := tx.ExecContext(ctx, `UPDATE people SET last_sign_in = ?, last_method = ? WHERE id = ?`, x.CreatedAt.UTC().Format(layout), x.Method, x.Person)
	return err
}
