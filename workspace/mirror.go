package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Mirror gives the files that queries name by address from a folder: https://host/a/b.csv is host/a/b.csv in it. Nothing is
// ever fetched. The zero value has no files.
type Mirror struct {
	// Dir is the folder.
	Dir string
	// Allow lists what may be read: addresses, or prefixes of addresses that end in "/". Empty allows all that is in the
	// folder, because its owner put it there.
	Allow []string
	// Narrow lists what may be read as the owner set it, in the same form; empty allows all. Both lists must allow. Nil narrows nothing.
	Narrow func(ctx context.Context) ([]string, error)
}

// AllowFile is the name of the file, in the mirror's folder, that narrows what queries may read: an address or prefix a line.
const AllowFile = "allow.txt"

// OpenMirror reads the allow-list of a folder, which need not exist.
func OpenMirror(dir string) (Mirror, error) {
	m := Mirror{Dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, AllowFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("the allow-list of external data: %w", err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			m.Allow = append(m.Allow, line)
		}
	}
	if len(m.Allow) == 0 {
		m.Allow = []string{""} // a file without an address allows none
	}
	return m, nil
}

// maxMirrored bounds a mirrored file, unpacked.
const maxMirrored = 512 << 20

// Table is the table of the rows in the files that externaldata names.
func (m Mirror) Table(e bind.External) *plan.Table {
	return &plan.Table{Name: "externaldata", Columns: e.Columns, Load: func(ctx context.Context) ([]types.Row, error) {
		var rows []types.Row
		for _, uri := range e.URIs {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			more, err := m.read(ctx, uri, e)
			if err != nil {
				return nil, err
			}
			rows = append(rows, more...)
		}
		return rows, nil
	}}
}

func (m Mirror) read(ctx context.Context, uri string, e bind.External) ([]types.Row, error) {
	place, err := mirrorPath(uri)
	if err != nil {
		return nil, err
	}
	if !allowed(m.Allow, place) {
		return nil, notAllowed(uri, filepath.Join(m.Dir, AllowFile))
	}
	if m.Narrow != nil {
		list, err := m.Narrow(ctx)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 && !allowed(list, place) {
			return nil, notAllowed(uri, "the setting externaldata.allow")
		}
	}
	text, err := m.text(place)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, notMirrored(uri, filepath.Join(m.Dir, filepath.FromSlash(place)))
	case err != nil:
		return nil, unreadable(uri, err)
	}
	rows, err := readRows(text, place, e)
	if err != nil {
		return nil, unreadable(uri, err)
	}
	return rows, nil
}

// allowed compares places in the mirror, so that no spelling of an address goes around the list.
func allowed(list []string, place string) bool {
	if list == nil {
		return true
	}
	for _, a := range list {
		listed, err := mirrorPath(a)
		if err != nil {
			continue
		}
		if listed == place || strings.HasSuffix(a, "/") && strings.HasPrefix(place, strings.TrimSuffix(listed, "/")+"/") {
			return true
		}
		if u, err := url.Parse(a); err == nil && u.Path == "/" && strings.HasPrefix(place, strings.TrimSuffix(listed, "index")) {
			return true // a whole host
		}
	}
	return false
}

// text is the content of a mirrored file. No link leads out of the folder.
func (m Mirror) text(place string) (_ []byte, err error) {
	if m.Dir == "" {
		return nil, fs.ErrNotExist
	}
	root, err := os.OpenRoot(m.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	f, err := root.Open(filepath.FromSlash(place))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r, err := unpacked(f, place)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r, maxMirrored+1))
	if err == nil && len(text) > maxMirrored {
		err = fmt.Errorf("the file is larger than %d MB", maxMirrored>>20)
	}
	return text, err
}

// mirrorPath is where the file of an address stands in the mirror: host and path; a query keeps addresses apart that
// differ in nothing else.
func mirrorPath(uri string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "abfss" && u.Scheme != "adl" {
		return "", badAddress(uri)
	}
	place := path.Clean("/" + u.Path)
	if place == "/" {
		place = "/index"
	}
	if q := u.Query(); len(q) > 0 && !isSecret(q) {
		place += "?" + strings.NewReplacer("/", "_", "\\", "_").Replace(u.RawQuery)
	}
	host := strings.ToLower(u.Host)
	if host == "." || host == ".." || strings.ContainsAny(host, `/\`) {
		return "", badAddress(uri)
	}
	return strings.ReplaceAll(host, ":", "_") + place, nil
}

// isSecret says whether the query of an address is a signature that gives access, not part of its name.
func isSecret(q url.Values) bool { return q.Has("sig") || q.Has("sv") }
