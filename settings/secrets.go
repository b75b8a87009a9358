package settings

import (
	"fmt"
	"strings"
)

// Secret is the declaration of a secret that the owner sets. It is kept sealed, and never shown. Who sets it decides who gets in, or
// what is sent elsewhere: no API token may.
type Secret struct {
	Name    string `json:"name"`
	Group   string `json:"group"`
	AtStart bool   `json:"atStart,omitempty"` // as Setting.AtStart
	Doc     string `json:"doc"`
}

// OIDCClientSecret is the name of a secret.
const OIDCClientSecret = "oidc.clientSecret"

// Secrets are the secrets that the owner sets, by name. Each has a reader.
func Secrets() []Secret {
	return []Secret{
		{Name: OIDCClientSecret, Group: signIn, AtStart: true, Doc: "The client secret of this program at the OpenID Connect provider."},
	}
}

// FindSecret is the secret of a name, without regard to case.
func FindSecret(name string) (Secret, error) {
	var names []string
	for _, s := range Secrets() {
		if strings.EqualFold(s.Name, name) {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Secret{}, fmt.Errorf("there is no secret %q: the secrets are %s", name, strings.Join(names, ", "))
}
