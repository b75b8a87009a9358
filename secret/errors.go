package secret

import (
	"errors"
	"fmt"
)

// The kinds of what can be wrong with a key or with what it sealed.
var (
	// ErrMissing: the file of the root key is not there.
	ErrMissing = errors.New("the root key is missing")
	// ErrWrong: the root key is a good one, and another than the one that is needed.
	ErrWrong = errors.New("this is another root key")
	// ErrDamaged: a file of keys is not what was written.
	ErrDamaged = errors.New("the keys are damaged")
	// ErrExposed: others can read the file of the root key.
	ErrExposed = errors.New("others can read the root key")
	// ErrSealed: a sealed secret cannot be opened: it was changed, it is another secret's, or its data key is gone.
	ErrSealed = errors.New("the sealed secret cannot be opened")
	// ErrNotFound: there is no secret of this name.
	ErrNotFound = errors.New("there is no such secret")
)

func errRootMissing(path, id string, given bool) error {
	if given {
		return fmt.Errorf("%w: %s does not exist; sleuth settings new-key %s makes one for a new data directory, an existing one needs its own", ErrMissing, path, path)
	}
	return fmt.Errorf("%w: the secrets are sealed with root key %s, and %s does not exist: put it back from where you keep it, or name it with SLEUTH_KEY_FILE",
		ErrMissing, id, path)
}

func errRootWrong(path, have, want, own string) error {
	err := fmt.Errorf("%w: %s is root key %s, and the secrets are sealed with root key %s", ErrWrong, path, have, want)
	if own != "" {
		return fmt.Errorf("%w, which is %s: without SLEUTH_KEY_FILE, sleuth settings rotate-key --to %s moves to the other one", err, own, path)
	}
	return err
}

func errRootForm(path, what string) error {
	return fmt.Errorf("%w: %s is not a root key: %s", ErrDamaged, path, what)
}

func errRootExposed(path string, mode uint32) error {
	return fmt.Errorf("%w: %s has mode %04o: chmod 600 it, and change the key if others may have read it (sleuth settings rotate-key)", ErrExposed, path, mode)
}

func errKeyset(path, what string) error {
	return fmt.Errorf("%w: %s: %s; restore the file from a backup made since the keys were last changed", ErrDamaged, path, what)
}

func errSealed(name, what string) error { return fmt.Errorf("%w: %s: %s", ErrSealed, name, what) }
