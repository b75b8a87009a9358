package syntax

import "github.com/sleuth-sec/sleuth/diag"

// lambdaAhead looks for [view] ( ... ) {.
func (p *parser) lambdaAhead() bool {
	i := 0
	if p.atWord("view") && p.ahead(1).is("(") {
		i = 1
	}
	if !p.ahead(i).is("(") {
		return false
	}
	if p.ahead(i+1).Kind == Word && p.ahead(i+2).is(":") && (p.ahead(i+3).is("(") || p.ahead(i+3).Kind == Word) {
		return true
	}
	depth := 0
	for ; p.ahead(i).Kind != EOF; i++ {
		switch t := p.ahead(i); {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
			if depth == 0 {
				return p.ahead(i + 1).is("{")
			}
		case t.is("|") || t.is(";") || t.is("{"):
			return false
		}
	}
	return false
}

func (p *parser) lambda() Expr {
	start := p.start()
	l := &LambdaExpr{View: p.acceptWord("view")}
	l.Params = p.params()
	l.Body = p.body()
	l.At = p.since(start)
	return l
}

// body reads { let ...; ...; expression }.
func (p *parser) body() *Body {
	b := &Body{}
	open := p.tok()
	if !p.expect("{") {
		b.At = p.since(open.Span.Start)
		return b
	}
	if !p.enter() {
		return b
	}
	defer p.leave()
	for {
		for p.accept(";") {
		}
		if p.at("}") || p.tok().Kind == EOF {
			break
		}
		b.add(p, p.statement())
		if !p.at("}") && !p.at(";") {
			p.bodyTrailing(open)
		}
	}
	p.close(open, "}")
	b.At = p.since(open.Span.Start)
	return b
}

// add takes a statement into the body; its expression must be the last.
func (b *Body) add(p *parser, s Statement) {
	if b.Result != nil {
		p.report(resultNotLast(s.Span()))
	}
	if q, ok := s.(*QueryStmt); ok {
		b.Result = q.Expr
		return
	}
	b.Statements = append(b.Statements, s)
}

// bodyTrailing reports what follows a statement of a body and goes to its end.
func (p *parser) bodyTrailing(open Token) {
	if p.tok().Kind == EOF {
		p.fail(unclosed(open, p.tok(), "}"))
		return
	}
	p.trailing(`";" or "}"`)
	for p.tok().Kind != EOF && !p.at(";") && !p.at("}") {
		if isCloser(p.tok()) {
			p.next()
		}
		p.skip(func(t Token) bool { return t.is(";") })
	}
	p.silent = false
}

// params reads ( name:type [= default], name:(schema) ).
func (p *parser) params() []Param {
	open := p.tok()
	if !p.expect("(") {
		return nil
	}
	var list []Param
	if !p.at(")") {
		scalar := false
		p.separated(func() {
			one := p.param()
			if one.Tabular && scalar {
				p.report(parameterOrder(one.Name.Range, one.Name.Text))
			}
			scalar = scalar || !one.Tabular
			list = append(list, one)
		})
	}
	p.close(open, ")")
	return list
}

func (p *parser) param() Param {
	start := p.start()
	one := Param{Name: p.name("the name of a parameter")}
	if p.expect(":") {
		if p.at("(") {
			one.Tabular = true
			one.Schema, one.Open = p.schema()
		} else {
			one.Type = p.typeName()
		}
	}
	if p.accept("=") {
		one.Default = p.expr()
	}
	one.At = p.since(start)
	return one
}

// schema reads ( name:type, ... ), where * leaves it open.
func (p *parser) schema() (columns []ColumnDecl, open bool) {
	paren := p.tok()
	if !p.expect("(") {
		return nil, false
	}
	for !p.at(")") && p.tok().Kind != EOF {
		start := p.start()
		if p.accept("*") {
			open = true
		} else {
			c := ColumnDecl{Name: p.name("the name of a column")}
			if p.expect(":") {
				c.Type = p.typeName()
			}
			c.At = p.since(start)
			columns = append(columns, c)
		}
		if !p.accept(",") {
			break
		}
	}
	p.close(paren, ")")
	return columns, open
}

func (p *parser) typeName() string {
	if t := p.tok(); t.Kind == Word {
		p.next()
		return t.Text
	}
	p.fail(unexpected(p.tok(), "a type such as string, long or datetime"))
	return ""
}

// nameAhead holds where a name can be read.
func (p *parser) nameAhead() bool {
	return p.tok().Kind == Word || (p.at("[") && p.ahead(1).Kind == String)
}

// name reads a bare or quoted name.
func (p *parser) name(expected string) Name {
	t := p.tok()
	switch {
	case t.Kind == Word:
		p.next()
		return Name{At: At{t.Span}, Text: t.Text}
	case t.is("[") && p.ahead(1).Kind == String:
		p.next()
		text, _ := p.text1()
		p.close(t, "]")
		return Name{At: p.since(t.Span.Start), Text: text, Quoted: true}
	}
	p.fail(unexpected(t, expected))
	return Name{At: At{diag.Span{Start: t.Span.Start, End: t.Span.Start}}}
}
