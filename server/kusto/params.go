package kusto

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// readParameters gives the parameters that the query declares their values. A value is a literal of KQL - long(5),
// "text", datetime(2026-11-20) - or the bare text of one; it is a value and never becomes part of the query
// (https://learn.microsoft.com/kusto/query/query-parameters-statement).
func readParameters(given map[string]json.RawMessage, query string) (map[string]types.Value, error) {
	if len(given) == 0 {
		return nil, nil
	}
	out := map[string]types.Value{}
	tree, _ := syntax.Parse(query) // what is wrong with the query, running it will tell
	for _, s := range tree.Statements {
		d, ok := s.(*syntax.DeclareStmt)
		if !ok {
			continue
		}
		for _, p := range d.Params {
			raw, ok := given[p.Name.Text]
			if !ok {
				continue
			}
			t, ok := types.ParseType(p.Type)
			if !ok {
				continue // the binder names the type
			}
			v, ok := parameter(raw, t)
			if !ok {
				return nil, fmt.Errorf("parameter %s: %s is not a %s", p.Name.Text, short(optionText(raw)), t)
			}
			out[p.Name.Text] = v
		}
	}
	return out, nil
}

// parameter reads one value as the type that was declared for it.
func parameter(raw json.RawMessage, t types.Type) (types.Value, bool) {
	if string(raw) == "null" {
		return types.Null(t), true
	}
	text := optionText(raw)
	if t == types.Dynamic {
		return dynamicParameter(raw, text)
	}
	if t == types.String {
		if s, ok := stringLiteral(text); ok {
			return types.NewString(s), true
		}
		return types.NewString(text), true
	}
	bare := strings.TrimSpace(text)
	if inner, ok := typed(bare, typeNames(t)...); ok {
		bare = inner
	}
	if s, ok := stringLiteral(bare); ok {
		bare = s
	}
	if strings.EqualFold(bare, "null") {
		return types.Null(t), true
	}
	v := types.Convert(types.NewString(bare), t)
	return v, !v.IsNull()
}

func dynamicParameter(raw json.RawMessage, text string) (types.Value, bool) {
	bare := strings.TrimSpace(text)
	if inner, ok := typed(bare, "dynamic"); ok {
		bare = inner
	} else if raw[0] != '"' {
		bare = string(raw) // sent as JSON itself
	}
	tree, err := types.ParseJSON(bare)
	if err != nil {
		s, ok := stringLiteral(bare)
		if !ok {
			return types.Value{}, false
		}
		tree = s
	}
	return types.NewDynamic(tree), true
}

// typeNames are the spellings of a type in front of a literal.
func typeNames(t types.Type) []string {
	switch t {
	case types.DateTime:
		return []string{"datetime", "date"}
	case types.TimeSpan:
		return []string{"timespan", "time"}
	case types.Real:
		return []string{"real", "double"}
	case types.Bool:
		return []string{"bool", "boolean"}
	case types.GUID:
		return []string{"guid", "uuid", "uniqueid"}
	case types.Long:
		return []string{"long", "int64", "int"}
	default:
		return []string{t.String()}
	}
}

// typed takes the inside of name(...), for any of the names.
func typed(text string, names ...string) (string, bool) {
	open := strings.IndexByte(text, '(')
	if open < 0 || !strings.HasSuffix(text, ")") {
		return "", false
	}
	for _, n := range names {
		if strings.EqualFold(strings.TrimSpace(text[:open]), n) {
			return strings.TrimSpace(text[open+1 : len(text)-1]), true
		}
	}
	return "", false
}

// stringLiteral reads a text that is one string literal of KQL and nothing else.
func stringLiteral(text string) (string, bool) {
	if tokens := syntax.Tokens(text); len(tokens) != 2 || tokens[0].Kind != syntax.String {
		return "", false
	}
	tree, list := syntax.Parse("set p = " + text)
	if list.Failed() || len(tree.Statements) != 1 {
		return "", false
	}
	set, ok := tree.Statements[0].(*syntax.SetStmt)
	if !ok {
		return "", false
	}
	lit, ok := set.Value.(*syntax.Literal)
	if !ok || lit.Kind != syntax.LitString {
		return "", false
	}
	return lit.Text, true
}

// short cuts what a message repeats of a request.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "..."
	}
	return fmt.Sprintf("%q", s)
}
