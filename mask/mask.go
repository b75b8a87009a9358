package mask

import (
	"regexp"
	"strings"
)

// Hidden stands for a credential.
const Hidden = "***"

// name is a parameter of an address whose value is a credential: one that ends like this, or is this.
const name = `(?:[a-z0-9_.-]*(?:token|secret|password|passwd|passphrase|signature|credential|api[_-]?key|(?:access|account)[_-]?key|assertion)|sig|code|key|pass|pwd|auth|sas|sid)`

// shapes are how credentials look; what stands in the groups named keep stays.
var shapes = []*regexp.Regexp{
	// https://host/path?sig=..., and after a # too
	regexp.MustCompile(`(?i)(?P<keep>[?&#;]` + name + `=)[^&#;\s"'<>()\\|]+`),
	// https://somebody:password@host
	regexp.MustCompile(`(?i)(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s/?#@:"'<>]*:)[^\s/?#@"'<>]+@`),
	// Authorization: Bearer ..., and Basic
	regexp.MustCompile(`(?i)(?P<keep>\b(?:bearer|basic)\s+)[a-z0-9._~+/-]{16,}=*`),
	// a JSON web token: its first part begins as {" does
	regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`),
	// an API token, and a one-time link, of this program
	regexp.MustCompile(`\bslt_[0-9a-f]{12}_[A-Za-z0-9_-]{20,}`),
	regexp.MustCompile(`(?P<keep>/welcome#)[A-Za-z0-9_-]{20,}`),
}

// Text is a text without the credentials in it. A text without any comes back as it is, and Text of what it returns changes nothing.
func Text(s string) string {
	for _, re := range shapes {
		to := Hidden
		if re.SubexpIndex("keep") > 0 {
			to = "${keep}" + Hidden
		}
		if re == shapes[1] {
			to += "@"
		}
		s = re.ReplaceAllString(s, to)
	}
	return s
}

// Query is as Text, of KQL: strings that are marked as not to be shown, h"..." and its like, are hidden too.
func Query(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		mark := i
		if (s[i] == 'h' || s[i] == 'H') && (i == 0 || !inName(s[i-1])) && !strings.HasPrefix(s[i+1:], "//") {
			mark++
		}
		end := literal(s, mark)
		switch {
		case end == mark: // no literal begins here
			end = i + 1
			fallthrough
		case mark == i:
			b.WriteString(s[i:end])
		default:
			b.WriteString(`h"` + Hidden + `"`)
		}
		i = end
	}
	return Text(b.String())
}

func inName(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// literal is where a string literal or a comment that begins at i ends, or i where none begins. One that does not end goes to the
// end of its line, or of the text where it may have several lines.
func literal(s string, i int) int {
	rest := s[i:]
	for _, fence := range []string{"```", "~~~"} {
		if inner, ok := strings.CutPrefix(rest, fence); ok {
			if n := strings.Index(inner, fence); n >= 0 {
				return i + len(fence) + n + len(fence)
			}
			return len(s)
		}
	}
	if strings.HasPrefix(rest, "//") {
		return lineEnd(s, i)
	}
	verbatim := strings.HasPrefix(rest, "@")
	at := i
	if verbatim {
		at++
	}
	if at >= len(s) || s[at] != '"' && s[at] != '\'' {
		return i
	}
	for j := at + 1; j < len(s); j++ {
		switch {
		case s[j] == s[at] && verbatim && j+1 < len(s) && s[j+1] == s[at], s[j] == '\\' && !verbatim:
			j++ // what follows does not end it
		case s[j] == s[at]:
			return j + 1
		case s[j] == '\n' && !verbatim:
			return j
		}
	}
	return len(s)
}

func lineEnd(s string, i int) int {
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(s)
}
