package auth

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/server/jsonapi"
	"github.com/sleuth-sec/sleuth/state"
)

// wrong is the one answer to a sign-in that fails.
const wrong = "The name or the password is wrong, or this account may not sign in."

// forAccount locks a name after five failures in a row: 30 seconds, then twice as long each time, at most a quarter of an
// hour. A name that is nobody's is locked the same way.
func forAccount(failures int) time.Duration { return backoff(failures-5, 15*time.Minute) }

// forAddress locks an address after fifty.
func forAddress(failures int) time.Duration { return backoff(failures-50, time.Hour) }

func backoff(n int, most time.Duration) time.Duration {
	if n < 0 {
		return 0
	}
	return min(30*time.Second<<min(n, 10), most)
}

func accountKey(upn string) string      { return "account " + strings.ToLower(strings.TrimSpace(upn)) }
func addressKey(r *http.Request) string { return "address " + clientapi.ClientIP(r) }

// signIn signs in with a password.
func (s *Service) signIn(w http.ResponseWriter, r *http.Request) {
	var body struct{ UPN, Password string }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	if !s.try(w, r, body.UPN) {
		return
	}
	ctx, now := r.Context(), s.cfg.Now()
	p, err := s.cfg.Store.Person(ctx, strings.TrimSpace(body.UPN))
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		s.broken(w, r, err)
		return
	}
	exists := err == nil && strings.EqualFold(p.UPN, strings.TrimSpace(body.UPN)) // not by id: tries are counted by name
	if !exists {
		p = state.Person{}
	}
	ok, err := s.passwordIs(ctx, p.Password, body.Password)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if !ok || !exists || p.Disabled {
		s.refuse(w, r, p, "password")
		return
	}
	// Only this try is taken back: the failures before it stand until the second factor is right too, so that a known password
	// gives no further tries at it.
	if err := errors.Join(s.cfg.Store.Forgive(ctx, accountKey(body.UPN), now), s.cfg.Store.Forgive(ctx, addressKey(r), now)); err != nil {
		s.broken(w, r, err)
		return
	}
	s.proved(w, r, p, byPassword)
}

// refuse records a failed sign-in and answers it. p is empty where the name is nobody's: what was typed there is not
// recorded, as it may be a password in the wrong field.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, p state.Person, method string) {
	e := audit.Entry{Principal: p.ID, Operation: "UserLoginFailed", Object: p.UPN, Outcome: "failed", Details: details(r, method)}
	switch {
	case p.ID == "":
		e.Principal, e.Details["reason"] = "nobody", "no such account"
	case p.Disabled:
		e.Details["reason"] = "the account is disabled"
	default:
		e.Details["reason"] = "wrong proof"
	}
	if err := s.cfg.Record(r.Context(), e); err != nil {
		s.broken(w, r, err)
		return
	}
	jsonapi.Fail(w, http.StatusUnauthorized, "unauthorized", wrong)
}

// beginAt records a sign-in, begins its session with a fresh secret, ends the one that the browser had, and answers.
func (s *Service) beginAt(w http.ResponseWriter, r *http.Request, p state.Person, method string, answer func()) {
	ctx, now := r.Context(), s.cfg.Now()
	d := details(r, method)
	if must := requirement(method); must != "" {
		d["authenticationRequirement"] = must
	}
	if err := s.cfg.Record(ctx, audit.Entry{Principal: p.ID, Operation: "UserLoggedIn", Object: p.UPN, Outcome: "succeeded", Details: d}); err != nil {
		s.broken(w, r, err)
		return
	}
	if c, err := r.Cookie(sessionCookie(r)); err == nil {
		if err := s.cfg.Store.EndSignIn(ctx, c.Value); err != nil {
			s.broken(w, r, err)
			return
		}
	}
	secret := NewSecret()
	if _, err := s.cfg.Store.AddSignIn(ctx, secret, state.SignIn{Person: p.ID, Method: method, ClientIP: d["clientIP"], UserAgent: d["userAgent"],
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(Absolute), ProvenAt: now}); err != nil {
		s.broken(w, r, err)
		return
	}
	setCookie(w, r, sessionCookie(r), secret)
	setCookie(w, r, startCookie, "")
	answer()
}

// signOut ends the session of this browser.
func (s *Service) signOut(w http.ResponseWriter, r *http.Request) {
	who, err := s.Identify(r)
	if err != nil && !errors.Is(err, ErrNobody) {
		s.broken(w, r, err)
		return
	}
	if err == nil && who.By != "token" {
		if err := s.cfg.Record(r.Context(), audit.Entry{Principal: who.Principal.ID, Operation: "UserLoggedOut", Object: who.Principal.UPN, Details: details(r, who.By)}); err != nil {
			s.broken(w, r, err)
			return
		}
	}
	if c, err := r.Cookie(sessionCookie(r)); err == nil {
		if err := s.cfg.Store.EndSignIn(r.Context(), c.Value); err != nil {
			s.broken(w, r, err)
			return
		}
	}
	setCookie(w, r, sessionCookie(r), "")
	setCookie(w, r, startCookie, "")
	w.WriteHeader(http.StatusNoContent)
}

