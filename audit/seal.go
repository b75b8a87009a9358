package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sleuth-sec/sleuth/durable"
)

// Sealer seals the signing key, so that a copy of the trail's files is not enough to write a trail anew that verifies. Texts and
// their salts are not sealed: a salt stands beside the text that it hides, and Verify must need no secret.
type Sealer interface {
	Seal(ctx context.Context, name string, plain []byte) ([]byte, error)
	Open(ctx context.Context, name string, sealed []byte) ([]byte, error)
}

// sealedName is the name under which the signing key is sealed.
const sealedName = "audit/signing-key"

// plainKey begins a signing key that is not sealed.
var plainKey = []byte("PRIVATE+KEY+")

// readSecret reads a signing key. One that is not sealed and could be is sealed in its place.
func readSecret(path string, sealer Sealer) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	switch plain := bytes.HasPrefix(data, plainKey); {
	case plain && sealer != nil:
		return data, writeSecret(path, data, sealer)
	case plain:
		return data, nil
	case sealer == nil:
		return nil, fmt.Errorf("%s is sealed, or no signing key: open the trail with the keys of its data directory", path)
	}
	// Only waiting for a file can be cancelled here, and a trail that is half open helps nobody.
	plain, err := sealer.Open(context.Background(), sealedName, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return plain, nil
}

func writeSecret(path string, secret []byte, sealer Sealer) error {
	if sealer != nil {
		var err error
		if secret, err = sealer.Seal(context.Background(), sealedName, secret); err != nil {
			return fmt.Errorf("audit trail: %w", err)
		}
	}
	return durable.WriteFile(path, secret, 0o600)
}

// Reseal seals the signing key again, after a change of the sealer's keys.
func (t *Trail) Reseal(context.Context) error {
	if t.sealer == nil {
		return errors.New("audit trail: it was opened without its keys")
	}
	t.writing.Lock()
	defer t.writing.Unlock()
	path := filepath.Join(t.dir, secretFile)
	secret, err := readSecret(path, t.sealer)
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	return writeSecret(path, secret, t.sealer)
}
