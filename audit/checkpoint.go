package audit

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sleuth-sec/sleuth/durable"
)

// Checkpoint says how many entries the log has and what the hash of its Merkle tree is. Its text, and the signed note around
// it, are those of https://c2sp.org/tlog-checkpoint, with one extension line; the tree is that of RFC 6962.
type Checkpoint struct {
	Origin string    `json:"origin"` // the name of the log: Origin of this package
	Size   int64     `json:"size"`
	Root   tlog.Hash `json:"root"`
	// Previous is the size of the checkpoint before, so that no checkpoint can be taken out unseen.
	Previous int64 `json:"previous"`
}

// Origin is the first line of every checkpoint.
const Origin = "sleuth/audit"

func (c Checkpoint) text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n" +
		previousWord + strconv.FormatInt(c.Previous, 10) + "\n"
}

// previousWord begins the extension line.
const previousWord = "previous "

// parseCheckpoint reads the text of a checkpoint, which must be written as text writes it.
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[3], previousWord) {
		return Checkpoint{}, errors.New("not a checkpoint of this log")
	}
	c := Checkpoint{Origin: lines[0]}
	var err error
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return Checkpoint{}, errors.New("the checkpoint has no size")
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, errors.New("the checkpoint has no root hash")
	}
	c.Root = tlog.Hash(root)
	if c.Previous, err = strconv.ParseInt(strings.TrimPrefix(lines[3], previousWord), 10, 64); err != nil || c.Previous < 0 {
		return Checkpoint{}, errors.New("the checkpoint does not name the one before")
	}
	if c.text() != text {
		return Checkpoint{}, errors.New("the checkpoint is not written as it is signed")
	}
	return c, nil
}

// OpenCheckpoint checks the signature of a signed checkpoint by any of the verifier keys and reads it.
func OpenCheckpoint(signed string, verifierKeys ...string) (Checkpoint, error) {
	var known []note.Verifier
	for _, k := range verifierKeys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return Checkpoint{}, fmt.Errorf("verifier key: %w", err)
		}
		known = append(known, v)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(known...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	// Only what was written counts: base64 has several spellings of the last byte, and a note may carry signatures of others.
	if again, err := note.Sign(n); err != nil || string(again) != signed || len(n.UnverifiedSigs) > 0 {
		return Checkpoint{}, errors.New("checkpoint: the signature is not written as it was")
	}
	for _, s := range n.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return Checkpoint{}, errors.New("checkpoint: the signature is not written as it was")
		}
	}
	c, err := parseCheckpoint(n.Text)
	if err == nil && c.Origin != Origin {
		err = fmt.Errorf("the checkpoint is of the log %q", c.Origin)
	}
	return c, err
}

// keys are the files of the signing key, the secret in the format of note.NewSigner, sealed where there is a Sealer, and the
// public verifier key beside it.
const (
	secretFile   = "signing-key"
	verifierFile = "verifier-keys" // one a line, the oldest first
)

// newKey makes a signing key.
func newKey() (secret, verifier string, err error) {
	return note.GenerateKey(rand.Reader, Origin)
}

// openSigner reads the signing key of a log, making the first one in a new log.
func openSigner(dir string, sealer Sealer) (note.Signer, error) {
	path := filepath.Join(dir, secretFile)
	secret, err := readSecret(path, sealer)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, logFile)); err == nil {
			return nil, fmt.Errorf("%w: %s is missing; restore it from a backup", ErrDamaged, path)
		}
		return writeFirstKey(dir, sealer)
	}
	if err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	s, err := note.NewSigner(strings.TrimSpace(string(secret)))
	if err != nil {
		return nil, fmt.Errorf("%w: %s is no signing key", ErrDamaged, path) // the error of note shows parts of the file
	}
	return s, nil
}

// writeFirstKey makes the signing key of a new log and writes both halves, the public one first: a verifier key that was never
// used harms nothing.
func writeFirstKey(dir string, sealer Sealer) (note.Signer, error) {
	secret, verifier, err := newKey()
	if err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	if err := durable.WriteFile(filepath.Join(dir, verifierFile), []byte(verifier+"\n"), 0o644); err != nil {
		return nil, err
	}
	if err := writeSecret(filepath.Join(dir, secretFile), []byte(secret+"\n"), sealer); err != nil {
		return nil, err
	}
	return note.NewSigner(secret)
}

// verifierKeys are the public keys of a log, the oldest first.
func verifierKeys(dir string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(dir, verifierFile))
	if err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	if !bytes.HasSuffix(text, []byte("\n")) {
		return nil, fmt.Errorf("%w: %s is cut", ErrDamaged, verifierFile)
	}
	keys := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for _, k := range keys {
		// The key's own hash is hexadecimal, which note.NewVerifier reads in either case.
		if _, err := note.NewVerifier(k); err != nil || strings.ToLower(strings.SplitN(k, "+", 3)[1]) != strings.SplitN(k, "+", 3)[1] {
			return nil, fmt.Errorf("%w: %s has a line that is no verifier key", ErrDamaged, verifierFile)
		}
	}
	return keys, nil
}

// Rotate makes a new signing key. The old key signs the entry that names the new one.
func (t *Trail) Rotate(ctx context.Context, principal string) error {
	secret, verifier, err := newKey()
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	next, err := note.NewSigner(secret)
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	if _, err := t.Append(ctx, Entry{Time: time.Now(), Principal: principal, Operation: KeyRotated, Details: map[string]string{"verifierKey": verifier}}); err != nil {
		return err
	}
	t.writing.Lock()
	defer t.writing.Unlock()
	public, err := os.ReadFile(filepath.Join(t.dir, verifierFile))
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	if err := durable.WriteFile(filepath.Join(t.dir, verifierFile), append(public, verifier+"\n"...), 0o644); err != nil {
		return err
	}
	if err := writeSecret(filepath.Join(t.dir, secretFile), []byte(secret+"\n"), t.sealer); err != nil {
		return err
	}
	t.signer = next
	return nil
}
