package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/server/auth"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// oidcFlags are the settings of an OpenID Connect provider.
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

// check refuses settings that cannot work.
func (f oidcFlags) check() error {
	if f.issuer == "" {
		if f.clientID != "" || f.secretFile != "" || len(f.roles) > 0 {
			return usage("--oidc-client-id, --oidc-client-secret-file and --oidc-role go with --oidc-issuer")
		}
		return nil
	}
	u, err := url.Parse(f.issuer)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && clientapi.IsLoopback(u.Hostname())):
		return usage("--oidc-issuer %q: an https address is needed", f.issuer)
	case f.clientID == "" || f.secretFile == "":
		return usage("--oidc-issuer needs --oidc-client-id and --oidc-client-secret-file")
	case len(f.roles) == 0:
		return usage("--oidc-issuer needs --oidc-role VALUE=ROLE, or nobody could sign in by it")
	}
	_, err = f.mapping()
	return err
}

func (f oidcFlags) mapping() (map[string][]access.Role, error) {
	out := map[string][]access.Role{}
	for _, m := range f.roles {
		value, name, ok := strings.Cut(m, "=")
		if !ok || value == "" {
			return nil, usage("--oidc-role %q: write VALUE=ROLE", m)
		}
		role, err := access.ParseRole(name)
		if err != nil {
			return nil, usage("--oidc-role %q: %w", m, err)
		}
		out[value] = append(out[value], role)
	}
	return out, nil
}

// provider is what the settings say; nil where there is none.
func (f oidcFlags) provider(a *app) (*auth.Provider, error) {
	if f.issuer == "" {
		return nil, nil
	}
	roles, err := f.mapping()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(a.path(f.secretFile))
	if err != nil {
		return nil, fmt.Errorf("--oidc-client-secret-file: %w", err)
	}
	value := strings.TrimSpace(string(text))
	if value == "" {
		return nil, fmt.Errorf("--oidc-client-secret-file: %s is empty", f.secretFile)
	}
	return &auth.Provider{Name: f.name, Issuer: f.issuer, ClientID: f.clientID, ClientSecret: secret.NewValue(value), Roles: roles}, nil
}
