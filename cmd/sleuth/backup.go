package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/store"
)

// The operations of a copy that leaves the data directory, and of one that became it.
const (
	backupMade     = "BackupMade"
	backupRestored = "BackupRestored"
)

func backupCommand(a *app) *cobra.Command {
	var withKey bool
	c := &cobra.Command{
		Use:   "backup DIR",
		Short: "Copy the whole data directory consistently, also while serve runs",
		Long: "The secrets in the copy stay sealed: the root key is not in it. Keep a copy of the key elsewhere (sleuth settings key says where\n" +
			"it is), or put it into the backup with --with-key, which then gives everything away to whoever gets it.",
		Example: "  sleuth backup /backups/sleuth-2026-11-20",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dst := a.path(args[0])
			return a.withHouse(c.Context(), writes, func(h *house) error { return a.backup(c.Context(), h, dst, withKey) })
		},
	}
	c.Flags().BoolVar(&withKey, "with-key", false, "put the root key into the backup")
	return c
}

// backup copies workspace, application state, the user's own files and audit trail. The trail is copied last, so that it holds
// an entry for everything that the others show.
func (a *app) backup(ctx context.Context, h *house, dst string, withKey bool) error {
	if exists(dst) && !emptyDir(dst) {
		return fmt.Errorf("%s is not empty: give a new directory", dst)
	}
	if err := h.admit(ctx, a.principal(), access.Manage, audit.Entry{Operation: backupMade, Object: dst, Details: map[string]string{"withKey": fmt.Sprint(withKey)}}); err != nil {
		return err
	}
	if err := os.MkdirAll(dst, 0o700); err != nil {
		return err
	}
	defer h.box.Steady()()
	if err := h.box.Backup(filepath.Join(dst, keysDir), withKey); err != nil {
		return err
	}
	if err := h.ws.Backup(ctx, filepath.Join(dst, databaseFile)); err != nil {
		return err
	}
	if err := h.state.Backup(ctx, filepath.Join(dst, "state.db")); err != nil {
		return err
	}
	if err := copyOwnFiles(h.dir, dst); err != nil {
		return err
	}
	if err := audit.Copy(filepath.Join(h.dir, auditDir), filepath.Join(dst, auditDir)); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: workspace with its archive, application state, mirrored files, database of places and audit trail\n", dst)
	if withKey {
		a.say("the root key is in the backup: whoever gets it can read every secret")
	} else {
		a.say("the root key %s is not in the backup; restoring needs it: keep a copy of %s", h.box.Status().RootKey, h.box.Status().RootFile)
	}
	return nil
}

func restoreCommand(a *app) *cobra.Command {
	var key string
	var without bool
	c := &cobra.Command{
		Use:   "restore DIR",
		Short: "Make a data directory from a backup",
		Long: "Restores a backup into --data, which must be new or empty: nothing is overwritten. The root key of the directory that was backed up\n" +
			"is needed: --key, SLEUTH_KEY_FILE, the backup itself, or the place where it was. Where it is lost, --without-key restores all but\n" +
			"the secrets; the audit trail is kept aside as audit.former, and a new one begins. It works on a data directory that is not in use, too.",
		Example: "  sleuth restore /backups/sleuth-2026-11-20 --data ./restored --key /safe/root-key",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if a.house != nil {
				return usage("the data directory is in use: restore into another one")
			}
			if key != "" && without {
				return usage("--key and --without-key exclude each other")
			}
			if key != "" {
				key = a.path(key)
			}
			return a.restore(c.Context(), a.path(args[0]), key, without)
		},
	}
	c.Flags().StringVar(&key, "key", "", "file with the root key, where the backup does not have it")
	c.Flags().BoolVar(&without, "without-key", false, "restore without the secrets, because the root key is lost")
	return c
}

func (a *app) restore(ctx context.Context, src, key string, without bool) error {
	dir := defaultDataDir()
	if a.data != "" {
		dir = a.path(a.data)
	}
	if _, err := os.Stat(dir); err == nil && !emptyDir(dir) {
		return fmt.Errorf("%s holds something: restore into a new directory with --data", dir)
	}
	if !exists(filepath.Join(src, databaseFile)) {
		return fmt.Errorf("%s is not a backup: it has no %s", src, databaseFile)
	}
	if !without {
		if err := a.restoreKeys(src, dir, key); err != nil {
			return err
		}
	}
	if err := store.Restore(ctx, filepath.Join(src, databaseFile), dir); err != nil {
		return err
	}
	for _, name := range []string{"state.db", "state.db-wal", "audit.jsonl"} { // the second where the backup is a directory, the third in those of the first versions
		if err := copyFile(filepath.Join(src, name), filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := copyOwnFiles(src, dir); err != nil {
		return err
	}
	if from := filepath.Join(src, auditDir); exists(from) {
		copyTrail, to := audit.Copy, auditDir
		if without {
			copyTrail, to = audit.Export, formerTrail
		}
		if err := copyTrail(from, filepath.Join(dir, to)); err != nil {
			return err
		}
	}
	h, err := openHouse(ctx, dir)
	if err != nil {
		return fmt.Errorf("the restored directory does not open: %w", err)
	}
	if without {
		err = a.withoutKeys(ctx, h)
	}
	if err == nil {
		err = h.admit(ctx, a.principal(), access.Manage, audit.Entry{Operation: backupRestored, Object: src, Details: map[string]string{"withoutKey": fmt.Sprint(without)}})
	}
	if err := errors.Join(err, h.closeParts()); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: restored and opened\n", dir)
	return nil
}

// copyOwnFiles copies what the user put into a data directory and queries read: the mirrored files and the database of places.
func copyOwnFiles(from, to string) error {
	if err := copyFile(filepath.Join(from, placesFile), filepath.Join(to, placesFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	root := filepath.Join(from, mirrorDir)
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // there are none, or a file was taken away meanwhile
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		if err := copyFile(path, filepath.Join(to, rel)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// copyFile copies a file and syncs the copy.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err = io.Copy(out, in); err != nil {
		return err
	}
	return out.Sync()
}
