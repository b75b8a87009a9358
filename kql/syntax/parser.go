package syntax

import (
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
)

// maxDepth bounds the nesting of expressions, so that a hostile text cannot exhaust the stack of any
// later stage.
const maxDepth = 500

// maxChain bounds the operators that stand in one chain (a or b or c ...), whose tree leans to one side.
const maxChain = 10000

// Parse reads a whole text. The tree is never nil; what could not be read is a BadExpr or a BadOperator, and the
// list says why, in order of place.
func Parse(text string) (*Query, *diag.List) {
	errs := &diag.List{}
	p := &parser{text: text, tokens: scan(text, errs), errs: errs}
	q := &Query{Text: text, Comments: comments(p.tokens)}
	q.Statements = p.statements()
	errs.Sort()
	return q, errs
}

// parser walks over the tokens. It holds no state but its place, the depth, and whether an error of the
// present part was reported already.
type parser struct {
	text   string
	tokens []Token
	pos    int
	errs   *diag.List
	depth  int
	// silent is set after an error until the parser stands at a bar, a semicolon or a closing
	// bracket again, so that one mistake makes one message.
	silent bool
	// inSeries is set while make-series reads its on clause, where "in range(...)" is no operator.
	inSeries bool
}

func (p *parser) tok() Token { return p.tokens[p.pos] }

// ahead is the token n places on; EOF beyond the end.
func (p *parser) ahead(n int) Token { return p.tokens[min(p.pos+n, len(p.tokens)-1)] }

func (p *parser) next() Token {
	t := p.tokens[p.pos]
	if t.Kind != EOF {
		p.pos++
	}
	return t
}

// end is the offset behind the last token read.
func (p *parser) end() int {
	if p.pos == 0 {
		return 0
	}
	return p.tokens[p.pos-1].End()
}

// since is the span from a start to the last token read.
func (p *parser) since(start int) At {
	return At{diag.Span{Start: start, End: max(start, p.end())}}
}

func (p *parser) start() int { return p.tok().Span.Start }

func (t Token) is(punct string) bool { return t.Kind == Punct && t.Text == punct }

func (t Token) word(word string) bool { return t.Kind == Word && t.Text == word }

func (p *parser) at(punct string) bool { return p.tok().is(punct) }

func (p *parser) atWord(word string) bool { return p.tok().word(word) }

func (p *parser) accept(punct string) bool {
	if p.at(punct) {
		p.next()
		return true
	}
	return false
}

func (p *parser) acceptWord(word string) bool {
	if p.atWord(word) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(punct string) bool {
	if p.accept(punct) {
		return true
	}
	p.fail(unexpected(p.tok(), quoteWord(punct)))
	return false
}

func (p *parser) expectWord(word string) bool {
	if p.acceptWord(word) {
		return true
	}
	if t := p.tok(); t.Kind == Word && strings.EqualFold(t.Text, word) {
		p.fail(wrongCase(t.Span, t.Text, word))
	} else {
		p.fail(unexpected(t, quoteWord(word)))
	}
	return false
}

// closing expects the bracket that closes open.
func (p *parser) closing(open Token, closer string) bool {
	if p.accept(closer) {
		return true
	}
	t := p.tok()
	if t.Kind == EOF || t.is(";") || t.is("|") || isCloser(t) {
		p.fail(unclosed(open, t, closer))
	} else {
		p.fail(unexpected(t, quoteWord(closer)))
	}
	return false
}

// close is closing, and where the bracket is missing skips to it.
func (p *parser) close(open Token, closer string) {
	if p.closing(open, closer) {
		return
	}
	p.skip(func(t Token) bool { return t.is(";") && closer != "}" })
	p.accept(closer)
}

// fail reports d unless the part was already reported.
func (p *parser) fail(d *diag.Diagnostic) {
	// What no token can begin with was reported by the scanner.
	if !p.silent && p.tok().Kind != Bad {
		p.errs.Add(d)
	}
	p.silent = true
}

// report reports d and does not silence what follows: for mistakes that leave the parser in step.
func (p *parser) report(d *diag.Diagnostic) {
	if !p.silent {
		p.errs.Add(d)
	}
}

func isCloser(t Token) bool { return t.is(")") || t.is("]") || t.is("}") }

// skip passes tokens until stop holds or a bracket closes that was not opened on the way. Brackets
// are passed whole.
func (p *parser) skip(stop func(Token) bool) {
	depth := 0
	for p.tok().Kind != EOF {
		t := p.tok()
		switch {
		case depth == 0 && (stop(t) || isCloser(t)):
			return
		case t.is("(") || t.is("[") || t.is("{"):
			depth++
		case isCloser(t):
			depth--
		}
		p.next()
	}
}

// enter counts one level of nesting. Past the limit it reports and goes to the end of the text.
func (p *parser) enter() bool {
	p.depth++
	if p.depth <= maxDepth {
		return true
	}
	p.errs.Add(tooDeep(p.tok().Span))
	p.silent = true
	p.pos = len(p.tokens) - 1
	return false
}

func (p *parser) leave() { p.depth-- }

// adjacent holds when nothing stands between the token n places on and the one before it.
func (p *parser) adjacent(n int) bool {
	return p.pos+n < len(p.tokens) && p.tokens[p.pos+n].Trivia == ""
}

// comments collects the comments of all trivia.
func comments(tokens []Token) []Comment {
	var found []Comment
	for _, t := range tokens {
		begin := t.Span.Start - len(t.Trivia)
		for i := 0; i < len(t.Trivia); {
			if !strings.HasPrefix(t.Trivia[i:], "//") {
				i++
				continue
			}
			n := commentLength(t.Trivia[i:])
			found = append(found, Comment{
				At:   At{diag.Span{Start: begin + i, End: begin + i + n}},
				Text: t.Trivia[i : i+n],
			})
			i += n
		}
	}
	return found
}

// separated reads items divided by commas.
func (p *parser) separated(item func()) {
	for {
		item()
		if !p.accept(",") {
			return
		}
	}
}
