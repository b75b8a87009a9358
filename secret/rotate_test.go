package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// memory keeps sealed secrets.
type memory struct {
	mu   sync.Mutex
	rows map[string][]byte
}

func (m *memory) PutSecret(_ context.Context, name string, sealed []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[name] = sealed
	return nil
}

func (m *memory) Secret(_ context.Context, name string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.rows[name]
	return s, ok, nil
}

func (m *memory) SecretNames(context.Context) (names []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for n := range m.rows {
		names = append(names, n)
	}
	slices.Sort(names)
	return names, nil
}

func (m *memory) RemoveSecret(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, name)
	return nil
}

// filled is a store with three secrets.
func filled(t *testing.T, b *Box) (*Store, *memory) {
	t.Helper()
	rows := &memory{rows: map[string][]byte{}}
	s := NewStore(b, rows)
	for i := range 3 {
		must(t, s.Put(ctx, fmt.Sprintf("s%d", i), NewValue(fmt.Sprintf("secret %d", i))))
	}
	return s, rows
}

func holds(t *testing.T, s *Store) {
	t.Helper()
	for i := range 3 {
		name := fmt.Sprintf("s%d", i)
		if v, err := s.Get(ctx, name); err != nil || v.Reveal() != fmt.Sprintf("secret %d", i) {
			t.Fatalf("%s is %q, %v", name, v.Reveal(), err)
		}
	}
}

func TestStore(t *testing.T) {
	s, _ := filled(t, open(t, t.TempDir(), ""))
	holds(t, s)
	must(t, s.Remove(ctx, "s1"))
	must(t, s.Remove(ctx, "s1"))
	if _, err := s.Get(ctx, "s1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a removed secret: %v", err)
	}
	if has, err := s.Has(ctx, "s1"); has || err != nil {
		t.Errorf("has a removed secret: %v", err)
	}
	if names, err := s.Names(ctx); err != nil || !slices.Equal(names, []string{"s0", "s2"}) {
		t.Errorf("%v %v", names, err)
	}
}

func TestRotationSealsAllAnew(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, "")
	s, rows := filled(t, b)
	old, root := rows.rows["s0"], b.Status().RootKey
	r, err := b.Rotate(ctx, "", s.Reseal)
	must(t, err)
	if r.Sealed != 3 || r.OldRoot != root || r.NewRoot == root || r.NewRoot != b.Status().RootKey {
		t.Errorf("%+v", r)
	}
	holds(t, s)
	b = open(t, dir, "")
	holds(t, NewStore(b, rows))
	if st := b.Status(); st.DataKeys != 1 || st.RootKey != r.NewRoot {
		t.Errorf("%+v", st)
	}
	if _, err := b.Open(ctx, "s0", old); !errors.Is(err, ErrSealed) {
		t.Errorf("what the old key sealed still opens: %v", err)
	}
}

func TestRotationMovesTheRootKey(t *testing.T) {
	dir, away := t.TempDir(), filepath.Join(t.TempDir(), "k1")
	b := open(t, dir, "")
	s, rows := filled(t, b)
	if _, err := b.Rotate(ctx, away, s.Reseal); !errors.Is(err, ErrMissing) {
		t.Fatalf("to a key that is not there: %v", err)
	}
	if b.Status().DataKeys != 1 {
		t.Error("a change that cannot be done has begun")
	}
	id, err := NewRootFile(away)
	must(t, err)
	r, err := b.Rotate(ctx, away, s.Reseal)
	must(t, err)
	if r.NewRoot != id || r.RootFile != away {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(filepath.Join(dir, RootFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old root key is still there: %v", err)
	}
	holds(t, s)
	holds(t, NewStore(open(t, dir, away), rows))
	if _, err := b.Rotate(ctx, away, s.Reseal); err == nil {
		t.Error("a change to the present key is said to be done")
	}
	r, err = b.Rotate(ctx, "", s.Reseal) // the data keys alone
	must(t, err)
	if r.NewRoot != id || r.Sealed != 3 {
		t.Errorf("%+v", r)
	}
	holds(t, NewStore(open(t, dir, away), rows))
}

// TestRotationCutShort ends a change of keys at each of its steps: what is sealed opens, and another change finishes.
func TestRotationCutShort(t *testing.T) {
	killed := errors.New("killed")
	for _, move := range []bool{false, true} {
		steps := []string{"first", "second", "resealed", "next root", "wrapped anew"}
		if move {
			steps = []string{"first", "second", "resealed", "moved"}
		}
		for _, at := range steps {
			t.Run(fmt.Sprintf("%s move %v", at, move), func(t *testing.T) {
				dir, away := t.TempDir(), ""
				if move {
					away = filepath.Join(t.TempDir(), "key")
					_, err := NewRootFile(away)
					must(t, err)
				}
				b := open(t, dir, "")
				s, rows := filled(t, b)
				b.crash = func(step string) error {
					if step == at {
						return killed
					}
					return nil
				}
				_, err := b.Rotate(ctx, away, func(ctx context.Context) (int, error) {
					for i, name := range []string{"s0", "s1", "s2"} {
						if i == 0 && at == "first" || i == 1 && at == "second" {
							return i, killed
						}
						if _, err := s.resealOne(ctx, name); err != nil {
							return i, err
						}
					}
					return 3, nil
				})
				if !errors.Is(err, killed) {
					t.Fatalf("got %v", err)
				}
				given := ""
				if at == "moved" {
					given = away
				}
				b = open(t, dir, given) // as the next process does
				s = NewStore(b, rows)
				holds(t, s)
				if _, err := os.Stat(filepath.Join(dir, nextFile)); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("a root key that is not used is left: %v", err)
				}
				if _, err := b.Rotate(ctx, "", s.Reseal); err != nil {
					t.Fatal(err)
				}
				b = open(t, dir, given)
				holds(t, NewStore(b, rows))
				if n := b.Status().DataKeys; n != 1 {
					t.Errorf("%d data keys are left", n)
				}
				_, err = os.Stat(filepath.Join(dir, RootFile))
				if own := err == nil; own != (given == "") {
					t.Errorf("the folder's own root key: %v", err)
				}
			})
		}
	}
}

// TestRotationWhileSecretsChange changes keys while others put and get: nothing is lost, and nothing is left under an old key.
func TestRotationWhileSecretsChange(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, "")
	s, rows := filled(t, b)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	last := make([]int, 4)
	for w := range last {
		wg.Go(func() {
			name := fmt.Sprintf("w%d", w)
			for i := 1; ; i++ {
				if err := s.Put(ctx, name, NewValue(fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
				last[w] = i
				if v, err := s.Get(ctx, name); err != nil || v.Reveal() != fmt.Sprint(i) {
					t.Errorf("%s is %q, %v; want %d", name, v.Reveal(), err, i)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for range 5 {
		if _, err := b.Rotate(ctx, "", s.Reseal); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	holds(t, s)
	s = NewStore(open(t, dir, ""), rows)
	for w, n := range last {
		if v, err := s.Get(ctx, fmt.Sprintf("w%d", w)); err != nil || v.Reveal() != fmt.Sprint(n) {
			t.Errorf("w%d is %q, %v; want %d", w, v.Reveal(), err, n)
		}
	}
}
