package workspace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/kql/syntax"
)

// ReadFunctions takes the functions out of a file: a parser in YAML, a template whose resources are saved searches with a
// function alias, or KQL. name is the function's name for KQL that does not name it, "" for the file's own.
func ReadFunctions(path, name string, text []byte) ([]Function, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var list []Function
	var err error
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		list, err = yamlFunctions(text)
	case ".json":
		list, err = templateFunctions(text)
	default:
		list, err = kqlFunctions(path, name, string(text))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if name != "" {
		if len(list) != 1 {
			return nil, fmt.Errorf("%s holds %d functions: --name names one", path, len(list))
		}
		list[0].Name = name
	}
	for i := range list {
		list[i].Source = filepath.Base(path)
		if err := list[i].Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return list, nil
}

// yamlFunctions reads published parsers: ASIM parsers have ParserName, ParserParams and ParserQuery, those of solutions
// FunctionName, FunctionAlias and FunctionQuery. The capitals of the keys vary between publishers.
func yamlFunctions(text []byte) ([]Function, error) {
	var out []Function
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var node yaml.Node
		err := dec.Decode(&node)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not YAML: %w", err)
		}
		if len(node.Content) == 0 || node.Content[0].Kind != yaml.MappingNode {
			continue
		}
		lowerKeys(node.Content[0])
		var p lowerParser
		if err := node.Decode(&p); err != nil {
			return nil, fmt.Errorf("not the form of a parser: %w", err)
		}
		f, err := p.function()
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		return nil, errors.New("there is no parser in it: ParserName and ParserQuery, or FunctionName and FunctionQuery, are missing")
	}
	return out, nil
}

// lowerParser is a parser with the keys that lowerKeys makes.
type lowerParser struct {
	ParserName     string       `yaml:"parsername"`
	BuiltIn        string       `yaml:"equivalentbuiltinparser"`
	ParserParams   []lowerParam `yaml:"parserparams"`
	ParserQuery    string       `yaml:"parserquery"`
	FunctionName   string       `yaml:"functionname"`
	FunctionAlias  string       `yaml:"functionalias"`
	FunctionQuery  string       `yaml:"functionquery"`
	FunctionParams string       `yaml:"functionparameters"`
	Description    string       `yaml:"description"`
	Parser         titled       `yaml:"parser"`
	Function       titled       `yaml:"function"`
}

type lowerParam struct {
	Name    string    `yaml:"name"`
	Type    string    `yaml:"type"`
	Default yaml.Node `yaml:"default"`
}

type titled struct {
	Title string `yaml:"title"`
}

// lowerKeys writes the keys of the mapping, and of the mappings in it, in lower case.
func lowerKeys(n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			n.Content[i].Value = strings.ToLower(n.Content[i].Value)
			lowerKeys(n.Content[i+1])
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			lowerKeys(c)
		}
	}
}

func (p lowerParser) function() (Function, error) {
	f := Function{Description: p.Description}
	names := []string{p.ParserName, p.BuiltIn}
	f.Body = p.ParserQuery
	if f.Body == "" {
		f.Body = p.FunctionQuery
		names = []string{p.FunctionAlias, p.FunctionName}
	}
	for _, n := range names {
		switch {
		case n == "" || n == f.Name:
		case f.Name == "":
			f.Name = n
		default:
			f.Aliases = append(f.Aliases, n)
		}
	}
	if f.Name == "" || strings.TrimSpace(f.Body) == "" {
		return f, errors.New("a parser needs ParserName and ParserQuery, or FunctionName and FunctionQuery")
	}
	if f.Description == "" {
		f.Description = p.Parser.Title + p.Function.Title
	}
	f.Params = p.FunctionParams
	var params []string
	for _, q := range p.ParserParams {
		params = append(params, q.text())
	}
	if len(params) > 0 {
		f.Params = strings.Join(params, ", ")
	}
	return f, nil
}

// text is the parameter as KQL declares it. The default of a string stands without quotes in published files.
func (p lowerParam) text() string {
	typ := strings.ToLower(p.Type)
	if i := strings.Index(typ, "("); typ == "table:(*)" || i == 0 { // a tabular parameter
		return p.Name + ": (*)"
	}
	out := p.Name + ": " + typ
	if p.Default.Kind != yaml.ScalarNode || p.Default.Tag == "!!null" {
		return out
	}
	value := strings.TrimSpace(p.Default.Value)
	if typ == "string" && !quotedText(value) {
		return out + " = " + quote(value)
	}
	if value == "" {
		return out
	}
	return out + " = " + value
}

// quote is s as a string literal of KQL.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

func quotedText(s string) bool {
	return len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0]
}

// templateFunctions are the saved searches of a template that have a function alias.
func templateFunctions(text []byte) ([]Function, error) {
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	var out []Function
	collectSearches(doc, &out)
	if len(out) == 0 {
		return nil, errors.New("there is no saved search with a function alias in it")
	}
	return out, nil
}

func collectSearches(v any, out *[]Function) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			collectSearches(x, out)
		}
	case map[string]any:
		lower := map[string]any{}
		keys := make([]string, 0, len(v))
		for k, x := range v {
			lower[strings.ToLower(k)] = x
			keys = append(keys, k)
		}
		alias, _ := lower["functionalias"].(string)
		query, _ := lower["query"].(string)
		if alias != "" && query != "" {
			params, _ := lower["functionparameters"].(string)
			title, _ := lower["displayname"].(string)
			*out = append(*out, Function{Name: alias, Params: params, Body: query, Description: title})
			return
		}
		sort.Strings(keys)
		for _, k := range keys {
			collectSearches(v[k], out)
		}
	}
}

// kqlFunctions reads a lambda, let statements that name lambdas and nothing behind them, or a query.
func kqlFunctions(path, name, text string) ([]Function, error) {
	q, errs := syntax.Parse(text)
	if !errs.Failed() {
		if list := letFunctions(q); len(list) > 0 {
			return list, nil
		}
	}
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	f := Function{Name: name, Body: text}
	lambda, errs := syntax.Parse("let saved = " + strings.TrimRight(strings.TrimSpace(text), "; \r\n") + ";")
	if !errs.Failed() {
		if list := letFunctions(lambda); len(list) == 1 {
			f.Params, f.Body = list[0].Params, list[0].Body
		}
	}
	return []Function{f}, nil
}

// letFunctions are the lambdas that a text names, where it is nothing else.
func letFunctions(q *syntax.Query) []Function {
	var out []Function
	for _, s := range q.Statements {
		let, ok := s.(*syntax.LetStmt)
		if !ok {
			return nil
		}
		lambda, ok := let.Value.(*syntax.LambdaExpr)
		if !ok || lambda.Body == nil {
			return nil
		}
		head := q.Text[lambda.Span().Start:lambda.Body.Span().Start]
		body := strings.TrimSpace(q.Text[lambda.Body.Span().Start:lambda.Body.Span().End])
		params := ""
		if i, k := strings.IndexByte(head, '('), strings.LastIndexByte(head, ')'); i >= 0 && k > i {
			params = strings.TrimSpace(head[i+1 : k])
		}
		body = strings.TrimSuffix(strings.TrimPrefix(body, "{"), "}")
		out = append(out, Function{Name: let.Name.Text, Params: params, Body: strings.TrimSpace(body)})
	}
	return out
}
