package manage_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/manage"
	"github.com/sleuth-sec/sleuth/secret"
	"github.com/sleuth-sec/sleuth/settings"
)

// TestExportAndImport: what is exported makes another directory the same, without secrets; a second import changes nothing.
func TestExportAndImport(t *testing.T) {
	from, to, ctx := newKit(t), newKit(t), t.Context()
	own, owns := from.add(t, "own@x.example", access.Owner), to.add(t, "own@x.example", access.Owner)
	for name, value := range map[string]string{settings.ClientMaxTime: "5m", settings.SecondFactor: "optional", settings.OIDCRoles: "A=Owner\nB=Security Reader", settings.CopyUserActions: "false"} {
		if _, _, err := from.ChangeSetting(ctx, own, manage.Change{Name: name, Value: value}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := from.SetSecret(ctx, own, settings.OIDCClientSecret, secret.NewValue("PLANTED")); err != nil {
		t.Fatal(err)
	}
	exported, err := from.Export(ctx)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(exported)
	if err != nil || strings.Contains(string(data), "PLANTED") || !slices.Equal(exported.Secrets, []string{settings.OIDCClientSecret}) || len(exported.Settings) != 4 {
		t.Errorf("%s, %v", data, err)
	}
	var file manage.Portable
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if _, _, err := to.ChangeSetting(ctx, owns, manage.Change{Name: settings.QueryMaxRows, Value: "7"}); err != nil {
		t.Fatal(err)
	}
	to.said()
	_, would, err := to.Import(ctx, owns, file, true)
	if err != nil || len(would) != 4 || would[1].Value != "5m0s" || len(to.said()) != 0 {
		t.Errorf("a try: %+v, %v", would, err)
	}
	if v, _ := to.Setting(ctx, settings.ClientMaxTime); v.Value != "1h0m0s" {
		t.Errorf("a try changed it to %s", v.Value)
	}
	old, now, err := to.Import(ctx, owns, file, false)
	if err != nil || len(old) != 4 || old[1].Value != "1h0m0s" || now[1].Value != "5m0s" || len(to.said()) != 4 {
		t.Errorf("%+v, %+v, %v", old, now, err)
	}
	if _, now, err := to.Import(ctx, owns, file, false); err != nil || len(now) != 0 || len(to.said()) != 0 {
		t.Errorf("a second time: %+v, %v", now, err)
	}
	if v, _ := to.Setting(ctx, settings.QueryMaxRows); v.Value != "7" {
		t.Errorf("what the file does not name is %s", v.Value)
	}
	file.Settings = map[string]*string{"QUERIES.maxrows": nil}
	if _, now, err := to.Import(ctx, owns, file, false); err != nil || len(now) != 1 || now[0].Value != "500000" || now[0].ChangedBy != "" {
		t.Errorf("null: %+v, %v", now, err)
	}
	five, six, nonsense := "5", "6", "nonsense"
	for what, f := range map[string]manage.Portable{
		"version": {Version: 2}, "none": {},
		"a name":  {Version: 1, Settings: map[string]*string{settings.QueryMaxRows: &five, "other": &five}},
		"a value": {Version: 1, Settings: map[string]*string{settings.QueryMaxRows: &five, settings.QueryMaxTime: &nonsense}},
		"twice":   {Version: 1, Settings: map[string]*string{settings.QueryMaxRows: &five, "QUERIES.MAXROWS": &six}},
	} {
		var invalid *manage.Invalid
		if _, _, err := to.Import(ctx, owns, f, false); !errors.As(err, &invalid) || len(to.said()) > 1 {
			t.Errorf("%s: %v", what, err)
		}
	}
	var denied *access.Denied
	if _, _, err := to.Import(ctx, to.add(t, "ada@x.example", access.SecurityReader), manage.Portable{Version: 1, Settings: map[string]*string{settings.QueryMaxRows: &five}}, false); !errors.As(err, &denied) {
		t.Errorf("by who may not: %v", err)
	}
	if v, _ := to.Setting(ctx, settings.QueryMaxRows); v.Value != "500000" {
		t.Errorf("after what cannot be it is %s", v.Value)
	}
}
