package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"
)

// Lifetimes. A successor is made when publishAhead of the authority is left, and signs from takeOver on; takeOver is
// longer than a server certificate lives, so that no certificate outlives its authority.
const (
	authorityLife = 5 * 365 * 24 * time.Hour
	publishAhead  = 365 * 24 * time.Hour
	serverLife    = 90 * 24 * time.Hour
	renewAhead    = 30 * 24 * time.Hour
	takeOver      = 120 * 24 * time.Hour
	clockSkew     = time.Hour
)

// pair is a certificate with its key.
type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newAuthority makes an authority that can sign server certificates of these names alone.
func newAuthority(n names, now time.Time) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	// The name carries the serial: clients find an issuer by name, and a successor must not be taken for its predecessor.
	tmpl := &x509.Certificate{
		SerialNumber:                serial,
		Subject:                     pkix.Name{Organization: []string{"Sleuth"}, CommonName: "Sleuth local authority " + hex.EncodeToString(serial.Bytes()[:4])},
		NotBefore:                   now.Add(-clockSkew),
		NotAfter:                    now.Add(authorityLife),
		KeyUsage:                    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid:       true,
		IsCA:                        true,
		MaxPathLenZero:              true,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         n.dns,
		PermittedIPRanges:           n.networks(),
		// An authority without a permitted name of a kind may sign all names of that kind: these two exclude them.
		PermittedEmailAddresses: []string{"localhost"},
		PermittedURIDomains:     []string{"localhost"},
	}
	return sign(tmpl, tmpl, key, key)
}

// newServer makes a server certificate of the names, signed by the authority.
func newServer(ca *pair, n names, now time.Time) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"Sleuth"}, CommonName: n.dns[len(n.dns)-1]},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(serverLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              n.dns,
		IPAddresses:           n.ips,
	}
	return sign(tmpl, ca.cert, key, ca.key)
}

func sign(tmpl, parent *x509.Certificate, key, by *ecdsa.PrivateKey) (*pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, by)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", tmpl.Subject.CommonName, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &pair{cert: cert, key: key}, nil
}

// newSerial is a positive number of 127 bits or less, as RFC 5280 4.1.2.2 allows.
func newSerial() (*big.Int, error) {
	limit := new(big.Int).Lsh(big.NewInt(1), 126)
	n, err := rand.Int(rand.Reader, limit)
	if err != nil {
		return nil, err
	}
	return n.Add(n, limit), nil
}

// covers reports whether an authority may sign for all of the names, and for no others.
func (p *pair) covers(n names) bool {
	if len(p.cert.PermittedDNSDomains) != len(n.dns) || len(p.cert.PermittedIPRanges) != len(n.ips) {
		return false
	}
	for i, d := range n.dns {
		if p.cert.PermittedDNSDomains[i] != d {
			return false
		}
	}
	for i, w := range n.networks() {
		if p.cert.PermittedIPRanges[i].String() != w.String() {
			return false
		}
	}
	return true
}

// serves reports whether a server certificate has the names, is signed by ca, and is not about to expire.
func (p *pair) serves(ca *pair, n names, now time.Time) bool {
	if now.Before(p.cert.NotBefore) || p.cert.NotAfter.Sub(now) < renewAhead || p.cert.CheckSignatureFrom(ca.cert) != nil {
		return false
	}
	if len(p.cert.DNSNames) != len(n.dns) || len(p.cert.IPAddresses) != len(n.ips) {
		return false
	}
	for _, d := range n.dns {
		if p.cert.VerifyHostname(d) != nil {
			return false
		}
	}
	for _, ip := range n.ips {
		if p.cert.VerifyHostname(ip.String()) != nil {
			return false
		}
	}
	return true
}
