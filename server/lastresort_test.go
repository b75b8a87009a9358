package server

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A request that panics is in the log with its stack, and tells the client nothing; an answer that had begun is not ended as if
// it were whole. The server goes on.
func TestARequestThatBreaksDown(t *testing.T) {
	var log bytes.Buffer
	f, _ := newFront(t)
	f.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	f.cfg.Page = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/begun":
			_, _ = io.WriteString(w, `{"rows":[`)
			_ = http.NewResponseController(w).Flush()
			fallthrough
		case "/broken":
			panic("secret detail /etc/key\nlevel=INFO msg=forged")
		}
		_, _ = io.WriteString(w, "fine")
	})
	s := httptest.NewServer(f)
	defer s.Close()
	get := func(path string) (int, string, error) {
		res, err := s.Client().Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res.StatusCode, string(body), err
	}
	code, body, err := get("/broken")
	if err != nil || code != http.StatusInternalServerError || strings.Contains(body, "secret") || !strings.Contains(body, `"internal"`) {
		t.Errorf("%d %s, %v", code, body, err)
	}
	if !strings.Contains(log.String(), "secret detail") || !strings.Contains(log.String(), "lastresort_test.go") {
		t.Errorf("the log says %s", &log)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 {
		t.Errorf("the log has %d lines of one event: %s", lines, &log)
	}
	if _, body, err := get("/begun"); err == nil {
		t.Errorf("a broken answer looks whole: %s", body)
	}
	if code, body, err := get("/other"); err != nil || code != 200 || body != "fine" {
		t.Errorf("afterwards: %d %s, %v", code, body, err)
	}
}
