package builtin

import "strings"

// declare makes a function of its signatures, which must agree on the name.
func declare(k Kind, doc string, signatures ...string) *Function {
	f := &Function{Kind: k, Doc: doc}
	for _, text := range signatures {
		name, sig, err := parseSignature(text)
		if err == nil && f.Name != "" && f.Name != name {
			panic("builtin: " + name + " among the signatures of " + f.Name)
		}
		if err != nil {
			panic(err) // a declaration is wrong: any test of the package finds it
		}
		f.Name = name
		f.Signatures = append(f.Signatures, sig)
	}
	f.Page = slug(f.Name, k)
	return f
}

// slug is the page of a function under https://learn.microsoft.com/kusto/query, which most names follow.
func slug(name string, k Kind) string {
	s := strings.ReplaceAll(name, "_", "-")
	switch k {
	case Aggregate:
		return s + "-aggregation-function"
	case Plugin:
		return s + "-plugin"
	}
	return s + "-function"
}

func scalar(doc string, signatures ...string) *Function {
	return declare(Scalar, doc, signatures...)
}

// also adds other spellings that are as good.
func (f *Function) also(names ...string) *Function {
	f.Aliases = append(f.Aliases, names...)
	return f
}

// was adds old spellings that still work and warn.
func (f *Function) was(names ...string) *Function {
	f.Deprecated = append(f.Deprecated, names...)
	return f
}

// on sets the page where it does not follow the name.
func (f *Function) on(page string) *Function {
	f.Page = page
	return f
}

// seesNulls: the function looks at nulls itself.
func (f *Function) seesNulls() *Function {
	f.Nulls = NullHandled
	return f
}

// gives adds an example.
func (f *Function) gives(call, result string) *Function {
	f.Examples = append(f.Examples, Example{Call: call, Result: result})
	return f
}

// impure: the function gives another value on each call.
func (f *Function) impure() *Function {
	f.Impure = true
	return f
}
