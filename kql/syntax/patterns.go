package syntax

import "strings"

func (p *parser) parse(verb string, op Op) Operator {
	o := &ParseOp{Op: op, Verb: verb}
	if p.atWord("kind") && p.ahead(1).is("=") {
		p.next()
		p.next()
		o.Kind = p.oneOf("simple", "regex", "relaxed")
		if p.atWord("flags") && p.ahead(1).is("=") {
			p.next()
			p.next()
			o.Flags = p.name("regular expression flags such as i or Us").Text
		}
	}
	o.Value = p.expr()
	if !p.expectWord("with") {
		return o
	}
	for !p.ended() {
		part, ok := p.parsePart()
		if !ok {
			break
		}
		o.Parts = append(o.Parts, part)
	}
	if len(o.Parts) == 0 {
		p.fail(unexpected(p.tok(), "a pattern of strings, columns and *"))
	}
	return o
}

// oneOf reads one of the given words.
func (p *parser) oneOf(words ...string) string {
	t := p.tok()
	for _, w := range words {
		if t.word(w) {
			p.next()
			return w
		}
	}
	p.fail(unexpected(t, strings.Join(words, ", ")))
	if t.Kind == Word {
		p.next()
	}
	return ""
}

func (p *parser) parsePart() (ParsePart, bool) {
	start := p.start()
	part := ParsePart{}
	switch {
	case p.accept("*"):
		part.Star = true
	case p.tok().Kind == String:
		part.Text, _ = p.text1()
	case p.nameAhead():
		n := p.name("a column")
		part.Name = &n
		if p.accept(":") {
			part.Type = p.typeName()
		}
	default:
		return part, false
	}
	part.At = p.since(start)
	return part, true
}

func (p *parser) parseKV(op Op) Operator {
	o := &ParseKVOp{Op: op, Value: p.expr()}
	if p.expectWord("as") {
		o.Columns, _ = p.schema()
	}
	if p.acceptWord("with") {
		o.Options = p.properties()
	}
	return o
}

// properties reads ( name = value, ... ). A value that lists names, as in series=a, b, becomes an ArrayLit.
func (p *parser) properties() []Hint {
	open := p.tok()
	if !p.expect("(") {
		return nil
	}
	var list []Hint
	for !p.at(")") && p.tok().Kind != EOF {
		if !p.nameAhead() {
			p.fail(unexpected(p.tok(), "the name of a property"))
			break
		}
		if len(list) > 0 && !p.namedAhead() {
			appendProperty(&list[len(list)-1], p.postfix(p.primary()))
			list[len(list)-1].At = p.since(list[len(list)-1].Range.Start)
		} else {
			list = append(list, p.property())
		}
		if !p.accept(",") {
			break
		}
	}
	p.close(open, ")")
	return list
}

func (p *parser) property() Hint {
	start := p.start()
	n := p.name("the name of a property")
	h := Hint{Name: strings.ToLower(n.Text)}
	if p.expect("=") {
		h.Value = p.expr()
	} else {
		h.Value = p.bad()
	}
	h.At = p.since(start)
	return h
}

func appendProperty(h *Hint, value Expr) {
	list, ok := h.Value.(*ArrayLit)
	if !ok {
		list = &ArrayLit{At: At{h.Value.Span()}, Items: []Expr{h.Value}}
		h.Value = list
	}
	list.Items = append(list.Items, value)
	list.At = At{list.Range.Join(value.Span())}
}

func (p *parser) reduce(op Op) Operator {
	op.Hints = p.hints("kind")
	o := &ReduceOp{Op: op}
	if p.expectWord("by") {
		o.Value = p.namedValue()
	} else {
		o.Value = p.bad()
	}
	if p.acceptWord("with") {
		p.separated(func() { o.Options = append(o.Options, p.property()) })
	}
	return o
}
