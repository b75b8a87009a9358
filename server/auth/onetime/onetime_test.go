package onetime

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"
)

// rfcSecret is the key of the vectors of RFC 6238, appendix B (SHA-1).
var rfcSecret = base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))

// vectors are those of RFC 6238, appendix B, of whose eight digits the last six are a code of six.
var vectors = []struct {
	unix int64
	code string
}{{59, "94287082"}, {1111111109, "07081804"}, {1111111111, "14050471"}, {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}}

func TestVectorsOfRFC6238(t *testing.T) {
	for _, v := range vectors {
		now, code := time.Unix(v.unix, 0), v.code[2:]
		if got, err := Code(rfcSecret, now); err != nil || got != code {
			t.Errorf("%d: %s, %v; want %s", v.unix, got, err, code)
		}
		if step, err := Match(rfcSecret, code, now, 0); err != nil || step != v.unix/30 {
			t.Errorf("%d: step %d, %v", v.unix, step, err)
		}
	}
}

func TestACodeIsGoodOneStepOffAndOnce(t *testing.T) {
	at := time.Unix(1111111111, 0)
	code, err := Code(rfcSecret, at)
	if err != nil {
		t.Fatal(err)
	}
	for off, want := range map[int]error{-2: ErrNoMatch, -1: nil, 0: nil, 1: nil, 2: ErrNoMatch} {
		step, err := Match(rfcSecret, code, at.Add(time.Duration(off)*Period), 0)
		if !errors.Is(err, want) || err == nil && step != Step(at) {
			t.Errorf("seen %d steps later: %d, %v", off, step, err)
		}
	}
	for last, want := range map[int64]error{Step(at) - 1: nil, Step(at): ErrUsed, Step(at) + 1: ErrUsed} {
		if _, err := Match(rfcSecret, code, at, last); !errors.Is(err, want) {
			t.Errorf("after step %d: %v, want %v", last, err, want)
		}
	}
	if _, err := Match(rfcSecret, code[:3]+" "+code[3:], at, 0); err != nil {
		t.Errorf("in groups: %v", err)
	}
	for _, bad := range []string{"", "12345", "1234567", "abcdef", "٠٥٠٤٧١", code + "0"} {
		if _, err := Match(rfcSecret, bad, at, 0); !errors.Is(err, ErrNoMatch) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestEnrolment(t *testing.T) {
	a, err := Enrol("Sleuth (sleuth.example)", "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Enrol("Sleuth (sleuth.example)", "ada@example.com")
	if err != nil || a.Secret == b.Secret {
		t.Errorf("two secrets are one, %v", err)
	}
	if key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(a.Secret); err != nil || len(key) != 20 {
		t.Errorf("a secret of %d bytes, %v", len(key), err)
	}
	u, err := url.Parse(a.URI)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Query().Get("secret") != a.Secret || !strings.HasSuffix(u.Path, "ada@example.com") {
		t.Errorf("%s, %v", a.URI, err)
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(a.QR, "data:image/png;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(data)); err != nil || img.Bounds().Dx() != 240 {
		t.Errorf("the picture: %v", err)
	}
}

func TestRecoveryCodes(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		for _, c := range Recovery() {
			if len(c) != 35 || seen[c] || len(Plain(c)) != 30 || Plain(strings.ToLower(c)) != Plain(c) || Plain(" "+strings.ReplaceAll(c, "-", " ")) != Plain(c) {
				t.Fatalf("%q", c)
			}
			seen[c] = true
		}
	}
	if len(seen) != 500 || Plain("o0 1l8") != "OOILB" {
		t.Errorf("%d codes, %q", len(seen), Plain("o0 1l8"))
	}
}

// FuzzMatch: no code but the one of the step is taken, and none breaks it.
func FuzzMatch(f *testing.F) {
	f.Add("050471", int64(1111111111))
	f.Add("", int64(0))
	f.Fuzz(func(t *testing.T, code string, unix int64) {
		if unix < 60 || unix > 1<<40 {
			return
		}
		step, err := Match(rfcSecret, code, time.Unix(unix, 0), 0)
		if err != nil {
			return
		}
		want, err := Code(rfcSecret, time.Unix(step*30, 0))
		if err != nil || want != strings.Join(strings.Fields(code), "") {
			t.Errorf("%q was taken as %s", code, want)
		}
	})
}
