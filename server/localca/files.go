package localca

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	authorityFile = "ca.pem"
	authorityKey  = "ca.key"
	successorKey  = "next.key"
	serverFile    = "server.pem"
)

// readCerts reads the certificates of a PEM file; none where the file is absent.
func readCerts(path string) ([]*x509.Certificate, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []*x509.Certificate
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s does not hold certificates: remove the folder %s and a new authority is made: %w", path, filepath.Dir(path), err)
		}
		out = append(out, c)
	}
	return out, nil
}

// readKey reads a key; nil where the file is absent. A key that others can read is refused. plain reports that it is not sealed.
func (a *Authority) readKey(path string) (key *ecdsa.PrivateKey, plain bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, false, fmt.Errorf("others can read %s (mode %04o): chmod 600 it if they did not, or remove the folder %s for a new authority", path, info.Mode().Perm(), filepath.Dir(path))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, false, err
	}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		der := block.Bytes
		switch block.Type {
		case plainBlock:
			plain = true
		case sealedBlock:
			if der, err = a.unseal(path, der); err != nil {
				return nil, false, err
			}
		default:
			continue
		}
		k, err := x509.ParsePKCS8PrivateKey(der)
		if key, ok := k.(*ecdsa.PrivateKey); ok && err == nil {
			return key, plain, nil
		}
		break
	}
	return nil, false, fmt.Errorf("%s does not hold a key: remove the folder %s and a new authority is made", path, filepath.Dir(path))
}

// readPair joins a key with the certificate that is its own; nil where either is absent. A key that is not sealed and could be
// is noted, to be written again.
func (a *Authority) readPair(keyPath string, certs []*x509.Certificate) (*pair, error) {
	key, plain, err := a.readKey(keyPath)
	if key == nil || err != nil {
		return nil, err
	}
	a.unsealed = a.unsealed || plain && a.sealer != nil
	for _, c := range certs {
		if key.PublicKey.Equal(c.PublicKey) {
			return &pair{cert: c, key: key}, nil
		}
	}
	return nil, nil
}

func certPEM(p *pair) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})
}

// writeFile replaces a file whole: a reader sees the old content or the new.
func writeFile(path string, mode fs.FileMode, parts ...[]byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if err := f.Chmod(mode); err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := f.Write(p); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
