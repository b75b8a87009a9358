package auth

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

// Rule is what a route asks of who calls it. The zero value lets nobody in, so that a route without a rule is shut.
type Rule struct {
	who        uint8
	Permission access.Permission // for Holds
	// Lately: a signed-in browser must have proved within the last 10 minutes who sits there, as whoever found it open must not make
	// themselves another way in. ProvenLately tells.
	Lately bool
}

const (
	anyone uint8 = iota + 1
	known
	inPerson
	holds
	inPersonHolds
)

// The rules of routes.
var (
	Anyone   = Rule{who: anyone}   // nobody needs to be signed in
	Known    = Rule{who: known}    // whoever has an identity
	InPerson = Rule{who: inPerson} // a person in a signed-in browser; no token will do
)

// Holds asks for a permission.
func Holds(p access.Permission) Rule { return Rule{who: holds, Permission: p} }

// InPersonWith asks for a permission that somebody holds in person: signed in in a browser, or by the start token, which is the
// owner of this machine's data. An API token will not do.
func InPersonWith(p access.Permission) Rule { return Rule{who: inPersonHolds, Permission: p} }

// AndLately asks for a fresh proof too.
func (r Rule) AndLately() Rule {
	r.Lately = true
	return r
}

// String names a rule in tests and logs.
func (r Rule) String() string {
	if r.Lately {
		r.Lately = false
		return r.String() + ", proved lately"
	}
	switch r.who {
	case anyone:
		return "anyone"
	case known:
		return "known"
	case inPerson:
		return "in person"
	case holds:
		return string(r.Permission)
	case inPersonHolds:
		return "in person, " + string(r.Permission)
	}
	return "nobody"
}

// Check returns nil where an identity meets the rule: ErrNobody where there is none and one is needed, or an *access.Denied.
// who is nil for a request without an identity.
func (r Rule) Check(who *Identity) error {
	switch {
	case r.who == anyone:
		return nil
	case who == nil:
		return ErrNobody
	case r.who == known, r.who == inPerson && who.SignIn != nil:
		return nil
	case r.who == holds, r.who == inPersonHolds && (who.SignIn != nil || who.By == "start"):
		return access.Authorize(who.Principal, r.Permission)
	}
	return ErrNobody
}

// Route is an address, its rule and what answers it.
type Route struct {
	Pattern string // of http.ServeMux
	Needs   Rule
	Handle  http.HandlerFunc
}

// Routes are the addresses of this package, for the server that answers them after it has checked Host, Origin and rule.
func (s *Service) Routes() []Route {
	routes := []Route{
		{"GET /api/v1/auth", Anyone, s.describe},
		{"POST /api/v1/auth/signin", Anyone, s.signIn},
		{"POST /api/v1/auth/signout", Anyone, s.signOut},
		{"POST /api/v1/auth/link", Anyone, s.lookAtLink},
		{"POST /api/v1/auth/welcome", Anyone, s.welcome},
		{"POST /api/v1/auth/password", InPerson, s.asOneself(s.changePassword)},

		// The steps of a sign-in: each asks for the key of the sign-in that is under way, which gives access to nothing else.
		{"POST /api/v1/auth/factor", Anyone, s.secondFactor},
		{"POST /api/v1/auth/passkey/begin", Anyone, s.beginPasskey},
		{"POST /api/v1/auth/passkey", Anyone, s.signInByPasskey},
		{"POST /api/v1/auth/enrol/authenticator", Anyone, s.duringSignIn(s.beginAuthenticator)},
		{"POST /api/v1/auth/enrol/authenticator/confirm", Anyone, s.duringSignIn(s.confirmAuthenticator)},
		{"POST /api/v1/auth/enrol/passkeys/begin", Anyone, s.duringSignIn(s.beginNewPasskey)},
		{"POST /api/v1/auth/enrol/passkeys", Anyone, s.duringSignIn(s.addPasskey)},

		// One's own account.
		{"GET /api/v1/auth/account", InPerson, s.asOneself(s.account)},
		{"POST /api/v1/auth/account/proof", InPerson, s.asOneself(s.prove)},
		{"POST /api/v1/auth/account/proof/passkey/begin", InPerson, s.asOneself(s.beginProof)},
		{"POST /api/v1/auth/account/proof/passkey", InPerson, s.asOneself(s.proveByPasskey)},
		{"POST /api/v1/auth/account/authenticator", InPerson, s.provenLately(s.beginAuthenticator)},
		{"POST /api/v1/auth/account/authenticator/confirm", InPerson, s.provenLately(s.confirmAuthenticator)},
		{"DELETE /api/v1/auth/account/authenticator", InPerson, s.provenLately(s.removeAuthenticator)},
		{"POST /api/v1/auth/account/passkeys/begin", InPerson, s.provenLately(s.beginNewPasskey)},
		{"POST /api/v1/auth/account/passkeys", InPerson, s.provenLately(s.addPasskey)},
		{"DELETE /api/v1/auth/account/passkeys/{id}", InPerson, s.provenLately(s.removePasskey)},
		{"POST /api/v1/auth/account/recovery-codes", InPerson, s.provenLately(s.replaceRecoveryCodes)},
		{"DELETE /api/v1/auth/account/signins/{id}", InPerson, s.provenLately(s.endSignIn)},
		{"DELETE /api/v1/auth/account/signins", InPerson, s.provenLately(s.endOtherSignIns)},
	}
	if s.outside != nil {
		routes = append(routes,
			Route{"GET /api/v1/auth/provider", Anyone, s.toProvider},
			Route{"GET /api/v1/auth/provider/callback", Anyone, s.fromProvider})
	}
	return routes
}

// describe tells the page who is signed in.
func (s *Service) describe(w http.ResponseWriter, r *http.Request) {
	who, err := s.Identify(r)
	if errors.Is(err, ErrNobody) {
		out := map[string]any{"principal": nil, "passkeys": s.passkeyPlace(r)}
		if s.outside != nil {
			out["provider"] = s.outside.conf.Name
		}
		jsonapi.Reply(w, out)
		return
	}
	if err != nil {
		s.broken(w, r, err)
		return
	}
	p := who.Principal
	jsonapi.Reply(w, map[string]any{"by": who.By, "principal": map[string]any{
		"id": p.ID, "name": p.Name, "upn": p.UPN, "roles": p.Roles, "permissions": p.Permissions()}})
}

const maxBody = 64 << 10

// broken logs a fault and tells the client only that there was one.
func (s *Service) broken(w http.ResponseWriter, r *http.Request, err error) {
	s.cfg.Logger.ErrorContext(r.Context(), r.Method+" "+r.URL.Path, "error", err)
	jsonapi.Fail(w, http.StatusInternalServerError, "internal", "something broke here, and nothing was done; the program's log has the details")
}

// wait answers a try that comes too soon.
func (s *Service) wait(w http.ResponseWriter, until time.Time) {
	seconds := int(math.Ceil(until.Sub(s.cfg.Now()).Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(max(seconds, 1)))
	jsonapi.Fail(w, http.StatusTooManyRequests, "locked", "Too many tries. Try again after "+until.UTC().Format("15:04:05")+" UTC.")
}

// spent answers a link that is no good.
func (s *Service) spent(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, state.ErrSpent) {
		jsonapi.Fail(w, http.StatusGone, "spent", "This link has been used or has expired. On the machine that runs Sleuth, sleuth users link NAME prints another; "+
			"where nobody has an account yet, sleuth serve prints one at its start.")
		return
	}
	s.broken(w, r, err)
}
