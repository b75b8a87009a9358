package onetime

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// recoveryCodes is how many codes somebody gets at once.
const recoveryCodes = 10

// groups and groupLength give a code 30 characters of 5 bits. With 112 bits or more a plain hash keeps it, and 128 nobody guesses (OWASP
// ASVS 5.0, 6.5.2 and 11.5.1). Codes of 25 characters that were made before are good as they were.
const (
	groups      = 6
	groupLength = 5
)

// Recovery makes a set of recovery codes, such as K4VQT-MB7XA-C2LPE-6RZHD-WFJN3-Q7ZTE.
func Recovery() []string {
	out := make([]string, recoveryCodes)
	for i := range out {
		var b [20]byte
		_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
		text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
		parts := make([]string, groups)
		for k := range parts {
			parts[k] = text[k*groupLength : (k+1)*groupLength]
		}
		out[i] = strings.Join(parts, "-")
	}
	return out
}

// Plain is a recovery code as it is kept: however it was typed. Digits that base32 lacks are read as the letters they look like.
func Plain(code string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(code) {
		switch {
		case r == '0':
			r = 'O'
		case r == '1':
			r = 'I'
		case r == '8':
			r = 'B'
		}
		if r >= 'A' && r <= 'Z' || r >= '2' && r <= '7' {
			b.WriteRune(r)
		}
	}
	return b.String()
}
