package mask

import (
	"strings"
	"testing"
)

func TestCredentialsAreHidden(t *testing.T) {
	const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl_x-1"
	for text, want := range map[string]string{
		"Who used https://x.blob.core.windows.net/c/f.csv?sv=2024&sig=aB%2Bc%3D&se=1?": "Who used https://x.blob.core.windows.net/c/f.csv?sv=2024&sig=***&se=1?",
		"https://app/cb#access_token=abc123&state=1":                                   "https://app/cb#access_token=***&state=1",
		"GET /?token=0123456789abcdef HTTP/1.1":                                        "GET /?token=*** HTTP/1.1",
		"https://h/a?x-ms-api-key=k1;client_secret=k2":                                 "https://h/a?x-ms-api-key=***;client_secret=***",
		"AccountName=logs;AccountKey=aB+c/d==;EndpointSuffix=x":                        "AccountName=logs;AccountKey=***;EndpointSuffix=x",
		"https://ada:hunter2@host/x and ftp://a:b@c":                                   "https://ada:***@host/x and ftp://a:***@c",
		"Authorization: Bearer abcdefghijklmnop.qrst==":                                "Authorization: Bearer ***",
		"is " + jwt + " stolen?":                                                       "is *** stolen?",
		"slt_0123456789ab_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG":                 "***",
		"http://127.0.0.1:7777/welcome#abcdefghijklmnopqrstuvwxyz012345":               "http://127.0.0.1:7777/welcome#***",
		// what is none
		"Which sign-ins of ada@x.example failed with code=50126?":      "",
		"https://host:8443/path?user=ada&tokens=3 a@b.c, mailto:a@b.c": "",
		"SigninLogs | where code == 3 and ResultType has 'token='":     "",
		"the bearer of bad news, basic authentication, eyJ, slt_":      "",
		"": "",
	} {
		if want == "" {
			want = text
		}
		if got := Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestStringsOfKQLThatAreNotToBeShown(t *testing.T) {
	for text, want := range map[string]string{
		`externaldata(a:string)[h@"https://x/y?sig=abc"] | take 1`: `externaldata(a:string)[h"***"] | take 1`,
		`print h'se\'cret', H"x", h@'it''s'`:                       `print h"***", h"***", h"***"`,
		"print h```a\nb```, h~~~c~~~ // h'in a comment'":           "print h\"***\", h\"***\" // h'in a comment'",
		"print h'no end\n| take 1":                                 "print h\"***\"\n| take 1",
		`print "h'x'", @"a\", 'with"quotes"', @'h"x"'`:             "",
		`print "https://x/?sig=abc" // and "h'x'"`:                 `print "https://x/?sig=***" // and "h'x'"`,
		"print h// 'a comment'":                                    "",
		`push"x" | extend grünh"x"`:                                "",
		`T | where Hash == "abc" | extend a = strcat("h", "x")`:    "",
	} {
		if want == "" {
			want = text
		}
		if got := Query(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzText: what was masked stays as it is, and nothing is made longer than by the marks.
func FuzzText(f *testing.F) {
	f.Add("https://a:b@c?sig=x&token=y bearer abcdefghijklmnopq eyJabcdefghi.abcdefghi.x")
	f.Add("/welcome#abcdefghijklmnopqrstuvwxyz h'x'")
	f.Fuzz(func(t *testing.T, s string) {
		once := Query(s)
		if twice := Query(once); twice != once {
			t.Errorf("%q becomes %q, and that %q", s, once, twice)
		}
		if !strings.Contains(once, Hidden) && once != s {
			t.Errorf("%q became %q", s, once)
		}
	})
}
