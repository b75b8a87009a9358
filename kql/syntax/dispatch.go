package syntax

// dispatch reads what follows an operator's name.
func (p *parser) dispatch(name string, op Op) Operator {
	if read := p.rowOperator(name, op); read != nil {
		return p.finish(read)
	}
	if read := p.tableOperator(name, op); read != nil {
		return p.finish(read)
	}
	if read := p.graphOperator(name, op); read != nil {
		return p.finish(read)
	}
	return p.finish(p.opaque(name, op))
}

// rowOperator reads operators that shape rows and columns.
func (p *parser) rowOperator(name string, op Op) Operator {
	switch name {
	case "where", "filter":
		return p.where(op)
	case "project", "extend", "distinct", "print", "serialize", "project-rename", "project-by-names":
		return p.project(name, op)
	case "project-away", "project-keep", "project-reorder":
		return p.projectNames(name, op)
	case "summarize":
		return p.summarize(op)
	case "sort", "order":
		return p.sort(op)
	case "top":
		return p.top(op)
	case "take", "limit":
		op.Hints = p.hints()
		return &TakeOp{Op: op, Count: p.expr()}
	case "sample":
		op.Hints = p.hints()
		return &SampleOp{Op: op, Count: p.expr()}
	case "sample-distinct":
		return p.sampleDistinct(op)
	case "count":
		return p.count(op)
	case "mv-expand", "mvexpand":
		return p.mvExpand(op)
	case "mv-apply", "mvapply":
		return p.mvApply(op)
	case "parse", "parse-where":
		return p.parse(name, op)
	case "parse-kv":
		return p.parseKV(op)
	case "make-series":
		return p.makeSeries(op)
	case "reduce":
		return p.reduce(op)
	case "top-nested":
		return p.topNested(op)
	case "top-hitters":
		return p.topHitters(op)
	case "scan":
		return p.scan(op)
	}
	return nil
}

// tableOperator reads operators on whole tables, and sources.
func (p *parser) tableOperator(name string, op Op) Operator {
	switch name {
	case "join", "lookup":
		return p.join(name, op)
	case "union":
		return p.union(op)
	case "range":
		return p.rangeOp(op)
	case "datatable":
		return p.datatable(op)
	case "externaldata", "external_data":
		return p.externalData(op)
	case "evaluate":
		return p.evaluate(op)
	case "invoke":
		return p.invoke(op)
	case "as":
		op.Hints = p.hints()
		return &AsOp{Op: op, Name: p.name("a name")}
	case "render":
		return p.render(op)
	case "getschema":
		op.Hints = p.hints("kind")
		return &GetSchemaOp{Op: op}
	case "consume":
		op.Hints = p.hints("decodeblocks")
		return &ConsumeOp{Op: op}
	case "search":
		return p.search(op)
	case "find":
		return p.find(op)
	case "fork":
		return p.fork(op)
	case "facet":
		return p.facet(op)
	case "partition":
		return p.partition(op)
	}
	return nil
}

// opaque keeps an operator as text, up to the next bar outside brackets.
func (p *parser) opaque(name string, op Op) Operator {
	start := p.start()
	p.skip(func(t Token) bool { return t.is("|") || t.is(";") })
	text := ""
	if p.end() > start {
		text = p.plain(p.since(start).Range)
	}
	return &OpaqueOp{Op: op, Verb: name, Text: text}
}

// hints reads name=value pairs behind an operator's name: hint.x of every kind, names that begin with
// two underscores, and those listed.
func (p *parser) hints(known ...string) []Hint {
	var list []Hint
	for {
		t := p.tok()
		start := t.Span.Start
		switch {
		case t.word("hint") && p.ahead(1).is(".") && p.ahead(2).Kind == Word && p.ahead(3).is("="):
			p.next()
			p.next()
			list = append(list, p.hint("hint."+p.tok().Text, start))
		case t.Kind == Word && p.ahead(1).is("=") && isKnownHint(t.Text, known):
			list = append(list, p.hint(t.Text, start))
		default:
			return list
		}
		// A comma between hints is not in the grammar and is common in published queries of union.
		if p.at(",") && p.hintAfterComma(known) {
			p.next()
		}
	}
}

func (p *parser) hintAfterComma(known []string) bool {
	n := p.ahead(1)
	return n.word("hint") && p.ahead(2).is(".") || n.Kind == Word && p.ahead(2).is("=") && isKnownHint(n.Text, known)
}
