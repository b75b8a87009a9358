package scalar

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// ipFunctions compare and format addresses. A text that is no address gives null, or the empty text from functions that
// format (https://learn.microsoft.com/kusto/query/ipv4-compare-function and its neighbours).
func ipFunctions() map[string]Func {
	return map[string]Func{
		"parse_ipv4": strict(parseIPv4), "parse_ipv4_mask": strict(parseIPv4),
		"format_ipv4": strict(formatIPv4), "format_ipv4_mask": strict(formatIPv4Mask),
		"ipv4_compare":            strict(func(args []types.Value) types.Value { return compareIPs(args, readIPv4, 32) }),
		"ipv4_is_match":           strict(func(args []types.Value) types.Value { return sameIPs(args, readIPv4, 32) }),
		"ipv4_is_in_range":        strict(func(args []types.Value) types.Value { return inRange(args, readIPv4, 32) }),
		"ipv4_is_in_any_range":    plain(func(args []types.Value) types.Value { return inRange(args, readIPv4, 32) }),
		"ipv4_is_private":         strict(isPrivate),
		"ipv4_netmask_suffix":     strict(netmaskSuffix),
		"ipv4_range_to_cidr_list": strict(rangeToCIDRs),
		"parse_ipv6":              strict(parseIPv6), "parse_ipv6_mask": strict(parseIPv6),
		"ipv6_compare":         strict(func(args []types.Value) types.Value { return compareIPs(args, readIPv6, 128) }),
		"ipv6_is_match":        strict(func(args []types.Value) types.Value { return sameIPs(args, readIPv6, 128) }),
		"ipv6_is_in_range":     strict(func(args []types.Value) types.Value { return inRange(args, readIPv6, 128) }),
		"ipv6_is_in_any_range": plain(func(args []types.Value) types.Value { return inRange(args, readIPv6, 128) }),
		"has_ipv4":             hasIP(false), "has_any_ipv4": hasIP(false),
		"has_ipv4_prefix": hasIP(true), "has_any_ipv4_prefix": hasIP(true),
	}
}

// address is an address with the bits of its network.
type address struct {
	ip   netip.Addr
	bits int
}

// masked is the network's first address, with at most so many bits.
func (a address) masked(bits int) netip.Addr {
	p, err := a.ip.Prefix(min(a.bits, bits))
	if err != nil {
		return a.ip
	}
	return p.Addr()
}

func splitPrefix(s string, most int) (string, int, bool) {
	s, suffix, ok := strings.Cut(strings.TrimSpace(s), "/")
	if !ok {
		return s, most, true
	}
	n, err := strconv.Atoi(suffix)
	return s, n, err == nil && n >= 0 && n <= most
}

// readIPv4 reads a.b.c.d with an optional /bits.
func readIPv4(s string) (address, bool) {
	body, n, ok := splitPrefix(s, 32)
	ip, err := netip.ParseAddr(body)
	return address{ip, n}, ok && err == nil && ip.Is4()
}

// readIPv6 reads an IPv6 address, or an IPv4 one as the IPv6 address that stands for it; its bits then count from 96.
func readIPv6(s string) (address, bool) {
	if a, ok := readIPv4(s); ok {
		return address{netip.AddrFrom16(a.ip.As16()), a.bits + 96}, true
	}
	body, suffix, hasSuffix := strings.Cut(strings.TrimSpace(s), "/")
	if strings.HasPrefix(body, "::") && strings.Count(body, ".") == 3 {
		v4 := body[strings.LastIndexByte(body, ':')+1:]
		if hasSuffix {
			v4 += "/" + suffix
		}
		return readIPv6(v4)
	}
	body, n, ok := splitPrefix(s, 128)
	ip, err := netip.ParseAddr(body)
	return address{ip, n}, ok && err == nil && ip.Is6() && ip.Zone() == ""
}

func ipv4Number(ip netip.Addr) int64 {
	b := ip.As4()
	return int64(binary.BigEndian.Uint32(b[:]))
}

func ipv4Address(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
}

// prefixArg is an optional number of bits.
func prefixArg(args []types.Value, i, most int) (int, bool) {
	n, ok := optInteger(args, i, int64(most))
	return int(n), ok && n >= 0 && n <= int64(most)
}

func parseIPv4(args []types.Value) types.Value {
	a, ok := readIPv4(text(args[0]))
	n, okBits := prefixArg(args, 1, 32)
	if !ok || !okBits {
		return null
	}
	return types.NewLong(ipv4Number(a.masked(n)))
}

// parseIPv6 prints the address with all its digits.
func parseIPv6(args []types.Value) types.Value {
	a, ok := readIPv6(text(args[0]))
	n, okBits := prefixArg(args, 1, 128)
	if !ok || !okBits {
		return types.NewString("")
	}
	return types.NewString(expanded(a.masked(n)))
}

func formattedIPv4(args []types.Value) (address, bool) {
	v := args[0].Leaf()
	a, ok := address{}, false
	if v.Type().Integral() {
		if n := v.Long(); n >= 0 && n < 1<<32 {
			a, ok = address{ipv4Address(uint32(n)), 32}, true
		}
	} else {
		a, ok = readIPv4(text(v))
	}
	n, okBits := prefixArg(args, 1, 32)
	a.bits = min(a.bits, n)
	return a, ok && okBits
}

