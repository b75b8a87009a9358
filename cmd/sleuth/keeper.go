package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/state"
	"github.com/sleuth-sec/sleuth/workspace"
)

// keeper keeps saved functions and watchlists in the application state.
type keeper struct{ state *state.Store }

const (
	functionKind  = "function"
	watchlistKind = "watchlist"
)

// Functions implements workspace.Keeper.
func (k keeper) Functions(ctx context.Context) ([]workspace.Function, error) {
	return definitions[workspace.Function](ctx, k.state, functionKind)
}

// Watchlists implements workspace.Keeper.
func (k keeper) Watchlists(ctx context.Context) ([]workspace.Watchlist, error) {
	return definitions[workspace.Watchlist](ctx, k.state, watchlistKind)
}

// WatchlistItems implements workspace.Keeper.
func (k keeper) WatchlistItems(ctx context.Context, alias string) ([]workspace.Item, error) {
	bodies, err := k.state.DefinitionItems(ctx, watchlistKind, alias)
	if err != nil {
		return nil, err
	}
	out := make([]workspace.Item, len(bodies))
	for i, b := range bodies {
		if err := json.Unmarshal(b, &out[i]); err != nil {
			return nil, fmt.Errorf("watchlist %s: %w", alias, err)
		}
	}
	return out, nil
}

func definitions[T any](ctx context.Context, s *state.Store, kind string) ([]T, error) {
	list, err := s.Definitions(ctx, kind)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(list))
	for i, d := range list {
		if err := json.Unmarshal(d.Body, &out[i]); err != nil {
			return nil, fmt.Errorf("%s %s: %w", kind, d.Name, err)
		}
	}
	return out, nil
}

func (k keeper) putFunction(ctx context.Context, f workspace.Function, now time.Time) error {
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return k.state.PutDefinition(ctx, state.Definition{Kind: functionKind, Name: f.Name, Body: body, UpdatedAt: now}, nil)
}

func (k keeper) putWatchlist(ctx context.Context, w workspace.Watchlist, items []workspace.Item) error {
	body, err := json.Marshal(w)
	if err != nil {
		return err
	}
	bodies := make([][]byte, len(items))
	for i, it := range items {
		if bodies[i], err = json.Marshal(it); err != nil {
			return err
		}
	}
	return k.state.PutDefinition(ctx, state.Definition{Kind: watchlistKind, Name: w.Alias, Body: body, UpdatedAt: w.Updated}, bodies)
}

// removeDefinition removes a definition on record. One that is not there is not recorded as removed.
func (h *house) removeDefinition(ctx context.Context, kind, name, operation string, missing func(name string) error) error {
	list, err := h.state.Definitions(ctx, kind)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(d state.Definition) bool { return strings.EqualFold(d.Name, name) }) {
		return missing(name)
	}
	if err := h.admit(ctx, access.LocalOwner(), access.Author, audit.Entry{Operation: operation, Object: name}); err != nil {
		return err
	}
	return h.state.RemoveDefinition(ctx, kind, name)
}
