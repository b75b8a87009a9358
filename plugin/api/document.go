package api

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/plugin"
)

// Document is what is needed of an OpenAPI document.
type Document struct {
	Title      string
	Servers    []string
	Operations []Operation
}

// Operation is one thing that a server does.
type Operation struct {
	ID, Method, Path     string
	Summary, Description string
	Params               []Param
	Body                 string // the media type of its body; empty where it has none
	RawBody              bool   // the body is one value, and not an object with properties
}

// Param is an input of an operation.
type Param struct {
	Name, Description string
	In                string // path, query, header, cookie or body
	Required          bool
	Type              string // string, integer, number, boolean, array or object
	Default           string
	Enum              []string
}

// maxOperations bounds what one document gives.
const maxOperations = 1000

var methods = []string{"get", "post", "put", "patch", "delete", "head"}

// IsDocument says whether the root of a YAML or JSON text looks like an OpenAPI document.
func IsDocument(text []byte) bool {
	var top map[string]yaml.Node
	if yaml.Unmarshal(text, &top) != nil {
		return false
	}
	_, v3 := top["openapi"]
	_, v2 := top["swagger"]
	_, paths := top["paths"]
	return v3 || v2 || paths
}

// reader collects what is found in one document.
type reader struct {
	src  *diag.Source
	list *diag.List
}

func (r *reader) at(n *yaml.Node) diag.Span {
	if n == nil || n.Line == 0 {
		return diag.Span{}
	}
	start := r.src.Offset(n.Line, n.Column)
	return diag.Span{Start: start, End: min(start+max(1, len(n.Value)), len(r.src.Text))}
}

// Read reads an OpenAPI document. It is of use only where the list has no error.
func Read(name string, file []byte) (*Document, *diag.List) {
	text, err := plugin.Text(file)
	r := &reader{src: diag.NewSource(name, string(text)), list: &diag.List{}}
	defer func() {
		r.list.Sort()
		r.src.Locate(r.list.Items...)
		for _, d := range r.list.Items {
			d.Path = name
		}
	}()
	if err != nil {
		r.list.Add(notOpenAPI(diag.Span{}, err.Error()))
		return nil, r.list
	}
	root := r.root(text)
	if root == nil || r.list.Failed() {
		return nil, r.list
	}
	return r.document(root), r.list
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

func (r *reader) root(text []byte) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		at := diag.Span{}
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			n, _ := strconv.Atoi(m[1])
			at.Start = r.src.Offset(n, 1)
			at.End = at.Start + 1
		}
		r.list.Add(notOpenAPI(at, strings.TrimPrefix(err.Error(), "yaml: ")))
		return nil
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		r.list.Add(notOpenAPI(diag.Span{}, "it is no mapping with paths"))
		return nil
	}
	return doc.Content[0]
}

// value is the value of a key of a mapping, and the key.
func value(n *yaml.Node, key string) (k, v *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			v = n.Content[i+1]
			if v.Kind == yaml.AliasNode {
				v = v.Alias
			}
			return n.Content[i], v
		}
	}
	return nil, nil
}

// only keeps the keys of a mapping that are listed.
func only(n *yaml.Node, keys ...string) {
	var kept []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if slices.Contains(keys, n.Content[i].Value) {
			kept = append(kept, n.Content[i], n.Content[i+1])
		}
	}
	n.Content = kept
}

