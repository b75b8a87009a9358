package lint

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/syntax"
)

func (c *checker) binary(e *syntax.BinaryExpr) {
	switch e.Op {
	case "==":
		c.folded(e.Left, e.Right)
		c.folded(e.Right, e.Left)
	case "and", "or":
		if syntax.Print(e.Left) == syntax.Print(e.Right) {
			c.found.Add(sameTwice(e.OpSpan, e.Op))
			return
		}
		c.opposed(e)
	}
}

// folded warns of tolower(x) == "Abc": case folding never gives the text. Only ASCII letters are sure.
func (c *checker) folded(call, text syntax.Expr) {
	f, ok := bare(call).(*syntax.CallExpr)
	l, isText := stringOf(text)
	if !ok || !isText {
		return
	}
	const upper, lower = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
	if f.Name.Text == "tolower" && strings.ContainsAny(l, upper) || f.Name.Text == "toupper" && strings.ContainsAny(l, lower) {
		c.found.Add(caseNeverEqual(text.Span(), f.Name.Text, l))
	}
}

// opposed warns of x == "a" and x == "b", and of x != "a" or x != "b", for texts. The sides of one operator are compared: a
// chain is nested to the left, so the right side is set against every comparison of the chain before it.
func (c *checker) opposed(e *syntax.BinaryExpr) {
	op := map[string]string{"and": "==", "or": "!="}[e.Op]
	column, text, ok := comparison(e.Right, op)
	for left := e.Left; ok; {
		before := left
		chain, more := bare(left).(*syntax.BinaryExpr)
		more = more && chain.Op == e.Op
		if more {
			before = chain.Right
		}
		if name, other, same := comparison(before, op); same && name == column && other != text {
			if e.Op == "and" {
				c.found.Add(contradiction(e.Right.Span(), column, other, text))
			} else {
				c.found.Add(alwaysDiffers(e.Right.Span(), column, other, text))
			}
			return
		}
		if !more {
			return
		}
		left = chain.Left
	}
}

// comparison reads name op "text".
func comparison(e syntax.Expr, op string) (name, text string, ok bool) {
	b, isBinary := bare(e).(*syntax.BinaryExpr)
	if !isBinary || b.Op != op {
		return "", "", false
	}
	n, isName := bare(b.Left).(*syntax.NameExpr)
	text, isText := stringOf(b.Right)
	if !isName || !isText {
		return "", "", false
	}
	return n.Name, text, true
}

// list warns of a text that stands in a list of in twice. With in~, letters' case does not tell texts apart.
func (c *checker) list(e *syntax.InExpr) {
	seen := map[string]bool{}
	for _, item := range e.List {
		text, ok := stringOf(item)
		if !ok {
			continue
		}
		key := text
		if e.Op != "in" && e.Op != "!in" {
			key = strings.ToLower(text)
		}
		if seen[key] {
			c.found.Add(listedTwice(item.Span(), text))
		}
		seen[key] = true
	}
}

func bare(e syntax.Expr) syntax.Expr {
	for {
		p, ok := e.(*syntax.ParenExpr)
		if !ok {
			return e
		}
		e = p.Inner
	}
}

func stringOf(e syntax.Expr) (string, bool) {
	l, ok := bare(e).(*syntax.Literal)
	if !ok || l.Kind != syntax.LitString {
		return "", false
	}
	return l.Text, true
}
