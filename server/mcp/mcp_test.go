package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/plugin"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/server/mcp"
	"github.com/sleuth-sec/sleuth/state"
)

// kit is a service over a copilot that answers with what it was asked.
type kit struct {
	t       *testing.T
	cfg     mcp.Config
	mu      sync.Mutex
	asked   []string // "principal session prompt"
	fail    error
	rows    int
	refused []string
}

func newKit(t *testing.T) *kit {
	t.Helper()
	store, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	k := &kit{t: t, rows: 1}
	k.cfg = mcp.Config{Copilot: k, Querier: k, Catalog: k, Sessions: store, Callers: k, Gate: clientapi.NewGate(4), Version: "test", Logger: slog.New(slog.DiscardHandler),
		Refused: func(_ context.Context, p access.Principal, what string, why error) error {
			k.refused = append(k.refused, p.ID+" "+what)
			return why
		}}
	return k
}

func (k *kit) Ask(_ context.Context, p access.Principal, session, prompt string) (json.RawMessage, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		return nil, k.fail
	}
	k.asked = append(k.asked, strings.TrimSpace(p.ID+" "+session+" "+prompt))
	rows := strings.TrimSuffix(strings.Repeat("[1],", k.rows), ",")
	outcome := "answered"
	if prompt == "what must not be asked" {
		outcome = "refused"
	}
	return json.RawMessage(fmt.Sprintf(`{"outcome":%q,"text":"It is so.","steps":[{"skill":"S","table":{"columns":[],"rows":[%s],"total":%d}}],"table":{"columns":[],"rows":[%s],"total":%d}}`,
		outcome, rows, k.rows, rows, k.rows)), nil
}

func (k *kit) Skills(context.Context, access.Principal) ([]*plugin.Skill, error) {
	return []*plugin.Skill{
		{Plugin: "Own", Format: "KQL", Name: "GetThings", DisplayName: "Get things", Description: "Things.", Examples: []string{"Which things?"}, Inputs: []plugin.Input{
			{Name: "user", Type: "user", Required: true, Description: "whose"}, {Name: "lookback", Type: "lookback"}, {Name: "top", Type: "top"}, {Name: "accountEnabled", Type: "accountEnabled"}}},
		{Plugin: "Own", Format: "KQL", Name: "DisableUser", DisplayName: "Disable", Description: "Disables.", Additions: plugin.Additions{Action: &plugin.Action{ID: "x"}}},
		{Plugin: "Other", Format: "KQL", Name: "GetThings", DisplayName: "Other things", Description: "Other things."},
		{Plugin: "Other", Format: "KQL", Name: "Look it up", DisplayName: "Look it up", Description: "Looks."},
		{Plugin: "Other", Format: "API", Installed: true, Name: "FindAccount", DisplayName: "Find", Description: "Finds.", Settings: map[string]string{"Method": "GET"}},
		{Plugin: "Other", Format: "API", Installed: true, Name: "ForgetAccount", DisplayName: "Forget", Description: "Forgets.", Settings: map[string]string{"Method": "DELETE"}},
		{Plugin: "Other", Format: "GPT", Name: "Summarise", DisplayName: "Summarise", Description: "Not run here."},
	}, nil
}

func (k *kit) Query(_ context.Context, _ access.Principal, text string) (json.RawMessage, error) {
	if text == "bad" {
		return json.RawMessage(`{"error":{"code":"KQL1000","message":"bad is no table","fix":"write a table"}}`), nil
	}
	return json.RawMessage(`{"columns":[{"name":"a"}],"rows":[` + strings.TrimSuffix(strings.Repeat("[1],", 250), ",") + `],"total":250}`), nil
}

func (k *kit) Tables(context.Context) ([]clientapi.Table, error) {
	return []clientapi.Table{
		{Name: "SigninLogs", Rows: 3, Columns: types.Schema{{Name: "TimeGenerated", Type: types.DateTime}}},
		{Name: "CloudAppEvents", Rows: 1}, {Name: "Empty"},
	}, nil
}

var errNobody = errors.New("nobody")

func (k *kit) Caller(_ context.Context, token string) (access.Principal, error) {
	switch token {
	case "ada":
		return access.Principal{ID: "ada", Roles: []access.Role{access.SecurityReader}}, nil
	case "bob":
		return access.Principal{ID: "bob", Roles: []access.Role{access.SecurityReader}}, nil
	case "reads":
		return access.Principal{ID: "reads", Roles: []access.Role{access.SecurityReader}, Only: []access.Permission{access.Read}}, nil
	}
	return access.Principal{}, errNobody
}

// inMemory is a client that speaks to the service as a principal.
func (k *kit) inMemory(p access.Principal) *sdk.ClientSession {
	k.t.Helper()
	here, there := sdk.NewInMemoryTransports()
	ctx, cancel := context.WithCancel(k.t.Context())
	done := make(chan error, 1)
	go func() { done <- mcp.New(k.cfg).Stdio(ctx, p, there) }()
	c, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(ctx, here, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() {
		_ = c.Close()
		cancel()
		<-done
	})
	return c
}

