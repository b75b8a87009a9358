package syntax

import (
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
)

func isKnownHint(name string, known []string) bool {
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return strings.HasPrefix(name, "__")
}

// hint reads name = value; the last word of the name stands at the parser's place.
func (p *parser) hint(name string, start int) Hint {
	p.next()
	p.expect("=")
	h := Hint{Name: strings.ToLower(name)}
	switch t := p.tok(); {
	case t.Kind == Word && isBoolWord(t.Text):
		// A parenthesis behind it begins the operand: union isfuzzy=true (T | ...), U.
		p.next()
		h.Value = &Literal{At: At{t.Span}, Kind: LitBool, Text: t.Text}
	case t.Kind == Word && !(t.Text == "dynamic" && p.ahead(1).is("(")):
		p.next()
		h.Value = &NameExpr{At: At{t.Span}, Name: t.Text}
	case p.nameAhead():
		n := p.name("a value")
		h.Value = &NameExpr{At: n.At, Name: n.Text, Quoted: n.Quoted}
	default:
		h.Value = p.unary()
	}
	h.At = p.since(start)
	return h
}

func (p *parser) where(op Op) Operator {
	op.Hints = p.hints()
	w := &WhereOp{Op: op, Predicate: p.predicate()}
	return w
}

// predicate reads a condition, and where = stands for == says so.
func (p *parser) predicate() Expr {
	start := p.start()
	e := p.expr()
	for p.at("=") {
		p.report(assignmentInPredicate(p.tok()))
		op := p.next().Span
		right := p.expr()
		e = &BinaryExpr{At: p.since(start), Op: "==", OpSpan: op, Left: e, Right: right}
	}
	return e
}

// named reads [Name =] Expr or (A, B) = Expr.
func (p *parser) named() *NamedExpr {
	start := p.start()
	n := &NamedExpr{}
	switch {
	case p.namedAhead():
		n.Names = []Name{p.name("a name")}
		p.next()
	case p.tupleAhead():
		n.Tuple = true
		open := p.next()
		p.separated(func() { n.Names = append(n.Names, p.name("a name")) })
		p.close(open, ")")
		p.expect("=")
	}
	n.Value = p.expr()
	n.At = p.since(start)
	return n
}

// tupleAhead looks for (a, b) =.
func (p *parser) tupleAhead() bool {
	if !p.at("(") {
		return false
	}
	for i := 1; ; i++ {
		switch {
		case p.ahead(i).Kind == Word:
		case p.ahead(i).is("[") && p.ahead(i+1).Kind == String && p.ahead(i+2).is("]"):
			i += 2
		default:
			return false
		}
		i++
		if p.ahead(i).is(")") {
			return p.ahead(i + 1).is("=")
		}
		if !p.ahead(i).is(",") {
			return false
		}
	}
}

func (p *parser) namedList() []*NamedExpr {
	var list []*NamedExpr
	p.separated(func() { list = append(list, p.named()) })
	return list
}

// ended holds where an operator may end.
func (p *parser) ended() bool {
	t := p.tok()
	return t.Kind == EOF || t.is("|") || t.is(";") || isCloser(t)
}

func (p *parser) project(verb string, op Op) Operator {
	if verb == "distinct" || verb == "serialize" {
		op.Hints = p.hints()
	}
	o := &ProjectOp{Op: op, Verb: verb}
	if p.ended() && (verb == "serialize" || verb == "project" || verb == "project-rename") {
		return o
	}
	p.separated(func() {
		if verb == "distinct" && p.at("*") {
			o.Columns = append(o.Columns, p.wildcardColumn())
			return
		}
		o.Columns = append(o.Columns, p.named())
	})
	return o
}

// projectNames reads project-away, project-keep and project-reorder: names and wildcards.
func (p *parser) projectNames(verb string, op Op) Operator {
	o := &ProjectOp{Op: op, Verb: verb}
	if p.ended() && verb != "project-keep" {
		return o
	}
	p.separated(func() {
		o.Columns = append(o.Columns, p.wildcardColumn())
		if verb == "project-reorder" {
			o.Orders = append(o.Orders, p.reorder())
		}
	})
	return o
}

func (p *parser) wildcardColumn() *NamedExpr {
	start := p.start()
	var e Expr
	if w, ok := p.wildcard(); ok {
		e = w
	} else if p.nameAhead() {
		n := p.name("a column")
		e = &NameExpr{At: n.At, Name: n.Text, Quoted: n.Quoted}
	} else {
		e = p.missing("the name of a column")
	}
	return &NamedExpr{At: p.since(start), Value: e}
}

