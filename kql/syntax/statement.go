package syntax

import (
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
)

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
