package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/sleuth-sec/sleuth/plugin"
)

// Call is a call of an operation.
type Call struct {
	Operation Operation
	Server    string // its address: the document's, or the one that a setting gives
	Inputs    map[string]string
	Auth      plugin.Authorization
	Given     Credentials
}

// Request is a call that is ready but for its authentication.
type Request struct {
	// Text says what is sent, without anything secret: "GET https://example.com/a?b=c".
	Text string
	http *http.Request
	host string
	call Call
}

// Changes says whether a call can change something at the server: its method is none that only reads.
func (r *Request) Changes() bool {
	return r.call.Operation.Method != http.MethodGet && r.call.Operation.Method != http.MethodHead
}

// Prepare makes the request of a call. No input leads to another host or to a path around the operation's.
func Prepare(ctx context.Context, c Call) (*Request, error) {
	base, err := url.Parse(strings.TrimSpace(c.Server))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, refused("the server %q is no address such as https://example.com/api", c.Server)
	}
	holes, query, header, body := map[string]string{}, base.Query(), http.Header{}, map[string]any{}
	for _, p := range c.Operation.Params {
		v, ok := lookup(c.Inputs, p.Name)
		if !ok || v == "" {
			if v = p.Default; v == "" && p.Required && p.In != "body" {
				return nil, refused("%s needs %s", c.Operation.ID, p.Name)
			}
		}
		if v == "" {
			continue
		}
		switch p.In {
		case "path":
			holes[p.Name] = v
		case "query":
			if p.Type == "array" {
				for item := range strings.SplitSeq(v, ",") {
					query.Add(p.Name, strings.TrimSpace(item))
				}
			} else {
				query.Set(p.Name, v)
			}
		case "header":
			if strings.ContainsFunc(v, unicode.IsControl) {
				return nil, refused("%s holds what no header can", p.Name)
			}
			header.Set(p.Name, v)
		case "body":
			if body[p.Name], err = typed(p, v); err != nil {
				return nil, err
			}
		}
	}
	target := *base
	target.RawPath = strings.TrimSuffix(base.EscapedPath(), "/") + filled(c.Operation.Path, holes)
	if target.Path, err = url.PathUnescape(target.RawPath); err != nil {
		return nil, refused("the path of %s cannot be made", c.Operation.ID)
	}
	for segment := range strings.SplitSeq(target.RawPath, "/") {
		if plain, err := url.PathUnescape(segment); err != nil || plain == "." || plain == ".." {
			return nil, refused("the path of %s cannot hold %q", c.Operation.ID, plain)
		}
	}
	target.RawQuery, target.Fragment = query.Encode(), ""
	text, err := bodyText(c.Operation, body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, c.Operation.Method, target.String(), bytes.NewReader(text))
	if err != nil {
		return nil, refused("the request of %s cannot be made", c.Operation.ID)
	}
	header.Set("Accept", "application/json")
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", "sleuth")
	}
	if len(text) > 0 {
		header.Set("Content-Type", c.Operation.Body)
	}
	header.Del("Authorization") // that is the authentication's
	header.Del("Host")
	r.Header = header
	said := c.Operation.Method + " " + target.String()
	if len(text) > 0 {
		said += "\n" + string(text)
	}
	return &Request{Text: said, http: r, host: hostOf(&target), call: c}, nil
}

// hole is a place of a path template.
var hole = regexp.MustCompile(`\{[^{}]*\}`)

// filled is a path template with its holes filled, escaped: what stands in a value stays in its segment, and a value is never read as a
// template again.
func filled(template string, values map[string]string) string {
	var b strings.Builder
	rest := template
	for _, at := range hole.FindAllStringIndex(template, -1) {
		before := template[len(template)-len(rest) : at[0]]
		b.WriteString((&url.URL{Path: before}).EscapedPath())
		if v, ok := values[template[at[0]+1:at[1]-1]]; ok {
			b.WriteString(url.PathEscape(v))
		} else {
			b.WriteString(url.PathEscape(template[at[0]:at[1]]))
		}
		rest = template[at[1]:]
	}
	b.WriteString((&url.URL{Path: rest}).EscapedPath())
	return b.String()
}

func lookup(inputs map[string]string, name string) (string, bool) {
	if v, ok := inputs[name]; ok {
		return v, true
	}
	for k, v := range inputs {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return "", false
}

func bodyText(o Operation, body map[string]any) ([]byte, error) {
	switch {
	case o.Body == "" || len(body) == 0 && (o.Method == http.MethodGet || o.Method == http.MethodHead):
		return nil, nil
	case o.Body == "application/x-www-form-urlencoded":
		form := url.Values{}
		for k, v := range body {
			form.Set(k, fmt.Sprint(v))
		}
		return []byte(form.Encode()), nil
	case o.RawBody:
		return json.Marshal(body["body"])
	}
	return json.Marshal(body)
}

// typed is an input as JSON has it.
func typed(p Param, v string) (any, error) {
	bad := func(want string) error { return refused("%s is %q: %s is needed", p.Name, cut(v, 60), want) }
	switch p.Type {
	case "integer":
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, bad("a whole number")
		}
		return n, nil
	case "number":
		n, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return nil, bad("a number")
		}
		return n, nil
	case "boolean":
		b, err := strconv.ParseBool(strings.ToLower(v))
		if err != nil {
			return nil, bad("true or false")
		}
		return b, nil
	case "array", "object":
		if json.Valid([]byte(v)) && strings.ContainsAny(v[:1], "[{") {
			return json.RawMessage(v), nil
		}
		if p.Type == "object" {
			return nil, bad("a JSON object")
		}
		items := []string{}
		for item := range strings.SplitSeq(v, ",") {
			items = append(items, strings.TrimSpace(item))
		}
		return items, nil
	}
	return v, nil
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// Send authenticates a request, sends it, and gives the answer's rows.
func (t *Tokens) Send(ctx context.Context, r *Request) (*Table, error) {
	if _, err := t.Guard.may(r.http, []string{r.host}); err != nil {
		return nil, err
	}
	if err := t.authorize(ctx, r.http, r.call.Auth, r.call.Given); err != nil {
		return nil, err
	}
	res, body, err := t.Guard.send(r.http, []string{r.host})
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusUnauthorized {
		t.forget(r.call.Given.Key)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, fmt.Errorf("%s answered %s", r.http.URL.Host, res.Status) // what else it says may repeat the secret
	}
	return tableOf(body), nil
}

// forget drops a token that a server did not take.
func (t *Tokens) forget(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.kept, key)
}
