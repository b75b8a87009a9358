package auth

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

// stage is what something under way is for.
type stage uint8

const (
	needsFactor    stage = iota + 1 // a sign-in after its first proof, of somebody who has a second factor
	needsEnrolment                  // a sign-in after its first proof, of somebody who has to add one
	needsPasskey                    // a sign-in that begins with a passkey: whose it is, it will tell
	inSession                       // of a session: what its person is about to add, or to prove again
)

// underway is a sign-in that is not done, or what a session is about to add. It gives no access to anything: no identity comes of it.
type underway struct {
	stage     stage
	person    state.Person          // as they were when it began; empty for needsPasskey
	method    string                // of the first proof
	from      string                // the address, for needsPasskey
	challenge *webauthn.SessionData // that a passkey has to answer, once
	creates   bool                  // the challenge is for a new passkey
	secret    secret.Value          // of an authenticator that is not confirmed yet
	until     time.Time
}

// How long a step may take, how many are kept, and how many of one address before it has told who it is.
const (
	stepLasts      = 10 * time.Minute
	maxSteps       = 10_000
	maxFromAddress = 50
)

// steps are what is under way, by key. They are kept in memory: after a restart people begin again.
type steps struct {
	mu    sync.Mutex
	byKey map[string]underway
}

// put keeps a step. False where too many are kept.
func (s *steps) put(key string, u underway, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest, same := "", 0
	for k, v := range s.byKey {
		if !v.until.After(now) {
			delete(s.byKey, k)
			continue
		}
		if u.stage == needsPasskey && v.stage == needsPasskey && v.from == u.from {
			same++
			if oldest == "" || v.until.Before(s.byKey[oldest].until) {
				oldest = k
			}
		}
	}
	if same >= maxFromAddress {
		delete(s.byKey, oldest)
	}
	if len(s.byKey) >= maxSteps {
		return false
	}
	if u.until.IsZero() {
		u.until = now.Add(stepLasts)
	}
	s.byKey[key] = u
	return true
}

func (s *steps) get(key string, now time.Time) (underway, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.byKey[key]
	return u, ok && u.until.After(now)
}

// challenge gives out the challenge of a step, once.
func (s *steps) challenge(key string, creates bool, now time.Time) (webauthn.SessionData, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.byKey[key]
	if !ok || u.challenge == nil || !u.until.After(now) {
		return webauthn.SessionData{}, false
	}
	c := *u.challenge
	u.challenge = nil
	s.byKey[key] = u
	return c, u.creates == creates
}

func (s *steps) drop(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byKey, key)
}

