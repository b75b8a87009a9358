// Package jsonapi is the form of the program's own API: JSON in, JSON out, errors as {"error": {"code", "message"}}.
package jsonapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strings"
)

// Decode reads the body of a request, of at most so many bytes, into a struct. It answers a body that does not fit, and reports
// whether there was one that does.
func Decode(w http.ResponseWriter, r *http.Request, most int64, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		Fail(w, http.StatusBadRequest, "invalid", "the body is not what this address takes: "+explain(err))
		return false
	}
	return true
}

// explain says what is wrong with a body in the words of who sent it.
func explain(err error) string {
	var kind *json.UnmarshalTypeError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Sprintf("%s: %s is needed, not %s", fieldName(kind.Field), needed(kind.Type.Kind()), kind.Value)
	case errors.As(err, &large):
		return fmt.Sprintf("it has more than %d bytes", large.Limit)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends before its JSON does"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

func needed(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a whole number"
}

// fieldName writes the path of a field of Go as JSON has it here: upn for UPN, archiveDays for ArchiveDays.
func fieldName(path string) string {
	parts := strings.Split(path, ".")
	for i, p := range parts {
		if p == strings.ToUpper(p) {
			parts[i] = strings.ToLower(p)
		} else {
			parts[i] = strings.ToLower(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, ".")
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
