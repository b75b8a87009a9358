package syntax

func (p *parser) join(verb string, op Op) Operator {
	op.Hints = p.hints("kind")
	o := &JoinOp{Op: op, Verb: verb}
	o.Right = p.postfix(p.joinTable())
	// Hints behind the table are not in the grammar, yet the service takes them.
	o.Hints = append(o.Hints, p.hints("kind")...)
	if p.acceptWord("on") {
		p.separated(func() { o.On = append(o.On, p.predicate()) })
	} else if verb == "lookup" {
		p.expectWord("on")
	}
	return o
}

// joinTable reads the right side: a table, a call, or a pipeline in parentheses.
func (p *parser) joinTable() Expr {
	if p.atWord("on") || p.ended() {
		return p.missing("the table to join with")
	}
	return p.primary()
}

func (p *parser) union(op Op) Operator {
	op.Hints = p.hints("kind", "withsource", "with_source", "isfuzzy")
	o := &UnionOp{Op: op}
	p.separated(func() { o.Tables = append(o.Tables, p.entity()) })
	return o
}

func (p *parser) rangeOp(op Op) Operator {
	o := &RangeOp{Op: op, Column: p.name("the name of a column")}
	o.From, o.To, o.Step = p.after("from"), p.after("to"), p.after("step")
	return o
}

// after reads word Expr.
func (p *parser) after(word string) Expr {
	if !p.expectWord(word) {
		return p.bad()
	}
	return p.expr()
}

func (p *parser) datatable(op Op) Operator {
	op.Hints = p.hints()
	o := &DatatableOp{Op: op}
	o.Columns, _ = p.schema()
	open := p.tok()
	if !p.expect("[") {
		return o
	}
	for !p.at("]") && p.tok().Kind != EOF && !p.silent {
		o.Values = append(o.Values, p.expr())
		if !p.accept(",") {
			break
		}
	}
	p.close(open, "]")
	return o
}

func (p *parser) externalData(op Op) Operator {
	op.Hints = p.hints()
	o := &ExternalDataOp{Op: op}
	o.Columns, _ = p.schema()
	open := p.tok()
	if !p.expect("[") {
		return o
	}
	for !p.at("]") && p.tok().Kind != EOF && !p.silent {
		o.URIs = append(o.URIs, p.expr())
		if !p.accept(",") {
			break
		}
	}
	p.close(open, "]")
	if p.acceptWord("with") {
		o.Options = p.properties()
	}
	return o
}

func (p *parser) evaluate(op Op) Operator {
	op.Hints = p.hints()
	o := &EvaluateOp{Op: op, Call: p.plugin("the name of a plugin")}
	if p.accept(":") {
		o.HasSchema = true
		o.Schema, o.OpenSchema = p.schema()
	}
	return o
}

// plugin reads a call; the node is never nil.
func (p *parser) plugin(expected string) *CallExpr {
	start := p.start()
	if !p.nameAhead() {
		p.fail(unexpected(p.tok(), expected))
		return &CallExpr{At: p.bad().(*BadExpr).At}
	}
	c := &CallExpr{Name: p.name(expected)}
	c.Args = p.args()
	c.At = p.since(start)
	return c
}

func (p *parser) invoke(op Op) Operator {
	o := &InvokeOp{Op: op, Call: p.plugin("the name of a function")}
	if p.at(".") {
		o.Path = p.postfix(o.Call)
	}
	return o
}

func (p *parser) render(op Op) Operator {
	o := &RenderOp{Op: op}
	t := p.tok()
	if t.Kind != Word {
		p.fail(unexpected(t, "a visualization such as table, timechart or barchart"))
		return o
	}
	o.Visualization = p.next().Text
	if p.acceptWord("with") {
		o.Properties = p.properties()
		return o
	}
	// The old form lists properties without parentheses: render timechart title="x" kind=stacked by a, b.
	for p.tok().Kind == Word && !p.silent {
		if p.atWord("by") {
			o.Properties = append(o.Properties, p.renderBy())
			continue
		}
		if !p.namedAhead() {
			break
		}
		o.Properties = append(o.Properties, p.property())
		p.accept(",")
	}
	return o
}

func (p *parser) renderBy() Hint {
	h := Hint{Name: "by"}
	start := p.next().Span.Start
	h.Value = p.postfix(p.primary())
	for p.accept(",") {
		appendProperty(&h, p.postfix(p.primary()))
	}
	h.At = p.since(start)
	return h
}

func (p *parser) search(op Op) Operator {
	op.Hints = p.hints("kind", "datascope")
	o := &SearchOp{Op: op}
	if p.atWord("in") && p.ahead(1).is("(") {
		p.next()
		o.Tables = p.entities()
	}
	o.Predicate = p.predicate()
	return o
}

func (p *parser) find(op Op) Operator {
	op.Hints = p.hints("withsource", "with_source", "datascope")
	o := &FindOp{Op: op}
	if p.atWord("in") && p.ahead(1).is("(") {
		p.next()
		o.Tables = p.entities()
	}
	p.acceptWord("where")
	o.Predicate = p.predicate()
	switch name, n := p.operatorName(); name {
	case "project-smart":
		o.Smart = true
		for range n {
			p.next()
		}
	case "project":
		p.next()
		p.findColumns(o)
	}
	return o
}

// findColumns reads name[:type] and pack(*).
func (p *parser) findColumns(o *FindOp) {
	p.separated(func() {
		if t := p.tok(); (t.word("pack") || t.word("pack_all")) && p.ahead(1).is("(") {
			open := p.ahead(1)
			p.next()
			p.next()
			p.accept("*")
			p.close(open, ")")
			o.Pack = true
			return
		}
		n := p.name("a column")
		c := &NamedExpr{Value: &NameExpr{At: n.At, Name: n.Text, Quoted: n.Quoted}}
		if p.accept(":") {
			c.ToType = p.typeName()
		}
		c.At = p.since(n.Range.Start)
		o.Columns = append(o.Columns, c)
	})
}
