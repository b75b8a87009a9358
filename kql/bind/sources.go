package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Sources is what a catalog implements that knows by which names queries may call it, or others, in workspace("x"), app("x"),
// cluster("x"), database("x"), resource("x"), adx("x") and arg("x"). Every name means a catalog without it.
type Sources interface {
	// Source is the catalog of a name, or an error that says how to configure one. kind is the function's name.
	Source(kind, name string) (Catalog, error)
}

// source checks the name in workspace("x") and its relatives. There is one catalog here: the name is its own, or an error.
func (b *binder) source(e syntax.Expr, v env) bool {
	if p, ok := e.(*syntax.PathCallExpr); ok {
		return b.source(p.Base, v) && b.sourceCall(p.Name.Text, p.Args, p.Span(), v)
	}
	if c, ok := e.(*syntax.CallExpr); ok {
		return b.sourceCall(c.Name.Text, c.Args, c.Span(), v)
	}
	return true
}

func (b *binder) sourceCall(kind string, args []syntax.Arg, at diag.Span, v env) bool {
	sources, ok := b.cat.(Sources)
	if !ok {
		return true
	}
	name := ""
	if len(args) == 1 {
		lit, ok := b.constant(args[0].Value, v).(*plan.Literal)
		if !ok || lit.Value.Type() != types.String {
			b.report(notConstant(args[0].Span()))
			return false
		}
		name = lit.Value.Str()
	}
	if _, err := sources.Source(kind, name); err != nil {
		b.report(noSource(at, err))
		return false
	}
	return true
}
