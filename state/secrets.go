package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Sealed secrets by name. The store keeps what package secret sealed, and never sees a secret itself; it implements secret.Rows.

// PutSecret adds or replaces a sealed secret.
func (s *Store) PutSecret(ctx context.Context, name string, sealed []byte) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO secrets (name, sealed, updated_at) VALUES (?1, ?2, ?3)
		ON CONFLICT (name) DO UPDATE SET sealed = ?2, updated_at = ?3`, name, sealed, time.Now().UTC().Format(layout))
	if err != nil {
		return fmt.Errorf("secret %s: %w", name, err)
	}
	return nil
}

// Secret gives a sealed secret; found is false where there is none of the name.
func (s *Store) Secret(ctx context.Context, name string) (sealed []byte, found bool, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT sealed FROM secrets WHERE name = ?`, name).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("secret %s: %w", name, err)
	}
	return sealed, true, nil
}

// SecretNames are the names of all sealed secrets, in order.
func (s *Store) SecretNames(ctx context.Context) (names []string, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT name FROM secrets ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("secrets: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("secrets: %w", err)
		}
		names = append(names, n)
	}
	return names, rows.Err()
}

// RemoveSecret removes a sealed secret; one that is not there is no error.
func (s *Store) RemoveSecret(ctx context.Context, name string) error {
	if _, err := s.db.ExecContext(ctx, `DELETE FROM secrets WHERE name = ?`, name); err != nil {
		return fmt.Errorf("secret %s: %w", name, err)
	}
	return nil
}
