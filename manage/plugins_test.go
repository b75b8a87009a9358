package manage_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/settings"
)

const apiManifest = `Descriptor: {Name: Api, Settings: [{Name: InstanceUrl}], Authorization: {Type: APIKey, Key: k, Location: Header}}
SkillGroups: [{Format: API, Settings: {OpenApiSpecUrl: 'https://x.example/o.yaml', EndpointUrlSettingName: instanceURL}}]
`

func TestPluginsAreOfTheirScope(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own, ada := k.add(t, "own@x.example", access.Owner), k.add(t, "ada@x.example", access.CopilotContributor)
	bob, rita := k.add(t, "bob@x.example", access.SecurityAdministrator), k.add(t, "rita@x.example", access.SecurityReader)
	k.said()
	add := func(p access.Principal, scope manage.Scope) error {
		_, _, err := k.AddPlugin(ctx, p, manage.NewPlugin{File: "api.yaml", Manifest: []byte(apiManifest), Scope: scope})
		return err
	}
	var denied *access.Denied
	if err := add(rita, manage.ForUser); !errors.As(err, &denied) {
		t.Errorf("a Security Reader: %v", err)
	}
	if err := add(ada, manage.ForOrganization); !errors.As(err, &denied) {
		t.Errorf("a contributor for everybody: %v", err)
	}
	for _, c := range []struct {
		p     access.Principal
		scope manage.Scope
	}{{ada, manage.ForUser}, {bob, manage.ForUser}, {bob, manage.ForOrganization}} {
		if err := add(c.p, c.scope); err != nil {
			t.Errorf("%s, %s: %v", c.p.UPN, c.scope, err)
		}
	}
	for _, c := range []struct {
		p    access.Principal
		want int
	}{{ada, 2}, {bob, 2}, {rita, 1}, {own, 1}} {
		if list, err := k.Plugins(ctx, c.p); err != nil || len(list) != c.want {
			t.Errorf("%s sees %d plugins, %v", c.p.UPN, len(list), err)
		}
	}
	// Their own goes before the organization's, and nobody else's can be named.
	bobs, err := k.Plugin(ctx, bob, "api")
	if err != nil || bobs.Scope != manage.ForUser || bobs.Owner != bob.ID {
		t.Errorf("bob's is %+v, %v", bobs, err)
	}
	var missing *manage.Missing
	if _, err := k.RemovePlugin(ctx, ada, bobs.ID); !errors.As(err, &missing) {
		t.Errorf("ada removes bob's: %v", err)
	}
	if _, err := k.RemovePlugin(ctx, rita, "Api"); !errors.As(err, &denied) {
		t.Errorf("rita removes the organization's: %v", err)
	}
	// The owner decides who may.
	change(t, k, own, settings.PluginsUser, settings.Owners)
	change(t, k, own, settings.PluginsOrganization, settings.Contributors)
	if err := add(ada, manage.ForUser); !errors.As(err, &denied) {
		t.Errorf("a contributor, where owners only may: %v", err)
	}
	if err := add(ada, manage.ForOrganization); err != nil {
		t.Errorf("a contributor, where contributors may: %v", err)
	}
	want := []string{"refused CreateCopilotPlugin Api", "refused CreateCopilotPlugin Api", "CreateCopilotPlugin Api", "CreateCopilotPlugin Api", "CreateCopilotPlugin Api",
		"refused DeleteCopilotPlugin Api", "UpdateCopilotSettings plugins.userScope", "UpdateCopilotSettings plugins.organizationScope", "refused UpdateCopilotPlugin Api", "UpdateCopilotPlugin Api"}
	if got := k.said(); !slices.Equal(got, want) {
		t.Errorf("on record: %q\nwant %q", got, want)
	}
}

func change(t *testing.T, k *kit, p access.Principal, name, value string) {
	t.Helper()
	if _, _, err := k.ChangeSetting(t.Context(), p, manage.Change{Name: name, Value: value}); err != nil {
		t.Fatal(err)
	}
}

func TestPluginSecretsStayWithWhereTheyAreSent(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own := k.add(t, "own@x.example", access.Owner)
	n := manage.NewPlugin{File: "api.yaml", Manifest: []byte(apiManifest), Scope: manage.ForOrganization, Values: map[string]string{"instanceurl": "https://one.example"}}
	x, _, err := k.AddPlugin(ctx, own, n)
	if err != nil || x.Values["InstanceUrl"] != "https://one.example" {
		t.Fatalf("%+v, %v", x, err)
	}
	set := func() {
		t.Helper()
		if _, known, err := k.SetPluginSecret(ctx, own, "api", "value", secret.NewValue("a-key")); err != nil || known != "Value" {
			t.Fatal(known, err)
		}
		if v, found, err := k.PluginSecret(ctx, x, "Value"); err != nil || !found || v.Reveal() != "a-key" {
			t.Fatal(found, err)
		}
	}
	gone := func(what string, want bool) {
		t.Helper()
		if _, found, err := k.PluginSecret(ctx, x, "Value"); err != nil || found == want {
			t.Errorf("after %s the secret is there: %v, %v", what, found, err)
		}
	}
	set()
	if _, err := k.EnablePlugin(ctx, own, "Api", false); err != nil {
		t.Fatal(err)
	}
	gone("a switch", false)
	if _, _, err := k.AddPlugin(ctx, own, n); err != nil {
		t.Fatal(err)
	}
	gone("the same manifest again", false)
	elsewhere := n
	elsewhere.Values = map[string]string{"InstanceUrl": "https://evil.example"}
	if _, _, err := k.AddPlugin(ctx, own, elsewhere); err != nil {
		t.Fatal(err)
	}
	gone("the same manifest with another address", true)
	set()
	if got, err := k.Plugin(ctx, own, "Api"); err != nil || got.Enabled || got.ID != x.ID {
		t.Errorf("replaced: %+v, %v", got, err)
	}
	if _, err := k.SetPlugin(ctx, own, "Api", "InstanceUrl", "https://two.example"); err != nil {
		t.Fatal(err)
	}
	gone("another address", true)
	set()
	n.Manifest = []byte(strings.Replace(apiManifest, "x.example", "y.example", 1))
	if _, replaced, err := k.AddPlugin(ctx, own, n); err != nil || !replaced {
		t.Fatal(err)
	}
	gone("another manifest", true)
	set()
	if _, err := k.RemovePlugin(ctx, own, "Api"); err != nil {
		t.Fatal(err)
	}
	gone("removal", true)
}

