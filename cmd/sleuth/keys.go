package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server/localca"
	"github.com/sleuth-sec/sleuth/settings"
)

const (
	keysDir = "keys" // the folder of keys in a data directory
	tlsDir  = "tls"  // the folder of the local certificate authority
)

// keyFileVariable names the file of a root key that is kept outside the data directory.
const keyFileVariable = "SLEUTH_KEY_FILE"

// credential is the name of the root key among the credentials that systemd passes to a service.
const credential = "sleuth-key"

// keyFile is the file of a root key that is kept outside the data directory; empty where none was given.
func keyFile() (string, error) {
	if f := os.Getenv(keyFileVariable); f != "" {
		if !filepath.IsAbs(f) {
			return "", fmt.Errorf("%s=%s: give the whole path", keyFileVariable, f)
		}
		return f, nil
	}
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		if f := filepath.Join(dir, credential); exists(f) {
			return f, nil
		}
	}
	return "", nil
}

// openBox opens the keys of a data directory.
func openBox(dir string) (*secret.Box, error) {
	given, err := keyFile()
	if err != nil {
		return nil, err
	}
	return secret.Open(filepath.Join(dir, keysDir), given)
}

// rotateKeys changes the keys of the data directory. Whatever is sealed in it must be sealed again here.
func (h *house) rotateKeys(ctx context.Context, p access.Principal, to string) (secret.Rotation, error) {
	before := h.box.Status()
	details := map[string]string{"rootKey": before.RootKey, "rootFile": before.RootFile}
	if to != "" {
		details["newRootFile"] = to
	}
	if err := h.admit(ctx, p, access.Manage, audit.Entry{Operation: "KeysRotated", Details: details}); err != nil {
		return secret.Rotation{}, err
	}
	return h.box.Rotate(ctx, to, func(ctx context.Context) (int, error) {
		n, err := h.secrets.Reseal(ctx)
		if err != nil {
			return n, err
		}
		if err := h.trail.Reseal(ctx); err != nil {
			return n, err
		}
		more, err := localca.Reseal(ctx, filepath.Join(h.dir, tlsDir), h.box)
		return n + 1 + more, err
	})
}

// restoreKeys puts the keys of a backup into a new data directory and sees that they open, before anything large is copied.
// The root key is in the file key, or where the environment says; else in the backup, or still where it was.
func (a *app) restoreKeys(src, dir, key string) error {
	from, to := filepath.Join(src, keysDir), filepath.Join(dir, keysDir)
	id, was, err := secret.Needs(from)
	if id == "" || err != nil {
		return err // a backup of a version that sealed nothing has no keys
	}
	given, err := keyFile()
	if err != nil {
		return err
	}
	for _, f := range []string{filepath.Join(from, secret.RootFile), was} {
		if key != "" || given != "" || f == "" {
			break
		}
		if have, err := secret.RootID(f); err == nil && have == id {
			key = f
			a.say("root key %s: from %s", id, f)
		}
	}
	if key == "" && given == "" {
		return fmt.Errorf("the secrets of the backup need root key %s, which is neither in it nor in %q: give --key with its file, or restore --without-key and lose them", id, was)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	err = copyFile(filepath.Join(from, secret.DataFile), filepath.Join(to, secret.DataFile))
	if err == nil && given == "" {
		err = copyFile(key, filepath.Join(to, secret.RootFile))
	}
	if err == nil {
		_, err = secret.Open(to, given)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(to))
	}
	return nil
}

// formerTrail is the folder of a trail whose signing key is lost: it verifies, and is not written any more.
const formerTrail = "audit.former"

// withoutKeys goes on where the root key of a restored directory is lost: what it sealed is removed, and a new trail begins,
// whose first entry names the last checkpoint of the former one.
func (a *app) withoutKeys(ctx context.Context, h *house) error {
	checkpoint, err := os.ReadFile(filepath.Join(h.dir, formerTrail, "head"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	names, err := h.secrets.Names(ctx)
	if err != nil {
		return err
	}
	e := audit.Entry{Operation: "KeysLost", Object: formerTrail, Details: map[string]string{"checkpoint": string(checkpoint), "secrets": strings.Join(names, " ")}}
	if err := h.admit(ctx, access.LocalOwner(), access.Manage, e); err != nil {
		return err
	}
	for _, name := range names {
		if err := h.secrets.Remove(ctx, name); err != nil {
			return err
		}
		a.say("the secret %s is gone: set it anew", name)
	}
	// The new trail does not know what was to be copied, and rows and exports are made from the trail: it must be set again.
	for _, name := range []string{settings.CopyAdminActions, settings.CopyResponses, settings.CopyUserActions} {
		if err := h.state.RemoveSetting(ctx, name); err != nil {
			return err
		}
	}
	a.say("the former audit trail is in %s and verifies; a new one has begun", filepath.Join(h.dir, formerTrail))
	return nil
}
