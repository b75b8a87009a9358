package server

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the networks of proxies that are believed when they say whom they speak for.
type Proxies []netip.Prefix

// ParseProxies reads networks such as 10.0.0.0/8, and single addresses.
func ParseProxies(list []string) (Proxies, error) {
	var out Proxies
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, aerr := netip.ParseAddr(text)
			if aerr != nil || a.Zone() != "" {
				return nil, fmt.Errorf("%q is neither a network, such as 10.0.0.0/8, nor an address", text)
			}
			p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		}
		if p != p.Masked() {
			return nil, fmt.Errorf("%q has bits behind its mask: %s is the network, %s the address", text, p.Masked(), p.Addr())
		}
		if p.Bits() == 0 {
			return nil, fmt.Errorf("%q is every address: anybody could claim any other", text)
		}
		out = append(out, p)
	}
	return out, nil
}

func (p Proxies) hold(a netip.Addr) bool {
	for _, n := range p {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// client is the address that a request comes from: the other end of the connection or, where that is a proxy of ours, the last
// address in X-Forwarded-For that is not. What stands before it was sent by the client and is not believed. It is empty where
// the other end is the client.
func (p Proxies) client(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	here := at.Addr().Unmap().WithZone("")
	if !p.hold(here) {
		return ""
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.hold(here); i-- {
		next, ok := hop(hops[i])
		if !ok {
			break // the proxy that wrote this is the last whose address is known
		}
		here = next
	}
	return here.String()
}

// hop reads an address as proxies write it: alone, in brackets, or with a port.
func hop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}

// from is the request with the address that it comes from, for all who ask for that.
func (p Proxies) from(r *http.Request) *http.Request {
	client := p.client(r)
	if client == "" {
		return r
	}
	own := *r
	own.RemoteAddr = net.JoinHostPort(client, "0") // its port is not known
	return &own
}