func TestWhatAPluginDoesNotTake(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own := k.add(t, "own@x.example", access.Owner)
	var list *diag.List
	if _, _, err := k.AddPlugin(ctx, own, manage.NewPlugin{File: "p.yaml", Manifest: []byte("Descriptor: {Name: P}"), Scope: manage.ForUser}); !errors.As(err, &list) || list.First().Code != "PLG1002" {
		t.Errorf("a manifest with errors: %v", err)
	}
	var invalid *manage.Invalid
	if _, _, err := k.AddPlugin(ctx, own, manage.NewPlugin{Manifest: make([]byte, 5<<20), Scope: manage.ForUser}); !errors.As(err, &invalid) {
		t.Errorf("a long manifest: %v", err)
	}
	if _, _, err := k.AddPlugin(ctx, own, manage.NewPlugin{File: "api.yaml", Manifest: []byte(apiManifest), Scope: manage.ForUser}); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"an unknown setting":        second(k.SetPlugin(ctx, own, "Api", "Other", "x")),
		"a secret as a setting":     second(k.SetPlugin(ctx, own, "Api", "Value", "x")),
		"an unknown secret":         third(k.SetPluginSecret(ctx, own, "Api", "Password", secret.NewValue("x"))),
		"a secret that is too long": third(k.SetPluginSecret(ctx, own, "Api", "Value", secret.NewValue(strings.Repeat("x", 20000)))),
	} {
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	k.fail = errors.New("the disk is full")
	if _, err := k.RemovePlugin(ctx, own, "Api"); !errors.Is(err, k.fail) {
		t.Errorf("removed without a record: %v", err)
	}
	k.fail = nil
	if _, err := k.Plugin(ctx, own, "Api"); err != nil {
		t.Errorf("what could not be recorded happened: %v", err)
	}
}

func second[A any](_ A, err error) error { return err }

func third[A, B any](_ A, _ B, err error) error { return err }

func TestPromptbooksAreOfTheirScope(t *testing.T) {
	k, ctx := newKit(t), t.Context()
	own, ada, rita := k.add(t, "own@x.example", access.Owner), k.add(t, "ada@x.example", access.CopilotContributor), k.add(t, "rita@x.example", access.SecurityReader)
	k.said()
	const book = `{"name": "B", "prompts": [{"content": "sign-ins of <UPN>", "plugins": ["Api"]}], "promptbookinputs": [{"name": "UPN"}]}`
	var denied *access.Denied
	var list *diag.List
	var missing *manage.Missing
	var conflict *manage.Conflict
	var invalid *manage.Invalid
	if _, _, err := k.AddPromptbook(ctx, ada, "b.json", []byte(book), manage.ForOrganization); !errors.As(err, &denied) {
		t.Errorf("a contributor for everybody: %v", err)
	}
	if _, _, err := k.AddPromptbook(ctx, ada, "b.json", []byte("{}"), manage.ForUser); !errors.As(err, &list) || list.First().Code != "PLG4002" {
		t.Errorf("one with errors: %v", err)
	}
	b, replaced, err := k.AddPromptbook(ctx, ada, "b.json", []byte(book), manage.ForUser)
	if err != nil || replaced {
		t.Fatal(replaced, err)
	}
	if again, replaced, err := k.AddPromptbook(ctx, ada, "b.json", []byte(book), manage.ForUser); err != nil || !replaced || again.ID != b.ID {
		t.Errorf("replaced: %v, %v", replaced, err)
	}
	if _, err := k.Promptbook(ctx, rita, "B"); !errors.As(err, &missing) {
		t.Errorf("somebody else's: %v", err)
	}
	if _, err := k.Ready(ctx, ada, b, map[string]string{"UPN": "x"}); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "Api") {
		t.Errorf("without its plugin: %v", err)
	}
	if _, _, err := k.AddPlugin(ctx, own, manage.NewPlugin{File: "api.yaml", Manifest: []byte(apiManifest), Scope: manage.ForOrganization}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Ready(ctx, ada, b, nil); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "UPN") {
		t.Errorf("without its input: %v", err)
	}
	if got, err := k.Ready(ctx, ada, b, map[string]string{"UPN": "ada@x.example"}); err != nil || !slices.Equal(got, []string{"sign-ins of ada@x.example"}) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := k.RemovePromptbook(ctx, ada, "b"); err != nil {
		t.Error(err)
	}
	want := []string{"refused CreateCopilotPromptBook B", "CreateCopilotPromptBook B", "UpdateCopilotPromptBook B", "CreateCopilotPlugin Api", "DeleteCopilotPromptBook B"}
	if got := k.said(); !slices.Equal(got, want) {
		t.Errorf("on record: %q", got)
	}
}
