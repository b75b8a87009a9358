package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/copilot/route"
	"github.com/sleuth-sec/sleuth/plugin"
)

// MaxRows is how many rows of a table a tool gives: what reads them has to hold them all. The total stands beside them, and the query.
const MaxRows = 100

// The tools beside the skills.
const (
	askTool    = "Ask"
	queryTool  = "RunKql"
	tablesTool = "ListTables"
)

// call runs a tool with its arguments.
type call func(ctx context.Context, args map[string]string) (json.RawMessage, error)

// gated lets so many calls run at once as the gate has places.
func (s *Service) gated(run call) call {
	return func(ctx context.Context, args map[string]string) (json.RawMessage, error) {
		leave, ok := s.cfg.Gate.Enter()
		if !ok {
			return nil, wrong("%d calls are under way already: try again in a moment", s.cfg.Gate.Places())
		}
		defer leave()
		return run(ctx, args)
	}
}

// acts says whether a skill can change something: a remediation skill, or a call of an API whose method is not one that only reads.
func acts(s *plugin.Skill) bool {
	return s.Action != nil || s.Changes()
}

// addTools adds the tools that a principal may use.
func (s *Service) addTools(server *sdk.Server, p access.Principal, skills []*plugin.Skill) {
	taken := map[string]bool{}
	add := func(t *sdk.Tool, run call) {
		if !taken[t.Name] {
			taken[t.Name] = true
			server.AddTool(t, handler(t.InputSchema.(*jsonschema.Schema), s.gated(run)))
		}
	}
	session := text("an id of your choice: prompts with the same id share context; without one each prompt is its own")
	add(&sdk.Tool{Name: askTool, Title: "Ask a question", Description: "Answers a question in plain English about users, sign-ins, risk, groups, devices, applications, roles or logs of the tenant.",
		InputSchema: object(map[string]*jsonschema.Schema{"prompt": text("the question"), "sessionId": session}, "prompt"), Annotations: reads("Ask a question")},
		func(ctx context.Context, args map[string]string) (json.RawMessage, error) {
			if id := args["sessionId"]; id != "" {
				if err := s.ownSession(ctx, p, id); err != nil {
					return nil, err
				}
			}
			return s.cfg.Copilot.Ask(ctx, p, args["sessionId"], args["prompt"])
		})
	if access.Authorize(p, access.Read) == nil {
		add(&sdk.Tool{Name: queryTool, Title: "Run a KQL query", Description: "Runs a query in KQL over the tables of the workspace. At most " + fmt.Sprint(MaxRows) + " rows are given.",
			InputSchema: object(map[string]*jsonschema.Schema{"query": text("the query, in KQL")}, "query"), Annotations: reads("Run a KQL query")},
			func(ctx context.Context, args map[string]string) (json.RawMessage, error) {
				return s.cfg.Querier.Query(ctx, p, args["query"])
			})
		add(&sdk.Tool{Name: tablesTool, Title: "List the tables", Description: "Lists the tables of the workspace that hold rows, each with how many, and when the first and the last came in. With all=true those without rows too.",
			InputSchema: object(map[string]*jsonschema.Schema{"all": text("true for tables without rows too")}), Annotations: reads("List the tables")},
			func(ctx context.Context, args map[string]string) (json.RawMessage, error) {
				return s.tables(ctx, p, args["all"] == "true")
			})
	}
	for _, skill := range skills {
		if acts(skill) && !s.cfg.Actions || plugin.NotRun(skill.Format) != "" && skill.Handler == "" && skill.Analytics == nil && skill.Action == nil {
			continue
		}
		t := toolOf(skill)
		direct := skill.Name
		if t.Name != skill.Name || taken[t.Name] {
			direct = skill.Plugin + "." + skill.Name
			t.Name = toolName(direct)
		}
		add(t, func(ctx context.Context, args map[string]string) (json.RawMessage, error) {
			return s.cfg.Copilot.Ask(ctx, p, "", route.DirectText(direct, args))
		})
	}
}

// toolOf is a skill as a tool.
func toolOf(s *plugin.Skill) *sdk.Tool {
	props, required := map[string]*jsonschema.Schema{}, []string{}
	for _, in := range s.Inputs {
		props[in.Name] = inputSchema(in)
		if in.Required && in.Default == "" {
			required = append(required, in.Name)
		}
	}
	if props["lookback"] != nil { // wherever a lookback stands, a period may
		props["from"] = text("the first moment, RFC 3339 in UTC, instead of lookback")
		props["to"] = text("the moment after the last, RFC 3339 in UTC")
	}
	about := strings.TrimSpace(s.Description)
	if len(s.Examples) > 0 {
		about += "\nFor example: " + s.Examples[0]
	}
	t := &sdk.Tool{Name: toolName(s.Name), Title: s.DisplayName, Description: about, InputSchema: object(props, required...), Annotations: reads(s.DisplayName)}
	if acts(s) {
		yes := true
		t.Annotations.ReadOnlyHint, t.Annotations.IdempotentHint, t.Annotations.DestructiveHint = false, false, &yes
		t.Description += "\nGives the plan only; a person confirms it in Sleuth."
	}
	if s.Format == plugin.API { // it asks another service
		yes := true
		t.Annotations.OpenWorldHint = &yes
	}
	return t
}

