package syntax

import (
	"bytes"
	"strconv"
	"strings"
)

// Print writes an expression on one line, in canonical spelling.
func Print(e Expr) string {
	w := &printer{}
	w.expr(e)
	return w.b.String()
}

// printer writes nodes. With lines set it lays pipelines out over several lines and puts the comments
// back; otherwise everything stands on one.
type printer struct {
	b      bytes.Buffer
	lines  bool
	indent int
	// last is the end of the text already written, to tell a comment at the end of its line.
	last     int
	text     string
	comments []Comment
	// bad is set when a node that could not be read was met.
	bad bool
}

func (w *printer) put(parts ...string) {
	for _, s := range parts {
		w.b.WriteString(s)
	}
}

// list writes n items with commas between.
func (w *printer) list(n int, item func(int)) {
	for i := range n {
		if i > 0 {
			w.put(", ")
		}
		item(i)
	}
}

func (w *printer) exprs(list []Expr) { w.list(len(list), func(i int) { w.expr(list[i]) }) }

// items writes what stands between the brackets of a call or list. Where a pipeline is among them each
// gets lines of its own.
func (w *printer) items(n int, value func(int) Expr, end int, item func(int)) {
	nested := false
	for i := range n {
		t, ok := value(i).(*TabularExpr)
		nested = nested || (ok && len(t.Operators) > 0)
	}
	if !nested || !w.lines {
		w.put("(")
		w.list(n, item)
		w.put(")")
		return
	}
	w.block("(", value(0).Span().Start, end, ")", func() {
		for i := range n {
			if i > 0 {
				w.put(",")
				w.newline(value(i).Span().Start)
			}
			item(i)
		}
	})
}

func (w *printer) expr(e Expr) {
	switch e := e.(type) {
	case nil, *BadExpr:
		w.bad = true
	case *Literal:
		w.literal(e, false)
	case *DynamicLit:
		w.put("dynamic(")
		w.json(e.Value)
		w.put(")")
	case *ArrayLit:
		w.exprs(e.Items)
	case *BagLit:
		w.json(e)
	case *NameExpr:
		w.name(Name{Text: e.Name, Quoted: e.Quoted})
	case *WildcardExpr:
		w.put(e.Pattern)
	case *StarExpr:
		w.put("*")
	case *PathExpr:
		w.path(e)
	case *CallExpr:
		w.name(e.Name)
		w.args(e.Args, e.Range.End)
	case *PathCallExpr:
		w.expr(e.Base)
		w.dot(e.Base)
		w.name(e.Name)
		w.args(e.Args, e.Range.End)
	default:
		w.compound(e)
	}
}

// compound writes expressions made of operators and pipelines.
func (w *printer) compound(e Expr) {
	switch e := e.(type) {
	case *UnaryExpr:
		w.put(e.Op)
		w.expr(e.Operand)
	case *BinaryExpr:
		w.binary(e)
	case *InExpr:
		w.expr(e.Left)
		w.put(" ", e.Op, " ")
		w.items(len(e.List), func(i int) Expr { return e.List[i] }, e.Range.End, func(i int) { w.expr(e.List[i]) })
	case *BetweenExpr:
		w.expr(e.Value)
		if e.Not {
			w.put(" !between (")
		} else {
			w.put(" between (")
		}
		w.expr(e.Low)
		w.put(" .. ")
		w.expr(e.High)
		w.put(")")
	case *ParenExpr:
		w.paren(e)
	case *LambdaExpr:
		if e.View {
			w.put("view ")
		}
		w.params(e.Params)
		w.put(" ")
		w.body(e.Body)
	case *TabularExpr:
		w.tabular(e)
	case *OperatorExpr:
		w.operator(e.Operator)
	case *NamedExpr:
		w.named(e)
	}
}

// binary writes a chain of operators without recursion to the left, where chains grow.
func (w *printer) binary(e *BinaryExpr) {
	chain := []*BinaryExpr{e}
	for {
		left, ok := chain[len(chain)-1].Left.(*BinaryExpr)
		if !ok {
			break
		}
		chain = append(chain, left)
	}
	w.expr(chain[len(chain)-1].Left)
	for i := len(chain) - 1; i >= 0; i-- {
		w.put(" ", chain[i].Op, " ")
		w.expr(chain[i].Right)
	}
}

