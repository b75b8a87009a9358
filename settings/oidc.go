package settings

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/sleuth-sec/sleuth/access"
)

// checkText takes any line of text.
func checkText(string) error { return nil }

func checkIssuer(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return errors.New("an https address is needed")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Mapping reads VALUE=ROLE, an item of OIDCRoles.
func Mapping(text string) (value string, role access.Role, err error) {
	value, name, ok := strings.Cut(text, "=")
	if value = strings.TrimSpace(value); !ok || value == "" {
		return "", "", fmt.Errorf("%q: write VALUE=ROLE", cut(text))
	}
	role, err = access.ParseRole(strings.TrimSpace(name))
	return value, role, err
}

func checkMapping(text string) error {
	_, _, err := Mapping(text)
	return err
}
