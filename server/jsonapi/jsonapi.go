// Package jsonapi is the form of the program's own API: JSON in, JSON out, errors as {"error": {"code", "message"}}.
package jsonapi

import (
	"encoding/json"
	"maps"
	"net/http"
)

// Decode reads the body of a request, of at most so many bytes, into a struct. It answers a body that does not fit, and reports
// whether there was one that does.
func Decode(w http.ResponseWriter, r *http.Request, most int64, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		Fail(w, http.StatusBadRequest, "invalid", "the body is not what this address takes: "+err.Error())
		return false
	}
	return true
}

// Reply answers with v.
func Reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone: nobody to tell
}

// Fail answers with an error.
func Fail(w http.ResponseWriter, status int, code, message string) {
	FailWith(w, status, code, message, nil)
}

// FailWith answers with an error and what else the client needs to go on.
func FailWith(w http.ResponseWriter, status int, code, message string, more map[string]any) {
	body := map[string]any{"error": map[string]string{"code": code, "message": message}}
	maps.Copy(body, more)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone: nobody to tell
}
