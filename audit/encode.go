package audit

import (
	"encoding/json"
	"fmt"
)

// appendEntry appends an entry as a line of the log, without its end.
func appendEntry(b []byte, e Entry) ([]byte, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return b, fmt.Errorf("audit entry: %w", err)
	}
	if len(data) > MaxEntry {
		return b, fmt.Errorf("audit entry: %d bytes, at most %d: keep long texts in Texts", len(data), MaxEntry)
	}
	return append(b, data...), nil
}
