package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/secret"
)

// Credentials are what whoever added a plugin gave beside its manifest.
type Credentials struct {
	// Key tells the tokens of one plugin from those of others, and of the same with other credentials.
	Key string
	// Value is a setting; empty where it is not set.
	Value func(name string) string
	// Secret opens a secret; found is false where it is not set.
	Secret func(ctx context.Context, name string) (v secret.Value, found bool, err error)
}

// authority is where tokens of Microsoft Entra ID come from.
const authority = "https://login.microsoftonline.com"

// Tokens keeps the access tokens of plugins while they hold. It is safe for concurrent use.
type Tokens struct {
	Guard Guard
	Now   func() time.Time
	// Authority replaces that of Microsoft Entra ID, as clouds of their own have it; empty is the public one.
	Authority string

	mu   sync.Mutex
	kept map[string]token
}

type token struct {
	value secret.Value
	until time.Time
}

// authorize adds to a request what an authentication type asks for.
func (t *Tokens) authorize(ctx context.Context, r *http.Request, a plugin.Authorization, c Credentials) error {
	switch a.Type {
	case plugin.NoAuth, "":
		return nil
	case plugin.Basic:
		password, err := need(ctx, c, a.Type, "Password")
		if err != nil {
			return err
		}
		if c.Value("Username") == "" {
			return refused("signing in by %s needs the setting Username", a.Type)
		}
		r.SetBasicAuth(c.Value("Username"), password)
	case plugin.APIKey:
		key, err := need(ctx, c, a.Type, "Value")
		if err != nil {
			return err
		}
		if a.Scheme != "" {
			key = a.Scheme + " " + key
		}
		if a.Location == "QueryParams" {
			q := r.URL.Query()
			q.Set(a.Key, key)
			r.URL.RawQuery = q.Encode()
		} else {
			r.Header.Set(a.Key, key)
		}
	case plugin.ServiceHTTP:
		access, err := need(ctx, c, a.Type, "AccessToken")
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+access)
	case plugin.OAuthCode, plugin.OAuthClient, plugin.OAuthPasswordGrant, plugin.AAD, plugin.AADDelegated:
		access, err := t.token(ctx, a, c)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+access)
	default:
		return refused("the authentication type %s is not known", a.Type)
	}
	return nil
}