func scalar(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

// document takes what is needed out of the text, and gives that to the library, which resolves its references.
func (r *reader) document(root *yaml.Node) *Document {
	r.version(root)
	if r.list.Failed() {
		return nil
	}
	places := r.prune(root)
	text, err := yaml.Marshal(root)
	if err != nil {
		r.list.Add(broken(diag.Span{}, err.Error()))
		return nil
	}
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false
	doc, err := loader.LoadFromData(text)
	if err != nil {
		r.list.Add(broken(diag.Span{}, firstLine(err)))
		return nil
	}
	out := &Document{}
	if doc.Info != nil {
		out.Title = doc.Info.Title
	}
	out.Servers = serversOf(doc.Servers)
	if len(out.Servers) == 0 {
		k, _ := value(root, "paths")
		r.list.Add(noServer(r.at(k)))
	}
	if doc.Paths != nil {
		for _, path := range doc.Paths.InMatchingOrder() {
			item := doc.Paths.Value(path)
			for _, method := range methods {
				if op := item.GetOperation(strings.ToUpper(method)); op != nil && len(out.Operations) < maxOperations {
					out.Operations = append(out.Operations, r.operation(op, item, method, path, places[method+" "+path]))
				}
			}
		}
	}
	slices.SortStableFunc(out.Operations, func(a, b Operation) int {
		return places[strings.ToLower(a.Method)+" "+a.Path].Start - places[strings.ToLower(b.Method)+" "+b.Path].Start
	})
	if len(out.Operations) == 0 && !r.list.Failed() {
		k, _ := value(root, "paths")
		r.list.Add(noOperations(r.at(k)))
	}
	return out
}

func firstLine(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}

func (r *reader) version(root *yaml.Node) {
	if k, v := value(root, "swagger"); v != nil {
		r.list.Add(otherVersion(r.at(k), "Swagger "+v.Value))
		return
	}
	k, v := value(root, "openapi")
	switch {
	case v == nil:
		r.list.Add(noVersion(r.at(root)))
		root.Content = append([]*yaml.Node{scalar("openapi"), scalar("3.0.0")}, root.Content...)
	case !strings.HasPrefix(v.Value, "3."):
		r.list.Add(otherVersion(r.at(k), v.Value))
	case !strings.HasPrefix(v.Value, "3.0"):
		r.list.Add(laterVersion(r.at(k), v.Value))
	}
}

// prune leaves what calls need: servers, paths with parameters and bodies, and the components that these refer to. What
// has the wrong form is taken out and told. It gives the places of the operations.
func (r *reader) prune(root *yaml.Node) map[string]diag.Span {
	places := map[string]diag.Span{}
	only(root, "openapi", "info", "servers", "paths", "components")
	if _, c := value(root, "components"); c != nil && c.Kind == yaml.MappingNode {
		only(c, "schemas", "parameters", "requestBodies", "examples")
	}
	_, paths := value(root, "paths")
	if paths == nil || paths.Kind != yaml.MappingNode {
		return places
	}
	for i := 0; i+1 < len(paths.Content); i += 2 {
		path, item := paths.Content[i], paths.Content[i+1]
		if item.Kind != yaml.MappingNode {
			r.list.Add(notRead(r.at(path), "the path "+path.Value, "it has no operations"))
			paths.Content = slices.Delete(paths.Content, i, i+2)
			i -= 2
			continue
		}
		only(item, append([]string{"parameters", "servers", "summary", "description", "$ref"}, methods...)...)
		for j := 0; j+1 < len(item.Content); j += 2 {
			if m := item.Content[j].Value; slices.Contains(methods, m) {
				places[m+" "+path.Value] = r.at(item.Content[j])
				if op := item.Content[j+1]; op.Kind == yaml.MappingNode {
					r.pruneOperation(op, strings.ToUpper(m)+" "+path.Value)
				} else {
					r.list.Add(notRead(r.at(item.Content[j]), strings.ToUpper(m)+" "+path.Value, "it is no mapping"))
					item.Content = slices.Delete(item.Content, j, j+2)
					j -= 2
				}
			}
		}
	}
	return places
}

func (r *reader) pruneOperation(op *yaml.Node, name string) {
	only(op, "operationId", "summary", "description", "parameters", "requestBody", "servers")
	if _, params := value(op, "parameters"); params != nil && params.Kind == yaml.SequenceNode {
		params.Content = slices.DeleteFunc(params.Content, func(p *yaml.Node) bool {
			if p.Kind != yaml.MappingNode {
				r.list.Add(notRead(r.at(p), "a parameter of "+name, "it is no mapping"))
				return true
			}
			only(p, "name", "in", "required", "schema", "description", "$ref", "content")
			return false
		})
	}
	_, body := value(op, "requestBody")
	if body == nil {
		return
	}
	if body.Kind != yaml.MappingNode {
		only(op, "operationId", "summary", "description", "parameters", "servers")
		return
	}
	only(body, "content", "required", "description", "$ref")
	_, content := value(body, "content")
	if content == nil || content.Kind != yaml.MappingNode {
		if k, ref := value(body, "$ref"); ref == nil { // a body that says nothing of itself
			body.Content = append(body.Content, scalar("content"), &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"})
			_ = k
		}
		return
	}
	for i := 0; i+1 < len(content.Content); i += 2 {
		k, v := content.Content[i], content.Content[i+1]
		switch {
		case !strings.Contains(k.Value, "/"):
			r.list.Add(notRead(r.at(k), k.Value+" in the body of "+name, "a media type such as application/json belongs there"))
			content.Content = slices.Delete(content.Content, i, i+2)
			i -= 2
		case v.Kind != yaml.MappingNode:
			content.Content[i+1] = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		default:
			only(v, "schema")
		}
	}
}

func serversOf(list openapi3.Servers) []string {
	var out []string
	for _, s := range list {
		if s == nil {
			continue
		}
		u := s.URL
		for name, v := range s.Variables {
			if v != nil {
				u = strings.ReplaceAll(u, "{"+name+"}", v.Default)
			}
		}
		if u != "" {
			out = append(out, u)
		}
	}
	return out
}

var pathHole = regexp.MustCompile(`\{([^{}]+)\}`)

func (r *reader) operation(op *openapi3.Operation, item *openapi3.PathItem, method, path string, at diag.Span) Operation {
	o := Operation{ID: strings.TrimSpace(op.OperationID), Method: strings.ToUpper(method), Path: path, Summary: strings.TrimSpace(op.Summary), Description: strings.TrimSpace(op.Description)}
	if o.ID == "" {
		o.ID = nameOf(method, path)
		r.list.Add(noOperationID(at, o.Method+" "+path, o.ID))
	}
	for _, ref := range slices.Concat(op.Parameters, item.Parameters) {
		if p := ref.Value; p != nil && p.Name != "" && !slices.ContainsFunc(o.Params, func(x Param) bool { return x.Name == p.Name && x.In == p.In }) {
			x := schemaOf(p.Schema)
			x.Name, x.In, x.Required = p.Name, p.In, p.Required || p.In == "path"
			if p.Description != "" {
				x.Description = p.Description
			}
			o.Params = append(o.Params, x)
		}
	}
	for _, m := range pathHole.FindAllStringSubmatch(path, -1) {
		if !slices.ContainsFunc(o.Params, func(x Param) bool { return x.Name == m[1] && x.In == "path" }) {
			r.list.Add(undeclared(at, o.Method+" "+path, m[1]))
			o.Params = append(o.Params, Param{Name: m[1], In: "path", Required: true, Type: "string"})
		}
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		r.body(&o, op.RequestBody.Value)
	}
	return o
}

// body makes inputs of the properties of a body.
func (r *reader) body(o *Operation, b *openapi3.RequestBody) {
	media := ""
	for _, want := range []string{"application/json", "application/x-www-form-urlencoded"} {
		if b.Content.Get(want) != nil {
			media = want
			break
		}
	}
	for m := range b.Content {
		if media == "" || strings.HasSuffix(m, "+json") && media == "" {
			media = m
		}
	}
	if media == "" {
		return
	}
	o.Body = media
	schema := b.Content.Get(media).Schema
	if schema == nil || schema.Value == nil {
		return
	}
	properties, required := propertiesOf(schema.Value)
	if len(properties) == 0 {
		x := schemaOf(schema)
		x.Name, x.In, x.Required, o.RawBody = "body", "body", b.Required, true
		o.Params = append(o.Params, x)
		return
	}
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		x := schemaOf(properties[name])
		x.Name, x.In, x.Required = name, "body", slices.Contains(required, name)
		o.Params = append(o.Params, x)
	}
}

// propertiesOf are the properties of an object, those of allOf included, each schema once.
func propertiesOf(s *openapi3.Schema) (openapi3.Schemas, []string) {
	out, required, seen := openapi3.Schemas{}, []string{}, map[*openapi3.Schema]bool{}
	var add func(*openapi3.Schema)
	add = func(s *openapi3.Schema) {
		if seen[s] {
			return
		}
		seen[s] = true
		required = append(required, s.Required...)
		for name, p := range s.Properties {
			out[name] = p
		}
		for _, part := range s.AllOf {
			if part != nil && part.Value != nil {
				add(part.Value)
			}
		}
	}
	add(s)
	return out, required
}

func schemaOf(ref *openapi3.SchemaRef) Param {
	p := Param{Type: "string"}
	if ref == nil || ref.Value == nil {
		return p
	}
	s := ref.Value
	p.Description = s.Description
	for _, t := range []string{"array", "object", "boolean", "integer", "number"} {
		if s.Type.Is(t) {
			p.Type = t
		}
	}
	if s.Default != nil {
		p.Default = fmt.Sprint(s.Default)
	}
	for _, e := range s.Enum {
		p.Enum = append(p.Enum, fmt.Sprint(e))
	}
	return p
}

// nameOf makes a name of a method and a path: GetBreachedaccountEmail.
func nameOf(method, path string) string {
	var b strings.Builder
	up := true
	for _, r := range method + " " + path {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			up = true
		case up:
			b.WriteRune(unicode.ToUpper(r))
			up = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Skills are the skills of a document, for the plugin of a name. Inputs of headers that a client sets anyway are left out.
func (d *Document) Skills(pluginName string) []*plugin.Skill {
	var out []*plugin.Skill
	for i := range d.Operations {
		o := &d.Operations[i]
		s := &plugin.Skill{Plugin: pluginName, Format: plugin.API, Name: o.ID, DisplayName: o.Summary, Description: o.Description, Settings: map[string]string{"Method": o.Method, "Path": o.Path}}
		if s.DisplayName == "" {
			s.DisplayName = o.ID
		}
		if s.Description == "" {
			s.Description = s.DisplayName
		}
		for _, p := range o.Params {
			if _, twice := s.Input(p.Name); !twice && !(p.In == "header" && p.Default != "") {
				s.Inputs = append(s.Inputs, plugin.Input{Name: p.Name, Description: p.Description, Required: p.Required, Default: p.Default, Type: p.Name})
			}
		}
		out = append(out, s)
	}
	return out
}

// Operation is the operation of a skill.
func (d *Document) Operation(id string) (Operation, bool) {
	i := slices.IndexFunc(d.Operations, func(o Operation) bool { return o.ID == id })
	if i < 0 {
		return Operation{}, false
	}
	return d.Operations[i], true
}

var errTooLong = errors.New("the answer is longer than what is read of one")

// readAll reads up to a limit.
func readAll(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		return nil, fmt.Errorf("%w: %d bytes", errTooLong, most)
	}
	return b, err
}
