package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/state"
)

// The addresses of resources.
const (
	sessionURI = "sleuth://sessions/"
	tableURI   = "sleuth://tables/"
)

// listed is how many sessions are listed, the newest; all can be read.
const listed = 50

// ownSession lets a principal go on with a session of their own, or begin one.
func (s *Service) ownSession(ctx context.Context, p access.Principal, id string) error {
	if !sessionID(id) {
		return wrong("sessionId: letters, digits, '-', '_' and '.', at most 100")
	}
	x, err := s.cfg.Sessions.Session(ctx, id)
	switch {
	case errors.Is(err, state.ErrNotFound):
		return nil
	case err != nil:
		return err
	case x.Principal != p.ID:
		return wrong("sessionId: %s is another's", id)
	}
	return nil
}

func sessionID(id string) bool {
	return len(id) <= 100 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// addResources adds the principal's sessions and the columns of the tables that they may read.
func (s *Service) addResources(ctx context.Context, server *sdk.Server, p access.Principal) error {
	sessions, err := s.cfg.Sessions.Sessions(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, x := range sessions[:min(len(sessions), listed)] {
		server.AddResource(&sdk.Resource{URI: sessionURI + url.PathEscape(x.ID), Name: x.ID, Title: x.Title, MIMEType: "application/json",
			Description: "A session: its prompts and their answers. Last used " + x.UpdatedAt.UTC().Format(time.RFC3339) + "."}, s.readSession(p))
	}
	server.AddResourceTemplate(&sdk.ResourceTemplate{URITemplate: sessionURI + "{id}", Name: "session", Title: "A session", MIMEType: "application/json",
		Description: "A session of yours: its prompts and their answers."}, s.readSession(p))
	if access.Authorize(p, access.Read) == nil {
		server.AddResourceTemplate(&sdk.ResourceTemplate{URITemplate: tableURI + "{name}", Name: "table", Title: "A table", MIMEType: "application/json",
			Description: "The columns of a table, with their KQL types."}, s.readTable(p))
	}
	return nil
}

func (s *Service) readSession(p access.Principal) sdk.ResourceHandler {
	return func(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		id, err := url.PathUnescape(strings.TrimPrefix(req.Params.URI, sessionURI))
		if err != nil {
			return nil, sdk.ResourceNotFoundError(req.Params.URI)
		}
		x, err := s.cfg.Sessions.Session(ctx, id)
		if errors.Is(err, state.ErrNotFound) || err == nil && x.Principal != p.ID {
			return nil, sdk.ResourceNotFoundError(req.Params.URI)
		}
		if err != nil {
			return nil, err
		}
		prompts, err := s.cfg.Sessions.Prompts(ctx, id)
		if err != nil {
			return nil, err
		}
		type turn struct {
			Prompt string          `json:"prompt"`
			At     time.Time       `json:"at"`
			Answer json.RawMessage `json:"answer,omitempty"`
		}
		turns := make([]turn, len(prompts))
		for i, t := range prompts {
			turns[i] = turn{t.Text, t.AskedAt, t.Answer}
		}
		return asJSON(req.Params.URI, map[string]any{"sessionId": x.ID, "title": x.Title, "createdAt": x.CreatedAt, "updatedAt": x.UpdatedAt, "prompts": turns})
	}
}

func (s *Service) readTable(p access.Principal) sdk.ResourceHandler {
	return func(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		name := strings.TrimPrefix(req.Params.URI, tableURI)
		list, err := s.readable(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			if !strings.EqualFold(t.Name, name) {
				continue
			}
			type column struct {
				Name string `json:"name"`
				Type string `json:"type"`
			}
			columns := make([]column, len(t.Columns))
			for i, c := range t.Columns {
				columns[i] = column{c.Name, c.Type.String()}
			}
			return asJSON(req.Params.URI, map[string]any{"table": t.Name, "about": t.Doc, "timeColumn": t.TimeColumn, "rows": t.Rows, "columns": columns})
		}
		return nil, sdk.ResourceNotFoundError(req.Params.URI)
	}
}

func asJSON(uri string, v any) (*sdk.ReadResourceResult, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", uri, err)
	}
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: uri, MIMEType: "application/json", Text: string(data)}}}, nil
}

// readable are the tables that a principal may read.
func (s *Service) readable(ctx context.Context, p access.Principal) ([]clientapi.Table, error) {
	list, err := s.cfg.Catalog.Tables(ctx)
	if err != nil {
		return nil, err
	}
	out := list[:0]
	for _, t := range list {
		if access.Authorize(p, access.ReadsTable(t.Name)) == nil {
			out = append(out, t)
		}
	}
	return out, nil
}

// tables lists tables, with those that hold no rows where all is set.
func (s *Service) tables(ctx context.Context, p access.Principal, all bool) (json.RawMessage, error) {
	list, err := s.readable(ctx, p)
	if err != nil {
		return nil, err
	}
	type view struct {
		Name       string     `json:"name"`
		About      string     `json:"about,omitempty"`
		TimeColumn string     `json:"timeColumn,omitempty"`
		Rows       int64      `json:"rows"`
		First      *time.Time `json:"firstIngested,omitempty"`
		Last       *time.Time `json:"lastIngested,omitempty"`
	}
	out := []view{}
	for _, t := range list {
		if t.Rows == 0 && !all {
			continue
		}
		v := view{Name: t.Name, About: t.Doc, TimeColumn: t.TimeColumn, Rows: t.Rows}
		if t.First != 0 {
			first, last := types.TimeOf(t.First), types.TimeOf(t.Last)
			v.First, v.Last = &first, &last
		}
		out = append(out, v)
	}
	return json.Marshal(map[string]any{"tables": out, "columns of a table": tableURI + "{name}"})
}
