package bind

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// bindParse is parse and parse-where: columns out of a text (https://learn.microsoft.com/kusto/query/parse-operator).
func (b *binder) bindParse(op *syntax.ParseOp, in *relation, v env) *relation {
	out := &plan.ParseOp{Input: in.node, Kind: op.Kind, Flags: op.Flags, Where: op.Verb == "parse-where"}
	if out.Kind == "" {
		out.Kind = "simple"
	}
	switch out.Kind {
	case "simple", "regex", "relaxed":
	default:
		b.report(badKind(op.Span(), op.Verb, op.Kind, []string{"simple", "regex", "relaxed"}))
	}
	x := b.bindExpr(op.Value, v.over(in))
	switch x.Type() {
	case types.String, types.Unknown:
	default:
		x = b.convertTo(x, types.String, op.Value.Span())
	}
	out.Value = x
	schema := append(types.Schema(nil), in.schema()...)
	seen := map[string]bool{}
	afterColumn := false
	for _, p := range op.Parts {
		part := plan.ParsePart{Text: p.Text, Star: p.Star}
		if p.Name != nil {
			part.Column, part.Typ = p.Name.Text, b.columnType(p.Type, p)
			if afterColumn && out.Kind == "regex" {
				b.report(columnsTouch(p.Span(), p.Name.Text))
			}
			if seen[part.Column] {
				b.report(columnTwice(p.Name.Span(), part.Column))
			}
			seen[part.Column] = true
			schema = put(schema, types.Column{Name: part.Column, Type: part.Typ})
		}
		afterColumn = p.Name != nil
		out.Parts = append(out.Parts, part)
	}
	out.Out = schema
	return in.with(out)
}

// columnType reads a declared type; none is string.
func (b *binder) columnType(name string, at syntax.Node) types.Type {
	if name == "" {
		return types.String
	}
	t, ok := types.ParseType(name)
	if !ok {
		b.report(unknownType(at.Span(), name))
		return types.Unknown
	}
	return t
}

// declared is the schema that (name:type, ...) declares.
func (b *binder) declared(list []syntax.ColumnDecl) types.Schema {
	var out types.Schema
	for _, c := range list {
		if (c.Name.Text == "true" || c.Name.Text == "false") && !c.Name.Quoted {
			b.report(nameNeedsBrackets(c.Name.Span(), c.Name.Text))
		}
		if out.Find(c.Name.Text) >= 0 {
			b.report(columnTwice(c.Name.Span(), c.Name.Text))
			continue
		}
		out = append(out, types.Column{Name: c.Name.Text, Type: b.columnType(c.Type, c)})
	}
	return out
}

// bindParseKV is parse-kv (https://learn.microsoft.com/kusto/query/parse-kv-operator).
func (b *binder) bindParseKV(op *syntax.ParseKVOp, in *relation, v env) *relation {
	out := &plan.ParseKVOp{Input: in.node, Columns: b.declared(op.Columns)}
	out.Value = b.bindExpr(op.Value, v.over(in))
	if t := out.Value.Type(); t != types.String && t != types.Unknown {
		out.Value = b.convertTo(out.Value, types.String, op.Value.Span())
	}
	for _, o := range op.Options {
		b.parseKVOption(out, o, v)
	}
	schema := append(types.Schema(nil), in.schema()...)
	for _, c := range out.Columns {
		schema = put(schema, c)
	}
	out.Out = schema
	return in.with(out)
}

func (b *binder) parseKVOption(out *plan.ParseKVOp, o syntax.Hint, v env) {
	value := b.constantString(o.Value, v)
	switch o.Name {
	case "pair_delimiter":
		out.PairDelimiter = value
	case "kv_delimiter":
		out.KVDelimiter = value
	case "quote":
		out.Quote = value
		out.Quotes = append(out.Quotes, value)
	case "escape":
		out.Escape = value
	case "greedy":
		out.Greedy = value == "true"
	case "regex":
		out.Regex = value
	default:
		b.report(unknownOption(o.Span(), "parse-kv", o.Name, []string{"pair_delimiter", "kv_delimiter", "quote", "escape", "greedy", "regex"}))
	}
}
