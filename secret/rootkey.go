package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/sleuth-sec/sleuth/durable"
)

// rootKey wraps the data keys. Its ID is made from it, says which one it is, and gives nothing away of it.
type rootKey struct {
	id  string
	key []byte
}

const rootSize = 32

// rootForm begins the one line of a file of a root key that is not a comment: form, ID and key, with colons between.
const rootForm = "sleuth-root-key-1"

const rootComment = "# The root key of a Sleuth data directory. With it, and a copy of the directory, every secret there can be read;\n" +
	"# without it, none. Keep a copy of this file, and not beside the backups.\n"

func newRoot() (rootKey, error) {
	key := make([]byte, rootSize)
	if _, err := rand.Read(key); err != nil {
		return rootKey{}, fmt.Errorf("root key: %w", err)
	}
	return rootKey{rootID(key), key}, nil
}

func rootID(key []byte) string {
	sum := sha256.Sum256(append([]byte("sleuth root key id\x00"), key...))
	return hex.EncodeToString(sum[:8])
}

func (k rootKey) text() []byte {
	return []byte(rootComment + rootForm + ":" + k.id + ":" + base64.StdEncoding.EncodeToString(k.key) + "\n")
}

func (k rootKey) aead() (tink.AEAD, error) { return subtle.NewXChaCha20Poly1305(k.key) }

// parseRoot reads the text of a root key; path is for the error.
func parseRoot(path string, text []byte) (rootKey, error) {
	var line string
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSpace(l)
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case line != "":
			return rootKey{}, errRootForm(path, "it has more than one line that is no comment")
		default:
			line = l
		}
	}
	parts := strings.Split(line, ":")
	switch {
	case line == "":
		return rootKey{}, errRootForm(path, "it is empty")
	case parts[0] != rootForm || len(parts) != 3:
		return rootKey{}, errRootForm(path, "its line does not begin with "+rootForm+", as one that sleuth settings new-key makes")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	switch {
	case err != nil || len(key) != rootSize:
		return rootKey{}, errRootForm(path, "its key is cut or changed")
	case rootID(key) != parts[1]:
		return rootKey{}, errRootForm(path, "its key is not the one that its ID says")
	}
	return rootKey{parts[1], key}, nil
}

// readRoot reads the root key in a file. A file of ours is for its owner alone; one that was given may also be readable by
// its group, as mounted credentials are.
func readRoot(path string, given bool) (rootKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return rootKey{}, err
	}
	others := fs.FileMode(0o077)
	if given {
		others = 0o027
	}
	if info.Mode().Perm()&others != 0 && runtime.GOOS != "windows" { // Windows has no such modes
		return rootKey{}, errRootExposed(path, uint32(info.Mode().Perm()))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return rootKey{}, err
	}
	return parseRoot(path, text)
}

// NewRootFile makes a root key in a new file of mode 0600 and gives its ID. A file that exists is never replaced.
func NewRootFile(path string) (id string, err error) {
	k, err := newRoot()
	if err != nil {
		return "", err
	}
	if err := durable.NewFile(path, k.text(), 0o600); err != nil {
		return "", fmt.Errorf("root key: %w", err)
	}
	return k.id, nil
}

// writeKeyFile replaces a file of keys.
func writeKeyFile(path string, data []byte) error {
	if err := durable.WriteFile(path, data, 0o600); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}
