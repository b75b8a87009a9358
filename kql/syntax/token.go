package syntax

import "github.com/sleuth-sec/sleuth/diag"

// Kind tells tokens apart. Keywords are names: nearly every word of KQL may also name a column, so
// the parser decides by place.
type Kind uint8

// The kinds of tokens.
const (
	EOF      Kind = iota
	Word          // a name or keyword: Account, where, $left, 2fa
	String        // one string literal with its quotes and prefix
	Integer       // 1, 0x1f
	Decimal       // 1.5, 1e3
	Duration      // 1d, 2.5h, 7ticks
	Typed         // datetime(2026-11-01), typeof(long): a type's name and all up to the closing parenthesis
	Punct         // operators and brackets
	Bad           // what no token can begin with
)

// Token is a piece of the text together with the white space and comments before it. The concatenation
// of Trivia+Text over all tokens, EOF included, is the text.
type Token struct {
	Kind   Kind
	Text   string
	Trivia string
	Span   diag.Span // of Text
}

// End is the offset behind the token.
func (t Token) End() int { return t.Span.End }

// Tokens divides text into tokens. The last is EOF.
func Tokens(text string) []Token {
	var errs diag.List
	return scan(text, &errs)
}

func scan(text string, errs *diag.List) []Token {
	s := scanner{text: text, errs: errs}
	tokens := make([]Token, 0, len(text)/5+2)
	for {
		start := s.pos
		s.skipTrivia()
		begin := s.pos
		kind := s.token()
		tokens = append(tokens, Token{
			Kind:   kind,
			Text:   text[begin:s.pos],
			Trivia: text[start:begin],
			Span:   diag.Span{Start: begin, End: s.pos},
		})
		if kind == EOF {
			return tokens
		}
	}
}
