package syntax

import "strings"

// literal makes the node of a token that is a literal by itself.
func literal(t Token) Expr {
	lit := &Literal{At: At{t.Span}, Text: t.Text}
	switch t.Kind {
	case Integer:
		lit.Kind = LitLong
	case Decimal:
		lit.Kind = LitReal
	case Duration:
		lit.Kind = LitTimeSpan
	case Typed:
		open := strings.IndexByte(t.Text, '(')
		lit.Kind, _ = typedLiteralKind(strings.TrimFunc(t.Text[:open], isSpace))
		lit.Text = stripQuotes(strings.TrimFunc(t.Text[open+1:len(t.Text)-1], isSpace))
	}
	return lit
}

// stripQuotes takes the quotes off a typed literal's value: guid("...") is guid(...).
func stripQuotes(text string) string {
	if n := len(text); n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		return text[1 : n-1]
	}
	return text
}

// text1 reads adjacent string literals as one.
func (p *parser) text1() (value string, hidden bool) {
	var b strings.Builder
	for p.tok().Kind == String {
		v, h := unquote(p.next(), p.errs)
		b.WriteString(v)
		hidden = hidden || h
	}
	return b.String(), hidden
}

func (p *parser) stringLit() Expr {
	start := p.start()
	text, hidden := p.text1()
	return &Literal{At: p.since(start), Kind: LitString, Text: text, Hidden: hidden}
}

// dynamic reads dynamic(value).
func (p *parser) dynamic() Expr {
	start := p.next().Span.Start
	open := p.next()
	value := p.json()
	p.close(open, ")")
	return &DynamicLit{At: p.since(start), Value: value}
}

// json reads a value inside dynamic(): JSON, and beyond it strings in single quotes and typed literals.
func (p *parser) json() Expr {
	if !p.enter() {
		p.leave()
		return p.bad()
	}
	defer p.leave()
	t := p.tok()
	switch {
	case t.Kind == String:
		return p.stringLit()
	case t.Kind == Integer || t.Kind == Decimal || t.Kind == Duration || t.Kind == Typed:
		p.next()
		return literal(t)
	case t.is("-") || t.is("+"):
		if n := p.ahead(1); n.Kind == Integer || n.Kind == Decimal || n.Kind == Duration {
			p.next()
			p.next()
			lit := literal(n).(*Literal)
			lit.At = p.since(t.Span.Start)
			lit.Text = strings.TrimPrefix(t.Text, "+") + lit.Text
			return lit
		}
	case t.is("["):
		return p.jsonArray()
	case t.is("{"):
		return p.jsonBag()
	case t.word("dynamic") && p.ahead(1).is("("):
		return p.dynamic()
	case t.word("null"):
		p.next()
		return &Literal{At: At{t.Span}, Kind: LitNull, Text: t.Text}
	case t.Kind == Word && strings.EqualFold(t.Text, "true") || strings.EqualFold(t.Text, "false"):
		p.next()
		return &Literal{At: At{t.Span}, Kind: LitBool, Text: t.Text}
	}
	return p.missing("a JSON value")
}

func (p *parser) jsonArray() Expr {
	open := p.next()
	a := &ArrayLit{}
	for !p.at("]") && p.tok().Kind != EOF {
		a.Items = append(a.Items, p.json())
		if !p.accept(",") {
			break
		}
	}
	p.close(open, "]")
	a.At = p.since(open.Span.Start)
	return a
}

func (p *parser) jsonBag() Expr {
	open := p.next()
	b := &BagLit{}
	for !p.at("}") && p.tok().Kind != EOF {
		if p.tok().Kind != String {
			p.fail(unexpected(p.tok(), "a key in quotes"))
			break
		}
		key, _ := p.text1()
		if !p.expect(":") {
			break
		}
		b.Keys = append(b.Keys, key)
		b.Values = append(b.Values, p.json())
		if !p.accept(",") {
			break
		}
	}
	p.close(open, "}")
	b.At = p.since(open.Span.Start)
	return b
}
