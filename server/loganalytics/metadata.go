package loganalytics

import (
	"net/http"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// metadata tells the tables and functions of the workspace
// (https://learn.microsoft.com/rest/api/loganalytics/dataaccess/metadata).
func (s *Service) metadata(w http.ResponseWriter, r *http.Request, caller access.Principal, id string) *failure {
	if !s.known(id) {
		return noWorkspace(id)
	}
	if err := access.Authorize(caller, access.Read); err != nil {
		return ofQuery(clientapi.FaultOf(r.Context(), "", err))
	}
	tables, err := s.cfg.Catalog.Tables(r.Context())
	if err != nil {
		return s.broken(r, err)
	}
	functions, err := s.cfg.Catalog.Functions(r.Context())
	if err != nil {
		return s.broken(r, err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	out := clientapi.Compressed(w, r)
	_, err = out.Write(encodeMetadata(id, s.cfg.Catalog.Database(), tables, functions))
	if cerr := out.Close(); err != nil || cerr != nil {
		s.cfg.Logger.DebugContext(r.Context(), "the client went away")
	}
	return nil
}

func (s *Service) broken(r *http.Request, err error) *failure {
	s.cfg.Logger.ErrorContext(r.Context(), "log analytics metadata", "error", err)
	return ofQuery(clientapi.FaultOf(r.Context(), "", err))
}

type (
	tableJSON struct {
		ID             string       `json:"id"`
		Name           string       `json:"name"`
		Description    string       `json:"description,omitempty"`
		TimespanColumn string       `json:"timespanColumn,omitempty"`
		HasData        bool         `json:"hasData"`
		Columns        []columnJSON `json:"columns"`
	}
	columnJSON struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	functionJSON struct {
		ID          string `json:"id"`
		Name        string `json:"name"`
		Parameters  string `json:"parameters,omitempty"`
		Description string `json:"description,omitempty"`
		Body        string `json:"body"`
	}
	workspaceJSON struct {
		ID      string `json:"id"`
		Name    string `json:"name"`
		Related struct {
			Tables    []string `json:"tables"`
			Functions []string `json:"functions"`
		} `json:"related"`
	}
)

func encodeMetadata(id, name string, tables []clientapi.Table, functions []clientapi.Function) []byte {
	ws := workspaceJSON{ID: id, Name: name}
	ws.Related.Tables, ws.Related.Functions = []string{}, []string{}
	ts, fs := []tableJSON{}, []functionJSON{}
	for _, t := range tables {
		j := tableJSON{ID: "t/" + t.Name, Name: t.Name, Description: t.Doc, TimespanColumn: t.TimeColumn, HasData: t.Rows > 0, Columns: []columnJSON{}}
		for _, c := range t.Columns.Visible() {
			j.Columns = append(j.Columns, columnJSON{c.Name, c.Type.String()})
		}
		ts = append(ts, j)
		ws.Related.Tables = append(ws.Related.Tables, j.ID)
	}
	for _, f := range functions {
		j := functionJSON{ID: "f/" + f.Name, Name: f.Name, Description: f.Doc, Body: f.Body, Parameters: f.Declaration()}
		fs = append(fs, j)
		ws.Related.Functions = append(ws.Related.Functions, j.ID)
	}
	return clientapi.JSON(map[string]any{
		"tables": ts, "functions": fs, "workspaces": []workspaceJSON{ws},
		"categories": []any{}, "solutions": []any{}, "resourceTypes": []any{}, "applications": []any{}, "queries": []any{}, "tableGroups": []any{},
		"permissions": map[string]any{"workspaces": []any{map[string]string{"workspaceId": id}}},
	})
}
