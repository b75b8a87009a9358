package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/server/auth/onetime"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

// The names of proofs in methods. Two of them are joined by a plus.
const (
	byPassword      = "password"
	byLink          = "link"
	byAuthenticator = "authenticator"
	byPasskey       = "passkey"
	byRecovery      = "recoveryCode"
)

// What a sign-in was asked for, as sign-in logs have it.
const (
	singleFactor = "singleFactorAuthentication"
	multiFactor  = "multiFactorAuthentication"
)

// requirement is what a sign-in was asked for, as sign-in logs have it. A passkey stands for two factors: having the device, and its
// PIN or fingerprint. What a provider asked for is known where it says so.
func requirement(method string) string {
	switch {
	case method == byProvider:
		return ""
	case method == byPasskey, strings.Contains(method, "+"):
		return multiFactor
	}
	return singleFactor
}

// required reports whether a password needs a second factor beside it.
func (s *Service) required(ctx context.Context) (bool, error) {
	if s.cfg.SecondFactor == nil {
		return true, nil
	}
	return s.cfg.SecondFactor(ctx)
}

// standing is what factors a person has, and whether one is needed.
func (s *Service) standing(ctx context.Context, person string) (f state.Factors, must bool, err error) {
	if f, err = s.cfg.Store.Factors(ctx, person); err == nil {
		must, err = s.required(ctx)
	}
	return f, must, err
}

// enough is state.ErrNotFound for a session that began with one factor where two are needed by now: it lets nobody in while that is so.
func (s *Service) enough(ctx context.Context, x state.SignIn) error {
	if requirement(x.Method) != singleFactor {
		return nil
	}
	must, err := s.required(ctx)
	if err == nil && must {
		err = state.ErrNotFound
	}
	return err
}

