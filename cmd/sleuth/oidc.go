package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/settings"
)

// oidcFlags are the flags of an OpenID Connect provider. They decide over the settings oidc.*.
type oidcFlags struct {
	issuer, clientID, secretFile, name string
	roles                              []string
}

func (f *oidcFlags) flags(s *pflag.FlagSet) {
	s.StringVar(&f.issuer, "oidc-issuer", "", "OpenID Connect provider by which people sign in too, such as https://login.microsoftonline.com/TENANT/v2.0")
	s.StringVar(&f.clientID, "oidc-client-id", "", "the application (client) ID there")
	s.StringVar(&f.secretFile, "oidc-client-secret-file", "", "file that holds the client secret")
	s.StringVar(&f.name, "oidc-name", "Microsoft Entra ID", "what the button on the sign-in page calls the provider")
	s.StringArrayVar(&f.roles, "oidc-role", nil, "an app role's value or a group's ID, and the role it gives, as VALUE=ROLE (repeatable)")
}

// check refuses flags that cannot work.
func (f oidcFlags) check() error {
	switch {
	case f.issuer == "" && (f.clientID != "" || f.secretFile != "" || len(f.roles) > 0):
		return usage("--oidc-client-id, --oidc-client-secret-file and --oidc-role go with --oidc-issuer")
	case f.issuer == "":
		return nil
	case f.clientID == "" || f.secretFile == "":
		return usage("--oidc-issuer needs --oidc-client-id and --oidc-client-secret-file")
	case len(f.roles) == 0:
		return usage("--oidc-issuer needs --oidc-role VALUE=ROLE, or nobody could sign in by it")
	}
	return nil
}

// override has the flags decide, all of them together, where the issuer is given by one.
func (f oidcFlags) override(h *house) error {
	if f.issuer == "" {
		return nil
	}
	for _, m := range f.roles {
		if _, _, err := settings.Mapping(m); err != nil || strings.Contains(m, ",") {
			return usage("--oidc-role %q: write VALUE=ROLE, once for each: %v", m, err)
		}
	}
	for _, o := range []struct{ setting, flag, value string }{
		{settings.OIDCIssuer, "--oidc-issuer", f.issuer},
		{settings.OIDCClientID, "--oidc-client-id", f.clientID},
		{settings.OIDCName, "--oidc-name", f.name},
		{settings.OIDCRoles, "--oidc-role", strings.Join(f.roles, "\n")},
	} {
		if err := h.manage.Override(o.setting, o.flag, o.value); err != nil {
			return usage("%w", err)
		}
	}
	return h.manage.OverrideSecret(settings.OIDCClientSecret, "--oidc-client-secret-file")
}

// provider is what flags and settings say; nil where there is none. Settings that cannot work are told, and do not keep the server
// from starting: they are mended there.
func (f oidcFlags) provider(ctx context.Context, a *app, h *house) (*auth.Provider, error) {
	p, err := h.manage.Provider(ctx)
	if p == nil || err != nil {
		return nil, err
	}
	if len(p.Missing) > 0 {
		a.say("nobody can sign in by %s: %s is not set", p.Name, strings.Join(p.Missing, ", "))
		return nil, nil
	}
	if f.secretFile != "" {
		text, err := os.ReadFile(a.path(f.secretFile))
		if err != nil {
			return nil, fmt.Errorf("--oidc-client-secret-file: %w", err)
		}
		value := strings.TrimSpace(string(text))
		if value == "" {
			return nil, fmt.Errorf("--oidc-client-secret-file: %s is empty", f.secretFile)
		}
		p.Secret = secret.NewValue(value)
	}
	return &auth.Provider{Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.Secret, Roles: p.Roles}, nil
}
