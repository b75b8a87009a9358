package audit

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sleuth-sec/sleuth/durable"
)

// files are the files of a trail, in the order in which Copy takes them: the head first, so that the log that is copied
// after it is no shorter, and the log before the texts and hashes that belong to it.
func files() []string {
	return []string{headFile, logFile, textFile, hashFile, verifierFile, secretFile}
}

// Copy copies the trail in dir to the new folder dst. It may be open and written meanwhile; the copy then ends at some
// moment in between, and verifies. The copy has the signing key.
func Copy(dir, dst string) error { return copyFiles(dir, dst, files()) }

// Export copies as Copy does, without the signing key: for somebody who verifies and does not write.
func Export(dir, dst string) error {
	return copyFiles(dir, dst, slices.DeleteFunc(files(), func(name string) bool { return name == secretFile }))
}

func copyFiles(dir, dst string, names []string) error {
	if err := os.MkdirAll(dst, 0o700); err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	for _, name := range names {
		if err := copyFile(filepath.Join(dir, name), filepath.Join(dst, name)); err != nil {
			return fmt.Errorf("audit trail: %w", err)
		}
	}
	return durable.SyncDir(dst)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

// Imported is the operation that records the entries of an older trail, which follow it.
const Imported = "AuditImported"

// ImportLines takes over a trail of JSON lines as the first versions wrote it, in one batch, and renames its file. Without the
// file it does nothing. The entries get new indexes and keep all else.
func (t *Trail) ImportLines(ctx context.Context, path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	done := false
	if err := Read(t.dir, func(e Entry) bool {
		done = e.Operation == Imported && e.Details["sha256"] == digest
		return !done
	}); err != nil {
		return err
	}
	if !done {
		batch := []Entry{{Time: time.Now(), Principal: "local", Operation: Imported, Object: filepath.Base(path), Details: map[string]string{"sha256": digest}}}
		f, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("audit trail: %w", err)
		}
		defer f.Close()
		err = scanLines(bufio.NewReader(f), func(at int64, line []byte) error {
			var e Entry
			if err := json.Unmarshal(line, &e); err != nil {
				return fmt.Errorf("%w: %s, byte %d: %w", ErrDamaged, path, at, err)
			}
			batch = append(batch, e)
			return nil
		})
		if err != nil {
			return err
		}
		if _, err := t.appendAll(batch); err != nil {
			return err
		}
	}
	if err := os.Rename(path, path+".imported"); err != nil {
		return fmt.Errorf("audit trail: %w", err)
	}
	return durable.SyncDir(filepath.Dir(path))
}
