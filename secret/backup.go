package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Steady keeps the keys from changing until release is called: what is sealed and the data keys are then copied as they fit
// together. Sealing and opening go on.
func (b *Box) Steady() (release func()) {
	b.changing.Lock()
	return b.changing.Unlock
}

// Backup copies the data keys into the new folder dst, and with withRoot the root key too, as dst's own. Without it the copy
// gives nothing away, but says which root key it needs, and where that was. The caller holds Steady.
func (b *Box) Backup(dst string, withRoot bool) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if err := os.MkdirAll(dst, 0o700); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if err := writeDataFile(filepath.Join(dst, DataFile), b.root, b.keys, b.rootPath()); err != nil {
		return err
	}
	if !withRoot {
		return nil
	}
	return writeKeyFile(filepath.Join(dst, RootFile), b.root.text())
}

// Needs is the ID of the root key that the data keys in dir need, and, in a backup, where it was when that was made. A folder
// without data keys needs none.
func Needs(dir string) (id, rootFile string, err error) {
	f, err := readDataFile(filepath.Join(dir, DataFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	return f.RootKey, f.RootFile, err
}

// RootID is the ID of the root key in a file.
func RootID(path string) (string, error) {
	k, err := readRoot(path, true)
	return k.id, err
}
