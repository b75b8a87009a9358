package state

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Setting is the value of a setting that is not the default, as text, and who gave it.
type Setting struct {
	Name, Value, ChangedBy string
	ChangedAt              time.Time
}

// Settings are the settings that have a value of their own, by name.
func (s *Store) Settings(ctx context.Context) (out []Setting, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT name, value, changed_by, changed_at FROM settings ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var x Setting
		var at string
		if err := rows.Scan(&x.Name, &x.Value, &x.ChangedBy, &at); err != nil {
			return nil, fmt.Errorf("settings: %w", err)
		}
		if x.ChangedAt, err = time.Parse(layout, at); err != nil {
			return nil, fmt.Errorf("setting %s: %w", x.Name, err)
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// PutSetting gives a setting a value.
func (s *Store) PutSetting(ctx context.Context, x Setting) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO settings (name, value, changed_by, changed_at) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (name) DO UPDATE SET value = ?2, changed_by = ?3, changed_at = ?4`, x.Name, x.Value, x.ChangedBy, x.ChangedAt.UTC().Format(layout))
	if err != nil {
		return fmt.Errorf("setting %s: %w", x.Name, err)
	}
	return nil
}

// RemoveSetting takes the value of a setting away, so that it has its default; one that has none is no error.
func (s *Store) RemoveSetting(ctx context.Context, name string) error {
	if _, err := s.db.ExecContext(ctx, `DELETE FROM settings WHERE name = ?`, name); err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	return nil
}
