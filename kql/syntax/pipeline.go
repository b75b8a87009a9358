package syntax

import (
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/diag"
)

// operatorNames are all spellings that may follow a bar, for recognition and suggestions.
var operatorNames = []string{
	"where", "filter", "project", "extend", "project-away", "project-keep", "project-rename", "project-reorder",
	"project-by-names", "distinct", "print", "serialize", "summarize", "sort", "order", "top", "take", "limit", "sample",
	"sample-distinct", "count", "join", "lookup", "union", "mv-expand", "mvexpand", "mv-apply", "mvapply", "parse",
	"parse-where", "parse-kv", "range", "datatable", "externaldata", "external_data", "make-series", "evaluate", "invoke",
	"as", "render", "getschema", "consume", "reduce", "top-nested", "top-hitters", "search", "find", "fork", "facet",
	"partition", "scan", "execute-and-cache", "assert-schema", "macro-expand", "make-graph", "graph-match", "graph-merge",
	"graph-to-table", "graph-mark-components", "graph-shortest-paths", "graph-where-nodes", "graph-where-edges",
}

func isOperatorName(name string) bool {
	for _, n := range operatorNames {
		if n == name {
			return true
		}
	}
	return false
}

// operatorName reads ahead the word at the parser's place with the parts that hyphens join to it, and says
// how many tokens spell it.
func (p *parser) operatorName() (string, int) {
	name, n := p.tok().Text, 1
	for p.ahead(n).is("-") && p.adjacent(n) && p.ahead(n+1).Kind == Word && p.adjacent(n+1) {
		name += "-" + p.ahead(n+1).Text
		n += 2
	}
	return name, n
}

// operatorAhead holds at an operator's name that cannot be anything else.
func (p *parser) operatorAhead() bool {
	name, _ := p.operatorName()
	return isOperatorName(name)
}

// pipeline reads an expression and the operators behind it.
func (p *parser) pipeline() Expr {
	start := p.start()
	var source Expr
	leading := p.sourceAhead()
	if leading {
		op := p.operator()
		source = &OperatorExpr{At: At{op.Span()}, Operator: op}
	} else {
		source = p.expr()
	}
	if !leading && !p.at("|") {
		return source
	}
	t := &TabularExpr{Source: source}
	t.Operators = p.pipe()
	t.At = p.since(start)
	return t
}

// pipe reads | operator as often as it stands there.
func (p *parser) pipe() []Operator {
	var list []Operator
	for p.at("|") {
		p.silent = false
		bar := p.next()
		if t := p.tok(); t.Kind != Word && (t.Kind == EOF || t.is(";") || t.is("|") || isCloser(t)) {
			p.fail(unexpected(t, "an operator after the bar"))
			list = append(list, &BadOperator{Op: Op{At: At{bar.Span}, Keyword: bar.Span}})
			continue
		}
		list = append(list, p.operator())
	}
	return list
}

// operators reads a pipeline without a source: operator | operator | ... .
func (p *parser) operators() []Operator {
	if p.at(")") || p.tok().Kind == EOF {
		p.fail(unexpected(p.tok(), "an operator"))
		return nil
	}
	list := []Operator{p.operator()}
	return append(list, p.pipe()...)
}

// sourceAhead tells an operator that begins a pipeline from a name spelt the same.
func (p *parser) sourceAhead() bool {
	t := p.tok()
	if t.Kind != Word {
		return false
	}
	n := p.ahead(1)
	switch t.Text {
	case "find", "search":
		return p.operandAhead(n) || (n.word("in") && p.ahead(2).is("("))
	case "print", "union":
		return p.operandAhead(n)
	case "range":
		return (n.Kind == Word || n.is("[")) && !p.infixWord(n)
	case "evaluate":
		return n.Kind == Word && !p.infixWord(n)
	case "datatable", "externaldata", "external_data":
		return n.is("(") || (n.Kind == Word && (p.ahead(2).is("=") || p.ahead(2).is(".")))
	case "macro", "make":
		name, _ := p.operatorName()
		return name == "macro-expand"
	case "entity_group":
		return n.is("[")
	}
	return false
}

// operandAhead holds where n, which follows an operator's name, begins its operand.
func (p *parser) operandAhead(n Token) bool {
	switch n.Kind {
	case Word:
		return !p.infixWord(n)
	case Punct:
		return n.is("(") || n.is("*") || n.is("-") || n.is("+") || n.is("[") || (n.is(".") && p.ahead(2).Kind == Integer)
	}
	return n.Kind != EOF
}

// infixWord holds for a word that, after a name, is an operator of expressions.
func (p *parser) infixWord(t Token) bool {
	switch t.Text {
	case "and", "or", "between", "in", "has_any", "has_all", "matches":
		return true
	}
	return isStringOperator(canonical(t.Text))
}

// operator reads one operator; its name stands at the parser's place.
func (p *parser) operator() Operator {
	t := p.tok()
	if !p.enter() {
		p.leave()
		return &BadOperator{Op: Op{At: At{t.Span}, Keyword: t.Span}}
	}
	defer p.leave()
	if t.Kind != Word {
		p.fail(unexpected(t, "an operator"))
		return p.badOperator(t)
	}
	name, n := p.operatorName()
	if !isOperatorName(name) {
		span := t.Span.Join(p.ahead(n - 1).Span)
		lower := strings.ToLower(name)
		if !isOperatorName(lower) {
			p.fail(unknownOperator(span, name))
			return p.badOperator(t)
		}
		p.report(wrongCase(span, name, lower))
		name = lower
	}
	op := Op{At: At{t.Span}}
	for range n {
		p.next()
	}
	op.Keyword = diag.Span{Start: t.Span.Start, End: p.end()}
	read := p.dispatch(name, op)
	p.endOperator()
	return read
}

// badOperator passes over an operator that cannot be read.
func (p *parser) badOperator(first Token) Operator {
	p.skip(func(t Token) bool { return t.is("|") || t.is(";") })
	at := p.since(first.Span.Start)
	return &BadOperator{Op: Op{At: at, Keyword: first.Span}, Text: p.plain(at.Range)}
}

// endOperator goes to the end of the operator, reporting what it could not read.
func (p *parser) endOperator() {
	t := p.tok()
	if t.Kind == EOF || t.is("|") || t.is(";") || isCloser(t) || (t.is(",") && p.depth > 1) {
		return
	}
	p.trailing(`"|", ";" or the end of the query`)
	p.skip(func(t Token) bool { return t.is("|") || t.is(";") })
}

// plain is the text of a span with comments dropped and white space made single.
func (p *parser) plain(span diag.Span) string {
	var b strings.Builder
	first := sort.Search(len(p.tokens), func(i int) bool { return p.tokens[i].Span.Start >= span.Start })
	for _, t := range p.tokens[first:] {
		if t.Span.Start >= span.End || t.Kind == EOF {
			break
		}
		if b.Len() > 0 && t.Trivia != "" {
			b.WriteByte(' ')
		}
		b.WriteString(t.Text)
	}
	return b.String()
}

// finish sets the operator's span to all that was read.
func (p *parser) finish(op Operator) Operator {
	o := op.(interface{ base() *Op }).base()
	o.At = p.since(o.Range.Start)
	return op
}

func (o *Op) base() *Op { return o }