func (p *parser) reorder() string {
	name, n := p.operatorName()
	switch name {
	case "asc", "desc", "granny-asc", "granny-desc":
		for range n {
			p.next()
		}
		return name
	}
	return ""
}

// wildcard reads a name with * in it, whose parts stand without white space between.
func (p *parser) wildcard() (Expr, bool) {
	if !p.at("*") && !(p.tok().Kind == Word && p.ahead(1).is("*") && p.adjacent(1)) {
		return nil, false
	}
	start := p.start()
	text := p.next().Text
	for p.adjacent(0) {
		t := p.tok()
		if !t.is("*") && t.Kind != Word && t.Kind != Integer && t.Kind != Duration {
			break
		}
		text += p.next().Text
	}
	return &WildcardExpr{At: p.since(start), Pattern: text}, true
}

// entity reads a table where the grammar allows a wildcard: T, Sig*, database("d").T*, (pipeline).
func (p *parser) entity() Expr {
	if w, ok := p.wildcard(); ok {
		return w
	}
	e := p.postfix(p.primary())
	start := e.Span().Start
	if path, ok := e.(*PathExpr); ok && path.Name != nil && p.at("*") && p.adjacent(0) {
		w, _ := p.wildcard()
		path.Name.Text += w.(*WildcardExpr).Pattern
		path.Name.At = At{diag.Span{Start: path.Name.Range.Start, End: p.end()}}
		path.At = p.since(start)
		return path
	}
	if p.at(".") && p.ahead(1).is("*") {
		p.next()
		w, _ := p.wildcard()
		name := Name{At: At{w.Span()}, Text: w.(*WildcardExpr).Pattern}
		return &PathExpr{At: p.since(start), Base: e, Name: &name}
	}
	return e
}

func (p *parser) summarize(op Op) Operator {
	op.Hints = p.hints()
	o := &SummarizeOp{Op: op}
	if !p.atWord("by") || p.ahead(1).is("=") {
		if !p.ended() {
			o.Aggregates = p.namedList()
		}
	}
	if p.acceptWord("by") {
		o.HasBy = true
		o.By = p.namedList()
		// by x bin=1h is the old spelling of by bin(x, 1h); it stands among the hints.
		if t := p.tok(); t.word("bin") && p.ahead(1).is("=") {
			o.Hints = append(o.Hints, p.hint("bin", t.Span.Start))
		}
	}
	return o
}

func (p *parser) sortKeys() []SortKey {
	var keys []SortKey
	p.separated(func() { keys = append(keys, p.sortKey()) })
	return keys
}

func (p *parser) sortKey() SortKey {
	start := p.start()
	k := SortKey{Value: p.namedValue()}
	if p.atWord("asc") || p.atWord("desc") {
		k.Order = p.next().Text
	}
	if p.acceptWord("nulls") {
		if p.atWord("first") || p.atWord("last") {
			k.Nulls = p.next().Text
		} else {
			p.fail(unexpected(p.tok(), `"first" or "last"`))
		}
	}
	k.At = p.since(start)
	return k
}

// namedValue is a NamedExpr where a name was written, else the bare expression.
func (p *parser) namedValue() Expr {
	n := p.named()
	if len(n.Names) == 0 {
		return n.Value
	}
	return n
}

func (p *parser) sort(op Op) Operator {
	op.Hints = p.hints()
	o := &SortOp{Op: op}
	if p.expectWord("by") {
		o.Keys = p.sortKeys()
	}
	return o
}

func (p *parser) top(op Op) Operator {
	op.Hints = p.hints()
	o := &TopOp{Op: op, Count: p.expr()}
	if p.expectWord("by") {
		o.Keys = p.sortKeys()
	}
	return o
}

func (p *parser) sampleDistinct(op Op) Operator {
	op.Hints = p.hints()
	o := &SampleDistinctOp{Op: op, Count: p.expr()}
	if p.expectWord("of") {
		o.Of = p.namedValue()
	} else {
		o.Of = p.bad()
	}
	return o
}

func (p *parser) count(op Op) Operator {
	op.Hints = p.hints()
	o := &CountOp{Op: op}
	if p.acceptWord("as") {
		n := p.name("a name")
		o.As = &n
	}
	return o
}
