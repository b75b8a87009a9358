package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Definition is something that people gave the workspace, such as a saved function or a watchlist. Names are unique within a
// kind, without regard to case. Body is JSON, as the kind's owner encodes it.
type Definition struct {
	Kind, Name string
	Body       []byte
	UpdatedAt  time.Time
}

// PutDefinition adds or replaces a definition and its items, all or nothing.
func (s *Store) PutDefinition(ctx context.Context, d Definition, items [][]byte) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s %s: %w", d.Kind, d.Name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%s %s: %w", d.Kind, d.Name, err), tx.Rollback())
		}
	}()
	if _, err = tx.ExecContext(ctx, `DELETE FROM definitions WHERE kind = ? AND name = ?`, d.Kind, d.Name); err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, `INSERT INTO definitions (kind, name, body, updated_at) VALUES (?, ?, ?, ?)`,
		d.Kind, d.Name, string(d.Body), d.UpdatedAt.UTC().Format(layout)); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO definition_items (kind, name, position, body) VALUES (?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for i, it := range items {
		if _, err = insert.ExecContext(ctx, d.Kind, d.Name, i, string(it)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Definitions are all of a kind, by name.
func (s *Store) Definitions(ctx context.Context, kind string) (out []Definition, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT kind, name, body, updated_at FROM definitions WHERE kind = ? ORDER BY name`, kind)
	if err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var d Definition
		var body, updated string
		if err := rows.Scan(&d.Kind, &d.Name, &body, &updated); err != nil {
			return nil, fmt.Errorf("definitions: %w", err)
		}
		if d.UpdatedAt, err = time.Parse(layout, updated); err != nil {
			return nil, fmt.Errorf("%s %s: %w", d.Kind, d.Name, err)
		}
		d.Body = []byte(body)
		out = append(out, d)
	}
	return out, rows.Err()
}

// DefinitionItems are the items of a definition, in order.
func (s *Store) DefinitionItems(ctx context.Context, kind, name string) (out [][]byte, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT body FROM definition_items WHERE kind = ? AND name = ? ORDER BY position`, kind, name)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", kind, name, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var body sql.RawBytes
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("%s %s: %w", kind, name, err)
		}
		out = append(out, append([]byte(nil), body...))
	}
	return out, rows.Err()
}

// RemoveDefinition removes a definition with its items.
func (s *Store) RemoveDefinition(ctx context.Context, kind, name string) error {
	res, err := s.db.ExecContext(ctx, `DELETE FROM definitions WHERE kind = ? AND name = ?`, kind, name)
	if err != nil {
		return fmt.Errorf("%s %s: %w", kind, name, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrNotFound
}
