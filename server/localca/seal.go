package localca

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Sealer seals the keys: clients trust what is signed with them, and a copy of the folder must not be enough to sign.
type Sealer interface {
	Seal(ctx context.Context, name string, plain []byte) ([]byte, error)
	Open(ctx context.Context, name string, sealed []byte) ([]byte, error)
}

// The PEM types of keys in files: PKCS #8, as it is or sealed under the name of the file.
const (
	plainBlock  = "PRIVATE KEY"
	sealedBlock = "SLEUTH SEALED PRIVATE KEY"
)

func sealedName(file string) string { return "tls/" + filepath.Base(file) }

// Nothing waits while a key is sealed or opened, and a certificate may be renewed where no request is: there is no context.

func (a *Authority) unseal(path string, sealed []byte) ([]byte, error) {
	if a.sealer == nil {
		return nil, fmt.Errorf("%s is sealed: it needs the keys of the data directory", path)
	}
	der, err := a.sealer.Open(context.Background(), sealedName(path), sealed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; without the keys, remove the folder %s and a new authority is made, which clients must be given", path, err, filepath.Dir(path))
	}
	return der, nil
}

// keyPEM is the key of a pair as it is written to file.
func (a *Authority) keyPEM(file string, p *pair) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return nil, err
	}
	if a.sealer == nil {
		return pem.EncodeToMemory(&pem.Block{Type: plainBlock, Bytes: der}), nil
	}
	sealed, err := a.sealer.Seal(context.Background(), sealedName(file), der)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: sealedBlock, Bytes: sealed}), nil
}

// Reseal seals the keys in dir again, after a change of the sealer's keys, and counts them. An authority may be open meanwhile.
func Reseal(ctx context.Context, dir string, sealer Sealer) (n int, err error) {
	for _, file := range []string{authorityKey, successorKey, serverFile} {
		path := filepath.Join(dir, file)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return n, err
		}
		var out []byte
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			if block.Type == sealedBlock {
				if block.Bytes, err = sealer.Open(ctx, sealedName(file), block.Bytes); err != nil {
					return n, fmt.Errorf("%s: %w", path, err)
				}
				block.Type = plainBlock
			}
			if block.Type == plainBlock {
				if block.Bytes, err = sealer.Seal(ctx, sealedName(file), block.Bytes); err != nil {
					return n, fmt.Errorf("%s: %w", path, err)
				}
				block.Type = sealedBlock
				n++
			}
			out = append(out, pem.EncodeToMemory(block)...)
		}
		if err := writeFile(path, 0o600, out); err != nil {
			return n, err
		}
	}
	return n, nil
}
