package clientapi

import (
	"bufio"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Compressed is w, compressing what is written when the client takes gzip. close ends the stream and must be called.
func Compressed(w http.ResponseWriter, r *http.Request) (out *Stream) {
	s := &Stream{rc: http.NewResponseController(w)}
	w.Header().Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r.Header.Values("Accept-Encoding")) {
		s.buf = bufio.NewWriterSize(w, 64<<10)
		return s
	}
	w.Header().Set("Content-Encoding", "gzip")
	// Speed before size: these clients sit on the same machine or the same network.
	s.zip, _ = gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is valid
	s.buf = bufio.NewWriterSize(s.zip, 64<<10)
	return s
}

// Stream is the body of an answer.
type Stream struct {
	buf *bufio.Writer
	zip *gzip.Writer
	rc  *http.ResponseController
}

// Write writes a part of the body.
func (s *Stream) Write(p []byte) (int, error) { return s.buf.Write(p) }

// Flush sends what was written so far to the client.
func (s *Stream) Flush() error {
	if err := s.buf.Flush(); err != nil {
		return err
	}
	if s.zip != nil {
		if err := s.zip.Flush(); err != nil {
			return err
		}
	}
	return s.rc.Flush()
}

// Close ends the body.
func (s *Stream) Close() error {
	if err := s.buf.Flush(); err != nil {
		return err
	}
	if s.zip != nil {
		return s.zip.Close()
	}
	return nil
}

// acceptsGzip reads Accept-Encoding (RFC 9110 12.5.3): gzip by name and not with a weight of zero.
func acceptsGzip(values []string) bool {
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		q := strings.TrimLeft(strings.TrimPrefix(strings.ReplaceAll(weight, " ", ""), "q="), "0.")
		return weight == "" || q != ""
	}
	return false
}
