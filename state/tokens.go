package state

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sleuth-sec/sleuth/access"
)

// Token is an API token: a person's, narrowed to some permissions.
type Token struct {
	ID, Person, UPN, Name        string
	Scopes                       []access.Permission
	CreatedAt, ExpiresAt, UsedAt time.Time // UsedAt is zero until it is used
}

// AddToken keeps a token; secret is all of it, t.ID its visible part.
func (s *Store) AddToken(ctx context.Context, secret string, t Token) error {
	scopes, err := json.Marshal(t.Scopes)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO api_tokens(id, hash, person, name, scopes, created_at, expires_at) VALUES (?,?,?,?,?,?,?)`,
		t.ID, hashed(secret), t.Person, t.Name, string(scopes), t.CreatedAt.UTC().Format(layout), t.ExpiresAt.UTC().Format(layout))
	if err != nil {
		return fmt.Errorf("API token: %w", err)
	}
	return nil
}

// Tokens are all API tokens, the newest first.
func (s *Store) Tokens(ctx context.Context) (out []Token, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT t.id, t.person, people.upn, t.name, t.scopes, t.created_at, t.expires_at, t.used_at
		FROM api_tokens t JOIN people ON people.id = t.person ORDER BY t.created_at DESC, t.id`)
	if err != nil {
		return nil, fmt.Errorf("API tokens: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t Token
		var scopes, created, expires, used string
		if err := rows.Scan(&t.ID, &t.Person, &t.UPN, &t.Name, &scopes, &created, &expires, &used); err != nil {
			return nil, fmt.Errorf("API tokens: %w", err)
		}
		if err := errors.Join(json.Unmarshal([]byte(scopes), &t.Scopes),
			parseTimes(&t.CreatedAt, created, &t.ExpiresAt, expires, &t.UsedAt, used)); err != nil {
			return nil, fmt.Errorf("API token %s: %w", t.ID, err)
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// RemoveToken removes a token by its id, or ErrNotFound.
func (s *Store) RemoveToken(ctx context.Context, id string) error {
	res, err := s.db.ExecContext(ctx, `DELETE FROM api_tokens WHERE id = ?`, id)
	if err != nil {
		return fmt.Errorf("API token %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrNotFound
}

// TokenPrincipal is who a token stands for: its person, who may sign in, narrowed to its scopes. ErrNotFound where the token
// is wrong, expired or removed.
func (s *Store) TokenPrincipal(ctx context.Context, id, secret string, now time.Time) (access.Principal, error) {
	row := s.db.QueryRowContext(ctx, `SELECT `+personColumns+`, t.hash, t.scopes, t.used_at FROM api_tokens t JOIN people ON people.id = t.person
		WHERE t.id = ? AND people.disabled = 0 AND t.expires_at > ?`, id, now.UTC().Format(layout))
	var hash []byte
	var scopes, used string
	person, err := scanPerson(row, &hash, &scopes, &used)
	if err != nil {
		return access.Principal{}, err
	}
	if subtle.ConstantTimeCompare(hash, hashed(secret)) != 1 {
		return access.Principal{}, ErrNotFound
	}
	p := person.Principal()
	p.Only = []access.Permission{}
	var at time.Time
	if err := errors.Join(json.Unmarshal([]byte(scopes), &p.Only), parseTimes(&at, used)); err != nil {
		return access.Principal{}, fmt.Errorf("API token %s: %w", id, err)
	}
	if now.Sub(at) >= signInSeen {
		if _, err := s.db.ExecContext(ctx, `UPDATE api_tokens SET used_at = ? WHERE id = ?`, now.UTC().Format(layout), id); err != nil {
			return access.Principal{}, fmt.Errorf("API token %s: %w", id, err)
		}
	}
	return p, nil
}
