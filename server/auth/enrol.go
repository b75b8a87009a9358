package auth

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server/auth/onetime"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

// maxPasskeys is how many passkeys somebody may have.
const maxPasskeys = 20

// local answers where somebody signs in by a provider only: what they prove there is for the provider to ask.
func local(w http.ResponseWriter, p state.Person) bool {
	if p.Password == "" {
		jsonapi.Fail(w, http.StatusConflict, "provider", "You sign in by a provider, which looks after how you prove who you are.")
		return false
	}
	return true
}

// beginAuthenticator gives out the secret of a new authenticator. It counts for nothing until a code of it has come.
func (s *Service) beginAuthenticator(w http.ResponseWriter, r *http.Request, e enroller) {
	if !local(w, e.person) {
		return
	}
	made, err := onetime.Enrol("Sleuth "+strings.ReplaceAll(siteName(r), ":", "."), e.person.UPN)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	e.step.secret = secret.NewValue(made.Secret)
	if s.keep(w, e) {
		jsonapi.Reply(w, map[string]string{"secret": made.Secret, "uri": made.URI, "qr": made.QR})
	}
}

// confirmAuthenticator takes the first code of a new authenticator, and with it the authenticator, in place of the one before.
func (s *Service) confirmAuthenticator(w http.ResponseWriter, r *http.Request, e enroller) {
	var body struct{ Code string }
	if !jsonapi.Decode(w, r, maxBody, &body) || !local(w, e.person) {
		return
	}
	if e.step.secret.IsZero() {
		jsonapi.Fail(w, http.StatusConflict, "expired", "The secret was not used in time. Begin again and take the new one.")
		return
	}
	if !s.try(w, r, e.person.UPN) {
		return
	}
	ctx, now := r.Context(), s.cfg.Now()
	step, err := onetime.Match(e.step.secret.Reveal(), body.Code, now, 0)
	if err != nil {
		if errors.Is(err, onetime.ErrNoMatch) {
			err = errWrong{"the first code of a new authenticator: " + err.Error()}
		}
		s.refuseProof(w, r, e.person, byAuthenticator, err, "The code is wrong. Take the one that the app shows now, and check that the clock of its device is right.")
		return
	}
	if err := errors.Join(s.cfg.Store.Forgive(ctx, addressKey(r), now), s.cfg.Store.Forgive(ctx, accountKey(e.person.UPN), now)); err != nil {
		s.broken(w, r, err)
		return
	}
	if err := s.cfg.Record(ctx, audit.Entry{Principal: e.person.ID, Operation: "AuthenticationMethodAdded", Object: e.person.UPN, Details: details(r, byAuthenticator)}); err != nil {
		s.broken(w, r, err)
		return
	}
	if err := s.cfg.Secrets.Put(ctx, state.AuthenticatorSecret(e.person.ID), e.step.secret); err != nil {
		s.broken(w, r, err)
		return
	}
	if err := s.cfg.Store.SetAuthenticator(ctx, e.person.ID, step, now); err != nil {
		s.broken(w, r, err)
		return
	}
	s.enrolled(w, r, e, byAuthenticator)
}

