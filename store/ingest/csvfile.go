package ingest

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// csvFile reads a table of text. Its rows become objects whose values are strings, so that every
// shape that JSON has is read from CSV as well.
func (rd *reader) csvFile(text *bufio.Reader) error {
	skipped, delimiter, err := preamble(text)
	if err != nil {
		return err
	}
	r := csv.NewReader(text)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = delimiter, true, -1, true
	header, err := r.Read()
	if err != nil {
		return err
	}
	names := headerNames(header)
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			if err := rd.reject(int64(bad.StartLine)+skipped, "not CSV: "+bad.Err.Error(), nil); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		if len(fields) != len(names) {
			if blankRow(fields) {
				continue
			}
			reason := fmt.Sprintf("%d fields where the header has %d", len(fields), len(names))
			if err := rd.reject(int64(line)+skipped, reason, []byte(strings.Join(fields, string(delimiter)))); err != nil {
				return err
			}
			continue
		}
		o := &object{members: make([]Member, 0, len(fields))}
		for i, f := range fields {
			o.members = append(o.members, Member{Name: names[i], Raw: Quote(f)})
		}
		if err := rd.recordObject(o, int64(line)+skipped, nil); err != nil {
			return err
		}
	}
}

// preamble skips the lines that Export-Csv (#TYPE) and Excel (sep=) put before the header, and
// finds the delimiter.
func preamble(text *bufio.Reader) (skipped int64, delimiter rune, err error) {
	for {
		head, err := peek(text, windowSize)
		if err != nil && len(head) == 0 {
			return skipped, ',', err
		}
		line, _, _ := strings.Cut(string(head), "\n")
		trimmed := strings.TrimSpace(line)
		if trimmed == "" && len(line) < len(head) || strings.HasPrefix(trimmed, "#TYPE") || strings.HasPrefix(strings.ToLower(trimmed), "sep=") {
			if _, err := text.Discard(min(len(line)+1, len(head))); err != nil {
				return skipped, ',', err
			}
			skipped++
			continue
		}
		return skipped, delimiterOf(line), nil
	}
}

func delimiterOf(line string) rune {
	best, most := ',', strings.Count(line, ",")
	for _, d := range []rune{';', '\t'} {
		if n := strings.Count(line, string(d)); n > most {
			best, most = d, n
		}
	}
	return best
}

// headerOf reads the names of the first line.
func headerOf(text *bufio.Reader) ([]string, error) {
	_, delimiter, err := preamble(text)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(text)
	r.Comma, r.LazyQuotes = delimiter, true
	header, err := r.Read()
	if err != nil {
		return nil, err
	}
	return headerNames(header), nil
}

// headerNames cleans the names; a name that stands twice gets a number, so that neither column is
// lost. "TimeGenerated [UTC]" keeps its mark: columnOf knows it.
func headerNames(header []string) []string {
	seen := map[string]int{}
	out := make([]string, len(header))
	for i, h := range header {
		h = strings.Join(strings.Fields(strings.TrimPrefix(h, "\ufeff")), " ")
		if isTimeMark(h) {
			h = cleanHeader(h)
		}
		if h == "" {
			h = fmt.Sprintf("column%d", i+1)
		}
		seen[strings.ToLower(h)]++
		if n := seen[strings.ToLower(h)]; n > 1 {
			h = fmt.Sprintf("%s (%d)", h, n)
		}
		out[i] = h
	}
	return out
}

// isTimeMark: the portal marks datetime columns with the zone it shows.
func isTimeMark(h string) bool {
	return strings.HasSuffix(h, "]") && strings.Contains(h, " [")
}

func blankRow(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}
