package secret

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/sleuth-sec/sleuth/durable"
)

// Rotation says what a change of keys did.
type Rotation struct {
	OldRoot  string `json:"oldRootKey"` // IDs; the same where the root key is kept elsewhere and no other was named
	NewRoot  string `json:"newRootKey"`
	RootFile string `json:"rootFile"` // where the new one is
	Sealed   int    `json:"resealed"` // secrets that were sealed again
}

// Rotate changes the keys: a new data key, every secret sealed again with it, the old data keys removed, then the root key.
// reseal seals all secrets again that are not Current, and counts them; it is called when the new data key seals already, and
// the old ones still open. The new root key is the one in the file to; where to is empty, a new one of the folder's own, or
// the present one where that is kept elsewhere.
//
// It may end between any two steps: everything opens as before, and another Rotate finishes.
func (b *Box) Rotate(ctx context.Context, to string, reseal func(context.Context) (int, error)) (Rotation, error) {
	b.changing.Lock()
	defer b.changing.Unlock()
	r := Rotation{OldRoot: b.root.id, NewRoot: b.root.id, RootFile: b.rootPath()}
	var next rootKey
	if to != "" {
		var err error
		if next, err = b.successor(to); err != nil {
			return r, err
		}
	}
	if err := b.change(b.addKey); err != nil {
		return r, err
	}
	var err error
	if r.Sealed, err = reseal(ctx); err != nil {
		return r, fmt.Errorf("sealing the secrets again: %w; all of them still open, and another sleuth settings rotate-key finishes", err)
	}
	if err := b.step("resealed"); err != nil {
		return r, err
	}
	if err := b.change(b.dropKeys); err != nil {
		return r, err
	}
	switch {
	case to != "":
		err = b.change(func() error { return b.moveRoot(next, to) })
	case b.given == "":
		err = b.change(b.newRoot)
	}
	r.NewRoot, r.RootFile = b.root.id, b.rootPath()
	return r, err
}

// successor reads the root key that is to follow.
func (b *Box) successor(to string) (rootKey, error) {
	if !filepath.IsAbs(to) {
		return rootKey{}, fmt.Errorf("root key %s: give the whole path", to)
	}
	next, err := readRoot(to, true)
	if errors.Is(err, fs.ErrNotExist) {
		return next, fmt.Errorf("%w: %s does not exist; sleuth settings new-key %s makes one", ErrMissing, to, to)
	}
	if err != nil {
		return next, fmt.Errorf("root key: %w", err)
	}
	if next.id == b.root.id && (b.given != "" || filepath.Clean(to) == b.path(RootFile)) {
		return next, fmt.Errorf("root key %s in %s is the present one: name another, which sleuth settings new-key makes", next.id, to)
	}
	return next, nil
}

// change makes one step of a change of keys, with every seal and every other process kept out.
func (b *Box) change(step func() error) (err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	unlock, err := b.lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return step()
}

// addKey adds a data key that seals from now on.
func (b *Box) addKey() error {
	m := keyset.NewManagerFromHandle(b.keys)
	id, err := m.Add(aead.XChaCha20Poly1305KeyTemplate())
	if err == nil {
		err = m.SetPrimary(id)
	}
	if err != nil {
		return fmt.Errorf("data key: %w", err)
	}
	return b.replaceKeys(m)
}

// dropKeys removes the data keys that do not seal any more.
func (b *Box) dropKeys() error {
	primary, err := b.keys.Primary()
	if err != nil {
		return fmt.Errorf("data keys: %w", err)
	}
	m := keyset.NewManagerFromHandle(b.keys)
	for i := range b.keys.Len() {
		e, err := b.keys.Entry(i)
		if err == nil && e.KeyID() != primary.KeyID() {
			err = m.Delete(e.KeyID())
		}
		if err != nil {
			return fmt.Errorf("data keys: %w", err)
		}
	}
	return b.replaceKeys(m)
}

func (b *Box) replaceKeys(m *keyset.Manager) error {
	keys, err := m.Handle()
	if err != nil {
		return fmt.Errorf("data keys: %w", err)
	}
	if err := writeDataFile(b.path(DataFile), b.root, keys, ""); err != nil {
		return err
	}
	return b.use(b.root, keys)
}

// newRoot replaces the folder's own root key. The next one lies ready before the data keys are wrapped with it, and takes the
// place of the old one after: whichever of the three is the last that was done, Open finds the key that fits.
func (b *Box) newRoot() error {
	next, err := newRoot()
	if err != nil {
		return err
	}
	if err := writeKeyFile(b.path(nextFile), next.text()); err != nil {
		return err
	}
	if err := b.step("next root"); err != nil {
		return err
	}
	if err := writeDataFile(b.path(DataFile), next, b.keys, ""); err != nil {
		return err
	}
	if err := b.step("wrapped anew"); err != nil {
		return err
	}
	if err := os.Rename(b.path(nextFile), b.path(RootFile)); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if err := durable.SyncDir(b.dir); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return b.use(next, b.keys)
}

// moveRoot wraps the data keys with a root key that is kept elsewhere.
func (b *Box) moveRoot(next rootKey, to string) error {
	if err := writeDataFile(b.path(DataFile), next, b.keys, ""); err != nil {
		return err
	}
	if err := b.step("moved"); err != nil {
		return err
	}
	if b.given = to; to == b.path(RootFile) {
		b.given = ""
	}
	if err := b.use(next, b.keys); err != nil {
		return err
	}
	if b.given == "" {
		return nil
	}
	if err := os.Remove(b.path(RootFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}

func (b *Box) step(name string) error {
	if b.crash == nil {
		return nil
	}
	return b.crash(name)
}