// stepCookie ties a sign-in that is under way to the browser that began it.
func stepCookie(r *http.Request, value string) *http.Cookie {
	c := &http.Cookie{Name: "sleuth_step", Value: value, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode, MaxAge: int(stepLasts.Seconds())}
	if r.TLS != nil {
		c.Name = "__Host-sleuth_step"
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// beginStep keeps a sign-in that is under way, and gives the browser its key. It answers where that cannot be.
func (s *Service) beginStep(w http.ResponseWriter, r *http.Request, u underway) bool {
	key := NewSecret()
	if !s.steps.put("step "+key, u, s.cfg.Now()) {
		jsonapi.Fail(w, http.StatusTooManyRequests, "locked", "too many sign-ins are under way: try again in a few minutes")
		return false
	}
	http.SetCookie(w, stepCookie(r, key))
	return true
}

// errBeginAgain is told of a step that is not there any more, or is another browser's.
var errBeginAgain = errors.New("This sign-in took too long, or was begun elsewhere. Begin again with your name and password.") //nolint:staticcheck // it is shown as it stands

// stepOf is the sign-in that this browser has under way, with its person as they are now. It answers where there is none, or where
// the person was changed since it began: disabled, another password.
func (s *Service) stepOf(w http.ResponseWriter, r *http.Request, want stage) (key string, u underway, ok bool) {
	c, err := r.Cookie(stepCookie(r, "").Name)
	if err == nil {
		key = "step " + c.Value
		u, ok = s.steps.get(key, s.cfg.Now())
	}
	if !ok || u.stage != want {
		jsonapi.Fail(w, http.StatusUnauthorized, "expired", errBeginAgain.Error())
		return "", u, false
	}
	if want == needsPasskey {
		return key, u, true
	}
	p, err := s.cfg.Store.Person(r.Context(), u.person.ID)
	switch {
	case errors.Is(err, state.ErrNotFound), err == nil && (p.Disabled || !p.UpdatedAt.Equal(u.person.UpdatedAt)):
		s.steps.drop(key)
		jsonapi.Fail(w, http.StatusUnauthorized, "expired", errBeginAgain.Error())
		return "", u, false
	case err != nil:
		s.broken(w, r, err)
		return "", u, false
	}
	return key, u, true
}

// try counts a try at somebody's proof before it is made, in the same count as those of passwords. It answers where there were too
// many.
func (s *Service) try(w http.ResponseWriter, r *http.Request, upn string) bool {
	keys := map[string]state.Backoff{addressKey(r): forAddress}
	if upn != "" {
		keys[accountKey(upn)] = forAccount
	}
	locked, err := s.cfg.Store.Attempt(r.Context(), s.cfg.Now(), keys)
	if err != nil {
		s.broken(w, r, err)
		return false
	}
	if !locked.IsZero() {
		// In the program's log and not in the trail: whoever tries must not be able to fill that. The failures that locked are there.
		s.cfg.Logger.WarnContext(r.Context(), "a try to sign in while the name or the address is locked", "path", r.URL.Path, "clientIP", clientapi.ClientIP(r), "until", locked.UTC())
		s.wait(w, locked)
		return false
	}
	return true
}

// enroller is who adds a factor: somebody in a session, or in a sign-in that needs one.
type enroller struct {
	person state.Person
	key    string        // of what is under way
	step   underway      // as it was when the request came
	signIn *state.SignIn // nil in a sign-in
}

// duringSignIn lets somebody add a factor who has to before they are signed in.
func (s *Service) duringSignIn(next func(http.ResponseWriter, *http.Request, enroller)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key, u, ok := s.stepOf(w, r, needsEnrolment)
		if !ok {
			return
		}
		f, err := s.cfg.Store.Factors(r.Context(), u.person.ID)
		if err != nil {
			s.broken(w, r, err)
			return
		}
		if f.Any() { // another browser was first: from then on the factor is asked for
			s.steps.drop(key)
			jsonapi.Fail(w, http.StatusUnauthorized, "expired", errBeginAgain.Error())
			return
		}
		next(w, r, enroller{person: u.person, key: key, step: u})
	}
}

// fresh is how long a proof is taken for granted where factors and sessions are changed.
const fresh = 10 * time.Minute

// provenLately lets somebody change how they sign in who has proved lately, in this session, who they are.
func (s *Service) provenLately(next func(http.ResponseWriter, *http.Request, enroller)) http.HandlerFunc {
	return s.asOneself(func(w http.ResponseWriter, r *http.Request, e enroller) {
		if !s.ProvenLately(Identity{SignIn: e.signIn}) {
			AskProof(w)
			return
		}
		next(w, r, e)
	})
}

// ProvenLately reports whether who sits at a signed-in browser has proved who they are within the last 10 minutes. The start token is
// a proof by itself: it is of this run, and only who sees the machine's terminal has it.
func (s *Service) ProvenLately(who Identity) bool {
	return who.SignIn == nil || who.SignIn.ProvenAt.Add(fresh).After(s.cfg.Now())
}

// AskProof answers a request that takes a fresh proof. The page asks for one and sends the request again.
func AskProof(w http.ResponseWriter) {
	jsonapi.Fail(w, http.StatusForbidden, "proof", "Prove again that it is you, with your password and second factor or with a passkey: the last time is more than 10 minutes ago.")
}

// asOneself gives a request in a session its person.
func (s *Service) asOneself(next func(http.ResponseWriter, *http.Request, enroller)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := s.Identify(r)
		if err == nil && who.SignIn == nil {
			err = ErrNobody // the rule of the route keeps it out already
		}
		if err != nil {
			s.broken(w, r, err)
			return
		}
		p, err := s.cfg.Store.Person(r.Context(), who.Principal.ID)
		if err != nil {
			s.broken(w, r, err)
			return
		}
		key := "session " + who.SignIn.ID
		u, ok := s.steps.get(key, s.cfg.Now())
		if !ok {
			u = underway{}
		}
		u.stage, u.person, u.until = inSession, p, time.Time{}
		next(w, r, enroller{person: p, key: key, step: u, signIn: who.SignIn})
	}
}

// keep notes what an enroller is about to add, or to prove.
func (s *Service) keep(w http.ResponseWriter, e enroller) bool {
	if !s.steps.put(e.key, e.step, s.cfg.Now()) {
		jsonapi.Fail(w, http.StatusTooManyRequests, "locked", "too many sign-ins are under way: try again in a few minutes")
		return false
	}
	return true
}

// siteName is the name by which a browser knows this server.
func siteName(r *http.Request) string { return clientapi.HostName(r.Host) }