func (k *kit) call(c *sdk.ClientSession, tool string, args map[string]any) (text string, isError bool, structured map[string]any) {
	k.t.Helper()
	res, err := c.CallTool(k.t.Context(), &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		k.t.Fatalf("%s: %v", tool, err)
	}
	structured, _ = res.StructuredContent.(map[string]any)
	return res.Content[0].(*sdk.TextContent).Text, res.IsError, structured
}

func TestTools(t *testing.T) {
	k := newKit(t)
	owner := access.LocalOwner()
	c := k.inMemory(owner)
	list, err := c.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
		if !tool.Annotations.ReadOnlyHint || tool.Annotations.Title == "" || tool.Description == "" {
			t.Errorf("%s: %+v", tool.Name, tool.Annotations)
		}
		schema := tool.InputSchema.(map[string]any)
		if schema["type"] != "object" || schema["additionalProperties"] == nil {
			t.Errorf("%s: %v", tool.Name, schema)
		}
		props, _ := schema["properties"].(map[string]any)
		for name, p := range props {
			if p.(map[string]any)["description"] == "" {
				t.Errorf("%s: the input %s is not described", tool.Name, name)
			}
		}
	}
	if want := []string{"Ask", "FindAccount", "GetThings", "ListTables", "Other.GetThings", "Other.Look_it_up", "RunKql"}; !slices.Equal(names, want) {
		t.Errorf("tools %q, want %q", names, want)
	}

	if text, isError, got := k.call(c, "Ask", map[string]any{"prompt": "Who?", "sessionId": "s-1"}); text != "It is so." || isError || got["outcome"] != "answered" {
		t.Errorf("%q %t %v", text, isError, got)
	}
	// Whatever stands in a value stays in it.
	k.call(c, "GetThings", map[string]any{"user": `a" lookback="30d`, "lookback": "7d", "top": 5, "accountEnabled": true})
	k.call(c, "Other.Look_it_up", nil)
	want := []string{"local s-1 Who?", `local  /GetThings accountEnabled="true" lookback="7d" top="5" user="a"" lookback=""30d"`, "local  /Other.Look it up"}
	if !slices.Equal(k.asked, want) {
		t.Errorf("asked %q, want %q", k.asked, want)
	}

	for what, c2 := range map[string]struct {
		tool string
		args map[string]any
		says string
	}{
		"a needed argument is missing": {"GetThings", map[string]any{"lookback": "7d"}, "the argument user is needed"},
		"an argument that is not":      {"GetThings", map[string]any{"user": "x", "usr": "y"}, "there is no argument usr; there are: accountEnabled, from, lookback, to, top, user"},
		"an object":                    {"GetThings", map[string]any{"user": map[string]any{"a": 1}}, "neither a text, a number nor a list"},
		"a wrong query":                {"RunKql", map[string]any{"query": "bad"}, "bad is no table; write a table"},
		"a refused prompt":             {"Ask", map[string]any{"prompt": "what must not be asked"}, "It is so."},
		"a session id":                 {"Ask", map[string]any{"prompt": "x", "sessionId": "../x"}, "sessionId: letters"},
	} {
		if text, isError, _ := k.call(c, c2.tool, c2.args); !isError || !strings.Contains(text, c2.says) {
			t.Errorf("%s: %t %q", what, isError, text)
		}
	}
	k.fail = &access.Denied{}
	if _, isError, _ := k.call(c, "Ask", map[string]any{"prompt": "x"}); !isError {
		t.Error("a prompt that is not allowed is no error")
	}
	k.fail = errors.New("/var/secret broke")
	if res, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: "Ask", Arguments: map[string]any{"prompt": "x"}}); err == nil {
		t.Errorf("what broke is answered: %+v", res)
	}
}

// A tool gives the first rows of a long table, and says how many there are.
func TestLongTables(t *testing.T) {
	k := newKit(t)
	k.rows = 250
	c := k.inMemory(access.LocalOwner())
	_, _, a := k.call(c, "Ask", map[string]any{"prompt": "x"})
	_, _, q := k.call(c, "RunKql", map[string]any{"query": "x"})
	step := a["steps"].([]any)[0].(map[string]any)["table"]
	for name, table := range map[string]any{"of an answer": a["table"], "of a step": step, "of a query": q} {
		x := table.(map[string]any)
		if len(x["rows"].([]any)) != mcp.MaxRows || x["total"] != 250.0 || x["shown"] != float64(mcp.MaxRows) {
			t.Errorf("a table %s: %d rows, total %v, shown %v", name, len(x["rows"].([]any)), x["total"], x["shown"])
		}
	}
}

