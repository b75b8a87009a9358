package guess

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed" // the words
	"math"
	"strings"
	"sync"
	"unicode"
)

//go:embed words.txt.gz
var packed []byte

// ranks are the words by how common they are, the first at 1. They are read at the first use: no other command needs them.
var ranks = sync.OnceValues(func() (map[string]int, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	lines := bufio.NewScanner(z)
	for lines.Scan() {
		out[lines.Text()] = len(out) + 1
	}
	return out, lines.Err()
})

// looked is how many characters of a password are looked at; what follows only makes it stronger.
const looked = 100

// longest is the longest piece that is looked up as a word.
const longest = 24

// walks are ways over the keys of a keyboard, each also backwards.
var walks = []string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p", "qawsedrftgyhujikolp", "qazwsxedcrfvtgbyhnujm", "!@#$%^&*()", "147258369", "789456123"}

// Bits estimates how early a password is guessed where known are words that are tried first. Estimates of more than 100 characters
// are those of the first 100.
func Bits(password string, known []string) (float64, error) {
	common, err := ranks()
	if err != nil {
		return 0, err
	}
	text := []rune(password)
	g := guesser{common: common, known: map[string]bool{}, seen: map[string]float64{}}
	for _, k := range known {
		g.learn(k)
	}
	return g.bits(text[:min(len(text), looked)]), nil
}

type guesser struct {
	common map[string]int
	known  map[string]bool
	seen   map[string]float64 // of pieces that repeat
}

// learn notes a name or address, its parts, and its parts together.
func (g guesser) learn(name string) {
	name = strings.ToLower(name)
	parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range append(parts, name, strings.Join(parts, "")) {
		if len([]rune(w)) >= 2 {
			g.known[w] = true
		}
	}
}

// bits is the cost of the cheapest way to put a text together.
func (g guesser) bits(text []rune) float64 {
	best := make([]float64, len(text)+1)
	for end := 1; end <= len(text); end++ {
		best[end] = best[end-1] + character(text[end-1])
		for start := 0; start < end-1; start++ {
			if cost := g.piece(text[start:end]); cost >= 0 && best[start]+cost < best[end] {
				best[end] = best[start] + cost
			}
		}
	}
	return best[len(text)]
}

// character is what a character costs that belongs to nothing.
func character(r rune) float64 {
	switch {
	case strings.ContainsRune(" -_.,", r):
		return 2 // stands between words
	case r >= '0' && r <= '9':
		return math.Log2(10)
	case r >= 'a' && r <= 'z':
		return math.Log2(26)
	case r >= 'A' && r <= 'Z':
		return math.Log2(52)
	case r < 128:
		return math.Log2(33)
	}
	return math.Log2(200)
}

// piece is what a piece of at least two characters costs that is tried as a whole, or a negative number.
func (g guesser) piece(text []rune) float64 {
	best := -1.0
	for _, cost := range []float64{g.word(text), sequence(text), walk(text), year(text), g.repeat(text)} {
		if cost >= 0 && (best < 0 || cost < best) {
			best = cost
		}
	}
	return best
}

// looksLike are the letters that digits and signs stand for.
var looksLike = strings.NewReplacer("4", "a", "@", "a", "3", "e", "1", "i", "!", "i", "0", "o", "5", "s", "$", "s", "7", "t", "8", "b")

// word is what a common or known word costs, however it is written.
func (g guesser) word(text []rune) float64 {
	if len(text) > longest {
		return -1
	}
	written := string(text)
	lower := strings.ToLower(written)
	best := -1.0
	for i, w := range []string{lower, looksLike.Replace(lower), backwards(lower)} {
		cost := -1.0
		if g.known[w] {
			cost = 1
		} else if r := g.common[w]; r > 0 {
			cost = math.Log2(float64(r) + 1)
		}
		if cost < 0 {
			continue
		}
		if i > 0 {
			cost += 2
		}
		if best < 0 || cost < best {
			best = cost
		}
	}
	if best < 0 || written == lower {
		return best
	}
	upper := 0
	for _, r := range text {
		if unicode.IsUpper(r) {
			upper++
		}
	}
	if upper == len(text) || upper == 1 && unicode.IsUpper(text[0]) {
		return best + 1
	}
	return best + float64(upper) + 1
}

func backwards(s string) string {
	out := []rune(s)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

// sequence is what counting costs: abc, 321, 2468.
func sequence(text []rune) float64 {
	if len(text) < 3 {
		return -1
	}
	step := text[1] - text[0]
	if step == 0 || step < -3 || step > 3 || text[0] > 127 || !(unicode.IsLetter(text[0]) || unicode.IsDigit(text[0])) {
		return -1
	}
	for i := 2; i < len(text); i++ {
		d := text[i] - text[i-1]
		wraps := step == 1 && text[i-1] == '9' && text[i] == '0'
		if d != step && !wraps {
			return -1
		}
	}
	cost := character(unicode.ToLower(text[0])) + math.Log2(float64(len(text)))
	if strings.ContainsRune("aAzZ0129", text[0]) {
		cost = 2 + math.Log2(float64(len(text)))
	}
	return cost
}

// walk is what a way over the keys costs.
func walk(text []rune) float64 {
	if len(text) < 3 {
		return -1
	}
	s := strings.ToLower(string(text))
	for _, w := range walks {
		if strings.Contains(w, s) || strings.Contains(backwards(w), s) {
			return 5 + math.Log2(float64(len(text)))
		}
	}
	return -1
}

// year is what a year of somebody's life costs.
func year(text []rune) float64 {
	if s := string(text); len(text) == 4 && s >= "1930" && s <= "2039" && strings.Trim(s, "0123456789") == "" {
		return math.Log2(110)
	}
	return -1
}

// repeat is what a piece costs that is another one several times over.
func (g guesser) repeat(text []rune) float64 {
	for size := 1; size <= len(text)/2; size++ {
		if len(text)%size != 0 || !periodic(text, size) {
			continue
		}
		unit := string(text[:size])
		cost, ok := g.seen[unit]
		if !ok {
			cost = g.bits(text[:size])
			g.seen[unit] = cost
		}
		return cost + math.Log2(float64(len(text)/size))
	}
	return -1
}

func periodic(text []rune, size int) bool {
	for i := size; i < len(text); i++ {
		if text[i] != text[i-size] {
			return false
		}
	}
	return true
}
