package syntax

import "github.com/sleuth-sec/sleuth/diag"

// expr reads a scalar expression.
func (p *parser) expr() Expr {
	if !p.enter() {
		p.leave()
		return p.bad()
	}
	defer p.leave()
	return p.binary(precOr)
}

// binary climbs over operators that bind at least as strongly as least.
func (p *parser) binary(least int) Expr {
	start := p.start()
	left := p.unary()
	// Comparisons do not chain: a == b == c is refused (KQL grammar, equalityExpression).
	compared := 0
	for chain := 0; ; chain++ {
		in, ok := p.infixAhead()
		if !ok || in.prec < least {
			return left
		}
		if chain == maxChain {
			p.fail(tooLong(p.tok().Span))
			p.skip(func(t Token) bool { return t.is("|") || t.is(";") || t.is(",") })
			return left
		}
		comparison := in.prec == precEquality || in.prec == precRelational
		if comparison && compared == in.prec {
			p.report(chainedComparison(p.tok()))
		}
		if comparison {
			compared = in.prec
		} else {
			compared = 0
		}
		left = p.operation(left, start, in)
	}
}

// operation reads the operator and what stands to its right.
func (p *parser) operation(left Expr, start int, in infix) Expr {
	op := p.tok().Span
	for range in.tokens {
		op = op.Join(p.next().Span)
	}
	switch {
	case in.list:
		e := &InExpr{Op: in.op, OpSpan: op, Left: left}
		e.List = p.inList(in, op)
		e.At = p.since(start)
		return e
	case in.range_:
		e := &BetweenExpr{Not: in.op == "!between", Value: left}
		e.Low, e.High = p.bounds(in.op, op)
		e.At = p.since(start)
		return e
	}
	var right Expr
	if p.at("*") && in.prec > precAnd {
		// A star is every column, which only a condition can be about.
		right = p.missing("an expression")
	} else {
		right = p.binary(in.prec + 1)
	}
	return &BinaryExpr{At: p.since(start), Op: in.op, OpSpan: op, Left: left, Right: right}
}

func (p *parser) inList(in infix, op diag.Span) []Expr {
	open := p.tok()
	if !p.at("(") {
		p.report(missingParentheses(op, in.op))
		return []Expr{p.binary(precRelational)}
	}
	p.next()
	var list []Expr
	if !p.at(")") {
		p.separated(func() { list = append(list, p.pipeline()) })
	}
	p.close(open, ")")
	return list
}

// bounds reads ( low .. high ).
func (p *parser) bounds(op string, span diag.Span) (low, high Expr) {
	open := p.tok()
	if !p.expect("(") {
		return p.bad(), p.bad()
	}
	low = p.expr()
	if p.expect("..") {
		high = p.expr()
	} else {
		high = p.bad()
	}
	p.close(open, ")")
	return low, high
}

func (p *parser) unary() Expr {
	t := p.tok()
	if !t.is("-") && !t.is("+") {
		return p.postfix(p.primary())
	}
	if !p.enter() {
		p.leave()
		return p.bad()
	}
	defer p.leave()
	p.next()
	operand := p.unary()
	return &UnaryExpr{At: p.since(t.Span.Start), Op: t.Text, OpSpan: t.Span, Operand: operand}
}

// postfix reads .name, .name(args), .["name"], [index] behind an expression.
func (p *parser) postfix(base Expr) Expr {
	start := base.Span().Start
	if start > p.start() {
		start = p.start()
	}
	for chain := 0; chain < maxChain; chain++ {
		switch t := p.tok(); {
		case t.is(".") && (p.ahead(1).Kind == Word || p.ahead(1).Kind == Typed):
			p.next()
			base = p.member(base, start)
		case t.is(".") && p.ahead(1).is("[") && p.ahead(2).Kind == String && p.ahead(3).is("]"):
			p.next()
			name := p.name("a name")
			base = &PathExpr{At: p.since(start), Base: base, Name: &name}
		case t.is(".") && p.ahead(1).is("["):
			p.next()
			base = p.index(base, start)
		case t.is("["):
			base = p.index(base, start)
		case t.is(".") && p.ahead(1).is("*") && p.ahead(1).Trivia == "":
			return base // database("d").*: entity reads on
		case t.is(".") && p.ahead(1).Kind != Integer:
			p.next()
			p.fail(unexpected(p.tok(), "a name"))
			return base
		default:
			return base
		}
	}
	p.fail(tooLong(p.tok().Span))
	return base
}

