package builtin

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// A signature is written as the reference writes it, so that the declarations read like it:
//
//	substring(source: any, start: integer, length?: integer): string
//
// A parameter's mark stands behind its name: ? it may be left out, ... it repeats (with its neighbours that repeat
// too), ! it must be a constant. Its class is class names joined by |, or the words that a constant may be:
// kind?: 'normal'|'regex'. A last parameter of the class type is the result's type, given as typeof(long). The result
// is a type, or a rule of resultRule.

// parseSignature reads a signature's text. A mistake in it is one of a declaration; a test reads them all.
func parseSignature(text string) (name string, sig Signature, err error) {
	open := strings.IndexByte(text, '(')
	end := strings.LastIndex(text, "): ")
	if open < 0 || end < open {
		return "", sig, fmt.Errorf("builtin: %q is not name(parameters): result", text)
	}
	name = text[:open]
	if body := text[open+1 : end]; body != "" {
		for _, part := range strings.Split(body, ", ") {
			p, err := parseParam(part)
			if err != nil {
				return name, sig, fmt.Errorf("builtin: %s: %w", name, err)
			}
			sig.Params = append(sig.Params, p)
		}
	}
	sig.NamesType = strings.HasSuffix(text[:end], ": type")
	result := text[end+len("): "):]
	if t, ok := types.ParseType(result); ok {
		sig.Result = t
		return name, sig, nil
	}
	if sig.ResultOf = resultRule(result, sig.Params); sig.ResultOf == nil {
		return name, sig, fmt.Errorf("builtin: %s: %q is not a result", name, result)
	}
	return name, sig, nil
}

func parseParam(text string) (Param, error) {
	name, class, ok := strings.Cut(text, ": ")
	if !ok {
		return Param{}, fmt.Errorf("%q is not a parameter", text)
	}
	p := Param{}
	for more := true; more; {
		switch {
		case strings.HasSuffix(name, "?"):
			name, p.Optional = name[:len(name)-1], true
		case strings.HasSuffix(name, "!"):
			name, p.Constant = name[:len(name)-1], true
		case strings.HasSuffix(name, "..."):
			name, p.Repeat = name[:len(name)-3], true
		default:
			more = false
		}
	}
	p.Name = name
	for _, word := range strings.Split(class, "|") {
		if strings.HasPrefix(word, "'") {
			p.Values = append(p.Values, strings.Trim(word, "'"))
			p.Accepts |= ClsString
			continue
		}
		c, ok := className(word)
		if !ok {
			return p, fmt.Errorf("%q is not a class", word)
		}
		p.Accepts |= c
	}
	return p, nil
}

// className is a class by the word that signatures use for it.
func className(word string) (Class, bool) {
	switch word {
	case "type": // typeof(long), which is bound as the name's text
		return ClsString, true
	case "any":
		return AnyType, true
	case "plain": // everything but dynamic
		return AnyType &^ ClsDynamic, true
	case "number":
		return Number, true
	case "integer":
		return Integer, true
	case "measure": // what can be placed on an axis and subtracted
		return Summable | ClsDateTime, true
	case "orderable":
		return Summable | ClsDateTime | ClsString | ClsBool, true
	}
	if t, ok := types.ParseType(word); ok {
		return Class(1 << t), true
	}
	return 0, false
}
