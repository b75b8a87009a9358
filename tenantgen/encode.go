package tenantgen

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// The log records are written by appending to a buffer: at millions of records reflection would
// cost more than everything else together. Directory documents use encoding/json.

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string (RFC 8259).
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	plain := 0
	for plain < len(s) && s[plain] >= 0x20 && s[plain] < utf8.RuneSelf && s[plain] != '"' && s[plain] != '\\' {
		plain++
	}
	b = append(b, s[:plain]...)
	for i := plain; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			i++
		case c < utf8.RuneSelf:
			b = append(b, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
		}
	}
	return append(b, '"')
}

// appendField appends `,"name":"value"`.
func appendField(b []byte, name, value string) []byte {
	b = appendName(b, name)
	return appendQuoted(b, value)
}

// appendName appends `,"name":`; the comma is left out after an opening brace.
func appendName(b []byte, name string) []byte {
	if n := len(b); n > 0 && b[n-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

func appendGUIDField(b []byte, name string, g guid) []byte {
	b = appendName(b, name)
	b = append(b, '"')
	b = g.append(b)
	return append(b, '"')
}

func appendIntField(b []byte, name string, v int) []byte {
	return strconv.AppendInt(appendName(b, name), int64(v), 10)
}

func appendBoolField(b []byte, name string, v bool) []byte {
	return strconv.AppendBool(appendName(b, name), v)
}

// moment is UTC in milliseconds since 1970: the precision of the logs, and small enough to keep
// days of events in memory.
type moment int64

func momentOf(t time.Time) moment { return moment(t.UnixMilli()) }

func (m moment) time() time.Time { return time.UnixMilli(int64(m)).UTC() }

func (m moment) add(d time.Duration) moment { return m + moment(d/time.Millisecond) }

func pad(b []byte, v, width int) []byte {
	var digits [8]byte
	for i := width - 1; i >= 0; i-- {
		digits[i] = byte('0' + v%10)
		v /= 10
	}
	return append(b, digits[:width]...)
}

// append appends the seven-digit form of the logs without its zone: 2026-11-18T18:05:11.5460000.
func (m moment) append(b []byte) []byte {
	b = m.appendSeconds(b)
	ms := int(m % 1000)
	if ms < 0 {
		ms += 1000
	}
	b = append(b, '.')
	b = pad(b, ms, 3)
	return append(b, "0000"...)
}

func (m moment) appendSeconds(b []byte) []byte {
	t := m.time()
	y, mo, d := t.Date()
	h, mi, s := t.Clock()
	b = pad(b, y, 4)
	b = pad(append(b, '-'), int(mo), 2)
	b = pad(append(b, '-'), d, 2)
	b = pad(append(b, 'T'), h, 2)
	b = pad(append(b, ':'), mi, 2)
	return pad(append(b, ':'), s, 2)
}

// log is the form of detection and risk times inside records and resources.
func (m moment) log() string { return string(append(m.append(nil), 'Z')) }

// graph is the form of whole-second Graph properties.
func (m moment) graph() string { return string(append(m.appendSeconds(nil), 'Z')) }

// us is the form risk records write their envelope time in.
func (m moment) us() string { return m.time().Format("1/2/2006 3:04:05 PM") }
