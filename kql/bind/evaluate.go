package bind

import (
	"fmt"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// pluginCall is a plugin's call while it is being bound.
type pluginCall struct {
	b    *binder
	e    *syntax.CallExpr
	in   *relation // nil when the plugin begins a pipeline
	v    env       // over in
	out  *plan.EvaluateOp
	args []syntax.Arg
}

// bindEvaluate runs a plugin (https://learn.microsoft.com/kusto/query/evaluate-operator). A schema that the query
// gives stands for the one found; a schema that depends on the data is probed, or left open.
func (b *binder) bindEvaluate(op *syntax.EvaluateOp, in *relation, v env) *relation {
	if op.Call == nil {
		return brokenRelation()
	}
	name := op.Call.Name.Text
	f := b.lib.Lookup(builtin.Plugin, name)
	rule, known := plugins()[name]
	if f == nil || !known {
		b.reportPlugin(op.Call.Name, f != nil)
		return brokenRelation()
	}
	p := &pluginCall{b: b, e: op.Call, in: in, args: op.Call.Args, out: &plan.EvaluateOp{Plugin: f}, v: env{scope: v.scope}}
	if in != nil {
		p.out.Input = in.node
		p.v = v.over(in)
	} else if rule.input {
		b.report(needsInput(op.Call.Span()))
		return brokenRelation()
	}
	schema, ok := rule.schema(p)
	p.out.Out = schema
	p.out.Dynamic = rule.dynamic
	rel := &relation{node: p.out, broken: !ok || in != nil && in.broken}
	if in != nil {
		rel.serialized, rel.aliases = in.serialized && rule.keepsOrder, in.aliases
	}
	rel.open = rel.broken
	switch {
	case op.HasSchema:
		b.giveSchema(op, p, in)
	case rule.dynamic && !rel.broken:
		rel.open = !b.probe(p, op.Call.Span())
	}
	return rel
}

func (b *binder) reportPlugin(name syntax.Name, declared bool) {
	var all []string
	for n := range plugins() {
		all = append(all, n)
	}
	if refusedPlugins[name.Text] || declared {
		b.report(pluginRefused(name.Span(), name.Text))
		return
	}
	b.report(unknownPlugin(name.Span(), name.Text, nearest(name.Text, all)))
}

// giveSchema is evaluate plugin(...) : (columns): * stands for the input's columns.
func (b *binder) giveSchema(op *syntax.EvaluateOp, p *pluginCall, in *relation) {
	var out types.Schema
	if op.OpenSchema && in != nil {
		out = append(out, p.out.Out...)
	}
	for _, c := range b.declared(op.Schema) {
		out = put(out, c)
	}
	p.out.Out, p.out.Dynamic = out, false
	p.out.Given = true
}

// probe asks for the columns of a plugin whose schema depends on the data.
func (b *binder) probe(p *pluginCall, at diag.Span) bool {
	if b.opts.Probe == nil || b.diags.Failed() {
		return false
	}
	// The probe runs what is bound so far, so that must not be too large already.
	if b.checkSize(&relation{node: p.out}, at); b.full {
		return false
	}
	schema, err := b.opts.Probe(p.out)
	if err != nil {
		b.report(probeFailed(at, p.e.Name.Text, err))
		return false
	}
	p.out.Out, p.out.Dynamic = schema, false
	return true
}

// arg is the i-th argument without a name, or that of the parameter's name; nil when absent.
func (p *pluginCall) arg(i int, name string) syntax.Expr {
	n := 0
	for _, a := range p.args {
		if a.Name != nil {
			if a.Name.Text == name {
				return a.Value
			}
			continue
		}
		if n == i {
			return a.Value
		}
		n++
	}
	return nil
}

// positional is the number of arguments without a name.
func (p *pluginCall) positional() int {
	n := 0
	for _, a := range p.args {
		if a.Name == nil {
			n++
		}
	}
	return n
}

// need reports too few or too many arguments.
func (p *pluginCall) need(least, most int) bool {
	if n := len(p.args); n < least || most >= 0 && n > most {
		p.b.report(argumentCount(p.e.Span(), p.e.Name.Text, least, most, n))
		return false
	}
	return true
}

// column binds an argument that must be a column of the input.
func (p *pluginCall) column(i int, name string) (types.Column, bool) {
	e := p.arg(i, name)
	if e == nil {
		return types.Column{}, false
	}
	x := p.b.bindExpr(e, p.v)
	p.out.Args = append(p.out.Args, x)
	c, ok := x.(*plan.Column)
	if !ok {
		if x.Type() != types.Unknown {
			p.b.report(columnExpected(e.Span()))
		}
		return types.Column{}, false
	}
	return types.Column{Name: c.Name, Type: c.Typ}, true
}

// constant binds an argument that must be constant, or nothing when absent.
func (p *pluginCall) constant(i int, name string) plan.Expr {
	e := p.arg(i, name)
	if e == nil {
		return nil
	}
	x := p.b.constant(e, p.v)
	p.out.Args = append(p.out.Args, x)
	return x
}

// rest binds the arguments from the i-th on as columns: the dimensions.
func (p *pluginCall) rest(i int) types.Schema {
	var out types.Schema
	for ; i < p.positional(); i++ {
		if c, ok := p.column(i, fmt.Sprintf("dim%d", i)); ok {
			out = append(out, c)
		}
	}
	return out
}

// table binds a tabular argument.
func (p *pluginCall) table(i int, name string) *relation {
	e := p.arg(i, name)
	if e == nil {
		return brokenRelation()
	}
	rel := p.b.bindTable(e, env{scope: p.v.scope})
	p.out.Tables = append(p.out.Tables, rel.node)
	return rel
}