func formatIPv4(args []types.Value) types.Value {
	a, ok := formattedIPv4(args)
	if !ok {
		return types.NewString("")
	}
	return types.NewString(a.masked(32).String())
}

func formatIPv4Mask(args []types.Value) types.Value {
	a, ok := formattedIPv4(args)
	if !ok {
		return types.NewString("")
	}
	return types.NewString(fmt.Sprintf("%s/%d", a.masked(32), a.bits))
}

// compareIPs compares under the shortest of the three prefixes.
func compareIPs(args []types.Value, read func(string) (address, bool), most int) types.Value {
	a, ok := read(text(args[0]))
	b, ok2 := read(text(args[1]))
	n, ok3 := prefixArg(args, 2, most)
	if !ok || !ok2 || !ok3 {
		return null
	}
	n = min(n, a.bits, b.bits)
	return types.NewLong(int64(a.masked(n).Compare(b.masked(n))))
}

func sameIPs(args []types.Value, read func(string) (address, bool), most int) types.Value {
	c := compareIPs(args, read, most)
	if c.IsNull() {
		return types.Null(types.Bool)
	}
	return types.NewBool(c.Long() == 0)
}

// inRange tells whether the address is in one of the networks, which come as texts or as an array.
func inRange(args []types.Value, read func(string) (address, bool), most int) types.Value {
	a, ok := read(text(args[0]))
	if !ok {
		return types.Null(types.Bool)
	}
	readAny := false
	for _, r := range args[1:] {
		list, isList := array(r)
		if !isList {
			list = []types.Tree{text(r)}
		}
		for _, t := range list {
			network, ok := read(text(types.NewDynamic(t)))
			if !ok {
				continue
			}
			readAny = true
			if n := min(network.bits, a.bits, most); n == network.bits && a.masked(n) == network.masked(n) {
				return types.NewBool(true)
			}
		}
	}
	if !readAny && len(args) == 2 && args[1].Type() == types.String {
		return types.Null(types.Bool)
	}
	return types.NewBool(false)
}

// isPrivate knows the networks of RFC 1918.
func isPrivate(args []types.Value) types.Value {
	a, ok := readIPv4(text(args[0]))
	if !ok {
		return types.Null(types.Bool)
	}
	return types.NewBool(a.ip.IsPrivate())
}

func netmaskSuffix(args []types.Value) types.Value {
	a, ok := readIPv4(text(args[0]))
	return longOr(int64(a.bits), ok)
}

// rangeToCIDRs covers a range with the fewest networks.
func rangeToCIDRs(args []types.Value) types.Value {
	a, ok := readIPv4(text(args[0]))
	b, ok2 := readIPv4(text(args[1]))
	if !ok || !ok2 {
		return null
	}
	from, to := uint64(ipv4Number(a.ip)), uint64(ipv4Number(b.ip))
	if from > to {
		return null
	}
	out := []string{}
	for from <= to {
		size := 32
		if from != 0 {
			size = min(32, bits.TrailingZeros64(from))
		}
		size = min(size, bits.Len64(to-from+1)-1)
		out = append(out, fmt.Sprintf("%s/%d", ipv4Address(uint32(from)), 32-size))
		from += 1 << size
	}
	return texts(out)
}

// hasIP looks for addresses, or for prefixes of addresses such as "127.0.", in a text. An address counts where no letter,
// digit or point touches it (https://learn.microsoft.com/kusto/query/has-ipv4-function).
func hasIP(prefix bool) Func {
	return plain(func(args []types.Value) types.Value {
		s := text(args[0])
		for _, a := range args[1:] {
			list, ok := array(a)
			if !ok {
				list = []types.Tree{text(a)}
			}
			for _, t := range list {
				if want, ok := t.(string); ok && findIP(s, want, prefix) {
					return types.NewBool(true)
				}
			}
		}
		return types.NewBool(false)
	})
}

func findIP(s, want string, prefix bool) bool {
	_, whole := readIPv4(want)
	whole = whole && !strings.Contains(want, "/")
	if !whole && !(prefix && isIPPrefix(want)) {
		return false
	}
	for from := 0; ; {
		i := strings.Index(s[from:], want)
		if i < 0 {
			return false
		}
		start := from + i
		end := start + len(want)
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
			end++
		}
		found, ok := readIPv4(strings.TrimSuffix(s[start:end], "."))
		free := (start == 0 || !isTermRune(rune(s[start-1])) && s[start-1] != '.') && (end == len(s) || !isTermRune(rune(s[end])))
		if ok && free && (!whole || found.ip.String() == want) {
			return true
		}
		from = start + 1
	}
}

// isIPPrefix: one to three numbers, each with its point.
func isIPPrefix(s string) bool {
	if !strings.HasSuffix(s, ".") {
		return false
	}
	parts := strings.Split(strings.TrimSuffix(s, "."), ".")
	for _, p := range parts {
		if n, err := strconv.Atoi(p); err != nil || n < 0 || n > 255 {
			return false
		}
	}
	return len(parts) <= 3
}

// expanded prints all 32 digits, of an IPv4 address too.
func expanded(ip netip.Addr) string {
	b := ip.As16()
	parts := make([]string, 8)
	for i := range parts {
		parts[i] = fmt.Sprintf("%02x%02x", b[2*i], b[2*i+1])
	}
	return strings.Join(parts, ":")
}
