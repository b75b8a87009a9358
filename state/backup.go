package state

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Backup writes a consistent copy of the state to path, which must not exist. Others may read and write meanwhile.
func (s *Store) Backup(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("application state: %s exists already", path)
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := s.db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return fmt.Errorf("application state: copy to %s: %w", path, err)
	}
	return nil
}
