package builtin

import "testing"

// A mistake in a declaration is found when the library is made, not when a query calls the function.
func TestParseSignatureRefuses(t *testing.T) {
	for _, text := range []string{
		"", "f", "f(x: any)", "f(x): long", "f(x: word): long", "f(x: any): word", "f(x: any,y: any): long", "f): (long",
		"f(x: any): Same", "f(x:any): long",
	} {
		if name, sig, err := parseSignature(text); err == nil {
			t.Errorf("%q was read as %s %+v", text, name, sig)
		}
	}
}

func FuzzParseSignature(f *testing.F) {
	f.Add("substring(source: any, start: integer, length?: integer): string")
	f.Add("case(condition...: bool, then...: any, else: any): branches")
	f.Add("countof(text: string, search: string, kind?: 'normal'|'regex'): long")
	f.Fuzz(func(t *testing.T, text string) {
		_, sig, err := parseSignature(text)
		if err != nil {
			return
		}
		for _, p := range sig.Params {
			if p.Accepts == 0 {
				t.Errorf("%q: %s accepts nothing", text, p.Name)
			}
		}
		if sig.ResultOf != nil {
			sig.ResultOf(nil)
		}
	})
}
