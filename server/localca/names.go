package localca

import (
	"fmt"
	"net"
	"slices"
	"strings"
)

// names are what a server is called: DNS names and addresses.
type names struct {
	dns []string
	ips []net.IP
}

// readNames sorts names into DNS names and addresses, with those of loopback first. A name is a host, without a port.
func readNames(given []string) (names, error) {
	n := names{dns: []string{"localhost"}, ips: []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback}}
	for _, g := range given {
		g = strings.ToLower(strings.TrimSuffix(strings.Trim(g, "[]"), "."))
		if ip := net.ParseIP(g); ip != nil {
			if ip.IsUnspecified() {
				return names{}, fmt.Errorf("%s is no address of a server: name one that clients use", g)
			}
			if v4 := ip.To4(); v4 != nil {
				ip = v4
			}
			if !slices.ContainsFunc(n.ips, ip.Equal) {
				n.ips = append(n.ips, ip)
			}
			continue
		}
		if !hostName(g) {
			return names{}, fmt.Errorf("%q is not a host name such as sleuth.example.com", g)
		}
		if !slices.Contains(n.dns, g) {
			n.dns = append(n.dns, g)
		}
	}
	return n, nil
}

// hostName reports whether s is a DNS name of letters, digits, dashes and dots (RFC 1123); wildcards are none.
func hostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
	}
	return true
}

// networks are the addresses as ranges of name constraints: all of IPv4 loopback, and each other address alone.
func (n names) networks() []*net.IPNet {
	var out []*net.IPNet
	for _, ip := range n.ips {
		switch {
		case len(ip) == net.IPv4len && ip[0] == 127:
			out = append(out, &net.IPNet{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)})
		default:
			out = append(out, &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))})
		}
	}
	return out
}
