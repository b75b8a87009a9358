package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Factors are what somebody proves beside a password who they are with.
type Factors struct {
	Authenticator *Authenticator // nil: none
	Passkeys      []Passkey      // by the time they were added
	RecoveryCodes int            // how many are left
}

// Any reports whether there is a factor to sign in with. Recovery codes stand in for one, and are none.
func (f Factors) Any() bool { return f.Authenticator != nil || len(f.Passkeys) > 0 }

// Authenticator is an app that makes codes of a secret and the time. The secret is kept by the secret store, as AuthenticatorSecret.
type Authenticator struct {
	Step              int64 // the time step of the last code that was taken
	CreatedAt, UsedAt time.Time
}

// Passkey is a credential of a person's device. Credential is its public key and what else is needed to check it, as its owner
// encoded it.
type Passkey struct {
	ID                []byte
	Person, RPID      string
	Name              string
	Credential        []byte
	Counter           uint32
	CreatedAt, UsedAt time.Time
}

// AuthenticatorSecret is the name of the secret of a person's authenticator.
func AuthenticatorSecret(person string) string { return secretsOf(person) + "authenticator" }

func secretsOf(person string) string { return "people/" + person + "/" }

// Factors are the factors of a person.
func (s *Store) Factors(ctx context.Context, person string) (f Factors, err error) {
	var a Authenticator
	var created, used string
	switch err = s.db.QueryRowContext(ctx, `SELECT step, created_at, used_at FROM authenticators WHERE person = ?`, person).Scan(&a.Step, &created, &used); {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return f, fmt.Errorf("authenticator: %w", err)
	default:
		if err := parseTimes(&a.CreatedAt, created, &a.UsedAt, used); err != nil {
			return f, err
		}
		f.Authenticator = &a
	}
	if f.Passkeys, err = s.passkeys(ctx, person); err != nil {
		return f, err
	}
	if err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM recovery_codes WHERE person = ?`, person).Scan(&f.RecoveryCodes); err != nil {
		return f, fmt.Errorf("recovery codes: %w", err)
	}
	return f, nil
}

func (s *Store) passkeys(ctx context.Context, person string) (out []Passkey, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, person, rp_id, name, credential, counter, created_at, used_at FROM passkeys WHERE person = ? ORDER BY created_at, id`, person)
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var k Passkey
		var created, used string
		if err := rows.Scan(&k.ID, &k.Person, &k.RPID, &k.Name, &k.Credential, &k.Counter, &created, &used); err != nil {
			return nil, fmt.Errorf("passkeys: %w", err)
		}
		if err := parseTimes(&k.CreatedAt, created, &k.UsedAt, used); err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

// SetAuthenticator gives a person an authenticator in place of the one they had. step is that of the code which confirmed it.
func (s *Store) SetAuthenticator(ctx context.Context, person string, step int64, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO authenticators(person, step, created_at) VALUES (?1, ?2, ?3)
		ON CONFLICT(person) DO UPDATE SET step = ?2, created_at = ?3, used_at = ''`, person, step, now.UTC().Format(layout))
	if err != nil {
		return fmt.Errorf("authenticator: %w", err)
	}
	return nil
}

// UseStep takes the code of a time step, once: false where a code of this step or a later one was taken before.
func (s *Store) UseStep(ctx context.Context, person string, step int64, now time.Time) (bool, error) {
	return s.changed(ctx, "authenticator", `UPDATE authenticators SET step = ?2, used_at = ?3 WHERE person = ?1 AND step < ?2`, person, step, now.UTC().Format(layout))
}

// RemoveAuthenticator removes a person's authenticator; its secret is for the caller to remove. False where there is none.
func (s *Store) RemoveAuthenticator(ctx context.Context, person string) (bool, error) {
	return s.changed(ctx, "authenticator", `DELETE FROM authenticators WHERE person = ?`, person)
}

// AddPasskey keeps a new passkey. One that is there already, of anybody, is ErrTaken.
func (s *Store) AddPasskey(ctx context.Context, k Passkey) error {
	ok, err := s.changed(ctx, "passkey", `INSERT INTO passkeys(id, person, rp_id, name, credential, counter, created_at) VALUES (?,?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING`,
		k.ID, k.Person, k.RPID, k.Name, string(k.Credential), k.Counter, k.CreatedAt.UTC().Format(layout))
	if err == nil && !ok {
		err = fmt.Errorf("passkey: %w", ErrTaken)
	}
	return err
}

// UsePasskey keeps what a use of a passkey changed: false where its counter did not go on, as that of a copy would not.
func (s *Store) UsePasskey(ctx context.Context, id, credential []byte, counter uint32, now time.Time) (bool, error) {
	return s.changed(ctx, "passkey", `UPDATE passkeys SET credential = ?2, counter = ?3, used_at = ?4 WHERE id = ?1 AND (counter < ?3 OR counter = 0 AND ?3 = 0)`,
		id, string(credential), counter, now.UTC().Format(layout))
}

// RemovePasskey removes a passkey of a person: false where it is none of theirs.
func (s *Store) RemovePasskey(ctx context.Context, person string, id []byte) (bool, error) {
	return s.changed(ctx, "passkey", `DELETE FROM passkeys WHERE person = ? AND id = ?`, person, id)
}

// SetRecoveryCodes replaces the recovery codes of a person; none takes them away. Each code has to be random enough that no slow
// hash is needed: at least 112 bits.
func (s *Store) SetRecoveryCodes(ctx context.Context, person string, codes []string) error {
	return s.inTx(ctx, "recovery codes", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE person = ?`, person); err != nil {
			return err
		}
		for _, c := range codes {
			if _, err := tx.ExecContext(ctx, `INSERT INTO recovery_codes(hash, person) VALUES (?,?)`, hashed(c), person); err != nil {
				return err
			}
		}
		return nil
	})
}

// HasRecoveryCode reports whether a code is one of a person's that was not used yet.
func (s *Store) HasRecoveryCode(ctx context.Context, person, code string) (bool, error) {
	var n int
	if err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM recovery_codes WHERE person = ? AND hash = ?`, person, hashed(code)).Scan(&n); err != nil {
		return false, fmt.Errorf("recovery codes: %w", err)
	}
	return n == 1, nil
}

// UseRecoveryCode uses a code up: false where it is none of the person's, or was used before.
func (s *Store) UseRecoveryCode(ctx context.Context, person, code string) (bool, error) {
	return s.changed(ctx, "recovery codes", `DELETE FROM recovery_codes WHERE person = ? AND hash = ?`, person, hashed(code))
}

// ResetFactors takes away whatever a person signs in with here - factors, recovery codes, password - and ends their sessions.
func (s *Store) ResetFactors(ctx context.Context, person string, now time.Time) error {
	return s.inTx(ctx, "factors", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE people SET password = '', updated_at = ? WHERE id = ?`, now.UTC().Format(layout), person)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		for _, table := range []string{"authenticators", "passkeys", "recovery_codes", "sign_in_sessions"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE person = ?`, person); err != nil {
				return err
			}
		}
		return forgetSecrets(ctx, tx, person)
	})
}

// forgetSecrets removes the secrets that are kept of a person.
func forgetSecrets(ctx context.Context, tx *sql.Tx, person string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM secrets WHERE substr(name, 1, length(?1)) = ?1`, secretsOf(person))
	return err
}

// changed runs a statement and reports whether it changed a row.
func (s *Store) changed(ctx context.Context, what, statement string, args ...any) (bool, error) {
	res, err := s.db.ExecContext(ctx, statement, args...)
	if err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
