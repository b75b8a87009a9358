package secret

import (
	"context"
	"fmt"
	"sync"
)

// Rows keep sealed secrets by name, durably.
type Rows interface {
	// PutSecret adds or replaces a secret.
	PutSecret(ctx context.Context, name string, sealed []byte) error
	// Secret gives a sealed secret; found is false where there is none of the name.
	Secret(ctx context.Context, name string) (sealed []byte, found bool, err error)
	// SecretNames are the names of all secrets, in order.
	SecretNames(ctx context.Context) ([]string, error)
	// RemoveSecret removes a secret; one that is not there is no error.
	RemoveSecret(ctx context.Context, name string) error
}

// Store is a set of named secrets that are kept sealed. Names are paths that say whose a secret is and what it is, such as
// model/primary/api-key; they are not hidden. A change of keys seals all of them again. One set of rows belongs to one Store.
type Store struct {
	box     *Box
	rows    Rows
	writing sync.Mutex // a secret that is sealed again must not overwrite a newer one
}

// NewStore keeps secrets in rows, sealed by box.
func NewStore(box *Box, rows Rows) *Store { return &Store{box: box, rows: rows} }

// Put adds or replaces a secret.
func (s *Store) Put(ctx context.Context, name string, v Value) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	// The lock spans sealing and writing: a change of keys must not pass between them, and miss this secret.
	s.box.mu.RLock()
	defer s.box.mu.RUnlock()
	sealed, err := s.box.seal(ctx, name, []byte(v.Reveal()))
	if err != nil {
		return err
	}
	return s.rows.PutSecret(ctx, name, sealed)
}

// Get opens a secret, or returns ErrNotFound.
func (s *Store) Get(ctx context.Context, name string) (Value, error) {
	s.box.mu.RLock()
	defer s.box.mu.RUnlock()
	sealed, found, err := s.rows.Secret(ctx, name)
	if err != nil {
		return Value{}, err
	}
	if !found {
		return Value{}, fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	plain, err := s.box.open(ctx, name, sealed)
	return NewValue(string(plain)), err
}

// Has reports whether there is a secret of this name, without opening it.
func (s *Store) Has(ctx context.Context, name string) (bool, error) {
	_, found, err := s.rows.Secret(ctx, name)
	return found, err
}

// Remove removes a secret; one that is not there is no error.
func (s *Store) Remove(ctx context.Context, name string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.rows.RemoveSecret(ctx, name)
}

// Names are the names of all secrets, in order.
func (s *Store) Names(ctx context.Context) ([]string, error) { return s.rows.SecretNames(ctx) }

// Reseal seals all secrets again that an older data key sealed, and counts them. It is a part of Box.Rotate.
func (s *Store) Reseal(ctx context.Context) (n int, err error) {
	names, err := s.rows.SecretNames(ctx)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		done, err := s.resealOne(ctx, name)
		if err != nil {
			return n, err
		}
		if done {
			n++
		}
	}
	return n, nil
}

func (s *Store) resealOne(ctx context.Context, name string) (done bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	sealed, found, err := s.rows.Secret(ctx, name)
	if err != nil || !found || s.box.Current(sealed) {
		return false, err
	}
	plain, err := s.box.Open(ctx, name, sealed)
	if err != nil {
		return false, err
	}
	if sealed, err = s.box.Seal(ctx, name, plain); err != nil {
		return false, err
	}
	return true, s.rows.PutSecret(ctx, name, sealed)
}
