package scalar

import (
	"strings"
	"unicode/utf8"
)

// Parameters of Bootstring for Punycode (RFC 3492, section 5).
const (
	punyBase, punyMin, punyMax   = 36, 1, 26
	punySkew, punyDamp, punyBias = 38, 700, 72
	punyFirst                    = 128
	maxPuny                      = 1 << 12 // longer texts are no names
)

func punyAdapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyMin)*punyMax/2; k += punyBase {
		delta /= punyBase - punyMin
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}

func punyThreshold(k, bias int) int { return min(max(k-bias, punyMin), punyMax) }

// punyEncode is RFC 3492, section 6.3.
func punyEncode(s string) (string, bool) {
	runes := []rune(s)
	if len(runes) > maxPuny || !utf8.ValidString(s) {
		return "", false
	}
	var b strings.Builder
	for _, r := range runes {
		if r < punyFirst {
			b.WriteRune(r)
		}
	}
	basic := b.Len()
	if basic > 0 {
		b.WriteByte('-')
	}
	n, delta, bias := rune(punyFirst), 0, punyBias
	for done := basic; done < len(runes); {
		next := rune(utf8.MaxRune)
		for _, r := range runes {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range runes {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := punyBase; ; k += punyBase {
				t := punyThreshold(k, bias)
				if q < t {
					break
				}
				b.WriteByte(punyDigit(t + (q-t)%(punyBase-t)))
				q = (q - t) / (punyBase - t)
			}
			b.WriteByte(punyDigit(q))
			bias = punyAdapt(delta, done+1, done == basic)
			delta = 0
			done++
		}
		delta++
		n++
	}
	return b.String(), true
}

func punyDigit(n int) byte {
	if n < 26 {
		return byte('a' + n)
	}
	return byte('0' + n - 26)
}

func punyValue(c byte) int {
	switch {
	case c >= 'a' && c <= 'z':
		return int(c - 'a')
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= '0' && c <= '9':
		return int(c-'0') + 26
	}
	return -1
}

// punyDecode is RFC 3492, section 6.2.
func punyDecode(s string) (string, bool) {
	if len(s) > maxPuny {
		return "", false
	}
	var out []rune
	at := 0
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		for _, r := range s[:i] {
			if r >= punyFirst {
				return "", false
			}
			out = append(out, r)
		}
		at = i + 1
	}
	n, pos, bias := punyFirst, 0, punyBias
	for at < len(s) {
		old, weight := pos, 1
		for k := punyBase; ; k += punyBase {
			if at == len(s) {
				return "", false
			}
			d := punyValue(s[at])
			at++
			if d < 0 || weight > 1<<40 {
				return "", false
			}
			if pos += d * weight; pos > 1<<40 {
				return "", false
			}
			t := punyThreshold(k, bias)
			if d < t {
				break
			}
			weight *= punyBase - t
		}
		bias = punyAdapt(pos-old, len(out)+1, old == 0)
		n += pos / (len(out) + 1)
		pos %= len(out) + 1
		if n > utf8.MaxRune {
			return "", false
		}
		out = append(out, 0)
		copy(out[pos+1:], out[pos:])
		out[pos] = rune(n)
		pos++
	}
	return string(out), true
}

const acePrefix = "xn--"

func eachLabel(s string, f func(string) (string, bool)) (string, bool) {
	labels := strings.Split(s, ".")
	for i, l := range labels {
		var ok bool
		if labels[i], ok = f(l); !ok {
			return "", false
		}
	}
	return strings.Join(labels, "."), true
}

func decodeLabel(l string) (string, bool) {
	if len(l) < len(acePrefix) || !strings.EqualFold(l[:len(acePrefix)], acePrefix) {
		return l, true
	}
	return punyDecode(l[len(acePrefix):])
}

// domainLabel is a label of a domain in the other form: an encoded one decoded, as the reference's example has it, and
// one with characters beyond ASCII encoded.
func domainLabel(l string) (string, bool) {
	for i := 0; i < len(l); i++ {
		if l[i] >= utf8.RuneSelf {
			s, ok := punyEncode(l)
			return acePrefix + s, ok
		}
	}
	return decodeLabel(l)
}
