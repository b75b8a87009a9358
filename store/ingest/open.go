package ingest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// windowSize is how much of a file is looked at to find out what it holds.
const windowSize = 64 << 10

// Opener gives a file of an export; os.Open in practice, a failing one in tests.
type Opener func(path string) (fs.File, error)

// Digest reads a file whole and returns the SHA-256 of its bytes as they stand on disk, the value
// an examiner can compare, and its size.
func Digest(ctx context.Context, open Opener, path string) (sum string, size int64, err error) {
	f, err := open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, &cancelReader{ctx: ctx, r: f})
	if err != nil {
		return "", 0, fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// cancelReader ends a long read when the context does.
type cancelReader struct {
	ctx   context.Context
	r     io.Reader
	count func(int)
}

func (c *cancelReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	if c.count != nil && n > 0 {
		c.count(n)
	}
	return n, err
}

// decodeText returns the UTF-8 text of a file: unpacked when its first bytes are those of gzip,
// converted from UTF-16 when it has that byte order mark or every other byte of its head is zero.
func decodeText(r io.Reader) (*bufio.Reader, error) {
	br := bufio.NewReaderSize(r, windowSize)
	head, err := peek(br, 2)
	if err != nil {
		return nil, err
	}
	for depth := 0; depth < 2 && len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b; depth++ {
		zr, err := gzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		br = bufio.NewReaderSize(zr, windowSize)
		if head, err = peek(br, 2); err != nil {
			return nil, err
		}
	}
	head, err = peek(br, 512)
	if err != nil {
		return nil, err
	}
	if e, ok := wideEncoding(head); ok {
		br = bufio.NewReaderSize(transform.NewReader(br, e), windowSize)
	} else if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		if _, err := br.Discard(3); err != nil {
			return nil, err
		}
	}
	return br, nil
}

// peek is Peek that takes a short file for what it is.
func peek(br *bufio.Reader, n int) ([]byte, error) {
	b, err := br.Peek(n)
	if err == io.EOF || err == bufio.ErrBufferFull {
		err = nil
	}
	return b, err
}

// wideEncoding recognises UTF-16 by its mark, or without one by the zero bytes that ASCII text
// has in it.
func wideEncoding(head []byte) (transform.Transformer, bool) {
	little := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return little.NewDecoder(), true
	case len(head) < 4:
		return nil, false
	}
	even, odd := 0, 0
	for i := 0; i+1 < len(head); i += 2 {
		if head[i] == 0 {
			even++
		}
		if head[i+1] == 0 {
			odd++
		}
	}
	pairs := len(head) / 2
	switch {
	case odd > pairs*3/4 && even == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder(), true
	case even > pairs*3/4 && odd == 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder(), true
	}
	return nil, false
}