// proved goes on after a first proof: with the session, or with what is needed before there is one.
func (s *Service) proved(w http.ResponseWriter, r *http.Request, p state.Person, method string) {
	f, must, err := s.standing(r.Context(), p.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	u := underway{person: p, method: method}
	var answer map[string]any
	switch {
	case f.Any():
		u.stage = needsFactor
		here, elsewhere := s.passkeysHere(r, f)
		answer = map[string]any{"next": "factor", "authenticator": f.Authenticator != nil, "passkey": len(here) > 0, "passkeysAt": elsewhere, "recovery": f.RecoveryCodes > 0}
	case must:
		u.stage = needsEnrolment
		answer = map[string]any{"next": "enrol", "upn": p.UPN, "passkeys": s.passkeyPlace(r)}
	default:
		s.finish(w, r, p, method, func() { w.WriteHeader(http.StatusNoContent) })
		return
	}
	d := details(r, method)
	d["next"] = answer["next"].(string)
	if err := s.cfg.Record(r.Context(), audit.Entry{Principal: p.ID, Operation: "SecondFactorRequested", Object: p.UPN, Details: d}); err != nil {
		s.broken(w, r, err)
		return
	}
	if s.beginStep(w, r, u) {
		jsonapi.Reply(w, answer)
	}
}

// finish begins the session of somebody who has proved all that is asked: failures before are forgotten.
func (s *Service) finish(w http.ResponseWriter, r *http.Request, p state.Person, method string, answer func()) {
	if err := s.cfg.Store.Clear(r.Context(), accountKey(p.UPN)); err != nil {
		s.broken(w, r, err)
		return
	}
	s.beginAt(w, r, p, method, answer)
}

// The answers to a code that is not good.
const (
	wrongCode     = "The code is wrong, or was used before. Each code of an authenticator is good once, for about a minute."
	wrongRecovery = "The recovery code is wrong, or was used before."
)

// secondFactor takes the code of an authenticator, or a recovery code, after a first proof.
func (s *Service) secondFactor(w http.ResponseWriter, r *http.Request) {
	var body struct{ Code, Recovery string }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	key, u, ok := s.stepOf(w, r, needsFactor)
	if !ok || !s.try(w, r, u.person.UPN) {
		return
	}
	method, say, check := byAuthenticator, wrongCode, func() error { return s.codeIs(r.Context(), u.person, body.Code) }
	if body.Recovery != "" {
		method, say, check = byRecovery, wrongRecovery, func() error { return s.recoveryIs(r, u.person, body.Recovery) }
	}
	if err := check(); err != nil {
		s.refuseProof(w, r, u.person, u.method+"+"+method, err, say)
		return
	}
	if err := s.cfg.Store.Forgive(r.Context(), addressKey(r), s.cfg.Now()); err != nil {
		s.broken(w, r, err)
		return
	}
	s.steps.drop(key)
	http.SetCookie(w, stepCookie(r, ""))
	s.finish(w, r, u.person, u.method+"+"+method, func() { w.WriteHeader(http.StatusNoContent) })
}

// errWrong says why a proof is not good, for the record. The answer never tells.
type errWrong struct{ why string }

func (e errWrong) Error() string { return e.why }

// codeIs takes a code of somebody's authenticator, once.
func (s *Service) codeIs(ctx context.Context, p state.Person, code string) error {
	f, err := s.cfg.Store.Factors(ctx, p.ID)
	if err != nil {
		return err
	}
	if f.Authenticator == nil {
		return errWrong{"the account has no authenticator"}
	}
	key, err := s.cfg.Secrets.Get(ctx, state.AuthenticatorSecret(p.ID))
	if err != nil {
		return err
	}
	step, err := onetime.Match(key.Reveal(), code, s.cfg.Now(), f.Authenticator.Step)
	if errors.Is(err, onetime.ErrNoMatch) || errors.Is(err, onetime.ErrUsed) {
		return errWrong{err.Error()}
	}
	if err != nil {
		return err
	}
	switch ok, err := s.cfg.Store.UseStep(ctx, p.ID, step, s.cfg.Now()); {
	case err != nil:
		return err
	case !ok: // the same code came twice at once
		return errWrong{onetime.ErrUsed.Error()}
	}
	return nil
}

// recoveryIs takes a recovery code, once. That it is used up is on record before it is.
func (s *Service) recoveryIs(r *http.Request, p state.Person, code string) error {
	code = onetime.Plain(code)
	has, err := s.cfg.Store.HasRecoveryCode(r.Context(), p.ID, code)
	if err != nil {
		return err
	}
	if !has {
		return errWrong{"no recovery code of the account, or one that was used"}
	}
	if err := s.cfg.Record(r.Context(), audit.Entry{Principal: p.ID, Operation: "RecoveryCodeUsed", Object: p.UPN, Details: details(r, byRecovery)}); err != nil {
		return err
	}
	ok, err := s.cfg.Store.UseRecoveryCode(r.Context(), p.ID, code)
	if err == nil && !ok {
		err = errWrong{"the recovery code was used at the same moment"}
	}
	return err
}

// mfaFailed is the sign-in error code of a second factor that failed: the password was right.
const mfaFailed = "500121"

// refuseProof records a proof that is not good and answers it; err is a fault where it is no errWrong.
func (s *Service) refuseProof(w http.ResponseWriter, r *http.Request, p state.Person, method string, err error, say string) {
	var bad errWrong
	if !errors.As(err, &bad) {
		s.broken(w, r, err)
		return
	}
	e := audit.Entry{Principal: p.ID, Operation: "UserLoginFailed", Object: p.UPN, Outcome: "failed", Details: details(r, method)}
	if p.ID == "" {
		e.Principal = "nobody"
	}
	e.Details["reason"] = bad.why
	if strings.Contains(method, "+") {
		e.Details["errorNumber"] = mfaFailed
		e.Details["authenticationRequirement"] = requirement(method)
	}
	if err := s.cfg.Record(r.Context(), e); err != nil {
		s.broken(w, r, err)
		return
	}
	jsonapi.Fail(w, http.StatusUnauthorized, "wrong", say)
}
