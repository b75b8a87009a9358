package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a file must be left alone before it is imported: collectors write in pieces.
const settle = 2 * time.Second

// follow imports files that appear or change below the folders, until ctx ends. Nothing is missed between the first
// import and the watching: files are handed over by the watcher that was set up before it.
func (a *app) follow(ctx context.Context, w *fsnotify.Watcher, load func(paths []string) error) error {
	changed := map[string]time.Time{}
	tick := time.NewTicker(settle / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.Errors:
			return fmt.Errorf("watching: %w", err)
		case e := <-w.Events:
			if !e.Has(fsnotify.Create) && !e.Has(fsnotify.Write) {
				continue
			}
			info, err := os.Stat(e.Name)
			if errors.Is(err, fs.ErrNotExist) {
				continue // moved on
			}
			if err != nil {
				return err
			}
			if info.IsDir() {
				if err := watchTree(w, e.Name, func(file string) { changed[file] = time.Now() }); err != nil {
					return err
				}
				continue
			}
			changed[e.Name] = time.Now()
		case now := <-tick.C:
			var ready []string
			for path, at := range changed {
				if now.Sub(at) >= settle {
					ready = append(ready, path)
					delete(changed, path)
				}
			}
			if len(ready) == 0 {
				continue
			}
			if err := load(ready); err != nil {
				return err
			}
		}
	}
}

// watchTree watches a folder and those below it; found is told of the files already there.
func watchTree(w *fsnotify.Watcher, root string, found func(file string)) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return w.Add(path)
		}
		found(path)
		return nil
	})
}

// watcher watches the paths' folders.
func watcher(paths []string) (*fsnotify.Watcher, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching: %w", err)
	}
	for _, p := range paths {
		if err := watchTree(w, p, func(string) {}); err != nil {
			return nil, errors.Join(fmt.Errorf("watching %s: %w", p, err), w.Close())
		}
	}
	return w, nil
}
