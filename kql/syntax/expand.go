package syntax

import "github.com/sleuth-sec/sleuth/diag"

// expansions reads the columns of mv-expand and mv-apply: [Name =] Expr [to typeof(T)].
func (p *parser) expansions() []*NamedExpr {
	var list []*NamedExpr
	p.separated(func() {
		n := p.named()
		if p.acceptWord("to") {
			n.ToType = p.typeLiteral()
			n.At = p.since(n.Range.Start)
		}
		list = append(list, n)
	})
	return list
}

// typeLiteral reads typeof(T) and gives T.
func (p *parser) typeLiteral() string {
	if t := p.tok(); t.Kind == Typed {
		if lit, ok := literal(t).(*Literal); ok && lit.Kind == LitType {
			p.next()
			return lit.Text
		}
	}
	p.fail(unexpected(p.tok(), "a type such as typeof(string)"))
	return ""
}

func (p *parser) mvExpand(op Op) Operator {
	op.Hints = p.hints("bagexpansion", "kind", "with_itemindex")
	o := &MvExpandOp{Op: op, Columns: p.expansions()}
	if p.acceptWord("limit") {
		o.Limit = p.expr()
	}
	return o
}

func (p *parser) mvApply(op Op) Operator {
	op.Hints = p.hints("bagexpansion", "kind", "with_itemindex")
	o := &MvApplyOp{Op: op, Columns: p.expansions()}
	if p.acceptWord("limit") {
		o.Limit = p.expr()
	}
	if p.acceptWord("id") {
		o.ID = p.expr()
	}
	if p.expectWord("on") {
		o.Subquery, o.SubqueryAt = p.subquery()
	}
	return o
}

// subquery reads ( operator | operator ... ) and the span between the parentheses.
func (p *parser) subquery() ([]Operator, diag.Span) {
	open := p.tok()
	if !p.expect("(") {
		return nil, diag.Span{Start: open.Span.Start, End: open.Span.Start}
	}
	list := p.operators()
	inner := diag.Span{Start: open.End(), End: p.start()}
	p.close(open, ")")
	return list, inner
}

func (p *parser) fork(op Op) Operator {
	o := &ForkOp{Op: op}
	for p.at("(") || (p.nameAhead() && p.namedAhead()) {
		b := ForkBranch{At: At{p.tok().Span}}
		if !p.at("(") {
			n := p.name("a name")
			p.next()
			b.Name = &n
		}
		b.Operators, _ = p.subquery()
		b.At = p.since(b.Range.Start)
		o.Branches = append(o.Branches, b)
		if p.silent {
			break
		}
	}
	if len(o.Branches) == 0 {
		p.fail(unexpected(p.tok(), `"("`))
	}
	return o
}

func (p *parser) facet(op Op) Operator {
	o := &FacetOp{Op: op}
	if p.expectWord("by") {
		p.separated(func() { o.Columns = append(o.Columns, p.column()) })
	}
	if !p.acceptWord("with") {
		return o
	}
	if p.at("(") {
		o.With, _ = p.subquery()
	} else {
		o.With = []Operator{p.operator()}
	}
	return o
}

// column reads a column or a path from one. A parenthesis behind it is no call: partition by x (...).
func (p *parser) column() Expr {
	if !p.nameAhead() {
		return p.missing("a column")
	}
	n := p.name("a column")
	return p.postfix(&NameExpr{At: n.At, Name: n.Text, Quoted: n.Quoted})
}

func (p *parser) partition(op Op) Operator {
	op.Hints = p.hints()
	o := &PartitionOp{Op: op}
	if !p.expectWord("by") {
		o.By, o.Subquery = p.bad(), p.bad()
		return o
	}
	o.By = p.column()
	if p.acceptWord("in") {
		o.In = p.postfix(p.primary())
	}
	open := p.tok()
	if p.accept("{") {
		o.Braces = true
		o.Subquery = p.pipeline()
		p.close(open, "}")
		return o
	}
	list, at := p.subquery()
	o.Subquery = &TabularExpr{At: At{at}, Operators: list}
	return o
}