// toolName is a skill's name with the characters that a tool's may have.
func toolName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, name)
	return name[:min(len(name), 128)]
}

func reads(title string) *sdk.ToolAnnotations {
	no := false
	return &sdk.ToolAnnotations{Title: title, ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: &no, OpenWorldHint: &no}
}

func text(about string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Description: about}
}

func object(props map[string]*jsonschema.Schema, required ...string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", Properties: props, Required: required, AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}}}
}

// inputSchema is the schema of an input.
func inputSchema(in plugin.Input) *jsonschema.Schema {
	x := text(in.Description)
	if x.Description == "" {
		x.Description = "the " + in.Type
	}
	switch in.Type {
	case "top":
		one := 1.0
		x.Type, x.Minimum = "integer", &one
	case "roleAssignable", "accountEnabled":
		x.Type = "boolean"
	case "lookback":
		x.Description += ", such as 48h or 7d"
		x.Pattern = `^[0-9]+[smhd]$`
	case "ip":
		x.Description += " (an address or a network such as 203.0.113.0/24)"
	}
	if in.Default != "" {
		x.Description += "; " + in.Default + " where nothing is given"
	}
	return x
}

// handler checks the arguments of a tool and words what it gives.
func handler(schema *jsonschema.Schema, run call) sdk.ToolHandler {
	return func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		args, err := arguments(schema, req.Params.Arguments)
		if err != nil {
			return failed(err.Error()), nil
		}
		out, err := run(ctx, args)
		var denied *access.Denied
		var spent *capacity.Spent
		var wrong *wrongArgument
		switch {
		case errors.As(err, &denied), errors.As(err, &spent), errors.As(err, &wrong):
			return failed(err.Error()), nil
		case err != nil:
			return nil, fmt.Errorf("%s: %w", req.Params.Name, err)
		}
		return result(out)
	}
}

// wrongArgument says what is wrong with what a tool was called with.
type wrongArgument struct{ text string }

func (e *wrongArgument) Error() string { return e.text }

func wrong(form string, args ...any) error { return &wrongArgument{fmt.Sprintf(form, args...)} }

func failed(text string) *sdk.CallToolResult {
	return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: text}}}
}

// arguments are the arguments of a call as texts, as the skills take them.
func arguments(schema *jsonschema.Schema, data json.RawMessage) (map[string]string, error) {
	given := map[string]any{}
	if len(bytes.TrimSpace(data)) > 0 {
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if err := d.Decode(&given); err != nil {
			return nil, wrong("the arguments are not a JSON object: %v", err)
		}
	}
	out := map[string]string{}
	for name, v := range given {
		if schema.Properties[name] == nil {
			known := make([]string, 0, len(schema.Properties))
			for k := range schema.Properties {
				known = append(known, k)
			}
			slices.Sort(known)
			return nil, wrong("there is no argument %s; there are: %s", name, strings.Join(known, ", "))
		}
		switch v := v.(type) {
		case nil:
		case string:
			if v != "" {
				out[name] = v
			}
		case bool, json.Number:
			out[name] = fmt.Sprint(v)
		case []any:
			parts := make([]string, len(v))
			for i, x := range v {
				parts[i] = fmt.Sprint(x)
			}
			out[name] = strings.Join(parts, ",")
		default:
			return nil, wrong("the argument %s is neither a text, a number nor a list", name)
		}
	}
	for _, name := range schema.Required {
		if out[name] == "" {
			return nil, wrong("the argument %s is needed", name)
		}
	}
	return out, nil
}

// result words what a tool gives: the text of an answer, and the whole object, with its tables cut.
func result(data json.RawMessage) (*sdk.CallToolResult, error) {
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, fmt.Errorf("the answer is not an object: %w", err)
	}
	var said string
	var problem struct{ Message, Fix string }
	out := &sdk.CallToolResult{}
	switch {
	case whole["error"] != nil:
		if err := json.Unmarshal(whole["error"], &problem); err != nil {
			return nil, fmt.Errorf("the error of a query: %w", err)
		}
		if said, out.IsError = problem.Message, true; problem.Fix != "" {
			said += "; " + problem.Fix
		}
	case whole["text"] != nil:
		if err := json.Unmarshal(whole["text"], &said); err != nil {
			return nil, fmt.Errorf("the text of an answer: %w", err)
		}
		out.IsError = string(whole["outcome"]) == `"error"` || string(whole["outcome"]) == `"refused"`
	}
	short, err := cutTables(whole)
	if err != nil {
		return nil, err
	}
	if said != "" {
		out.Content = append(out.Content, &sdk.TextContent{Text: said})
	}
	out.Content = append(out.Content, &sdk.TextContent{Text: string(short)}) // for clients that do not read the structured content
	out.StructuredContent = short
	return out, nil
}
