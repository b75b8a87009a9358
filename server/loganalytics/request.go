package loganalytics

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody = 8 << 20
	// maxBatch is how many requests a batch may have, as the service has it.
	maxBatch = 100
	// A query may run for three minutes, and for ten at most
	// (https://learn.microsoft.com/azure/azure-monitor/logs/api/timeouts).
	defaultWait = 3 * time.Minute
	maxWait     = 10 * time.Minute
)

// request is one query.
type request struct {
	Query      string   `json:"query"`
	Timespan   string   `json:"timespan"`
	Workspaces []string `json:"workspaces"`
}

// prefer is what the Prefer header asks for (RFC 7240); unknown preferences are ignored, as they are meant to be.
type prefer struct {
	wait               time.Duration
	statistics, render bool
}

// batch is a number of queries.
type batch struct {
	Requests []batchRequest `json:"requests"`
}

type batchRequest struct {
	ID        json.RawMessage   `json:"id"`
	Workspace string            `json:"workspace"`
	Path      string            `json:"path"`
	Method    string            `json:"method"`
	Headers   map[string]string `json:"headers"`
	Body      request           `json:"body"`
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, fmt.Errorf("the body is larger than %d MiB", maxBody>>20)
	}
	return raw, err
}

func decodeRequest(raw []byte) (*request, error) {
	var req request
	if err := json.Unmarshal(raw, &req); err != nil {
		return nil, fmt.Errorf(`the body is not {"query", "timespan", "workspaces"}: %w`, err)
	}
	return &req, req.check()
}

func (q *request) check() error {
	if strings.TrimSpace(q.Query) == "" {
		return errors.New(`"query" is empty: it takes the KQL to run`)
	}
	return nil
}

// queryOfURL is the request of the GET form.
func queryOfURL(r *http.Request) (*request, error) {
	v := r.URL.Query()
	req := &request{Query: v.Get("query"), Timespan: v.Get("timespan")}
	for _, list := range v["workspaces"] {
		for w := range strings.SplitSeq(list, ",") {
			if w = strings.TrimSpace(w); w != "" {
				req.Workspaces = append(req.Workspaces, w)
			}
		}
	}
	return req, req.check()
}

func decodeBatch(raw []byte) (*batch, error) {
	var b batch
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, fmt.Errorf(`the body is not {"requests": [{"id", "workspace", "body"}]}: %w`, err)
	}
	if len(b.Requests) == 0 {
		return nil, errors.New(`"requests" is empty`)
	}
	if len(b.Requests) > maxBatch {
		return nil, fmt.Errorf("a batch has at most %d requests, this one has %d", maxBatch, len(b.Requests))
	}
	seen := map[string]bool{}
	for _, r := range b.Requests {
		id := strings.Trim(string(r.ID), `"`)
		if id == "" || id == "null" {
			return nil, errors.New(`a request of the batch has no "id"`)
		}
		if seen[id] {
			return nil, fmt.Errorf("two requests of the batch have the id %s", short(id))
		}
		seen[id] = true
	}
	return &b, nil
}

// readPrefer reads Prefer headers: wait=30, include-statistics=true, include-render=true.
func readPrefer(values []string) (prefer, error) {
	p := prefer{wait: defaultWait}
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "wait":
			n, err := strconv.Atoi(value)
			if err != nil || n <= 0 {
				return p, fmt.Errorf("Prefer: wait=%s is not a number of seconds", short(value))
			}
			p.wait = min(time.Duration(min(n, 3600))*time.Second, maxWait)
		case "include-statistics":
			p.statistics = strings.EqualFold(value, "true")
		case "include-render":
			p.render = strings.EqualFold(value, "true")
		}
	}
	return p, nil
}

// short cuts what a message repeats of a request.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "..."
	}
	return fmt.Sprintf("%q", s)
}
