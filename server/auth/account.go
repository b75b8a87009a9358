package auth

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ua-parser/uap-go/uaparser"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

type authenticatorView struct {
	Added time.Time  `json:"added"`
	Used  *time.Time `json:"used,omitempty"`
}

type passkeyView struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Address string     `json:"address"` // the name that it works on
	Here    bool       `json:"here"`
	Added   time.Time  `json:"added"`
	Used    *time.Time `json:"used,omitempty"`
}

type signInView struct {
	ID       string    `json:"id"`
	Here     bool      `json:"here"`
	Device   string    `json:"device"`
	ClientIP string    `json:"clientIP"`
	Method   string    `json:"method"`
	Begun    time.Time `json:"begun"`
	Seen     time.Time `json:"seen"`
}

// account tells somebody how they sign in, and where they are signed in.
func (s *Service) account(w http.ResponseWriter, r *http.Request, e enroller) {
	ctx, now := r.Context(), s.cfg.Now()
	f, must, err := s.standing(ctx, e.person.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	list, err := s.cfg.Store.SignIns(ctx, e.person.ID, Idle, now)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	out := map[string]any{"local": e.person.Password != "", "required": must, "recoveryCodes": f.RecoveryCodes, "passkeysAt": s.passkeyPlace(r), "now": now.UTC()}
	if until := e.signIn.ProvenAt.Add(fresh); until.After(now) {
		out["provenUntil"] = until
	}
	if a := f.Authenticator; a != nil {
		out["authenticator"] = authenticatorView{a.CreatedAt, some(a.UsedAt)}
	}
	passkeys := []passkeyView{}
	for _, k := range f.Passkeys {
		passkeys = append(passkeys, passkeyView{base64.RawURLEncoding.EncodeToString(k.ID), k.Name, k.RPID, k.RPID == strings.ToLower(siteName(r)), k.CreatedAt, some(k.UsedAt)})
	}
	signIns := []signInView{}
	for _, x := range list {
		signIns = append(signIns, signInView{x.ID, x.ID == e.signIn.ID, device(x.UserAgent), x.ClientIP, x.Method, x.CreatedAt, x.SeenAt})
	}
	out["passkeys"], out["signIns"] = passkeys, signIns
	jsonapi.Reply(w, out)
}

func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// agents has the patterns of the uap-core project; reading them takes a while.
var agents = sync.OnceValues(func() (*uaparser.Parser, error) { return uaparser.New() })

// device names a browser and what it runs on, for people: what it says of itself.
func device(agent string) string {
	parser, err := agents()
	if err != nil || agent == "" {
		return "unknown"
	}
	c := parser.Parse(agent)
	name := c.UserAgent.Family
	if c.UserAgent.Major != "" {
		name += " " + c.UserAgent.Major
	}
	if c.Os.Family != "" && c.Os.Family != "Other" {
		name += " on " + c.Os.Family
	}
	return name
}

// agentSays are the details of an entry about a browser and what it runs on, where it says so.
func agentSays(agent string) map[string]string {
	parser, err := agents()
	if err != nil || agent == "" {
		return nil
	}
	c, out := parser.Parse(agent), map[string]string{}
	if c.UserAgent.Family != "Other" {
		out["browser"] = c.UserAgent.ToString()
	}
	if c.Os.Family != "Other" {
		out["os"] = c.Os.ToString()
	}
	return out
}

// prove takes a fresh proof in a session: the password, with a code where there is an authenticator. Who has passkeys only proves
// with one of them.
func (s *Service) prove(w http.ResponseWriter, r *http.Request, e enroller) {
	var body struct{ Password, Code string }
	if !jsonapi.Decode(w, r, maxBody, &body) || !local(w, e.person) {
		return
	}
	f, err := s.cfg.Store.Factors(r.Context(), e.person.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if f.Authenticator == nil && f.Any() {
		jsonapi.Fail(w, http.StatusConflict, "passkey", "You have passkeys and no authenticator app: prove it with a passkey, or sign out and in again.")
		return
	}
	if !s.try(w, r, e.person.UPN) {
		return
	}
	method, good := byPassword, false
	if good, err = s.passwordIs(r.Context(), e.person.Password, body.Password); err == nil && !good {
		err = errWrong{"wrong proof"}
	}
	if err == nil && f.Authenticator != nil {
		method += "+" + byAuthenticator
		err = s.codeIs(r.Context(), e.person, body.Code)
	}
	if err != nil {
		s.refuseProof(w, r, e.person, method, err, "The password or the code is wrong.")
		return
	}
	s.proven(w, r, e, method)
}

// beginProof makes the challenge of a proof by passkey.
func (s *Service) beginProof(w http.ResponseWriter, r *http.Request, e enroller) {
	if rp, ok := s.relyingParty(w, r); ok {
		s.challenge(w, r, rp, e)
	}
}

// proveByPasskey takes the answer to it.
func (s *Service) proveByPasskey(w http.ResponseWriter, r *http.Request, e enroller) {
	var body struct{ Credential json.RawMessage }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	rp, ok := s.relyingParty(w, r)
	if !ok || !s.try(w, r, e.person.UPN) {
		return
	}
	if _, err := s.answered(r, rp, e.key, e.person, body.Credential); err != nil {
		s.refuseProof(w, r, e.person, byPasskey, err, wrongPasskey)
		return
	}
	s.proven(w, r, e, byPasskey)
}

// proven notes a fresh proof; the session gets another secret, as at every proof.
func (s *Service) proven(w http.ResponseWriter, r *http.Request, e enroller, method string) {
	ctx, now := r.Context(), s.cfg.Now()
	if err := s.cfg.Store.Clear(ctx, accountKey(e.person.UPN)); err != nil {
		s.broken(w, r, err)
		return
	}
	if err := s.cfg.Store.Forgive(ctx, addressKey(r), now); err != nil {
		s.broken(w, r, err)
		return
	}
	if err := s.cfg.Record(ctx, audit.Entry{Principal: e.person.ID, Operation: "IdentityConfirmed", Object: e.person.UPN, Outcome: "succeeded", Details: details(r, method)}); err != nil {
		s.broken(w, r, err)
		return
	}
	secret := NewSecret()
	if err := s.cfg.Store.ProveSignIn(ctx, e.signIn.ID, secret, now); err != nil {
		s.broken(w, r, err)
		return
	}
	setCookie(w, r, sessionCookie(r), secret)
	jsonapi.Reply(w, map[string]any{"provenUntil": now.Add(fresh)})
}

// removeAuthenticator takes the authenticator away.
func (s *Service) removeAuthenticator(w http.ResponseWriter, r *http.Request, e enroller) {
	s.removeFactor(w, r, e, details(r, byAuthenticator), func(f state.Factors) bool { return f.Authenticator != nil }, func() (bool, error) {
		ok, err := s.cfg.Store.RemoveAuthenticator(r.Context(), e.person.ID)
		if err == nil {
			err = s.cfg.Secrets.Remove(r.Context(), state.AuthenticatorSecret(e.person.ID))
		}
		return ok, err
	})
}

// removePasskey takes one passkey away.
func (s *Service) removePasskey(w http.ResponseWriter, r *http.Request, e enroller) {
	id, err := base64.RawURLEncoding.DecodeString(r.PathValue("id"))
	if err != nil {
		jsonapi.Fail(w, http.StatusNotFound, "not_found", "you have no such passkey")
		return
	}
	d := details(r, byPasskey)
	has := func(f state.Factors) bool {
		for _, k := range f.Passkeys {
			if string(k.ID) == string(id) {
				d["name"], d["address"] = k.Name, k.RPID
				return true
			}
		}
		return false
	}
	s.removeFactor(w, r, e, d, has, func() (bool, error) { return s.cfg.Store.RemovePasskey(r.Context(), e.person.ID, id) })
}

func (s *Service) removeFactor(w http.ResponseWriter, r *http.Request, e enroller, d map[string]string, has func(state.Factors) bool, remove func() (bool, error)) {
	ctx := r.Context()
	f, must, err := s.standing(ctx, e.person.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	left := len(f.Passkeys) - 1
	if f.Authenticator != nil {
		left++
	}
	switch {
	case !has(f):
		jsonapi.Fail(w, http.StatusNotFound, "not_found", "you have no such factor")
		return
	case left == 0 && must:
		jsonapi.Fail(w, http.StatusConflict, "last", "This is your last second factor, and one is required here: add another one first.")
		return
	}
	if err := s.cfg.Record(ctx, audit.Entry{Principal: e.person.ID, Operation: "AuthenticationMethodRemoved", Object: e.person.UPN, Details: d}); err != nil {
		s.broken(w, r, err)
		return
	}
	if _, err := remove(); err != nil { // one that is gone at the same moment is gone
		s.broken(w, r, err)
		return
	}
	if left == 0 {
		if err := s.cfg.Store.SetRecoveryCodes(ctx, e.person.ID, nil); err != nil {
			s.broken(w, r, err)
			return
		}
	}
	s.ended(w, r, e, "a factor was removed", map[string]any{})
}

// replaceRecoveryCodes makes new recovery codes; those before are good no more.
func (s *Service) replaceRecoveryCodes(w http.ResponseWriter, r *http.Request, e enroller) {
	f, err := s.cfg.Store.Factors(r.Context(), e.person.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if !f.Any() {
		jsonapi.Fail(w, http.StatusConflict, "none", "Recovery codes stand in for a second factor: add one first.")
		return
	}
	codes, err := s.newRecoveryCodes(r, e.person)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	s.ended(w, r, e, "new recovery codes were made", map[string]any{"recoveryCodes": codes})
}

// endSignIn ends another session of one's own.
func (s *Service) endSignIn(w http.ResponseWriter, r *http.Request, e enroller) {
	id := r.PathValue("id")
	if id == e.signIn.ID {
		jsonapi.Fail(w, http.StatusConflict, "here", "This is the session you are in: sign out to end it.")
		return
	}
	list, err := s.cfg.Store.SignIns(r.Context(), e.person.ID, Idle, s.cfg.Now())
	if err != nil {
		s.broken(w, r, err)
		return
	}
	for _, x := range list {
		if x.ID != id {
			continue
		}
		d := details(r, e.signIn.Method)
		d["session"], d["sessionClientIP"], d["reason"] = x.ID, x.ClientIP, "ended by its person"
		if err := s.cfg.Record(r.Context(), audit.Entry{Principal: e.person.ID, Operation: "SignInSessionEnded", Object: e.person.UPN, Details: d}); err != nil {
			s.broken(w, r, err)
			return
		}
		if _, err := s.cfg.Store.EndSignInOf(r.Context(), e.person.ID, id); err != nil {
			s.broken(w, r, err)
			return
		}
		jsonapi.Reply(w, map[string]any{"ended": 1})
		return
	}
	jsonapi.Fail(w, http.StatusNotFound, "not_found", "there is no such session of yours, or it has ended")
}

// endOtherSignIns ends all of one's own sessions but this one.
func (s *Service) endOtherSignIns(w http.ResponseWriter, r *http.Request, e enroller) {
	s.ended(w, r, e, "ended by their person", map[string]any{})
}

// ended ends the other sessions of somebody and answers how many there were.
func (s *Service) ended(w http.ResponseWriter, r *http.Request, e enroller, why string, answer map[string]any) {
	n, err := s.endOthers(r, e.person, e.signIn.ID, why)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	answer["ended"] = n
	jsonapi.Reply(w, answer)
}

// endOthers ends the sessions of a person but one, and counts them. That they end is on record first.
func (s *Service) endOthers(r *http.Request, p state.Person, but, why string) (int, error) {
	n, err := s.others(r, p, but)
	if n == 0 || err != nil {
		return 0, err
	}
	d := details(r, "")
	delete(d, "method")
	d["sessions"], d["reason"] = strconv.Itoa(n), why
	if err := s.cfg.Record(r.Context(), audit.Entry{Principal: p.ID, Operation: "SignInSessionEnded", Object: p.UPN, Details: d}); err != nil {
		return 0, err
	}
	return n, s.cfg.Store.EndOtherSignIns(r.Context(), p.ID, but)
}

// others counts the sessions of a person but one.
func (s *Service) others(r *http.Request, p state.Person, but string) (n int, err error) {
	list, err := s.cfg.Store.SignIns(r.Context(), p.ID, Idle, s.cfg.Now())
	for _, x := range list {
		if x.ID != but {
			n++
		}
	}
	return n, err
}
