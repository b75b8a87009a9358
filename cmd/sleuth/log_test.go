package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

// What a client sends cannot make a line of the program's log.
func TestALogLineIsOneLine(t *testing.T) {
	var out bytes.Buffer
	log := (&app{stderr: &out}).logger()
	forged := "x\ntime=2026-11-25T00:00:00Z level=ERROR msg=forged\r\n\x1b[2J\u2028"
	log.Error("POST /api/v1/"+forged, "error", errors.New(forged), forged, forged)
	if lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"); len(lines) != 1 || strings.ContainsAny(lines[0], "\r\x1b\u2028") {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	stamp, _, _ := strings.Cut(strings.TrimPrefix(out.String(), "time="), " ")
	if _, err := time.Parse(time.RFC3339, stamp); err != nil {
		t.Errorf("a line has no time with its zone: %v", err)
	}
}
