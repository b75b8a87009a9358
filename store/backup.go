package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Backup writes a copy of the workspace to the file dst, and of its archive beside it, while queries go on. Writes wait: after
// the checkpoint the file is complete and nothing changes it or the archive until the copy is made, so plain copying gives a
// consistent backup and SQL needs no access to files.
func (w *Workspace) Backup(ctx context.Context, dst string) error {
	if w.opts.Memory {
		return errors.New("a workspace in memory has no backup")
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	w.ownWriting.Lock()
	defer w.ownWriting.Unlock()
	if err := w.checkpoint(ctx); err != nil {
		return classify(w.path, err)
	}
	if err := copyFile(ctx, w.path, dst); err != nil {
		return err
	}
	return copyTree(ctx, filepath.Join(w.dir, archiveName), filepath.Join(filepath.Dir(dst), archiveName))
}

// copyTree copies the files of a folder, if there is one, each whole or not at all.
func copyTree(ctx context.Context, src, dst string) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == src {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dst, rel)
		if d.IsDir() {
			return os.MkdirAll(to, 0o700)
		}
		return copyFile(ctx, path, to)
	})
}

// checkpoint moves everything into the file. While older readers run it is refused; they are
// short, so it is asked again.
func (w *Workspace) checkpoint(ctx context.Context) error {
	const attempts = 50
	var err error
	for range attempts {
		if _, err = w.db.ExecContext(ctx, "CHECKPOINT ws"); err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return err
}

// copyFile copies to a temporary name and renames, so that dst is whole or absent.
func copyFile(ctx context.Context, src, dst string) (err error) {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	if _, err := os.Stat(dst); err == nil {
		return fmt.Errorf("%s exists already", dst)
	}
	out, err := os.OpenFile(dst+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	_, err = io.Copy(out, contextReader{ctx, in})
	if err == nil {
		err = out.Sync()
	}
	if closing := out.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return classify(dst, err)
	}
	return os.Rename(out.Name(), dst)
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// Restore makes the data directory dir from a backup, with the archive that lies beside it. It refuses a directory that holds a
// workspace, and a backup that is damaged: then dir is left without one.
func Restore(ctx context.Context, src, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(dir, lockName))
	ok, err := lock.TryLock()
	if err != nil {
		return err
	}
	if !ok {
		return held(dir, "")
	}
	dst := filepath.Join(dir, fileName)
	err = copyFile(ctx, src, dst)
	if err == nil {
		err = copyTree(ctx, filepath.Join(filepath.Dir(src), archiveName), filepath.Join(dir, archiveName))
	}
	if unlock := lock.Unlock(); err == nil {
		err = unlock
	}
	if err != nil {
		return err
	}
	w, err := Open(ctx, dir, Options{})
	if err != nil {
		return errors.Join(err, os.Remove(dst))
	}
	return w.Close()
}
