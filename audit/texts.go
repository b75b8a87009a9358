package audit

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// textLine is a line of the file of texts. An erased text keeps its hash and its length; salt and text are gone, so that
// nothing can be guessed from the hash.
type textLine struct {
	Hash   string  `json:"hash"`
	Salt   string  `json:"salt,omitempty"`
	Text   string  `json:"text,omitempty"`
	Erased *string `json:"erased,omitempty"` // spaces, to fill the line
}

// ErrErased is returned when a text was erased.
var ErrErased = errors.New("the text was erased")

// commitment is the hash of a text: of 32 random bytes and the text, so that a short text cannot be guessed from it.
func commitment(salt []byte, text string) string {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// encodeText is a text as a line of the file of texts.
func encodeText(text string) (hash string, data []byte, err error) {
	if len(text) > MaxText {
		return "", nil, fmt.Errorf("audit text: %d bytes, at most %d", len(text), MaxText)
	}
	text = strings.ToValidUTF8(text, "\uFFFD") // JSON can hold nothing else, and the hash is of what is held
	var salt [32]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return "", nil, fmt.Errorf("audit text: %w", err)
	}
	hash = commitment(salt[:], text)
	data, err = json.Marshal(textLine{Hash: hash, Salt: hex.EncodeToString(salt[:]), Text: text})
	if err != nil {
		return "", nil, fmt.Errorf("audit text: %w", err)
	}
	return hash, append(data, '\n'), nil
}

// erasedLine is a line of the same length without the text.
func erasedLine(hash string, size int64) ([]byte, error) {
	empty := ""
	short, err := json.Marshal(textLine{Hash: hash, Erased: &empty})
	if err != nil {
		return nil, fmt.Errorf("audit text: %w", err)
	}
	pad := int(size) - len(short) - 1
	if pad < 0 {
		return nil, fmt.Errorf("%w: the line of the text %s is too short", ErrDamaged, hash)
	}
	spaces := strings.Repeat(" ", pad)
	data, err := json.Marshal(textLine{Hash: hash, Erased: &spaces})
	return append(data, '\n'), err
}

// readText reads the line of a text and checks it against its commitment.
func readText(f *os.File, t Text) (text string, erased bool, err error) {
	if t.Size <= 0 || t.Size > 8*MaxText {
		return "", false, fmt.Errorf("%w: the text %s has a size of %d", ErrDamaged, t.Hash, t.Size)
	}
	data := make([]byte, t.Size)
	if _, err := f.ReadAt(data, t.At); err != nil {
		return "", false, fmt.Errorf("%w: the text %s: %w", ErrDamaged, t.Hash, err)
	}
	return checkText(data, t.Hash)
}

// checkText checks a line byte by byte: it must be what Append or Erase would write.
func checkText(data []byte, hash string) (text string, erased bool, err error) {
	bad := func(why string) (string, bool, error) {
		return "", false, fmt.Errorf("%w: the text %s %s", ErrDamaged, hash, why)
	}
	var l textLine
	if err := json.Unmarshal(data, &l); err != nil || l.Hash != hash {
		return bad("is not in its place")
	}
	if l.Erased != nil {
		want, err := erasedLine(hash, int64(len(data)))
		if err != nil || !bytes.Equal(want, data) {
			return bad("was changed after it was erased")
		}
		return "", true, nil
	}
	salt, err := hex.DecodeString(l.Salt)
	if err != nil || len(salt) != 32 || hex.EncodeToString(salt) != l.Salt || commitment(salt, l.Text) != hash {
		return bad("was changed")
	}
	if again, err := json.Marshal(l); err != nil || !bytes.Equal(append(again, '\n'), data) {
		return bad("is not written as it was")
	}
	return l.Text, false, nil
}
