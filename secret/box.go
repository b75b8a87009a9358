package secret

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/sleuth-sec/sleuth/durable"
)

// The files of the folder of keys.
const (
	RootFile = "root-key"      // the root key, unless it is kept elsewhere
	nextFile = "root-key.next" // its successor, while a change is under way
	DataFile = "data-keys"     // the wrapped data keys
	lockFile = "lock"
)

// Box seals secrets and opens them. It is safe for concurrent use.
type Box struct {
	dir   string
	given string // the file of a root key that is kept elsewhere

	mu   sync.RWMutex // held for writing while keys change
	root rootKey
	keys *keyset.Handle
	aead tink.AEAD

	changing sync.Mutex              // one change of keys at a time
	crash    func(step string) error // of tests: ends a change of keys between two of its steps
}

// Open opens the keys in dir. given names the file of a root key that is kept outside it; empty means dir's own, which is
// made, with the first data key, where dir has no keys yet. A change of keys that was cut short is brought to an end or
// taken back. Errors are ErrMissing, ErrWrong, ErrDamaged and ErrExposed.
func Open(dir, given string) (*Box, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	b := &Box{dir: dir, given: given}
	unlock, err := b.lock()
	if err != nil {
		return nil, err
	}
	err = b.read()
	if err := errors.Join(err, unlock()); err != nil {
		return nil, err
	}
	return b, nil
}

// lock keeps other processes from the files of keys. It is held for single steps only.
func (b *Box) lock() (unlock func() error, err error) {
	l := flock.New(b.path(lockFile), flock.SetPermissions(0o600))
	if err := l.Lock(); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return l.Unlock, nil
}

func (b *Box) path(name string) string { return filepath.Join(b.dir, name) }

// rootPath is the file of the root key.
func (b *Box) rootPath() string {
	if b.given != "" {
		return b.given
	}
	return b.path(RootFile)
}

func (b *Box) read() error {
	wrapped, err := readDataFile(b.path(DataFile))
	if errors.Is(err, fs.ErrNotExist) {
		return b.first()
	}
	if err != nil {
		return err
	}
	root, err := readRoot(b.rootPath(), b.given != "")
	if b.given == "" && (errors.Is(err, fs.ErrNotExist) || err == nil && root.id != wrapped.RootKey) {
		if next, nerr := readRoot(b.path(nextFile), false); nerr == nil && next.id == wrapped.RootKey {
			// The data keys were wrapped anew, and the program ended before the new root key took its place.
			if root, err = next, os.Rename(b.path(nextFile), b.path(RootFile)); err == nil {
				err = durable.SyncDir(b.dir)
			}
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errRootMissing(b.rootPath(), wrapped.RootKey, b.given != "")
	case err != nil:
		return fmt.Errorf("keys: %w", err)
	case root.id != wrapped.RootKey:
		return errRootWrong(b.rootPath(), root.id, wrapped.RootKey, b.ownRoot(wrapped.RootKey))
	}
	keys, err := wrapped.unwrap(b.path(DataFile), root)
	if err != nil {
		return err
	}
	if err := b.use(root, keys); err != nil {
		return err
	}
	return b.removeUnused()
}

// ownRoot is the folder's own file of the root key with this ID, where it has it.
func (b *Box) ownRoot(id string) string {
	if own, err := readRoot(b.path(RootFile), false); b.given == "" || err != nil || own.id != id {
		return ""
	}
	return b.path(RootFile)
}

// removeUnused removes root keys that wrap nothing: a successor that never took its place, and the folder's own after the
// move to one that is kept elsewhere.
func (b *Box) removeUnused() error {
	names := []string{nextFile}
	if own, err := readRoot(b.path(RootFile), false); b.given != "" && err == nil && own.id != b.root.id {
		names = append(names, RootFile)
	}
	for _, name := range names {
		if err := os.Remove(b.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keys: %w", err)
		}
	}
	return nil
}

// first makes the first keys of a folder. The root key comes first: without data keys it harms nothing.
func (b *Box) first() error {
	root, err := readRoot(b.rootPath(), b.given != "")
	switch {
	case errors.Is(err, fs.ErrNotExist) && b.given != "":
		return errRootMissing(b.given, "", true)
	case errors.Is(err, fs.ErrNotExist):
		if root, err = newRoot(); err == nil {
			err = writeKeyFile(b.rootPath(), root.text())
		}
	}
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	keys, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return fmt.Errorf("data key: %w", err)
	}
	if err := writeDataFile(b.path(DataFile), root, keys, ""); err != nil {
		return err
	}
	return b.use(root, keys)
}

