package audit

import (
	"strings"
	"testing"
	"time"
)

func TestEntriesThatCannotBeWritten(t *testing.T) {
	if b, err := appendEntry([]byte("x"), Entry{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil || string(b) != "x" {
		t.Errorf("a year of five digits: %q, %v", b, err)
	}
	if b, err := appendEntry([]byte("x"), Entry{Object: strings.Repeat("y", MaxEntry)}); err == nil || string(b) != "x" {
		t.Errorf("too large: %d bytes, %v", len(b), err)
	}
}
