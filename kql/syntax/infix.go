package syntax

// Binding strengths, weakest first (KQL grammar, logicalOrExpression to stringOperatorExpression). The string
// operators bind tighter than arithmetic: a + b =~ c is a + (b =~ c).
const (
	precOr = iota + 1
	precAnd
	precEquality
	precRelational
	precAdditive
	precMultiplicative
	precString
)

// infix describes the operator at the parser's place.
type infix struct {
	op     string // canonical spelling
	prec   int
	tokens int // how many tokens spell it
	list   bool
	range_ bool
}

// infixAhead recognises the operator at the parser's place.
func (p *parser) infixAhead() (infix, bool) {
	t := p.tok()
	switch t.Kind {
	case Punct:
		if t.Text == "!" && p.ahead(1).Kind == Word && p.adjacent(1) {
			return p.wordInfix("!"+p.ahead(1).Text, 2)
		}
		if prec := punctPrec(t.Text); prec > 0 {
			return infix{op: canonical(t.Text), prec: prec, tokens: 1}, true
		}
	case Word:
		if t.Text == "matches" && p.ahead(1).word("regex") {
			return infix{op: "matches regex", prec: precString, tokens: 2}, true
		}
		return p.wordInfix(t.Text, 1)
	}
	return infix{}, false
}

func punctPrec(text string) int {
	switch text {
	case "==", "!=", "<>":
		return precEquality
	case "<", ">", "<=", ">=":
		return precRelational
	case "+", "-":
		return precAdditive
	case "*", "/", "%":
		return precMultiplicative
	case "=~", "!~", ":":
		return precString
	}
	return 0
}

// wordInfix recognises operators that are words; n tokens spell the word so far.
func (p *parser) wordInfix(word string, n int) (infix, bool) {
	switch word {
	case "or":
		return infix{op: word, prec: precOr, tokens: n}, true
	case "and":
		return infix{op: word, prec: precAnd, tokens: n}, true
	case "between", "!between":
		return infix{op: word, prec: precEquality, tokens: n, range_: true}, true
	case "in", "!in":
		if p.inSeries && p.ahead(n).word("range") {
			return infix{}, false
		}
		if p.ahead(n).is("~") && p.adjacent(n) {
			word, n = word+"~", n+1
		}
		return infix{op: word, prec: precEquality, tokens: n, list: true}, true
	case "has_any", "has_all":
		return infix{op: word, prec: precEquality, tokens: n, list: true}, true
	}
	if isStringOperator(canonical(word)) {
		return infix{op: canonical(word), prec: precString, tokens: n}, true
	}
	return infix{}, false
}

// canonical turns deprecated spellings into the ones the tree uses.
func canonical(op string) string {
	switch op {
	case "<>":
		return "!="
	case ":":
		return "has"
	case "notcontains":
		return "!contains"
	case "containscs":
		return "contains_cs"
	case "notcontainscs":
		return "!contains_cs"
	}
	return op
}

func isStringOperator(op string) bool {
	switch op {
	case "has", "!has", "has_cs", "!has_cs", "hasprefix", "!hasprefix", "hasprefix_cs", "!hasprefix_cs",
		"hassuffix", "!hassuffix", "hassuffix_cs", "!hassuffix_cs", "contains", "!contains", "contains_cs",
		"!contains_cs", "startswith", "!startswith", "startswith_cs", "!startswith_cs", "endswith", "!endswith",
		"endswith_cs", "!endswith_cs", "like", "notlike", "likecs", "notlikecs":
		return true
	}
	return false
}
