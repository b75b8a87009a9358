package scalar

import (
	"strings"
	"unicode/utf8"

	"regexp"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// regexFunctions run regular expressions in the syntax of RE2, which is that of Go
// (https://learn.microsoft.com/kusto/query/re2).
func regexFunctions() map[string]Func {
	return map[string]Func{
		"extract": extract, "extract_all": strictErr(extractAll),
		"replace_regex": strictErr(func(env *Env, args []types.Value) (types.Value, error) {
			return replaceRegex(env, text(args[0]), text(args[1]), text(args[2]))
		}),
		"replace": strictErr(func(env *Env, args []types.Value) (types.Value, error) {
			return replaceRegex(env, text(args[2]), text(args[0]), text(args[1]))
		}),
		"trim": trim(true, true), "trim_start": trim(true, false), "trim_end": trim(false, true),
		"indexof_regex": strictErr(indexOfRegex),
		"regex_quote":   strict(func(args []types.Value) types.Value { return types.NewString(regexp.QuoteMeta(text(args[0]))) }),
	}
}

// extract is a group of the first match, converted to the type asked for.
func extract(env *Env, args []types.Value, result types.Type) (types.Value, error) {
	re, err := env.regex(text(args[0]))
	if err != nil {
		return types.Null(result), err
	}
	group, ok := integer(args[1])
	m := re.FindStringSubmatch(text(args[2]))
	if !ok || m == nil || group < 0 || group >= int64(len(m)) {
		return types.Null(result), nil
	}
	return types.Convert(types.NewString(m[group]), result), nil
}

// extractAll gives the groups of all matches: texts for one group, arrays for several, null without a match.
func extractAll(env *Env, args []types.Value) (types.Value, error) {
	re, err := env.regex(text(args[0]))
	if err != nil {
		return null, err
	}
	var groups []int
	for i := 1; i <= re.NumSubexp(); i++ {
		groups = append(groups, i)
	}
	if len(groups) == 0 {
		groups = []int{0}
	}
	if len(args) > 2 {
		groups = chosenGroups(re, args[1])
	}
	var out []types.Tree
	for _, m := range re.FindAllStringSubmatch(text(args[len(args)-1]), -1) {
		if len(groups) == 1 {
			out = append(out, m[groups[0]])
			continue
		}
		row := make([]types.Tree, len(groups))
		for i, g := range groups {
			row[i] = m[g]
		}
		out = append(out, row)
	}
	if out == nil {
		return null, nil
	}
	return types.NewDynamic(out), nil
}

// chosenGroups are the groups named by number or by name, those that the expression has.
func chosenGroups(re *regexp.Regexp, v types.Value) []int {
	list, _ := array(v)
	var out []int
	for _, t := range list {
		n := -1
		switch t := t.(type) {
		case int64:
			n = int(t)
		case string:
			n = re.SubexpIndex(t)
		}
		if n >= 0 && n <= re.NumSubexp() {
			out = append(out, n)
		}
	}
	return out
}

// replaceRegex puts \1 to \9 of the rewrite in the place of the match's groups, and \0 of the whole match.
func replaceRegex(env *Env, s, pattern, rewrite string) (types.Value, error) {
	re, err := env.regex(pattern)
	if err != nil {
		return null, err
	}
	var b strings.Builder
	last := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(s[last:m[0]])
		for i := 0; i < len(rewrite); i++ {
			if rewrite[i] != '\\' || i+1 == len(rewrite) {
				b.WriteByte(rewrite[i])
				continue
			}
			i++
			c := rewrite[i]
			switch g := int(c - '0'); {
			case c < '0' || c > '9':
				b.WriteByte(c)
			case 2*g+1 < len(m) && m[2*g] >= 0:
				b.WriteString(s[m[2*g]:m[2*g+1]])
			}
		}
		last = m[1]
		if b.Len() > maxText {
			return null, errValue()
		}
	}
	b.WriteString(s[last:])
	return types.NewString(b.String()), nil
}

// trim cuts one match of the expression at the ends asked for.
func trim(start, end bool) Func {
	return strictErr(func(env *Env, args []types.Value) (types.Value, error) {
		pattern, s := text(args[0]), text(args[1])
		if start {
			re, err := env.regex("^(?:" + pattern + ")")
			if err != nil {
				return null, err
			}
			if m := re.FindStringIndex(s); m != nil {
				s = s[m[1]:]
			}
		}
		if end {
			re, err := env.regex("(?:" + pattern + ")$")
			if err != nil {
				return null, err
			}
			if m := re.FindStringIndex(s); m != nil {
				s = s[:m[0]]
			}
		}
		return types.NewString(s), nil
	})
}

func indexOfRegex(env *Env, args []types.Value) (types.Value, error) {
	s := text(args[0])
	re, err := env.regex(text(args[1]))
	if err != nil {
		return null, err
	}
	from, to, occurrence, ok := window(s, args)
	if start, _ := optInteger(args, 2, 0); !ok || occurrence < 0 || start < 0 {
		return null, nil
	}
	all := re.FindAllStringIndex(s[from:to], -1)
	if occurrence > int64(len(all)) {
		return types.NewLong(-1), nil
	}
	return types.NewLong(int64(utf8.RuneCountInString(s[:from+all[occurrence-1][0]]))), nil
}
