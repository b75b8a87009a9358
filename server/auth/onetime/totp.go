package onetime

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// Period is how long a code is shown.
const Period = 30 * time.Second

// skew is how many steps the clock of an app may be off, either way (RFC 6238 5.2).
const skew = 1

// options are what every authenticator app knows: others, such as SHA-256, are ignored by some of them.
var options = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// ErrNoMatch is returned for a code that is not, or no longer, good.
var ErrNoMatch = errors.New("the code is wrong, or too old")

// ErrUsed is returned for a right code of a time step from which, or after which, a code was taken before.
var ErrUsed = errors.New("the code was used before")

// Enrolment is what an app needs to make the codes of somebody.
type Enrolment struct {
	Secret string // base32, for typing
	URI    string // otpauth://, which the picture carries
	QR     string // the picture, as a data: address of a PNG
}

// Enrol makes a fresh secret of 160 bits, for an account of an issuer.
func Enrol(issuer, account string) (Enrolment, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: account, Period: uint(Period / time.Second), SecretSize: 20,
		Digits: options.Digits, Algorithm: options.Algorithm})
	if err != nil {
		return Enrolment{}, fmt.Errorf("a secret for an authenticator: %w", err)
	}
	img, err := key.Image(240, 240)
	if err != nil {
		return Enrolment{}, fmt.Errorf("the picture of a secret: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return Enrolment{}, fmt.Errorf("the picture of a secret: %w", err)
	}
	return Enrolment{Secret: key.Secret(), URI: key.URL(), QR: "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())}, nil
}

// Step is the time step of a moment.
func Step(now time.Time) int64 { return now.Unix() / int64(Period/time.Second) }

// Match finds the time step whose code this is, among the one of now and one before and after it: ErrNoMatch where it is none of
// theirs, ErrUsed where it is not after the step last. Blanks in a code are ignored, as apps show it in groups.
func Match(secret, code string, now time.Time, last int64) (step int64, err error) {
	code = strings.Join(strings.Fields(code), "")
	if len(code) != options.Digits.Length() {
		return 0, ErrNoMatch
	}
	used := false
	for at := Step(now) - skew; at <= Step(now)+skew; at++ {
		ok, err := hotp.ValidateCustom(code, uint64(at), secret, options)
		if err != nil {
			return 0, fmt.Errorf("checking a code: %w", err)
		}
		if ok && at > last {
			return at, nil
		}
		used = used || ok
	}
	if used {
		return 0, ErrUsed
	}
	return 0, ErrNoMatch
}

// Code is the code of a secret at a moment, as an app shows it.
func Code(secret string, now time.Time) (string, error) {
	return hotp.GenerateCodeCustom(secret, uint64(Step(now)), options)
}
