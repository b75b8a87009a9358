package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// dataFile is the file of the data keys.
type dataFile struct {
	Format string `json:"format"`
	// RootKey is the ID of the root key that wraps them. It is there to say what is missing; what it says is not trusted.
	RootKey string `json:"rootKey"`
	// RootFile is where that root key was, in backups.
	RootFile string `json:"rootFile,omitempty"`
	Keys     []byte `json:"keys"` // an encrypted keyset of Tink, binary
}

const dataForm = "sleuth-data-keys-1"

// wrapping is the associated data of the wrapped keyset.
var wrapping = []byte("sleuth data keys")

func readDataFile(path string) (dataFile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return dataFile{}, fmt.Errorf("keys: %w", err)
	}
	var f dataFile
	if err := json.Unmarshal(text, &f); err != nil || f.Format != dataForm {
		return dataFile{}, errKeyset(path, "it is not a file of data keys")
	}
	return f, nil
}

func (f dataFile) unwrap(path string, root rootKey) (*keyset.Handle, error) {
	a, err := root.aead()
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	keys, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(f.Keys)), a, wrapping)
	if err != nil {
		return nil, errKeyset(path, "root key "+root.id+" does not open it")
	}
	return keys, nil
}

// writeDataFile wraps the data keys with root.
func writeDataFile(path string, root rootKey, keys *keyset.Handle, rootFile string) error {
	a, err := root.aead()
	if err != nil {
		return fmt.Errorf("root key: %w", err)
	}
	var wrapped bytes.Buffer
	if err := keys.WriteWithAssociatedData(keyset.NewBinaryWriter(&wrapped), a, wrapping); err != nil {
		return fmt.Errorf("wrapping the data keys: %w", err)
	}
	text, err := json.MarshalIndent(dataFile{dataForm, root.id, rootFile, wrapped.Bytes()}, "", "  ")
	if err != nil {
		return fmt.Errorf("data keys: %w", err)
	}
	return writeKeyFile(path, append(text, '\n'))
}
