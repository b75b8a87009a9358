package auth

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/state"
)

func TestTokens(t *testing.T) {
	k := newKit(t, StartNever)
	p := k.person("own@x.example", access.Owner)
	id, token := NewToken()
	if err := k.store.AddToken(t.Context(), token, state.Token{ID: id, Person: p.ID, Name: "n", Scopes: []access.Permission{access.Read}, CreatedAt: k.now, ExpiresAt: k.now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	who, err := k.s.Caller(t.Context(), token)
	if err != nil || access.Authorize(who, access.Read) != nil || access.Authorize(who, access.Manage) == nil {
		t.Errorf("%+v, %v", who, err)
	}
	for _, bad := range []string{token + "x", token[:len(token)-1], "slt_" + id + "_", "slt_", "slt_" + id, k.s.StartToken(), "Bearer"} {
		if _, err := k.s.Caller(t.Context(), bad); !errors.Is(err, clientapi.ErrWrongToken) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := k.s.Caller(t.Context(), ""); !errors.Is(err, clientapi.ErrNoToken) {
		t.Errorf("no token: %v", err)
	}
	r := httptest.NewRequest("POST", "https://sleuth.example/api/v1/auth/password", strings.NewReader(`{"current":"`+good+`","password":"another long password"}`))
	r.Header.Set("Authorization", "Bearer "+token)
	if w := k.serve(r); w.Code != 401 {
		t.Errorf("a token changed a password: %d %s", w.Code, w.Body)
	}
	c := cookieOf(t, k.signIn("own@x.example", good))
	r = httptest.NewRequest("GET", "https://sleuth.example/", nil)
	r.TLS = &tls.ConnectionState{}
	r.AddCookie(c)
	r.Header.Set("Authorization", "Bearer nonsense")
	if _, err := k.s.Identify(r); !errors.Is(err, ErrNobody) {
		t.Errorf("a wrong token beside a good cookie: %v", err)
	}
}

func TestTheStartTokenHasItsTime(t *testing.T) {
	for _, c := range []struct {
		start         Start
		people, taken bool
	}{
		{StartNever, false, false}, {StartUntilPeople, false, true}, {StartUntilPeople, true, false}, {StartAlways, false, true}, {StartAlways, true, true},
	} {
		k := newKit(t, c.start)
		if c.people {
			k.person("own@x.example", access.Owner)
		}
		who, err := k.s.Caller(t.Context(), k.s.StartToken())
		if (err == nil) != c.taken || c.taken && who.ID != access.LocalOwner().ID {
			t.Errorf("%+v: %+v, %v", c, who, err)
		}
		if _, err := k.who(&http.Cookie{Name: "sleuth_start", Value: k.s.StartToken()}); (err == nil) != c.taken {
			t.Errorf("%+v, as cookie: %v", c, err)
		}
		if _, err := k.who(&http.Cookie{Name: "sleuth_start", Value: ""}); err == nil {
			t.Error("no token is somebody's")
		}
	}
}

func TestARouteWithoutARuleIsShut(t *testing.T) {
	owner := Identity{Principal: access.LocalOwner(), SignIn: &state.SignIn{}}
	if (Rule{}).Check(&owner) == nil || (Rule{}).Check(nil) == nil {
		t.Error("the zero rule lets somebody in")
	}
}

func FuzzVerifyPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "x")
	f.Add(cost{1, 8, 1}.nobodys(), "")
	f.Add("$argon2id$v=19$m=-1,t=0,p=0$$", "x")
	f.Fuzz(func(t *testing.T, hash, password string) {
		if len(hash) > 200 || strings.Contains(hash, "m=") && !strings.Contains(hash, "m=8,t=1,p=1$") {
			return // the work of large parameters is not what is looked for
		}
		if ok, err := verifyPHC(hash, password); ok && err != nil {
			t.Errorf("%q: both", hash)
		}
	})
}

func TestTheRecommendedCostIsUsed(t *testing.T) {
	s := New(Config{})
	hash, err := s.HashPassword(t.Context(), good)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Errorf("%s, %v", hash, err)
	}
	for password, want := range map[string]bool{good: true, good + " ": false, "": false} {
		if ok, err := s.passwordIs(t.Context(), hash, password); ok != want || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if ok, err := s.passwordIs(t.Context(), "", ""); ok || err != nil {
		t.Errorf("no password at all: %v, %v", ok, err)
	}
}
