package syntax

import "strings"

// statements reads the whole text.
func (p *parser) statements() []Statement {
	var list []Statement
	for {
		p.silent = false
		for p.accept(";") {
		}
		if p.tok().Kind == EOF {
			return list
		}
		if !isCloser(p.tok()) {
			list = append(list, p.statement())
			// A directive needs no semicolon: its line's end divides it from the query.
			if c, ok := list[len(list)-1].(*Command); ok && strings.HasPrefix(c.Text, "#") {
				continue
			}
		}
		p.endStatement()
	}
}

// endStatement goes to the next semicolon, reporting what stands before it.
func (p *parser) endStatement() {
	for p.tok().Kind != EOF && !p.at(";") {
		if isCloser(p.tok()) {
			p.fail(strayClosing(p.tok()))
			p.next()
		} else {
			p.trailing("the end of the statement")
		}
		p.skip(func(t Token) bool { return t.is(";") })
	}
}

// trailing reports a token that begins nothing here.
func (p *parser) trailing(expected string) {
	t := p.tok()
	switch {
	case t.Kind == Word && p.operatorAhead():
		p.fail(missingBar(t))
	case t.is("."):
		if n := p.ahead(1); n.Kind == Integer && p.adjacent(1) {
			p.fail(leadingPoint(t, n.Text))
			return
		}
		p.fail(unexpected(t, expected))
	default:
		p.fail(unexpected(t, expected))
	}
}

func (p *parser) statement() Statement {
	t, n := p.tok(), p.ahead(1)
	start := t.Span.Start
	switch {
	case t.is(".") || t.is("#"):
		return p.command()
	case n.Kind == Word && p.infixWord(n) && !p.ahead(2).is("="):
		// A column or table named as a statement is: set has "x".
	case t.word("let") && (n.Kind == Word || n.is("[")) && !p.letIsName():
		return p.let()
	case t.word("set") && n.Kind == Word:
		return p.set()
	case t.word("declare") && n.word("pattern"):
		return p.pattern()
	case t.word("declare") && n.Kind == Word:
		return p.declare()
	case t.word("alias") && n.word("database"):
		return p.alias()
	case t.word("restrict") && n.word("access"):
		return p.restrict()
	}
	e := p.pipeline()
	return &QueryStmt{At: p.since(start), Expr: e}
}

// letIsName tells a table named let from the statement.
func (p *parser) letIsName() bool { return p.ahead(1).is("[") && p.ahead(2).Kind != String }

// command keeps a management command or directive as text, up to the end of the text: its
// own grammar uses bars and semicolons freely.
func (p *parser) command() Statement {
	start := p.start()
	if p.at("#") {
		p.directive()
	} else {
		p.pos = len(p.tokens) - 1
	}
	at := p.since(start)
	return &Command{At: at, Text: p.text[at.Range.Start:at.Range.End]}
}

// directive passes the tokens of one line.
func (p *parser) directive() {
	p.next()
	for p.tok().Kind != EOF && !p.at(";") && !breaksLine(p.tok().Trivia) {
		p.next()
	}
}

func breaksLine(trivia string) bool {
	for _, c := range trivia {
		if c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

func (p *parser) let() Statement {
	start := p.next().Span.Start
	s := &LetStmt{Name: p.name("a name")}
	if p.expect("=") {
		s.Value = p.letValue()
	} else {
		s.Value = p.bad()
	}
	s.At = p.since(start)
	return s
}

func (p *parser) letValue() Expr {
	if p.lambdaAhead() {
		return p.lambda()
	}
	return p.pipeline()
}

func (p *parser) set() Statement {
	start := p.next().Span.Start
	s := &SetStmt{Name: p.name("the name of an option")}
	if p.accept("=") {
		s.Value = p.expr()
	}
	s.At = p.since(start)
	return s
}

func (p *parser) declare() Statement {
	start := p.next().Span.Start
	s := &DeclareStmt{}
	if p.expectWord("query_parameters") {
		s.Params = p.params()
	}
	s.At = p.since(start)
	return s
}

func (p *parser) alias() Statement {
	start := p.next().Span.Start
	p.next()
	s := &AliasStmt{Name: p.name("a name")}
	if p.expect("=") {
		s.Value = p.expr()
	} else {
		s.Value = p.bad()
	}
	s.At = p.since(start)
	return s
}

func (p *parser) restrict() Statement {
	start := p.next().Span.Start
	p.next()
	s := &RestrictStmt{}
	if p.expectWord("to") {
		s.Entities = p.entities()
	}
	s.At = p.since(start)
	return s
}

// entities reads ( table, pattern*, database("d").* ).
func (p *parser) entities() []Expr {
	var list []Expr
	open := p.tok()
	if !p.expect("(") {
		return nil
	}
	p.separated(func() { list = append(list, p.entity()) })
	p.close(open, ")")
	return list
}

func (p *parser) pattern() Statement {
	start := p.next().Span.Start
	p.next()
	s := &PatternStmt{Name: p.name("the name of the pattern")}
	if p.accept("=") {
		s.Params = p.params()
		if open := p.tok(); p.accept("[") {
			path := p.param()
			s.Path = &path
			p.close(open, "]")
		}
		open := p.tok()
		if p.expect("{") {
			for p.at("(") && !p.silent {
				s.Cases = append(s.Cases, p.patternCase())
				p.accept(";")
			}
			p.close(open, "}")
		}
	}
	s.At = p.since(start)
	return s
}

func (p *parser) patternCase() PatternCase {
	open := p.next()
	c := PatternCase{}
	p.separated(func() { c.Values = append(c.Values, p.expr()) })
	p.close(open, ")")
	if p.accept(".") {
		if bracket := p.tok(); p.expect("[") {
			c.Path = p.expr()
			p.close(bracket, "]")
		}
	}
	if p.expect("=") {
		c.Body = p.body()
	}
	c.At = p.since(open.Span.Start)
	return c
}