func TestActionsAreToolsWhereAllowed(t *testing.T) {
	k := newKit(t)
	k.cfg.Actions = true
	list, err := k.inMemory(access.LocalOwner()).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"DisableUser", "ForgetAccount"} {
		i := slices.IndexFunc(list.Tools, func(t *sdk.Tool) bool { return t.Name == name })
		if i < 0 {
			t.Fatalf("%s is no tool", name)
		}
		if a := list.Tools[i].Annotations; a.ReadOnlyHint || a.IdempotentHint || a.DestructiveHint == nil || !*a.DestructiveHint || !strings.Contains(list.Tools[i].Description, "plan only") {
			t.Errorf("%s: %+v: %s", name, a, list.Tools[i].Description)
		}
	}
}

// So many calls run at once as there are places, however many a request carries.
func TestBatchOfCalls(t *testing.T) {
	k := newKit(t)
	k.cfg.Gate = clientapi.NewGate(1)
	leave, _ := k.cfg.Gate.Enter()
	c := k.inMemory(access.LocalOwner())
	if text, isError, _ := k.call(c, "Ask", map[string]any{"prompt": "x"}); !isError || !strings.Contains(text, "1 calls are under way") || len(k.asked) != 0 {
		t.Errorf("%t %q, asked %q", isError, text, k.asked)
	}
	leave()
	if text, isError, _ := k.call(c, "Ask", map[string]any{"prompt": "x"}); isError {
		t.Error(text)
	}
}

// Over HTTP a request is its token's: nobody sees another's sessions, and a token without the permission gets nothing.
func TestHTTP(t *testing.T) {
	k := newKit(t)
	srv := httptest.NewServer(mcp.New(k.cfg))
	t.Cleanup(srv.Close)
	connect := func(token string) (*sdk.ClientSession, error) {
		transport := &sdk.StreamableClientTransport{Endpoint: srv.URL + "/mcp", HTTPClient: &http.Client{Transport: bearer(token)}, MaxRetries: -1}
		return sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), transport, nil)
	}
	for _, token := range []string{"", "wrong", "reads"} {
		if c, err := connect(token); err == nil {
			t.Errorf("the token %q gets in", token)
			_ = c.Close()
		}
	}
	if len(k.refused) == 0 || k.refused[0] != "reads POST /mcp" {
		t.Errorf("on record: %q", k.refused)
	}
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	if _, err := k.cfg.Sessions.EnsureSession(t.Context(), "ada-1", "ada", now); err != nil {
		t.Fatal(err)
	}
	if _, err := k.cfg.Sessions.AddPrompt(t.Context(), "ada-1", "ada", "Who is it?", now); err != nil {
		t.Fatal(err)
	}
	ada, err := connect("ada")
	if err != nil {
		t.Fatal(err)
	}
	bob, err := connect("bob")
	if err != nil {
		t.Fatal(err)
	}
	read := func(c *sdk.ClientSession, uri string) (string, error) {
		res, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri})
		if err != nil {
			return "", err
		}
		return res.Contents[0].Text, nil
	}
	if text, err := read(ada, "sleuth://sessions/ada-1"); err != nil || !strings.Contains(text, `"prompt":"Who is it?"`) {
		t.Errorf("%s, %v", text, err)
	}
	if text, err := read(bob, "sleuth://sessions/ada-1"); err == nil {
		t.Errorf("bob reads ada's session: %s", text)
	}
	if text, isError, _ := k.call(bob, "Ask", map[string]any{"prompt": "x", "sessionId": "ada-1"}); !isError || !strings.Contains(text, "is another's") {
		t.Errorf("bob goes on with ada's session: %s", text)
	}
	for c, want := range map[*sdk.ClientSession]int{ada: 1, bob: 0} {
		if list, err := c.ListResources(t.Context(), nil); err != nil || len(list.Resources) != want {
			t.Errorf("%+v, %v, want %d", list, err, want)
		}
	}
	// A table of the trail takes more than reading.
	if text, err := read(ada, "sleuth://tables/signinlogs"); err != nil || !strings.Contains(text, `{"name":"TimeGenerated","type":"datetime"}`) {
		t.Errorf("%s, %v", text, err)
	}
	for _, uri := range []string{"sleuth://tables/Nothing", "sleuth://sessions/none", "sleuth://other"} {
		if text, err := read(ada, uri); err == nil {
			t.Errorf("%s: %s", uri, text)
		}
	}
	if _, _, got := k.call(ada, "ListTables", nil); len(got["tables"].([]any)) == 0 || strings.Contains(fmt.Sprint(got), "Empty") {
		t.Errorf("%v", got)
	}
	if _, _, got := k.call(ada, "ListTables", map[string]any{"all": "true"}); !strings.Contains(fmt.Sprint(got), "Empty") {
		t.Errorf("%v", got)
	}
	for _, method := range []string{"GET", "DELETE", "PUT"} {
		r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+"/mcp", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer ada")
		res, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, res.StatusCode)
		}
	}
}

// bearer sends a token with every request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if b != "" {
		r.Header.Set("Authorization", "Bearer "+string(b))
	}
	return http.DefaultTransport.RoundTrip(r)
}
