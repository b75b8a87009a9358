package syntax

func (p *parser) makeSeries(op Op) Operator {
	op.Hints = p.hints("kind")
	o := &MakeSeriesOp{Op: op}
	p.separated(func() {
		a := &SeriesAggregate{NamedExpr: *p.named()}
		if p.atWord("default") && p.ahead(1).is("=") {
			p.next()
			p.next()
			a.Default = p.expr()
			a.At = p.since(a.Range.Start)
		}
		o.Aggregates = append(o.Aggregates, a)
	})
	if !p.expectWord("on") {
		return o
	}
	p.inSeries = true
	o.On = p.named()
	p.inSeries = false
	p.seriesBounds(o)
	if p.acceptWord("by") {
		o.By = p.namedList()
	}
	return o
}

// seriesBounds reads [from x] [to y] step z, or in range(x, y, z).
func (p *parser) seriesBounds(o *MakeSeriesOp) {
	if p.acceptWord("in") {
		o.InRange = true
		p.expectWord("range")
		open := p.tok()
		if !p.expect("(") {
			return
		}
		o.From = p.expr()
		p.expect(",")
		o.To = p.expr()
		p.expect(",")
		o.Step = p.expr()
		p.close(open, ")")
		return
	}
	if p.acceptWord("from") {
		o.From = p.expr()
	}
	if p.acceptWord("to") {
		o.To = p.expr()
	}
	o.Step = p.after("step")
}

func (p *parser) topNested(op Op) Operator {
	o := &TopNestedOp{Op: op}
	for {
		o.Levels = append(o.Levels, p.topNestedLevel())
		if !p.at(",") || p.silent {
			return o
		}
		p.next()
		name, n := p.operatorName()
		if p.tok().Kind != Word || name != "top-nested" {
			p.fail(unexpected(p.tok(), `"top-nested"`))
			return o
		}
		for range n {
			p.next()
		}
	}
}

func (p *parser) topNestedLevel() TopNestedLevel {
	start := p.start()
	l := TopNestedLevel{}
	if !p.atWord("of") {
		l.Count = p.expr()
	}
	if p.expectWord("of") {
		l.Of = p.named()
	} else {
		l.Of = &NamedExpr{Value: p.bad()}
	}
	if p.acceptWord("with") {
		p.expectWord("others")
		p.expect("=")
		l.Others = p.expr()
	}
	if p.expectWord("by") {
		l.By = p.named()
		if p.atWord("asc") || p.atWord("desc") {
			l.Order = p.next().Text
		}
	} else {
		l.By = &NamedExpr{Value: p.bad()}
	}
	l.At = p.since(start)
	return l
}

func (p *parser) topHitters(op Op) Operator {
	o := &TopHittersOp{Op: op, Count: p.expr()}
	if p.expectWord("of") {
		o.Of = p.namedValue()
	} else {
		o.Of = p.bad()
	}
	if p.acceptWord("by") {
		o.By = p.namedValue()
	}
	return o
}

func (p *parser) scan(op Op) Operator {
	op.Hints = p.hints("with_match_id", "with_step_name")
	o := &ScanOp{Op: op}
	if p.acceptWord("order") {
		p.expectWord("by")
		o.OrderBy = p.sortKeys()
	}
	if p.acceptWord("partition") {
		p.expectWord("by")
		p.separated(func() { o.PartitionBy = append(o.PartitionBy, p.expr()) })
	}
	if p.acceptWord("declare") {
		o.Declares = p.params()
	}
	if !p.expectWord("with") {
		return o
	}
	open := p.tok()
	if !p.expect("(") {
		return o
	}
	for p.atWord("step") && !p.silent {
		o.Steps = append(o.Steps, p.scanStep())
		if !p.accept(";") {
			break
		}
	}
	if len(o.Steps) == 0 {
		p.fail(unexpected(p.tok(), `"step"`))
	}
	p.close(open, ")")
	return o
}

func (p *parser) scanStep() ScanStep {
	s := ScanStep{}
	start := p.next().Span.Start
	s.Name = p.name("the name of the step")
	s.Optional = p.acceptWord("optional")
	if p.acceptWord("output") {
		p.expect("=")
		s.Output = p.oneOf("all", "last", "none")
	}
	if p.expect(":") {
		s.Condition = p.expr()
	} else {
		s.Condition = p.bad()
	}
	if p.accept("=>") {
		s.Assignments = p.namedList()
	}
	s.At = p.since(start)
	return s
}