// need opens a secret that a call cannot do without.
func need(ctx context.Context, c Credentials, typ plugin.AuthType, name string) (string, error) {
	v, found, err := c.Secret(ctx, name)
	if err != nil {
		return "", err
	}
	if !found || v.Reveal() == "" {
		return "", refused("signing in by %s needs the secret %s, which is not set", typ, name)
	}
	return v.Reveal(), nil
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, s := range texts {
		if strings.TrimSpace(s) != "" {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

// token gives an access token, kept or new.
func (t *Tokens) token(ctx context.Context, a plugin.Authorization, c Credentials) (string, error) {
	t.mu.Lock()
	k, ok := t.kept[c.Key]
	t.mu.Unlock()
	if ok && t.Now().Before(k.until) {
		return k.value.Reveal(), nil
	}
	endpoint, form, err := t.grant(ctx, a, c)
	if err != nil {
		return "", err
	}
	got, until, err := t.fetch(ctx, endpoint, form, a)
	if err != nil {
		return "", fmt.Errorf("signing in by %s: %w", a.Type, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) > 1000 {
		t.kept = map[string]token{}
	}
	t.kept[c.Key] = token{secret.NewValue(got), until}
	return got, nil
}

// grant is what is sent to which endpoint for a token.
func (t *Tokens) grant(ctx context.Context, a plugin.Authorization, c Credentials) (endpoint string, form url.Values, err error) {
	form = url.Values{"client_id": {first(c.Value("ClientId"), a.ClientID)}}
	scopes := first(c.Value("Scopes"), a.Scopes)
	endpoint = first(c.Value("TokenEndpoint"), a.TokenEndpoint)
	if a.Type == plugin.AAD || a.Type == plugin.AADDelegated {
		tenant := c.Value("TenantId")
		if tenant == "" || strings.ContainsAny(tenant, "/?#\\") {
			return "", nil, refused("signing in by %s needs the setting TenantId, the id of the Entra tenant", a.Type)
		}
		endpoint = first(t.Authority, authority) + "/" + url.PathEscape(tenant) + "/oauth2/v2.0/token"
		scopes = strings.Join(strings.FieldsFunc(a.EntraScopes, func(r rune) bool { return r == ',' || r == ' ' }), " ")
	}
	switch {
	case form.Get("client_id") == "":
		return "", nil, refused("signing in by %s needs the setting ClientId", a.Type)
	case endpoint == "":
		return "", nil, refused("signing in by %s needs the setting TokenEndpoint", a.Type)
	}
	if scopes != "" {
		form.Set("scope", scopes)
	}
	var needs map[string]string // a field of the form by the secret that it takes
	switch a.Type {
	case plugin.OAuthClient, plugin.AAD:
		form.Set("grant_type", "client_credentials")
		needs = map[string]string{"client_secret": "ClientSecret"}
	case plugin.OAuthPasswordGrant:
		form.Set("grant_type", "password")
		if c.Value("Username") == "" {
			return "", nil, refused("signing in by %s needs the setting Username", a.Type)
		}
		form.Set("username", c.Value("Username"))
		needs = map[string]string{"password": "Password"}
	default: // somebody signed in once, elsewhere, and gave the refresh token
		form.Set("grant_type", "refresh_token")
		needs = map[string]string{"refresh_token": "RefreshToken"}
	}
	for field, name := range needs {
		v, err := need(ctx, c, a.Type, name)
		if err != nil {
			return "", nil, err
		}
		form.Set(field, v)
	}
	if form.Get("client_secret") == "" { // not every client has one
		if v, found, err := c.Secret(ctx, "ClientSecret"); err != nil {
			return "", nil, err
		} else if found {
			form.Set("client_secret", v.Reveal())
		}
	}
	return endpoint, form, nil
}

// fetch asks an endpoint for a token, as a form or as JSON.
func (t *Tokens) fetch(ctx context.Context, endpoint string, form url.Values, a plugin.Authorization) (string, time.Time, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return "", time.Time{}, refused("TokenEndpoint is no address")
	}
	body, media := []byte(form.Encode()), "application/x-www-form-urlencoded"
	if strings.HasPrefix(strings.ToLower(a.ContentType), "application/json") {
		flat := map[string]string{}
		for k := range form {
			flat[k] = form.Get(k)
		}
		media = "application/json"
		if body, err = json.Marshal(flat); err != nil {
			return "", time.Time{}, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return "", time.Time{}, refused("TokenEndpoint is no address")
	}
	r.Header.Set("Content-Type", media)
	r.Header.Set("Accept", "application/json")
	res, answer, err := t.Guard.send(r, []string{hostOf(u)})
	if err != nil {
		return "", time.Time{}, err
	}
	var got struct {
		AccessToken string          `json:"access_token"`
		ExpiresIn   json.RawMessage `json:"expires_in"` // a number, or a number in quotes
		Error       string          `json:"error"`
	}
	if err := json.Unmarshal(answer, &got); err != nil && res.StatusCode == http.StatusOK {
		return "", time.Time{}, fmt.Errorf("%s gave no JSON", u.Host)
	}
	if res.StatusCode != http.StatusOK || got.AccessToken == "" {
		return "", time.Time{}, fmt.Errorf("%s gave no token: %s %s", u.Host, res.Status, word(got.Error))
	}
	var seconds float64
	if json.Unmarshal(bytes.Trim(got.ExpiresIn, `"`), &seconds) != nil || seconds <= 0 {
		seconds = 300
	}
	// A token is used no longer than a minute before it ends.
	return got.AccessToken, t.Now().Add(time.Duration(min(seconds, 86400))*time.Second - time.Minute), nil
}

// word is an error code of a server as it can be shown: its letters.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' {
			return r
		}
		return -1
	}, s[:min(len(s), 60)])
}
