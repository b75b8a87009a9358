package scalar

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// parseFunctions take texts of known formats apart.
func parseFunctions() map[string]Func {
	return map[string]Func{
		"parse_url": strict(parseURL), "parse_urlquery": strict(parseURLQuery), "parse_path": strict(parsePath),
		"parse_version": strict(parseVersion), "parse_csv": strict(parseCSV), "parse_xml": strict(parseXML),
		"parse_command_line": strictErr(parseCommandLine), "extract_json": extractJSON,
	}
}

// makeBag makes a bag of keys and values in turn.
func makeBag(pairs ...types.Tree) *types.Bag {
	b := types.NewBag()
	for i := 0; i+1 < len(pairs); i += 2 {
		b.Set(pairs[i].(string), pairs[i+1])
	}
	return b
}

// parseURL gives all parts of an absolute URL, empty where there is none.
func parseURL(args []types.Value) types.Value {
	rest := text(args[0])
	scheme, after, ok := strings.Cut(rest, "://")
	if ok && !strings.ContainsAny(scheme, "/?#@ ") {
		rest = after
	} else {
		scheme = ""
		if s, after, ok := strings.Cut(rest, ":"); ok && !strings.ContainsAny(s, "/?#@. ") && s != "" {
			scheme, rest = s, after
		}
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	authority, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	user, password := "", ""
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, password, _ = strings.Cut(authority[:i], ":")
		authority = authority[i+1:]
	}
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.Contains(authority[i:], "]") {
		host, port = authority[:i], authority[i+1:]
	}
	return types.NewDynamic(makeBag("Scheme", scheme, "Host", host, "Port", port, "Path", path, "Username", user,
		"Password", password, "Query Parameters", queryBag(query), "Fragment", fragment))
}

func parseURLQuery(args []types.Value) types.Value {
	query := text(args[0])
	if i := strings.IndexByte(query, '?'); i >= 0 {
		query = query[i+1:]
	}
	return types.NewDynamic(makeBag("Query Parameters", queryBag(query)))
}

// queryBag decodes a query's parameters; of two with one name the last counts.
func queryBag(query string) *types.Bag {
	out := types.NewBag()
	for _, pair := range strings.Split(query, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		out.Set(unescape(k), unescape(v))
	}
	return out
}

func unescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}

// parsePath knows Windows and Unix paths, shares and file URLs
// (https://learn.microsoft.com/kusto/query/parse-path-function).
func parsePath(args []types.Value) types.Value {
	path, scheme, root, stream := text(args[0]), "", "", ""
	if s, rest, ok := strings.Cut(path, "://"); ok {
		scheme, path = s, rest
	}
	isDrive := func(s string) bool {
		return len(s) >= 2 && s[1] == ':' && (s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z')
	}
	if isDrive(path) {
		root = path[:2]
	}
	body := path[len(root):]
	if i := strings.LastIndexByte(body, ':'); i >= 0 && !strings.ContainsAny(body[i:], `/\`) {
		stream, body = body[i+1:], body[:i]
	}
	dir, file := "", body
	if i := strings.LastIndexAny(body, `/\`); i >= 0 {
		dir, file = body[:i], body[i+1:]
	}
	name := dir
	if i := strings.LastIndexAny(dir, `/\`); i >= 0 {
		name = dir[i+1:]
	}
	ext := ""
	if i := strings.LastIndexByte(file, '.'); i >= 0 {
		ext = file[i+1:]
	}
	return types.NewDynamic(makeBag("Scheme", scheme, "RootPath", root, "DirectoryPath", root+dir, "DirectoryName", name,
		"Filename", file, "Extension", ext, "AlternateDataStreamName", stream))
}

// parseVersion makes a decimal of up to four parts that orders as the versions do: eight digits a part.
func parseVersion(args []types.Value) types.Value {
	parts := strings.Split(strings.TrimSpace(text(args[0])), ".")
	if len(parts) > 4 {
		return null
	}
	var digits strings.Builder
	for i := range 4 {
		p := "0"
		if i < len(parts) {
			p = parts[i]
		}
		if p == "" || len(p) > 8 || strings.Trim(p, "0123456789") != "" {
			return null
		}
		fmt.Fprintf(&digits, "%08s", p)
	}
	d, _, err := apd.NewFromString(digits.String())
	if err != nil {
		return null
	}
	return types.NewDecimal(d)
}

// parseCSV gives the fields of the first record (RFC 4180).
func parseCSV(args []types.Value) types.Value {
	s := text(args[0])
	fields := []string{}
	for {
		field, rest, more := csvField(s)
		fields = append(fields, field)
		if !more {
			return texts(fields)
		}
		s = rest
	}
}

// csvField reads a field; more tells that a comma follows.
func csvField(s string) (field, rest string, more bool) {
	var b strings.Builder
	if strings.HasPrefix(s, `"`) {
		s = s[1:]
		for s != "" {
			i := strings.IndexByte(s, '"')
			if i < 0 {
				b.WriteString(s)
				s = ""
				break
			}
			b.WriteString(s[:i])
			s = s[i+1:]
			if !strings.HasPrefix(s, `"`) {
				break
			}
			b.WriteByte('"')
			s = s[1:]
		}
	}
	i := strings.IndexAny(s, ",\r\n")
	if i < 0 {
		b.WriteString(s)
		return b.String(), "", false
	}
	b.WriteString(s[:i])
	return b.String(), s[i+1:], s[i] == ','
}

// parseCommandLine splits as the Windows C runtime does: backslashes before a quote escape
// (https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments).
func parseCommandLine(_ *Env, args []types.Value) (types.Value, error) {
	if kind := text(args[1]); !strings.EqualFold(kind, "windows") {
		return null, fmt.Errorf("%q is not a kind of command line: use windows", kind)
	}
	s := text(args[0])
	var out []string
	for i := 0; i < len(s); {
		if s[i] == ' ' || s[i] == '\t' {
			i++
			continue
		}
		arg, n := commandArgument(s[i:])
		out = append(out, arg)
		i += n
	}
	if out == nil {
		return null, nil
	}
	return texts(out), nil
}

func commandArgument(s string) (string, int) {
	var b strings.Builder
	quoted := false
	i := 0
	for i < len(s) {
		switch c := s[i]; {
		case c == '\\':
			n := 0
			for i < len(s) && s[i] == '\\' {
				n++
				i++
			}
			if i == len(s) || s[i] != '"' {
				b.WriteString(strings.Repeat(`\`, n))
				continue
			}
			b.WriteString(strings.Repeat(`\`, n/2))
			if n%2 == 1 {
				b.WriteByte('"')
				i++
			}
		case c == '"':
			if quoted && i+1 < len(s) && s[i+1] == '"' {
				b.WriteByte('"')
				i++
			} else {
				quoted = !quoted
			}
			i++
		case (c == ' ' || c == '\t') && !quoted:
			return b.String(), i
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), i
}

// extractJSON is the value at a path of a JSON text, converted to the type asked for.
func extractJSON(_ *Env, args []types.Value, result types.Type) (types.Value, error) {
	steps, ok := parseJSONPath(text(args[0]))
	if !ok {
		return types.Null(result), fmt.Errorf("%q is not a JSON path", text(args[0]))
	}
	if isNull(args[1]) {
		return types.Null(result), nil
	}
	source := parseJSON(args[1:2])
	if _, isText := source.Tree().(string); isText {
		return types.Null(result), nil
	}
	t, found := at(source.Tree(), steps)
	if !found {
		return types.Null(result), nil
	}
	return types.Convert(types.NewDynamic(t), result), nil
}
