package kusto

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxBody bounds a request, maxUnpacked one that was compressed.
const (
	maxBody     = 8 << 20
	maxUnpacked = 16 << 20
)

// request is the body of a query or command.
type request struct {
	DB         string `json:"db"`
	CSL        string `json:"csl"`
	Properties struct {
		Options    map[string]json.RawMessage
		Parameters map[string]json.RawMessage
	} `json:"-"`
}

// readRequest reads a request's body. "properties" is an object, or, as older clients send it, a string that holds one.
func readRequest(w http.ResponseWriter, r *http.Request) (*request, error) {
	var body io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	switch enc := strings.ToLower(r.Header.Get("Content-Encoding")); enc {
	case "", "identity":
	case "gzip":
		zip, err := gzip.NewReader(body)
		if err != nil {
			return nil, errors.New("the body is not the gzip that Content-Encoding says")
		}
		body = io.LimitReader(zip, maxUnpacked)
	default:
		return nil, fmt.Errorf("Content-Encoding %q: send gzip, or none", enc)
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, fmt.Errorf("the body is larger than %d MiB", maxBody>>20)
		}
		return nil, errors.New("the body could not be read")
	}
	return decodeRequest(raw)
}

func decodeRequest(raw []byte) (*request, error) {
	var req struct {
		request
		Properties json.RawMessage `json:"properties"`
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&req); err != nil {
		return nil, fmt.Errorf(`the body is not {"db", "csl", "properties"}: %w`, err)
	}
	out := req.request
	props := req.Properties
	var text string
	if len(props) > 0 && props[0] == '"' && json.Unmarshal(props, &text) == nil {
		props = json.RawMessage(text)
	}
	if len(bytes.TrimSpace(props)) > 0 {
		if err := json.Unmarshal(props, &out.Properties); err != nil {
			return nil, fmt.Errorf(`"properties" is not {"Options": {...}, "Parameters": {...}}: %w`, err)
		}
	}
	if strings.TrimSpace(out.CSL) == "" {
		return nil, errors.New(`"csl" is empty: it takes the query or command`)
	}
	return &out, nil
}
