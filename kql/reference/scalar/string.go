package scalar

import (
	"strings"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// maxText bounds the bytes that one value may have when it is written out. Functions that put values together look before they
// do (limits.go): a few calls in a row would otherwise make a value that no memory holds.
const maxText = 64 << 20

// stringFunctions count and cut in code points.
func stringFunctions() map[string]Func {
	return map[string]Func{
		"strcat": plain(strcat), "strcat_delim": plain(strcatDelim), "strcat_array": plainErr(strcatArray),
		"strcmp": plain(func(args []types.Value) types.Value {
			return types.NewLong(int64(strings.Compare(text(args[0]), text(args[1]))))
		}),
		"strlen": strict(func(args []types.Value) types.Value {
			return types.NewLong(int64(utf8.RuneCountInString(text(args[0]))))
		}),
		"string_size": strict(func(args []types.Value) types.Value { return types.NewLong(int64(len(text(args[0])))) }),
		"strrep":      strict(strrep), "substring": strict(substring), "indexof": strict(indexOf),
		"toupper":         strict(func(args []types.Value) types.Value { return types.NewString(strings.ToUpper(text(args[0]))) }),
		"tolower":         strict(func(args []types.Value) types.Value { return types.NewString(strings.ToLower(text(args[0]))) }),
		"reverse":         strict(reverse),
		"split":           strict(split),
		"replace_string":  strictErr(replaceString),
		"replace_strings": strictErr(replaceStrings),
		"countof":         strictErr(countOf),
		"translate":       strict(translate),
		"has_any_index":   strict(hasAnyIndex),
		"isascii": strict(func(args []types.Value) types.Value {
			s := text(args[0])
			for i := 0; i < len(s); i++ {
				if s[i] >= utf8.RuneSelf {
					return types.NewBool(false)
				}
			}
			return types.NewBool(true)
		}),
		"isutf8":                         strict(func(args []types.Value) types.Value { return types.NewBool(utf8.ValidString(text(args[0]))) }),
		"unicode_codepoints_from_string": strict(codePoints),
		"unicode_codepoints_to_string":   plain(fromCodePoints),
	}
}

func strcat(args []types.Value) types.Value {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(text(a))
	}
	return types.NewString(b.String())
}

func strcatDelim(args []types.Value) types.Value {
	parts := make([]string, len(args)-1)
	for i, a := range args[1:] {
		parts[i] = text(a)
	}
	return types.NewString(strings.Join(parts, text(args[0])))
}

func strcatArray(args []types.Value) (types.Value, error) {
	list, ok := array(args[0])
	if !ok {
		return types.NewString(""), nil
	}
	if len(list) > 1 && len(text(args[1])) > maxText/len(list) {
		return null, errValue()
	}
	parts := make([]string, len(list))
	for i, t := range list {
		parts[i] = text(types.NewDynamic(t))
	}
	return types.NewString(strings.Join(parts, text(args[1]))), nil
}

func strrep(args []types.Value) types.Value {
	s, sep := text(args[0]), ""
	n, ok := integer(args[1])
	if len(args) > 2 {
		sep = text(args[2])
	}
	if !ok || n <= 0 {
		return types.NewString("")
	}
	n = min(n, 1024)
	if int64(len(s)+len(sep))*n > maxText {
		return types.NewString("")
	}
	return types.NewString(strings.Repeat(s+sep, int(n)-1) + s)
}

// substring counts from the end for a negative start.
func substring(args []types.Value) types.Value {
	s := text(args[0])
	start, ok := integer(args[1])
	length, okLength := optInteger(args, 2, int64(len(s)))
	if !ok || !okLength || length <= 0 {
		return types.NewString("")
	}
	runes := []rune(s)
	size := int64(len(runes))
	if start < 0 {
		start += size
	}
	if start < 0 || start >= size {
		return types.NewString("")
	}
	return types.NewString(string(runes[start : start+min(length, size-start)]))
}

// window is the part of a text that indexof searches, as byte offsets; false when the arguments make no sense.
func window(s string, args []types.Value) (from, to int, occurrence int64, ok bool) {
	start, ok1 := optInteger(args, 2, 0)
	length, ok2 := optInteger(args, 3, -1)
	occurrence, ok3 := optInteger(args, 4, 1)
	if !ok1 || !ok2 || !ok3 || occurrence == 0 || length < -1 {
		return 0, 0, 0, false
	}
	size := int64(utf8.RuneCountInString(s))
	if start < 0 {
		start = max(0, start+size)
	}
	start = min(start, size)
	end := size
	if length >= 0 {
		end = start + min(length, size-start)
	}
	return byteOffset(s, start), byteOffset(s, end), occurrence, true
}

// byteOffset is where the n-th code point begins.
func byteOffset(s string, n int64) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// indexOf looks for each further occurrence in as many characters as for the first one
// (https://learn.microsoft.com/kusto/query/indexof-function).
func indexOf(args []types.Value) types.Value {
	s, part := text(args[0]), text(args[1])
	from, to, occurrence, ok := window(s, args)
	if !ok || occurrence < 0 || part == "" {
		return null
	}
	for at := from; ; {
		i := strings.Index(s[at:to], part)
		if i < 0 {
			return types.NewLong(-1)
		}
		if occurrence--; occurrence == 0 {
			return types.NewLong(int64(utf8.RuneCountInString(s[:at+i])))
		}
		_, step := utf8.DecodeRuneInString(s[at+i:])
		next := at + i + step
		for ; at < next && to < len(s); at += size(s[at:]) {
			to += size(s[to:])
		}
		if at = next; at > to {
			return types.NewLong(-1)
		}
	}
}

