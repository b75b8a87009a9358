package plugin

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// AuthType is how a plugin proves who asks: https://learn.microsoft.com/copilot/security/plugin-api, and the enumeration
// pluginAuthTypes of Microsoft Graph.
type AuthType string

// The authentication types.
const (
	NoAuth             AuthType = "None"
	Basic              AuthType = "Basic"
	APIKey             AuthType = "ApiKey"
	ServiceHTTP        AuthType = "ServiceHttp"
	OAuthCode          AuthType = "OAuthAuthorizationCodeFlow"
	OAuthClient        AuthType = "OAuthClientCredentialsFlow"
	OAuthPasswordGrant AuthType = "OAuthPasswordGrantFlow"
	AAD                AuthType = "AAD"
	AADDelegated       AuthType = "AADDelegated"
)

// AuthTypes are all authentication types.
func AuthTypes() []AuthType {
	return []AuthType{NoAuth, Basic, APIKey, ServiceHTTP, OAuthCode, OAuthClient, OAuthPasswordGrant, AAD, AADDelegated}
}

// Authorization is the Authorization block of a Descriptor. What whoever adds the plugin gives beside it is in Given.
type Authorization struct {
	Type AuthType
	// Key is the name of the header or parameter of an API key, Location where it goes: Header or QueryParams; Scheme stands
	// before the key ("Bearer").
	Key, Location, Scheme string
	Label                 string
	ClientID              string
	AuthorizationEndpoint string
	TokenEndpoint         string
	Scopes                string
	ContentType           string // of the request to TokenEndpoint
	EntraScopes           string // AAD, AADDelegated: separated by commas or spaces
}

// Given are the values that an authentication type takes beside the manifest, by the names of the documentation; the secret ones are
// kept sealed.
func (t AuthType) Given() (plain, secrets []string) {
	switch t {
	case NoAuth:
	case Basic:
		return []string{"Username"}, []string{"Password"}
	case APIKey:
		return nil, []string{"Value"}
	case ServiceHTTP:
		return nil, []string{"AccessToken"}
	case OAuthCode:
		return []string{"ClientId", "AuthorizationEndpoint", "TokenEndpoint", "Scopes"}, []string{"ClientSecret", "RefreshToken"}
	case OAuthClient:
		return []string{"ClientId", "TokenEndpoint", "Scopes"}, []string{"ClientSecret"}
	case OAuthPasswordGrant:
		return []string{"ClientId", "TokenEndpoint", "Scopes", "Username"}, []string{"ClientSecret", "Password"}
	case AAD:
		return []string{"TenantId", "ClientId"}, []string{"ClientSecret"}
	case AADDelegated:
		return []string{"TenantId", "ClientId"}, []string{"ClientSecret", "RefreshToken"}
	}
	return nil, nil
}

// authType reads the name of an authentication type, without regard to case.
func (r *reader) authType(n *yaml.Node, what string) (AuthType, bool) {
	var names []string
	for _, t := range AuthTypes() {
		if strings.EqualFold(string(t), strings.TrimSpace(n.Value)) {
			return t, true
		}
		names = append(names, string(t))
	}
	r.add(notOneOf(r.at(n), what, short(n.Value), strings.Join(names, ", ")))
	return "", false
}

// The keys of Authorization. Secret ones may stand in a manifest and are not read from it: whoever adds the plugin gives them.
var authKeys = []string{"Type", "Key", "Location", "AuthScheme", "Label", "Value", "ClientId", "ClientSecret", "AuthorizationEndpoint", "TokenEndpoint", "Scopes",
	"AuthorizationContentType", "EntraScopes", "Username", "Password", "AccessToken", "HintText", "Description"}

// auth reads SupportedAuthTypes and Authorization.
func (r *reader) auth(d *fields, m *Manifest) {
	d.each("SupportedAuthTypes", func(_ int, n *yaml.Node, what string) {
		if t, ok := r.authType(n, what); ok && !slices.Contains(m.AuthTypes, t) {
			m.AuthTypes = append(m.AuthTypes, t)
		}
	})
	n := d.get("Authorization")
	if n == nil {
		if len(m.AuthTypes) > 0 {
			m.Auth.Type = m.AuthTypes[0] // Basic and None need no block
		} else {
			m.AuthTypes, m.Auth.Type = []AuthType{NoAuth}, NoAuth
		}
		return
	}
	f, ok := r.mapping(n, "Descriptor.Authorization")
	if !ok {
		return
	}
	a := &m.Auth
	if f.required("Type") != "" {
		a.Type, _ = r.authType(f.get("Type"), "Descriptor.Authorization.Type")
	}
	a.Key, a.Location, a.Scheme, a.Label = f.text("Key"), f.text("Location"), strings.TrimSpace(f.text("AuthScheme")), f.text("Label")
	a.ClientID, a.AuthorizationEndpoint, a.TokenEndpoint = f.text("ClientId"), f.text("AuthorizationEndpoint"), f.text("TokenEndpoint")
	a.Scopes, a.ContentType, a.EntraScopes = strings.Join(f.texts("Scopes"), " "), f.text("AuthorizationContentType"), strings.Join(f.texts("EntraScopes"), ",")
	for _, secret := range []string{"Value", "ClientSecret", "Username", "Password", "AccessToken"} {
		if f.get(secret) != nil {
			r.add(secretHere(f.place(secret), secret))
		}
	}
	r.apiKey(f, a)
	f.get("HintText")
	f.get("Description")
	f.rest("Authorization", authKeys)
	switch {
	case a.Type == "":
	case len(m.AuthTypes) == 0:
		m.AuthTypes = []AuthType{a.Type}
	case !slices.Contains(m.AuthTypes, a.Type):
		r.add(authUnlike(f.place("Type"), string(a.Type)))
		m.AuthTypes = append(m.AuthTypes, a.Type)
	}
}

func (r *reader) apiKey(f *fields, a *Authorization) {
	if a.Type != APIKey {
		return
	}
	f.required("Key")
	switch strings.ToLower(strings.TrimSpace(a.Location)) {
	case "header":
		a.Location = "Header"
	case "queryparams", "queryparam", "query":
		a.Location = "QueryParams"
	case "":
		r.add(missing(f.place("Location"), "Descriptor.Authorization.Location"))
	default:
		r.add(notOneOf(r.at(f.get("Location")), "Descriptor.Authorization.Location", a.Location, "Header, QueryParams"))
	}
}
