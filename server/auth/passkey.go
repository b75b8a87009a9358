package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

// Passkeys belong to a name: that of the address by which the browser knows this server. An IP address is none (WebAuthn, 5.1.2 and
// https://www.w3.org/TR/webauthn-3/#rp-id).

// place says whether passkeys work at the address of a request, and at which one they would.
type place struct {
	Here bool   `json:"here"`
	At   string `json:"at,omitempty"` // empty: at none that is known
}

// passkeyPlace is the place of a request's address.
func (s *Service) passkeyPlace(r *http.Request) place {
	host := siteName(r)
	if net.ParseIP(host) == nil {
		return place{Here: true}
	}
	at := url.URL{Scheme: "http", Host: "localhost"}
	if r.TLS != nil {
		at.Scheme = "https"
	}
	if !clientapi.IsLoopback(host) {
		at.Host = ""
		for _, n := range s.cfg.Names {
			if net.ParseIP(n) == nil && !clientapi.IsLoopback(n) {
				at.Host = n
				break
			}
		}
		if at.Host == "" {
			return place{}
		}
	}
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		at.Host = net.JoinHostPort(at.Host, port)
	}
	return place{At: at.String()}
}

// relyingParty checks passkeys for the address of a request, whose Host the server has checked.
func (s *Service) relyingParty(w http.ResponseWriter, r *http.Request) (*webauthn.WebAuthn, bool) {
	switch at := s.passkeyPlace(r); {
	case at.Here:
	case at.At != "":
		jsonapi.Fail(w, http.StatusBadRequest, "address", fmt.Sprintf("Passkeys belong to a name, and %s is none: open %s and sign in there with your name and password.", siteName(r), at.At))
		return nil, false
	default:
		jsonapi.Fail(w, http.StatusBadRequest, "address", fmt.Sprintf("Passkeys belong to a name, and %s is none: have Sleuth served with --name NAME, and open it by that. "+
			"A password with an authenticator app works at any address.", siteName(r)))
		return nil, false
	}
	origin := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		origin.Scheme = "https"
	}
	rp, err := webauthn.New(&webauthn.Config{
		RPID: strings.ToLower(siteName(r)), RPDisplayName: "Sleuth", RPOrigins: []string{origin.String()}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
	})
	if err != nil {
		s.broken(w, r, err)
		return nil, false
	}
	return rp, true
}

// holder is a person as the checks of passkeys take them, with their passkeys for one name.
type holder struct {
	person state.Person
	keys   []state.Passkey
	creds  []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.person.ID) }
func (h holder) WebAuthnName() string                       { return h.person.UPN }
func (h holder) WebAuthnDisplayName() string                { return h.person.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.creds }

func (s *Service) holder(ctx context.Context, p state.Person, rpID string) (holder, error) {
	h := holder{person: p}
	f, err := s.cfg.Store.Factors(ctx, p.ID)
	if err != nil {
		return h, err
	}
	for _, k := range f.Passkeys {
		if k.RPID != rpID {
			continue
		}
		var c webauthn.Credential
		if err := json.Unmarshal(k.Credential, &c); err != nil {
			return h, fmt.Errorf("the passkey %s of %s: %w", k.Name, p.UPN, err)
		}
		c.Authenticator.SignCount = k.Counter
		h.keys, h.creds = append(h.keys, k), append(h.creds, c)
	}
	return h, nil
}

// passkeysHere are the passkeys that work at the address of a request, and the names where the others do.
func (s *Service) passkeysHere(r *http.Request, f state.Factors) (here []state.Passkey, elsewhere []string) {
	elsewhere = []string{}
	for _, k := range f.Passkeys {
		if k.RPID == strings.ToLower(siteName(r)) {
			here = append(here, k)
		} else {
			elsewhere = append(elsewhere, k.RPID)
		}
	}
	return here, elsewhere
}

// beginPasskey makes the challenge of a sign-in by passkey: the first proof, or with Second the one after a password.
func (s *Service) beginPasskey(w http.ResponseWriter, r *http.Request) {
	var body struct{ Second bool }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	rp, ok := s.relyingParty(w, r)
	if !ok {
		return
	}
	if body.Second {
		key, u, ok := s.stepOf(w, r, needsFactor)
		if ok {
			s.challenge(w, r, rp, enroller{person: u.person, key: key, step: u})
		}
		return
	}
	options, session, err := rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if s.beginStep(w, r, underway{stage: needsPasskey, from: clientapi.ClientIP(r), challenge: session}) {
		jsonapi.Reply(w, options)
	}
}