// member reads the name after a point, and its arguments if it is called.
func (p *parser) member(base Expr, start int) Expr {
	t := p.next()
	if t.Kind == Typed {
		// x.time(...): a name that looks like a typed literal has no meaning as a call.
		p.fail(unexpected(t, "a name"))
		return &PathExpr{At: p.since(start), Base: base, Name: &Name{At: At{t.Span}, Text: t.Text}}
	}
	name := Name{At: At{t.Span}, Text: t.Text}
	if p.at("(") {
		args := p.args()
		return &PathCallExpr{At: p.since(start), Base: base, Name: name, Args: args}
	}
	return &PathExpr{At: p.since(start), Base: base, Name: &name}
}

func (p *parser) index(base Expr, start int) Expr {
	open := p.next()
	e := p.expr()
	p.close(open, "]")
	return &PathExpr{At: p.since(start), Base: base, Index: e}
}

func (p *parser) primary() Expr {
	t := p.tok()
	switch t.Kind {
	case String:
		return p.stringLit()
	case Integer, Decimal, Duration, Typed:
		p.next()
		return literal(t)
	case Word:
		return p.word()
	case Bad:
		// Reported by the scanner: what follows is read as if an operand stood here.
		p.next()
		return &BadExpr{At: At{t.Span}}
	case Punct:
		switch t.Text {
		case "(":
			return p.paren()
		case "*":
			p.next()
			return &StarExpr{At: At{t.Span}}
		case "[":
			if p.ahead(1).Kind == String {
				n := p.name("a name")
				if p.at("(") {
					return p.call(n)
				}
				return &NameExpr{At: n.At, Name: n.Text, Quoted: true}
			}
		case ".":
			if n := p.ahead(1); n.Kind == Integer && p.adjacent(1) {
				p.report(leadingPoint(t, n.Text))
				p.next()
				p.next()
				return &BadExpr{At: p.since(t.Span.Start)}
			}
		}
	}
	return p.missing("an expression")
}

// word reads an expression that begins with a name: a boolean, dynamic(), a call or a reference.
func (p *parser) word() Expr {
	t := p.tok()
	switch t.Text {
	case "true", "false", "True", "False", "TRUE", "FALSE":
		if !p.ahead(1).is("(") {
			p.next()
			return &Literal{At: At{t.Span}, Kind: LitBool, Text: t.Text}
		}
	case "dynamic":
		if p.ahead(1).is("(") {
			return p.dynamic()
		}
	case "datatable", "externaldata", "external_data":
		if p.sourceAhead() {
			return p.pipeline()
		}
	}
	p.next()
	n := Name{At: At{t.Span}, Text: t.Text}
	if p.at("(") {
		return p.call(n)
	}
	if (t.Text == "toscalar" || t.Text == "totable") && p.atWord("kind") && p.ahead(1).is("=") {
		return p.call(n)
	}
	return &NameExpr{At: n.At, Name: t.Text}
}

func (p *parser) call(name Name) Expr {
	c := &CallExpr{Name: name}
	// toscalar kind=nooptimization (T): advice to the service's optimiser, of no meaning for the result.
	if p.acceptWord("kind") {
		p.expect("=")
		p.name("nooptimization")
	}
	c.Args = p.args()
	c.At = p.since(name.Range.Start)
	return c
}

func (p *parser) args() []Arg {
	open := p.tok()
	if !p.expect("(") {
		return nil
	}
	var list []Arg
	if !p.at(")") {
		p.separated(func() { list = append(list, p.arg()) })
	}
	p.close(open, ")")
	return list
}

func (p *parser) arg() Arg {
	a := Arg{}
	start := p.start()
	if p.nameAhead() && p.namedAhead() {
		n := p.name("a name")
		p.next()
		a.Name = &n
	}
	a.Value = p.pipeline()
	a.At = p.since(start)
	return a
}

// namedAhead holds at name = .
func (p *parser) namedAhead() bool {
	if p.tok().Kind == Word {
		return p.ahead(1).is("=")
	}
	return p.at("[") && p.ahead(1).Kind == String && p.ahead(2).is("]") && p.ahead(3).is("=")
}

func (p *parser) paren() Expr {
	open := p.next()
	inner := p.pipeline()
	p.close(open, ")")
	return &ParenExpr{At: p.since(open.Span.Start), Inner: inner}
}

// missing reports that an expression is wanted here.
func (p *parser) missing(expected string) Expr {
	p.fail(unexpected(p.tok(), expected))
	return p.bad()
}

// bad is an empty node at the parser's place.
func (p *parser) bad() Expr {
	return &BadExpr{At: At{diag.Span{Start: p.start(), End: p.start()}}}
}
