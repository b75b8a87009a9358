package manage

import (
	"context"
	"errors"
	"slices"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/settings"
)

// SecretState is a secret that the owner sets, without the secret.
type SecretState struct {
	settings.Secret
	Set bool `json:"set"`
	// Flag is the flag of the command line whose secret is used while the program runs; empty where it is this one.
	Flag string `json:"flag,omitempty"`
}

// Secrets are the secrets that the owner sets, without them.
func (s *Service) Secrets(ctx context.Context) ([]SecretState, error) {
	names, err := s.cfg.Secrets.Names(ctx)
	if err != nil {
		return nil, err
	}
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	var out []SecretState
	for _, d := range settings.Secrets() {
		out = append(out, SecretState{d, slices.Contains(names, d.Name), s.cache.flags[d.Name].name})
	}
	return out, nil
}

// maxSecret bounds a secret, in bytes.
const maxSecret = 16 << 10

// SetSecret keeps a secret, sealed. That it changed is on record, the secret is not.
func (s *Service) SetSecret(ctx context.Context, p access.Principal, name string, v secret.Value) (settings.Secret, error) {
	d, err := settings.FindSecret(name)
	if err != nil {
		return d, &Missing{err.Error()}
	}
	if n := len(v.Reveal()); n == 0 || n > maxSecret {
		return d, invalid("%s: a secret of 1 to %d bytes is needed, this one has %d", d.Name, maxSecret, n)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.admit(ctx, p, access.Manage, audit.Entry{Operation: "SecretChanged", Object: d.Name}); err != nil {
		return d, err
	}
	return d, s.cfg.Secrets.Put(ctx, d.Name, v)
}

// RemoveSecret removes a secret.
func (s *Service) RemoveSecret(ctx context.Context, p access.Principal, name string) (settings.Secret, error) {
	d, err := settings.FindSecret(name)
	if err != nil {
		return d, &Missing{err.Error()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if set, err := s.cfg.Secrets.Has(ctx, d.Name); err != nil {
		return d, err
	} else if !set {
		return d, &Missing{d.Name + " is not set"}
	}
	if err := s.admit(ctx, p, access.Manage, audit.Entry{Operation: "SecretRemoved", Object: d.Name}); err != nil {
		return d, err
	}
	return d, s.cfg.Secrets.Remove(ctx, d.Name)
}

// Provider is the OpenID Connect provider that the settings and flags name.
type Provider struct {
	Issuer, ClientID, Name string
	Roles                  map[string][]access.Role
	Secret                 secret.Value // zero where a flag brings it, or it is missing
	Missing                []string     // the settings and secrets without which nobody can sign in by it
}

// Provider reads the provider; nil where none is named.
func (s *Service) Provider(ctx context.Context) (*Provider, error) {
	var p Provider
	for name, to := range map[string]*string{settings.OIDCIssuer: &p.Issuer, settings.OIDCClientID: &p.ClientID, settings.OIDCName: &p.Name} {
		var err error
		if *to, err = s.Text(ctx, name); err != nil {
			return nil, err
		}
	}
	if p.Issuer == "" {
		return nil, nil
	}
	list, err := s.List(ctx, settings.OIDCRoles)
	if err != nil {
		return nil, err
	}
	p.Roles = map[string][]access.Role{}
	for _, item := range list {
		value, role, err := settings.Mapping(item)
		if err != nil {
			return nil, err
		}
		p.Roles[value] = append(p.Roles[value], role)
	}
	if p.ClientID == "" {
		p.Missing = append(p.Missing, settings.OIDCClientID)
	}
	if s.overridden(settings.OIDCClientSecret) {
		// the flag's file has it
	} else if p.Secret, err = s.cfg.Secrets.Get(ctx, settings.OIDCClientSecret); errors.Is(err, secret.ErrNotFound) {
		p.Missing = append(p.Missing, settings.OIDCClientSecret)
	} else if err != nil {
		return nil, err
	}
	if len(p.Roles) == 0 {
		p.Missing = append(p.Missing, settings.OIDCRoles)
	}
	return &p, nil
}