func (w *printer) path(e *PathExpr) {
	w.expr(e.Base)
	switch {
	case e.Name != nil:
		w.dot(e.Base)
		w.name(*e.Name)
	default:
		w.put("[")
		w.expr(e.Index)
		w.put("]")
	}
}

// dot puts the dot behind what a member is of. Behind a number it would be the number's own: "0 .a".
func (w *printer) dot(of Expr) {
	if _, literal := of.(*Literal); literal {
		w.put(" ")
	}
	w.put(".")
}

func (w *printer) name(n Name) {
	if n.Quoted {
		w.put("[", quote(n.Text, '\''), "]")
		return
	}
	if n.Text == "" {
		w.bad = true
	}
	w.put(n.Text)
}

func (w *printer) args(args []Arg, end int) {
	w.items(len(args), func(i int) Expr { return args[i].Value }, end, func(i int) {
		if args[i].Name != nil {
			w.name(*args[i].Name)
			w.put("=")
		}
		w.expr(args[i].Value)
	})
}

func (w *printer) named(n *NamedExpr) {
	switch {
	case n.Tuple:
		w.put("(")
		w.list(len(n.Names), func(i int) { w.name(n.Names[i]) })
		w.put(") = ")
	case len(n.Names) > 0:
		w.name(n.Names[0])
		w.put(" = ")
	}
	w.expr(n.Value)
}

// quote writes a string literal. Line breaks and control characters become escapes.
func quote(text string, mark byte) string {
	var b strings.Builder
	b.WriteByte(mark)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == mark || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < 0x20 || c == 0x7f:
			b.WriteString(`\x` + strconv.FormatInt(int64(c>>4), 16) + strconv.FormatInt(int64(c&15), 16))
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(mark)
	return b.String()
}

// literal writes a literal; inside JSON a number may carry its sign.
func (w *printer) literal(l *Literal, json bool) {
	switch l.Kind {
	case LitString:
		if l.Hidden {
			w.put("h")
		}
		w.put(quote(l.Text, '"'))
	case LitNull:
		w.put(l.Text)
	case LitBool:
		if strings.EqualFold(l.Text, "true") || strings.EqualFold(l.Text, "false") {
			if json || isBoolWord(l.Text) {
				w.put(l.Text)
				return
			}
		}
		w.typed("bool", l.Text)
	case LitLong:
		w.bareOr(Integer, "long", l.Text, json)
	case LitReal:
		w.bareOr(Decimal, "real", l.Text, json)
	case LitTimeSpan:
		w.bareOr(Duration, "timespan", l.Text, json)
	case LitInt:
		w.typed("int", l.Text)
	case LitDecimal:
		w.typed("decimal", l.Text)
	case LitDateTime:
		w.typed("datetime", l.Text)
	case LitGUID:
		w.typed("guid", l.Text)
	case LitType:
		w.typed("typeof", l.Text)
	}
}

func isBoolWord(text string) bool {
	switch text {
	case "true", "false", "True", "False", "TRUE", "FALSE":
		return true
	}
	return false
}

func (w *printer) bareOr(kind Kind, typeName, text string, json bool) {
	number := text
	if json {
		number = strings.TrimPrefix(text, "-")
	}
	if tokens := Tokens(number); len(tokens) == 2 && tokens[0].Kind == kind && tokens[0].Text == number {
		w.put(text)
		return
	}
	w.typed(typeName, text)
}

// typed writes name(text). Text that would lose quotes or white space at its ends on reading gets quotes.
func (w *printer) typed(name, text string) {
	if stripQuotes(text) != text || strings.TrimFunc(text, isSpace) != text {
		text = `"` + text + `"`
	}
	w.put(name, "(", text, ")")
}

func (w *printer) json(e Expr) {
	switch e := e.(type) {
	case *Literal:
		w.literal(e, true)
	case *ArrayLit:
		w.put("[")
		w.list(len(e.Items), func(i int) { w.json(e.Items[i]) })
		w.put("]")
	case *BagLit:
		w.put("{")
		w.list(len(e.Keys), func(i int) {
			w.put(quote(e.Keys[i], '"'), ": ")
			w.json(e.Values[i])
		})
		w.put("}")
	default:
		w.expr(e)
	}
}