// size is how many bytes the first character of a text has.
func size(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func reverse(args []types.Value) types.Value {
	r := []rune(text(args[0]))
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return types.NewString(string(r))
}

// split gives all parts, or with an index an array of that part alone.
func split(args []types.Value) types.Value {
	s, sep := text(args[0]), text(args[1])
	parts := []string{s}
	if sep != "" {
		parts = strings.Split(s, sep)
	}
	if len(args) > 2 {
		i, ok := integer(args[2])
		if ok && i < 0 {
			i += int64(len(parts))
		}
		if !ok || i < 0 || i >= int64(len(parts)) {
			return null
		}
		parts = parts[i : i+1]
	}
	return texts(parts)
}

func texts(parts []string) types.Value {
	out := make([]types.Tree, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return types.NewDynamic(out)
}

func replaceString(_ *Env, args []types.Value) (types.Value, error) {
	s, from, to := text(args[0]), text(args[1]), text(args[2])
	if from == "" {
		return types.NewString(s), nil
	}
	if len(to) > len(from) && len(s) > 1<<10 && strings.Count(s, from) > (maxText-len(s))/len(to) {
		return null, errValue()
	}
	return types.NewString(strings.ReplaceAll(s, from, to)), nil
}

// replaceStrings replaces one text after the other. What has been matched is out of reach of the later ones; where the
// replacement is no text it stays as it was.
func replaceStrings(_ *Env, args []types.Value) (types.Value, error) {
	from, ok := array(args[1])
	to, ok2 := array(args[2])
	if !ok || !ok2 {
		return null, nil
	}
	pieces := []piece{{text: text(args[0])}}
	for i, f := range from {
		old, isText := f.(string)
		if !isText || old == "" {
			continue
		}
		with, replace := "", true
		if i < len(to) {
			with, replace = to[i].(string)
		}
		if !replace {
			with = old
		}
		pieces = replacePieces(pieces, old, with)
	}
	var b strings.Builder
	for _, p := range pieces {
		if b.Len()+len(p.text) > maxText {
			return null, errValue()
		}
		b.WriteString(p.text)
	}
	return types.NewString(b.String()), nil
}

// piece is a part of a text; one that was matched is not looked at again.
type piece struct {
	text string
	done bool
}

func replacePieces(pieces []piece, old, with string) []piece {
	var out []piece
	for _, p := range pieces {
		if p.done {
			out = append(out, p)
			continue
		}
		for i, part := range strings.Split(p.text, old) {
			if i > 0 {
				out = append(out, piece{with, true})
			}
			if part != "" {
				out = append(out, piece{text: part})
			}
		}
	}
	return out
}

// countOf counts plain matches with overlaps, and those of an expression without.
func countOf(env *Env, args []types.Value) (types.Value, error) {
	s, part := text(args[0]), text(args[1])
	if part == "" {
		return types.NewLong(0), nil
	}
	if len(args) > 2 && strings.EqualFold(text(args[2]), "regex") {
		re, err := env.regex(part)
		if err != nil {
			return null, err
		}
		return types.NewLong(int64(len(re.FindAllStringIndex(s, -1)))), nil
	}
	n := int64(0)
	for i := 0; ; {
		j := strings.Index(s[i:], part)
		if j < 0 {
			return types.NewLong(n), nil
		}
		n++
		_, step := utf8.DecodeRuneInString(s[i+j:])
		i += j + step
	}
}

// translate replaces characters one by one; the last replacement stands for those missing, and without any the
// characters go.
func translate(args []types.Value) types.Value {
	from, to := []rune(text(args[0])), []rune(text(args[1]))
	return types.NewString(strings.Map(func(r rune) rune {
		for i, f := range from {
			if f != r {
				continue
			}
			if len(to) == 0 {
				return -1
			}
			return to[min(i, len(to)-1)]
		}
		return r
	}, text(args[2])))
}

// hasAnyIndex is the place of the first term of a list that the text has.
func hasAnyIndex(args []types.Value) types.Value {
	list, ok := array(args[1])
	if !ok {
		return null
	}
	s := Fold(text(args[0]))
	for i, t := range list {
		if Has(s, Fold(text(types.NewDynamic(t)))) {
			return types.NewLong(int64(i))
		}
	}
	return types.NewLong(-1)
}

func codePoints(args []types.Value) types.Value {
	out := []types.Tree{}
	for _, r := range text(args[0]) {
		out = append(out, int64(r))
	}
	return types.NewDynamic(out)
}

func fromCodePoints(args []types.Value) types.Value {
	var b strings.Builder
	for _, a := range args {
		list, ok := array(a)
		if !ok {
			list = []types.Tree{types.ToTree(a)}
		}
		for _, t := range list {
			if n, ok := integer(types.FromTree(t)); ok && n >= 0 && n <= utf8.MaxRune {
				b.WriteRune(rune(n))
			}
		}
	}
	return types.NewString(b.String())
}
