package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/sleuth-sec/sleuth/server/auth/guess"
)

// cost is the work of one hash.
type cost struct {
	passes, memory uint32 // memory in KiB
	lanes          uint8
}

// recommended is the second recommended choice of RFC 9106 4: argon2id with 64 MiB, three passes, four lanes.
var recommended = cost{3, 64 << 10, 4}

// The length of a password in characters. NIST SP 800-63B-4 3.1.1.2 asks for 15 where a password may stand alone, for no rule
// about kinds of characters, and for a limit of at least 64.
const (
	minPassword = 15
	maxPassword = 256
)

// guessedLate is the least estimate, in bits, that a new password needs: some ten thousand million tries. The limits on tries make
// that out of reach; below it stand the common passwords, and what is put together of common words, names and patterns.
const guessedLate = 33

// checkPassword says what is wrong with a new password of a person; a fault is another error than an errPassword.
func (s *Service) checkPassword(ctx context.Context, password string, names ...string) error {
	password = norm.NFKC.String(password)
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return errPassword("password: this is not text")
	case n < minPassword:
		return errPassword(fmt.Sprintf("password: %d characters, at least %d are needed: a few words in a row are easiest", n, minPassword))
	case n > maxPassword:
		return errPassword(fmt.Sprintf("password: %d characters, at most %d", n, maxPassword))
	}
	words := append(names, "sleuth", "kusto", "sentinel", "entra", "microsoft", "copilot")
	if s.cfg.Words != nil {
		more, err := s.cfg.Words(ctx)
		if err != nil {
			return err
		}
		words = append(words, more...)
	}
	bits, err := guess.Bits(password, words)
	if err != nil {
		return err
	}
	if bits < guessedLate {
		return errPassword("password: it is made of common passwords, patterns, or names that belong to you, the product or the organization, and would be guessed early: " +
			"take a few words that do not belong together")
	}
	return nil
}

// errPassword says what is wrong with a new password.
type errPassword string

func (e errPassword) Error() string { return string(e) }

// HashPassword is a password's hash in PHC form. The work takes 64 MiB and some 100 ms, so that only a few run at once.
func (s *Service) HashPassword(ctx context.Context, password string) (string, error) {
	var salt [16]byte
	_, _ = rand.Read(salt[:])
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	defer s.leave()
	return s.cost.phc(salt[:], password), nil
}

func (s *Service) enter(ctx context.Context) error {
	select {
	case s.slow <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Service) leave() { <-s.slow }

func (c cost) phc(salt []byte, password string) string {
	return c.text(salt, argon2.IDKey([]byte(norm.NFKC.String(password)), salt, c.passes, c.memory, c.lanes, 32))
}

func (c cost) text(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.passes, c.lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// nobodys is compared with where there is no account or no password, so that both take as long. No password has this hash: its
// key is all zeros.
func (c cost) nobodys() string { return c.text(make([]byte, 16), make([]byte, 32)) }

// passwordIs compares a password with a hash; an empty hash is nobody's.
func (s *Service) passwordIs(ctx context.Context, hash, password string) (bool, error) {
	if hash == "" {
		hash = s.cost.nobodys()
	}
	if err := s.enter(ctx); err != nil {
		return false, err
	}
	defer s.leave()
	return verifyPHC(hash, password)
}

func verifyPHC(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	var version, memory, passes int
	var lanes uint8
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false, errors.New("a password's hash is not argon2id")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errors.New("a password's hash has another version of argon2")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil ||
		memory < 8 || memory > 1<<20 || passes < 1 || passes > 16 || lanes < 1 {
		return false, errors.New("a password's hash has no usable parameters")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, errors.New("a password's hash has no salt")
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return false, errors.New("a password's hash has no key")
	}
	got := argon2.IDKey([]byte(norm.NFKC.String(password)), salt, uint32(passes), uint32(memory), lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
