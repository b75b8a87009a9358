package auth

import (
	"encoding/json"
	"slices"
	"strings"
)

// The methods of sign-ins by a provider: what it says of how somebody proved who they are there decides between them.
const (
	byProvider       = "oidc"     // it does not say
	byProviderFactor = "oidc+mfa" // by more than one factor
	byProviderSingle = "oidc:one" // by one
)

// words is a claim that is a list of texts; some providers write a single one as a text.
type words []string

// UnmarshalJSON implements json.Unmarshaler.
func (w *words) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*w = strings.Fields(one)
		return nil
	}
	return json.Unmarshal(data, (*[]string)(w))
}

// kinds are what authentication methods are a factor of, by their names in RFC 8176: k for what somebody knows, h for what they have, i
// for what they are.
var kinds = map[string]string{
	"pwd": "k", "pin": "k", "kba": "k", "otp": "h", "sms": "h", "tel": "h", "hwk": "h", "swk": "h", "sc": "h", "pop": "h",
	"face": "i", "fpt": "i", "iris": "i", "retina": "i", "vbm": "i",
}

// several are names that by themselves say that there was more than one factor; those beside mfa are of Entra ID and of Okta.
var several = []string{"mfa", "ngcmfa", "fido", "phr", "phrh"}

// methodOf is the method of a sign-in by a provider whose ID token has this amr claim. One with a name that is not known counts as one
// that does not say, unless others say enough.
func methodOf(amr []string) string {
	found, unknown := "", len(amr) == 0
	for _, name := range amr {
		if slices.Contains(several, name) {
			return byProviderFactor
		}
		if k := kinds[name]; k == "" {
			unknown = unknown || name != "user" // that somebody was there is no factor
		} else if !strings.Contains(found, k) {
			found += k
		}
	}
	switch {
	case len(found) > 1:
		return byProviderFactor
	case unknown || found == "":
		return byProvider
	}
	return byProviderSingle
}
