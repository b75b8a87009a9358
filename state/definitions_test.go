package state_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/sleuth-sec/sleuth/state"
)

func TestDefinitionsSurviveReopening(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	put := func(name, body string, items ...string) {
		t.Helper()
		var list [][]byte
		for _, it := range items {
			list = append(list, []byte(it))
		}
		if err := s.PutDefinition(ctx, state.Definition{Kind: "watchlist", Name: name, Body: []byte(body), UpdatedAt: at}, list); err != nil {
			t.Fatal(err)
		}
	}
	put("VIP", `{"a":1}`, `["x"]`, `["y"]`, `["z"]`)
	put("vip", `{"a":2}`, `["q"]`) // the same name: replaced with its items
	put("Other", `{}`)
	if err := s.PutDefinition(ctx, state.Definition{Kind: "function", Name: "VIP", Body: []byte(`{}`), UpdatedAt: at}, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	list, err := s.Definitions(ctx, "watchlist")
	if err != nil || len(list) != 2 || list[0].Name != "Other" || string(list[1].Body) != `{"a":2}` || !list[1].UpdatedAt.Equal(at) {
		t.Fatalf("%+v %v", list, err)
	}
	items, err := s.DefinitionItems(ctx, "watchlist", "VIP")
	if err != nil || len(items) != 1 || string(items[0]) != `["q"]` {
		t.Fatalf("%s %v", items, err)
	}
	if err := s.RemoveDefinition(ctx, "watchlist", "VIP"); err != nil {
		t.Fatal(err)
	}
	if items, err = s.DefinitionItems(ctx, "watchlist", "VIP"); err != nil || len(items) != 0 {
		t.Fatalf("items of a removed list: %s %v", items, err)
	}
	if err := s.RemoveDefinition(ctx, "watchlist", "VIP"); !errors.Is(err, state.ErrNotFound) {
		t.Fatalf("removed twice: %v", err)
	}
}