// beginNewPasskey makes the challenge for a new passkey.
func (s *Service) beginNewPasskey(w http.ResponseWriter, r *http.Request, e enroller) {
	if !local(w, e.person) {
		return
	}
	rp, ok := s.relyingParty(w, r)
	if !ok {
		return
	}
	h, err := s.holder(r.Context(), e.person, rp.Config.RPID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if len(h.creds) >= maxPasskeys {
		jsonapi.Fail(w, http.StatusConflict, "full", "You have 20 passkeys here: remove one first.")
		return
	}
	have := make([]protocol.CredentialDescriptor, len(h.creds))
	for i, c := range h.creds {
		have[i] = c.Descriptor()
	}
	options, session, err := rp.BeginRegistration(h, webauthn.WithExclusions(have))
	if err != nil {
		s.broken(w, r, err)
		return
	}
	e.step.challenge, e.step.creates = session, true
	if s.keep(w, e) {
		jsonapi.Reply(w, options)
	}
}

// addPasskey takes the new passkey of a device.
func (s *Service) addPasskey(w http.ResponseWriter, r *http.Request, e enroller) {
	var body struct {
		Name       string
		Credential json.RawMessage
	}
	if !jsonapi.Decode(w, r, maxBody, &body) || !local(w, e.person) {
		return
	}
	rp, ok := s.relyingParty(w, r)
	if !ok {
		return
	}
	ctx, now := r.Context(), s.cfg.Now()
	k := state.Passkey{Person: e.person.ID, RPID: rp.Config.RPID, Name: strings.TrimSpace(body.Name), CreatedAt: now}
	if k.Name == "" {
		k.Name = device(r.UserAgent())
	}
	if n := len([]rune(k.Name)); n > 100 || strings.ContainsFunc(k.Name, func(c rune) bool { return !unicode.IsGraphic(c) }) {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", "the name of a passkey: at most 100 characters")
		return
	}
	session, ok := s.steps.challenge(e.key, true, now)
	if !ok {
		jsonapi.Fail(w, http.StatusConflict, "expired", "The device took too long, or answered twice. Begin again.")
		return
	}
	cred, err := created(rp, holder{person: e.person}, session, body.Credential)
	if err != nil {
		s.refuseProof(w, r, e.person, byPasskey, errWrong{"a new passkey does not check: " + explain(err)}, "This passkey is not taken: the device did not check who you are, or answered for another address.")
		return
	}
	k.ID, k.Counter = cred.ID, cred.Authenticator.SignCount
	if k.Credential, err = json.Marshal(cred); err != nil {
		s.broken(w, r, err)
		return
	}
	d := details(r, byPasskey)
	d["name"], d["address"] = k.Name, k.RPID
	if err := s.cfg.Record(ctx, audit.Entry{Principal: e.person.ID, Operation: "AuthenticationMethodAdded", Object: e.person.UPN, Details: d}); err != nil {
		s.broken(w, r, err)
		return
	}
	if err := s.cfg.Store.AddPasskey(ctx, k); errors.Is(err, state.ErrTaken) {
		jsonapi.Fail(w, http.StatusConflict, "taken", "This passkey is registered here already.")
		return
	} else if err != nil {
		s.broken(w, r, err)
		return
	}
	s.enrolled(w, r, e, byPasskey)
}

func created(rp *webauthn.WebAuthn, h holder, session webauthn.SessionData, raw []byte) (*webauthn.Credential, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(raw)
	if err != nil {
		return nil, err
	}
	return rp.CreateCredential(h, session, parsed)
}

// enrolled goes on after a factor was added. In a sign-in the session begins, in a session the person's others end; who has no
// recovery codes gets some, which are shown this once.
func (s *Service) enrolled(w http.ResponseWriter, r *http.Request, e enroller, method string) {
	f, err := s.cfg.Store.Factors(r.Context(), e.person.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	answer := map[string]any{}
	if f.RecoveryCodes == 0 {
		codes, err := s.newRecoveryCodes(r, e.person)
		if err != nil {
			s.broken(w, r, err)
			return
		}
		answer["recoveryCodes"] = codes
	}
	s.steps.drop(e.key)
	if e.signIn == nil {
		http.SetCookie(w, stepCookie(r, ""))
		s.finish(w, r, e.person, e.step.method+"+"+method, func() { jsonapi.Reply(w, answer) })
		return
	}
	if answer["ended"], err = s.endOthers(r, e.person, e.signIn.ID, "a factor was added"); err != nil {
		s.broken(w, r, err)
		return
	}
	jsonapi.Reply(w, answer)
}

// newRecoveryCodes replaces somebody's recovery codes.
func (s *Service) newRecoveryCodes(r *http.Request, p state.Person) ([]string, error) {
	if err := s.cfg.Record(r.Context(), audit.Entry{Principal: p.ID, Operation: "RecoveryCodesCreated", Object: p.UPN, Details: details(r, byRecovery)}); err != nil {
		return nil, err
	}
	codes := onetime.Recovery()
	kept := make([]string, len(codes))
	for i, c := range codes {
		kept[i] = onetime.Plain(c)
	}
	return codes, s.cfg.Store.SetRecoveryCodes(r.Context(), p.ID, kept)
}
