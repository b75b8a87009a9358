package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// SignIn is a sign-in session: a browser in which somebody has signed in.
type SignIn struct {
	ID, Person, Method, ClientIP, UserAgent string
	CreatedAt, SeenAt, ExpiresAt            time.Time
	ProvenAt                                time.Time // when the person last proved who they are; zero: before this was kept
}

// AddSignIn begins a sign-in session and returns it with its id.
func (s *Store) AddSignIn(ctx context.Context, secret string, x SignIn) (SignIn, error) {
	x.ID = uuid.NewString()
	err := s.inTx(ctx, "sign-in session", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO sign_in_sessions(hash, id, person, method, client_ip, user_agent, created_at, seen_at, expires_at, proven_at)
			VALUES (?,?,?,?,?,?,?,?,?,?)`, hashed(secret), x.ID, x.Person, x.Method, x.ClientIP, x.UserAgent,
			x.CreatedAt.UTC().Format(layout), x.SeenAt.UTC().Format(layout), x.ExpiresAt.UTC().Format(layout), timeText(x.ProvenAt)); err != nil {
			return err
		}
		return signedIn(ctx, tx, x)
	})
	return x, err
}

// signInSeen is how exactly the last use of a session or token is known: a write for every request would be waste.
const signInSeen = time.Minute

// SignedIn is the session of a secret and its person, who may sign in. A session that was not seen for idle, or whose time is
// up, is ErrNotFound.
func (s *Store) SignedIn(ctx context.Context, secret string, idle time.Duration, now time.Time) (SignIn, Person, error) {
	row := s.db.QueryRowContext(ctx, `SELECT `+personColumns+`, x.id, x.method, x.client_ip, x.user_agent, x.created_at, x.seen_at, x.expires_at, x.proven_at
		FROM sign_in_sessions x JOIN people ON people.id = x.person
		WHERE x.hash = ? AND people.disabled = 0 AND x.expires_at > ? AND x.seen_at > ?`,
		hashed(secret), now.UTC().Format(layout), now.Add(-idle).UTC().Format(layout))
	var x SignIn
	var created, seen, expires, proven string
	p, err := scanPerson(row, &x.ID, &x.Method, &x.ClientIP, &x.UserAgent, &created, &seen, &expires, &proven)
	if err != nil {
		return x, p, err
	}
	x.Person = p.ID
	if err := parseTimes(&x.CreatedAt, created, &x.SeenAt, seen, &x.ExpiresAt, expires, &x.ProvenAt, proven); err != nil {
		return x, p, err
	}
	if now.Sub(x.SeenAt) >= signInSeen {
		if _, err := s.db.ExecContext(ctx, `UPDATE sign_in_sessions SET seen_at = ? WHERE hash = ?`, now.UTC().Format(layout), hashed(secret)); err != nil {
			return x, p, fmt.Errorf("sign-in session: %w", err)
		}
	}
	return x, p, nil
}

// EndSignIn ends the session of a secret; one that is not there is ended already.
func (s *Store) EndSignIn(ctx context.Context, secret string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM sign_in_sessions WHERE hash = ?`, hashed(secret))
	return err
}

// EndSignIns ends every session of a person, and those of anybody whose time is up.
func (s *Store) EndSignIns(ctx context.Context, person string, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM sign_in_sessions WHERE person = ? OR expires_at <= ?`, person, now.UTC().Format(layout))
	return err
}

// SignIns are the sessions of a person that are in use, the last used first.
func (s *Store) SignIns(ctx context.Context, person string, idle time.Duration, now time.Time) (out []SignIn, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, person, method, client_ip, user_agent, created_at, seen_at, expires_at, proven_at FROM sign_in_sessions
		WHERE person = ? AND expires_at > ? AND seen_at > ? ORDER BY seen_at DESC, id`, person, now.UTC().Format(layout), now.Add(-idle).UTC().Format(layout))
	if err != nil {
		return nil, fmt.Errorf("sign-in sessions: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var x SignIn
		var created, seen, expires, proven string
		if err := rows.Scan(&x.ID, &x.Person, &x.Method, &x.ClientIP, &x.UserAgent, &created, &seen, &expires, &proven); err != nil {
			return nil, fmt.Errorf("sign-in sessions: %w", err)
		}
		if err := parseTimes(&x.CreatedAt, created, &x.SeenAt, seen, &x.ExpiresAt, expires, &x.ProvenAt, proven); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// EndSignInOf ends a session of a person by its id: false where it is none of theirs, or has ended.
func (s *Store) EndSignInOf(ctx context.Context, person, id string) (bool, error) {
	return s.changed(ctx, "sign-in session", `DELETE FROM sign_in_sessions WHERE person = ? AND id = ?`, person, id)
}

// EndOtherSignIns ends every session of a person but one.
func (s *Store) EndOtherSignIns(ctx context.Context, person, but string) error {
	_, err := s.changed(ctx, "sign-in sessions", `DELETE FROM sign_in_sessions WHERE person = ? AND id <> ?`, person, but)
	return err
}

// ProveSignIn notes that the person of a session has proved again who they are, and gives the session another secret.
func (s *Store) ProveSignIn(ctx context.Context, id, secret string, now time.Time) error {
	ok, err := s.changed(ctx, "sign-in session", `UPDATE sign_in_sessions SET hash = ?2, proven_at = ?3 WHERE id = ?1`, id, hashed(secret), now.UTC().Format(layout))
	if err == nil && !ok {
		err = ErrNotFound
	}
	return err
}

// timeText is a time as it is kept; the zero time is empty.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(layout)
}
