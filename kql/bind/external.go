package bind

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindExternalData is externaldata(columns)[addresses] with (format=..., ignoreFirstRecord=...). Only a catalog that implements
// Externals gives rows for addresses (https://learn.microsoft.com/kusto/query/externaldata-operator).
func (b *binder) bindExternalData(op *syntax.ExternalDataOp, v env) *relation {
	ext := External{Columns: b.declared(op.Columns)}
	empty := &relation{node: &plan.ValuesOp{Columns: ext.Columns}}
	source, ok := b.cat.(Externals)
	if !ok {
		b.report(externalData(op.Keyword))
		return empty
	}
	for _, e := range op.URIs {
		uri, ok := b.literalText(e, v)
		if !ok {
			b.report(externalAddress(e.Span()))
			return empty
		}
		uri, _, _ = strings.Cut(uri, ";")
		ext.URIs = append(ext.URIs, strings.TrimSpace(uri))
	}
	if len(ext.URIs) == 0 {
		b.report(externalAddress(op.Span()))
		return empty
	}
	for _, o := range op.Options {
		if o.Value == nil {
			continue
		}
		switch strings.ToLower(o.Name) {
		case "format":
			word, ok := b.optionText(o.Value, v)
			if !ok {
				b.report(externalOption(o.Span(), o.Name))
				continue
			}
			ext.Format = strings.ToLower(word)
		case "ignorefirstrecord":
			word, ok := b.optionText(o.Value, v)
			if ok {
				ext.IgnoreFirst = strings.EqualFold(word, "true") || word == "1"
				continue
			}
			b.report(externalOption(o.Span(), o.Name))
		}
	}
	return &relation{node: &plan.ScanOp{Table: source.External(ext), Columns: ext.Columns}}
}

// literalText is the text of a string literal, or of a name that stands for one.
func (b *binder) literalText(e syntax.Expr, v env) (string, bool) {
	lit, ok := b.fold(b.bindExpr(e, env{scope: v.scope})).(*plan.Literal)
	if !ok || lit.Value.Type() != types.String {
		return "", false
	}
	return lit.Value.Str(), true
}

// optionText is the value of a property: a bare word, or a literal.
func (b *binder) optionText(e syntax.Expr, v env) (string, bool) {
	if n, ok := unparen(e).(*syntax.NameExpr); ok {
		return n.Name, true
	}
	lit, ok := b.fold(b.bindExpr(e, env{scope: v.scope})).(*plan.Literal)
	if !ok || lit.Value.IsNull() {
		return "", false
	}
	switch lit.Value.Type() {
	case types.String:
		return lit.Value.Str(), true
	case types.Bool:
		if lit.Value.Bool() {
			return "true", true
		}
		return "false", true
	case types.Long, types.Int:
		if lit.Value.Long() != 0 {
			return "1", true
		}
		return "0", true
	}
	return "", false
}