// lookAtLink tells the page whom a link is for, so that it can ask for what is missing.
func (s *Service) lookAtLink(w http.ResponseWriter, r *http.Request) {
	var body struct{ Link string }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	id, err := s.cfg.Store.LinkedPerson(r.Context(), body.Link, s.cfg.Now())
	if err != nil {
		s.spent(w, r, err)
		return
	}
	if id == "" {
		jsonapi.Reply(w, map[string]any{"first": true})
		return
	}
	p, err := s.cfg.Store.Person(r.Context(), id)
	if errors.Is(err, state.ErrNotFound) {
		err = state.ErrSpent
	}
	if err != nil {
		s.spent(w, r, err)
		return
	}
	jsonapi.Reply(w, map[string]any{"first": false, "upn": p.UPN, "name": p.Name})
}

// welcome uses a link: it makes the first owner, or sets a person's password, and signs them in.
func (s *Service) welcome(w http.ResponseWriter, r *http.Request) {
	var body struct{ Link, UPN, Name, Password string }
	if !jsonapi.Decode(w, r, maxBody, &body) {
		return
	}
	ctx, now := r.Context(), s.cfg.Now()
	id, err := s.cfg.Store.LinkedPerson(ctx, body.Link, now)
	if err != nil {
		s.spent(w, r, err)
		return
	}
	p := state.Person{UPN: strings.TrimSpace(body.UPN), Name: strings.TrimSpace(body.Name), Roles: []access.Role{access.Owner}}
	if id != "" {
		if p, err = s.cfg.Store.Person(ctx, id); errors.Is(err, state.ErrNotFound) {
			err = state.ErrSpent
		}
		if err != nil {
			s.spent(w, r, err)
			return
		}
	} else if err := state.CheckName(p.UPN, p.Name); err != nil {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", err.Error())
		return
	}
	if err := s.checkPassword(ctx, body.Password, p.UPN, p.Name); err != nil {
		s.badPassword(w, r, err)
		return
	}
	hash, err := s.HashPassword(ctx, body.Password)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	if id == "" {
		p.Password = hash
		if err := s.cfg.Record(ctx, audit.Entry{Principal: access.LocalOwner().ID, Operation: "OwnerCreated", Object: p.UPN, Details: details(r, "link")}); err != nil {
			s.broken(w, r, err)
			return
		}
		p, err = s.cfg.Store.UseOwnerLink(ctx, body.Link, p, now)
	} else {
		if err := s.cfg.Record(ctx, audit.Entry{Principal: p.ID, Operation: "SignInLinkUsed", Object: p.UPN, Details: details(r, "link")}); err != nil {
			s.broken(w, r, err)
			return
		}
		err = s.cfg.Store.UseLink(ctx, body.Link, id, hash, now)
	}
	if err != nil {
		s.spent(w, r, err)
		return
	}
	if p, err = s.cfg.Store.Person(ctx, p.ID); err != nil { // as they are with the new password
		s.broken(w, r, err)
		return
	}
	s.proved(w, r, p, byLink)
}

// badPassword answers a new password that is not good enough.
func (s *Service) badPassword(w http.ResponseWriter, r *http.Request, err error) {
	var bad errPassword
	if errors.As(err, &bad) {
		jsonapi.Fail(w, http.StatusBadRequest, "invalid", bad.Error())
		return
	}
	s.broken(w, r, err)
}

// changePassword replaces the password of who is signed in; their other sessions end, and this one gets a fresh secret.
func (s *Service) changePassword(w http.ResponseWriter, r *http.Request, e enroller) {
	var body struct{ Current, Password string }
	if !jsonapi.Decode(w, r, maxBody, &body) || !local(w, e.person) || !s.try(w, r, e.person.UPN) {
		return
	}
	ctx, now, p := r.Context(), s.cfg.Now(), e.person
	if ok, err := s.passwordIs(ctx, p.Password, body.Current); err != nil {
		s.broken(w, r, err)
		return
	} else if !ok {
		s.refuseProof(w, r, p, byPassword, errWrong{"wrong proof"}, "The present password is wrong.")
		return
	}
	// The password was right: a new one that is not good enough is no failed try.
	if err := errors.Join(s.cfg.Store.Clear(ctx, accountKey(p.UPN)), s.cfg.Store.Forgive(ctx, addressKey(r), now)); err != nil {
		s.broken(w, r, err)
		return
	}
	if err := s.checkPassword(ctx, body.Password, p.UPN, p.Name); err != nil {
		s.badPassword(w, r, err)
		return
	}
	hash, err := s.HashPassword(ctx, body.Password)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	ended, err := s.others(r, p, e.signIn.ID)
	if err != nil {
		s.broken(w, r, err)
		return
	}
	d := details(r, byPassword)
	d["sessions"] = strconv.Itoa(ended) // that end with it
	if err := s.cfg.Record(ctx, audit.Entry{Principal: p.ID, Operation: "PasswordChanged", Object: p.UPN, Details: d}); err != nil {
		s.broken(w, r, err)
		return
	}
	if err := s.cfg.Store.SetPassword(ctx, p.ID, hash, now); err != nil {
		s.broken(w, r, err)
		return
	}
	secret := NewSecret()
	if _, err := s.cfg.Store.AddSignIn(ctx, secret, *e.signIn); err != nil { // the same session: how it began still holds
		s.broken(w, r, err)
		return
	}
	setCookie(w, r, sessionCookie(r), secret)
	jsonapi.Reply(w, map[string]any{"ended": ended})
}
