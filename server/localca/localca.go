package localca

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Authority is the local authority of a data directory together with the server certificate that it signs.
type Authority struct {
	dir    string
	names  names
	now    func() time.Time
	sealer Sealer // nil: keys stand in their files as they are

	mu     sync.Mutex
	ca     *pair
	next   *pair // the published successor, or nil
	server *pair
	made   bool // Open made a new authority, which clients do not know yet
	// unsealed: a file has a key that should be sealed.
	unsealed bool
}

// Open reads the authority in dir, or makes one: where there is none, where it has run out, or where the server is to
// have other names than it may sign. names are hosts and addresses beside those of loopback.
func Open(dir string, names []string, now func() time.Time) (*Authority, error) {
	return OpenSealed(dir, names, now, nil)
}

// OpenSealed opens an authority as Open does, with its keys sealed. Keys that were not are sealed now.
func OpenSealed(dir string, names []string, now func() time.Time, sealer Sealer) (*Authority, error) {
	n, err := readNames(names)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the local authority: %w", err)
	}
	a := &Authority{dir: dir, names: n, now: now, sealer: sealer}
	if err := a.read(); err != nil {
		return nil, err
	}
	if err := a.renew(); err != nil {
		return nil, err
	}
	if a.unsealed {
		if err := errors.Join(a.writeAuthority(), a.writeServer()); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *Authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *Authority) read() error {
	trusted, err := readCerts(a.path(authorityFile))
	if err != nil {
		return err
	}
	if a.ca, err = a.readPair(a.path(authorityKey), trusted); err != nil {
		return err
	}
	if a.next, err = a.readPair(a.path(successorKey), trusted); err != nil {
		return err
	}
	if a.ca != nil && a.next != nil && a.ca.key.Equal(a.next.key) {
		a.next = nil // the successor took over, and the program ended before it had said so
	}
	certs, err := readCerts(a.path(serverFile))
	if err != nil {
		return err
	}
	a.server, err = a.readPair(a.path(serverFile), certs)
	return err
}

// renew makes what is missing or about to expire, and writes it. The caller holds the lock, or has the only reference.
func (a *Authority) renew() error {
	now := a.now()
	if a.ca == nil || !a.ca.covers(a.names) || !now.Before(a.ca.cert.NotAfter) || now.Before(a.ca.cert.NotBefore) {
		ca, err := newAuthority(a.names, now)
		if err != nil {
			return err
		}
		a.ca, a.next, a.made = ca, nil, true
		if err := a.writeAuthority(); err != nil {
			return err
		}
	}
	left := a.ca.cert.NotAfter.Sub(now)
	if left < publishAhead && a.next == nil {
		next, err := newAuthority(a.names, now)
		if err != nil {
			return err
		}
		a.next = next
		if err := a.writeAuthority(); err != nil {
			return err
		}
	}
	if left < takeOver && a.next != nil {
		a.ca, a.next = a.next, nil
		if err := a.writeAuthority(); err != nil {
			return err
		}
	}
	if a.server != nil && a.server.serves(a.ca, a.names, now) {
		return nil
	}
	server, err := newServer(a.ca, a.names, now)
	if err != nil {
		return err
	}
	a.server = server
	return a.writeServer()
}

// writeAuthority writes the keys before the certificates: a certificate without a key would be worth nothing, a key
// without one is replaced.
func (a *Authority) writeAuthority() error {
	key, err := a.keyPEM(authorityKey, a.ca)
	if err != nil {
		return err
	}
	if err := writeFile(a.path(authorityKey), 0o600, key); err != nil {
		return err
	}
	if a.next != nil {
		key, err := a.keyPEM(successorKey, a.next)
		if err != nil {
			return err
		}
		if err := writeFile(a.path(successorKey), 0o600, key); err != nil {
			return err
		}
	}
	if err := writeFile(a.path(authorityFile), 0o644, a.trusted()); err != nil {
		return err
	}
	if a.next == nil {
		if err := os.Remove(a.path(successorKey)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

func (a *Authority) writeServer() error {
	key, err := a.keyPEM(serverFile, a.server)
	if err != nil {
		return err
	}
	return writeFile(a.path(serverFile), 0o600, certPEM(a.server), key)
}

func (a *Authority) trusted() []byte {
	b := certPEM(a.ca)
	if a.next != nil {
		b = append(b, certPEM(a.next)...)
	}
	return b
}

// TrustFile is the file that clients are to trust (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, a browser's settings).
func (a *Authority) TrustFile() string { return a.path(authorityFile) }

// Trusted is the content of TrustFile: the certificate of the authority, and of its successor where one waits.
func (a *Authority) Trusted() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.trusted()
}

// IsNew reports whether Open made an authority that no client can know yet.
func (a *Authority) IsNew() bool { return a.made }

// Certificate is the present server certificate. It is renewed here when it is about to expire, so that a server that
// runs for months keeps a valid one.
func (a *Authority) Certificate() (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.server.serves(a.ca, a.names, a.now()) {
		if err := a.renew(); err != nil {
			return nil, fmt.Errorf("renewing the server certificate: %w", err)
		}
	}
	return &tls.Certificate{Certificate: [][]byte{a.server.cert.Raw}, PrivateKey: a.server.key, Leaf: a.server.cert}, nil
}

// TLS is the configuration of a server with this certificate.
func (a *Authority) TLS() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return a.Certificate() },
		NextProtos:     []string{"h2", "http/1.1"},
	}
}
