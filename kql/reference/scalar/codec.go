package scalar

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// codecFunctions encode and decode texts. A text that does not decode gives the empty text or null.
func codecFunctions() map[string]Func {
	out := map[string]Func{
		"base64_encode_tostring": onText(func(s string) (string, bool) { return base64.StdEncoding.EncodeToString([]byte(s)), true }),
		"base64_decode_tostring": onText(func(s string) (string, bool) {
			b, ok := fromBase64(s)
			return string(b), ok && utf8.Valid(b)
		}),
		"base64_decode_toarray": strict(func(args []types.Value) types.Value {
			b, ok := fromBase64(text(args[0]))
			if !ok {
				return null
			}
			out := make([]types.Tree, len(b))
			for i, c := range b {
				out[i] = int64(c)
			}
			return types.NewDynamic(out)
		}),
		"base64_encode_fromarray": strict(encodeArray),
		"base64_decode_toguid":    strict(decodeGUID),
		"base64_encode_fromguid":  strict(encodeGUID),
		"gzip_compress_to_base64_string": onText(func(s string) (string, bool) {
			var b bytes.Buffer
			return packed(&b, gzip.NewWriter(&b), s)
		}),
		"zlib_compress_to_base64_string": onText(func(s string) (string, bool) {
			var b bytes.Buffer
			return packed(&b, zlib.NewWriter(&b), s)
		}),
		"gzip_decompress_from_base64_string": onText(func(s string) (string, bool) {
			return unpacked(s, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
		}),
		"zlib_decompress_from_base64_string": onText(func(s string) (string, bool) {
			return unpacked(s, func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) })
		}),
		"url_encode":           onText(func(s string) (string, bool) { return lowerEscapes(url.QueryEscape(s)), true }),
		"url_encode_component": onText(func(s string) (string, bool) { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), true }),
		"url_decode": onText(func(s string) (string, bool) {
			out, err := url.QueryUnescape(s)
			if err != nil {
				return s, true
			}
			return out, true
		}),
		"punycode_from_string": onText(punyEncode),
		"punycode_to_string":   onText(punyDecode),
		"punycode_domain_to_string": onText(func(s string) (string, bool) {
			return eachLabel(s, func(l string) (string, bool) {
				return decodeLabel(l)
			})
		}),
		"punycode_domain_from_string": onText(func(s string) (string, bool) {
			return eachLabel(s, domainLabel)
		}),
	}
	return out
}

// lowerEscapes prints %3A as %3a, as url_encode does.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// onText makes a function of one text; false gives the empty text.
func onText(f func(string) (string, bool)) Func {
	return strict(func(args []types.Value) types.Value {
		s, ok := f(text(args[0]))
		if !ok {
			s = ""
		}
		return types.NewString(s)
	})
}

func fromBase64(s string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return b, err == nil
}

func encodeArray(args []types.Value) types.Value {
	list, ok := array(args[0])
	if !ok {
		return types.NewString("")
	}
	b := make([]byte, len(list))
	for i, t := range list {
		n, ok := t.(int64)
		if !ok || n < 0 || n > 255 {
			return types.NewString("")
		}
		b[i] = byte(n)
	}
	return types.NewString(base64.StdEncoding.EncodeToString(b))
}

// swapGUID changes between the order of a guid's text and that of its bytes, which begin with little-endian numbers.
func swapGUID(b []byte) []byte {
	return append([]byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]}, b[8:]...)
}

func decodeGUID(args []types.Value) types.Value {
	b, ok := fromBase64(text(args[0]))
	if !ok || len(b) != 16 {
		return types.Null(types.GUID)
	}
	g, _ := types.ParseGUID(hex.EncodeToString(swapGUID(b)))
	return types.NewGUID(g)
}

func guidBytes(v types.Value) ([]byte, bool) {
	v = types.Convert(v, types.GUID)
	if v.IsNull() {
		return nil, false
	}
	b, err := hex.DecodeString(strings.ReplaceAll(v.Str(), "-", ""))
	if err != nil || len(b) != 16 {
		return nil, false
	}
	return swapGUID(b), true
}

func encodeGUID(args []types.Value) types.Value {
	b, ok := guidBytes(args[0])
	if !ok {
		return types.NewString("")
	}
	return types.NewString(base64.StdEncoding.EncodeToString(b))
}

func packed(b *bytes.Buffer, w io.WriteCloser, s string) (string, bool) {
	if _, err := io.WriteString(w, s); err != nil {
		return "", false
	}
	if err := w.Close(); err != nil {
		return "", false
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), true
}

// unpacked stops at maxText: a few bytes can unpack to very many.
func unpacked(s string, open func(io.Reader) (io.Reader, error)) (string, bool) {
	b, ok := fromBase64(s)
	if !ok {
		return "", false
	}
	r, err := open(bytes.NewReader(b))
	if err != nil {
		return "", false
	}
	out, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil || len(out) > maxText || !utf8.Valid(out) {
		return "", false
	}
	return string(out), true
}