// use makes these the keys of the box. The caller holds mu, or has the only reference.
func (b *Box) use(root rootKey, keys *keyset.Handle) error {
	a, err := aead.New(keys)
	if err != nil {
		return fmt.Errorf("data keys: %w", err)
	}
	b.root, b.keys, b.aead = root, keys, a
	return nil
}

// magic begins what Seal makes. No text begins like it, so that what was kept before it was sealed is told from it.
const magic = "\x00SLS1"

// A sealed secret is magic and what Tink makes: a byte 1, the number of the data key in four bytes, the nonce, the rest.
const (
	keyAt  = len(magic) + 1
	sealed = keyAt + 4
)

// IsSealed reports whether data is the work of Seal, of any box.
func IsSealed(data []byte) bool { return len(data) >= len(magic) && string(data[:len(magic)]) == magic }

// associated binds a sealed secret to its name.
func associated(name string) []byte { return []byte("sleuth secret\x00" + name) }

// Seal seals a secret under its name, which is not hidden. Only Open with the same name gives it back.
func (b *Box) Seal(ctx context.Context, name string, plain []byte) ([]byte, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.seal(ctx, name, plain)
}

func (b *Box) seal(ctx context.Context, name string, plain []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, errors.New("a secret needs a name")
	}
	out, err := b.aead.Encrypt(plain, associated(name))
	if err != nil {
		return nil, fmt.Errorf("sealing %s: %w", name, err)
	}
	return append([]byte(magic), out...), nil
}

// Open opens what Seal made under the same name, or returns ErrSealed.
func (b *Box) Open(ctx context.Context, name string, data []byte) ([]byte, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.open(ctx, name, data)
}

func (b *Box) open(ctx context.Context, name string, data []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	id, err := sealedWith(data)
	if err != nil {
		return nil, errSealed(name, err.Error())
	}
	plain, err := b.aead.Decrypt(data[len(magic):], associated(name))
	switch {
	case err == nil:
		return plain, nil
	case !b.has(id):
		return nil, errSealed(name, fmt.Sprintf("it is sealed with data key %08x, which %s does not hold; restore that file and this secret from the same backup, or set the secret anew",
			id, b.path(DataFile)))
	default:
		return nil, errSealed(name, "it was changed, or was sealed under another name; set the secret anew")
	}
}

// sealedWith is the number of the data key that sealed data.
func sealedWith(data []byte) (uint32, error) {
	if !IsSealed(data) || len(data) < sealed || data[len(magic)] != 1 {
		return 0, errors.New("it is not a sealed secret")
	}
	return binary.BigEndian.Uint32(data[keyAt:]), nil
}

func (b *Box) has(id uint32) bool {
	for i := range b.keys.Len() {
		if e, err := b.keys.Entry(i); err == nil && e.KeyID() == id {
			return true
		}
	}
	return false
}

// Current reports whether data is sealed with the data key that seals now. What is not must be sealed again before a change
// of keys is done.
func (b *Box) Current(data []byte) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	id, err := sealedWith(data)
	if err != nil {
		return false
	}
	e, err := b.keys.Primary()
	return err == nil && e.KeyID() == id
}

// Status says which keys a box has.
type Status struct {
	RootKey  string `json:"rootKey"`  // its ID
	RootFile string `json:"rootFile"` // where it is
	Own      bool   `json:"own"`      // the root key is in the folder of keys
	DataKeys int    `json:"dataKeys"` // more than one: a change of keys was not finished
}

// Status says which keys the box has.
func (b *Box) Status() Status {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return Status{RootKey: b.root.id, RootFile: b.rootPath(), Own: b.given == "", DataKeys: b.keys.Len()}
}