// challenge asks for one of somebody's passkeys.
func (s *Service) challenge(w http.ResponseWriter, r *http.Request, rp *webauthn.WebAuthn, e enroller) {
	h, err := s.holder(r.Context(), e.person, rp.Config.RPID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if len(h.creds) == 0 {
		jsonapi.Fail(w, http.StatusConflict, "none", "You have no passkey for "+rp.Config.RPID+".")
		return
	}
	options, session, err := rp.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		s.broken(w, r, err)
		return
	}
	e.step.challenge, e.step.creates = session, false
	if s.keep(w, e) {
		jsonapi.Reply(w, options)
	}
}

// wrongPasskey is the one answer to a passkey that is not good.
const wrongPasskey = "This passkey is not taken here. Sign in with your name and password, or with another one."

// signInByPasskey takes the answer of a device to the challenge of beginPasskey.
func (s *Service) signInByPasskey(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Second     bool
		Credential json.RawMessage
	}
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	rp, ok := s.relyingParty(w, r)
	if !ok {
		return
	}
	want, method := needsPasskey, byPasskey
	if body.Second {
		want = needsFactor
	}
	key, u, ok := s.stepOf(w, r, want)
	if !ok || !s.try(w, r, u.person.UPN) {
		return
	}
	if body.Second {
		method = u.method + "+" + byPasskey
	}
	p, err := s.answered(r, rp, key, u.person, body.Credential)
	if err != nil {
		s.refuseProof(w, r, p, method, err, wrongPasskey)
		return
	}
	if err := s.cfg.Store.Forgive(r.Context(), addressKey(r), s.cfg.Now()); err != nil {
		s.broken(w, r, err)
		return
	}
	s.steps.drop(key)
	http.SetCookie(w, stepCookie(r, ""))
	s.finish(w, r, p, method, func() { w.WriteHeader(http.StatusNoContent) })
}

// answered checks the answer of a device to the challenge of a step, and whose it is: that of p where p is somebody. A passkey
// whose counter does not go on may be a copy: it is refused. The error is an errWrong where the answer is not good; the person is
// then whom it is about, as far as that is known.
func (s *Service) answered(r *http.Request, rp *webauthn.WebAuthn, key string, p state.Person, raw []byte) (state.Person, error) {
	ctx := r.Context()
	session, ok := s.steps.challenge(key, false, s.cfg.Now())
	if !ok {
		return p, errWrong{"the challenge was used before, or has expired"}
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(raw)
	if err != nil {
		return p, errWrong{"the answer cannot be read: " + explain(err)}
	}
	var fault error
	var h holder
	find := func(_, handle []byte) (webauthn.User, error) {
		found, err := s.cfg.Store.Person(ctx, string(handle))
		if err != nil || found.ID != string(handle) {
			if err != nil && !errors.Is(err, state.ErrNotFound) {
				fault = err
			}
			return nil, errors.New("the passkey is nobody's")
		}
		p = found
		if p.Disabled {
			return nil, errors.New("the account is disabled")
		}
		h, fault = s.holder(ctx, p, rp.Config.RPID)
		return h, fault
	}
	var cred *webauthn.Credential
	if p.ID == "" {
		_, cred, err = rp.ValidatePasskeyLogin(find, session, parsed)
	} else if h, fault = s.holder(ctx, p, rp.Config.RPID); fault == nil {
		cred, err = rp.ValidateLogin(h, session, parsed)
	}
	switch {
	case fault != nil:
		return p, fault
	case err != nil:
		return p, errWrong{"the passkey does not check: " + explain(err)}
	case cred.Authenticator.CloneWarning:
		return p, errWrong{fmt.Sprintf("the counter of the passkey went from %d back to %d: it may be a copy", stored(h, cred.ID), parsed.Response.AuthenticatorData.Counter)}
	}
	text, err := json.Marshal(cred)
	if err != nil {
		return p, err
	}
	if ok, err := s.cfg.Store.UsePasskey(ctx, cred.ID, text, cred.Authenticator.SignCount, s.cfg.Now()); err != nil {
		return p, err
	} else if !ok {
		return p, errWrong{"the passkey was used at the same moment, or is removed"}
	}
	return p, nil
}

func stored(h holder, id []byte) uint32 {
	for _, k := range h.keys {
		if string(k.ID) == string(id) {
			return k.Counter
		}
	}
	return 0
}

// explain is what the checks say of an answer, cut to a length that is kept on record.
func explain(err error) string {
	var e *protocol.Error
	text := err.Error()
	if errors.As(err, &e) {
		text = e.Details
		if e.DevInfo != "" {
			text += ": " + e.DevInfo
		}
	}
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "?")
	}
	return text
}
