package bind

import (
	"slices"
	"strconv"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// graphEnv is what expressions about a pattern see: its elements by name, and the values that they use of them so far.
type graphEnv struct {
	vars         map[string]*graphVariable
	edges, nodes types.Schema
	refs         *[]plan.GraphRef
	count        int
	// dotted are the variable edges whose properties an expression names directly.
	dotted []string
	// element is whose properties stand for themselves: inside map, all and any, and in graph-where-nodes and graph-where-edges.
	element *graphElement
}

// graphVariable is a named node or edge of a pattern.
type graphVariable struct {
	name           string
	node, variable bool
	schema         types.Schema
}

// graphElement is the node or edge that an expression is evaluated at.
type graphElement struct {
	variable string
	node     bool
	each     bool
	schema   types.Schema
}

// anonymous is the name of an element without one; no name of a query has a # alone.
func (g *graphEnv) anonymous() string {
	g.count++
	return "#" + strconv.Itoa(g.count)
}

// at is the environment of expressions at an element.
func (v env) at(el *graphElement) env {
	g := *v.graph
	g.element = el
	v.graph = &g
	return v
}

// ref is the column that stands for a value of a node or an edge.
func (g *graphEnv) ref(r plan.GraphRef) *plan.Column {
	for _, old := range *g.refs {
		r.Name = old.Name
		if old == r {
			return &plan.Column{Name: old.Name, Typ: r.Typ}
		}
	}
	r.Name = g.refName(r)
	*g.refs = append(*g.refs, r)
	return &plan.Column{Name: r.Name, Typ: r.Typ}
}

// refName is a name for a reference, unlike all others.
func (g *graphEnv) refName(r plan.GraphRef) string {
	owner := r.Variable
	switch {
	case r.Each && r.Node:
		owner = "inner_nodes(" + owner + ")"
	case r.Each:
		owner += "[]"
	}
	name := owner + "." + r.Property
	switch r.Value {
	case plan.GraphDegreeIn:
		name = "node_degree_in(" + owner + ")"
	case plan.GraphDegreeOut:
		name = "node_degree_out(" + owner + ")"
	case plan.GraphNodeID:
		name = "node_id(" + owner + ")"
	}
	base := name
	for i := 1; slices.ContainsFunc(*g.refs, func(o plan.GraphRef) bool { return o.Name == name }); i++ {
		name = numbered(base, i)
	}
	return name
}

// graphName binds a name that stands alone; false where it is none of the graph's.
func (b *binder) graphName(e *syntax.NameExpr, g *graphEnv) (plan.Expr, bool) {
	if el := g.element; el != nil {
		if i := el.schema.Find(e.Name); i >= 0 {
			r := plan.GraphRef{Variable: el.variable, Node: el.node, Each: el.each, Property: e.Name, Typ: el.schema[i].Type}
			return g.ref(r), true
		}
	}
	if g.vars[e.Name] != nil {
		b.report(patternNotValue(e.Span(), e.Name))
		return unknown(types.Unknown), true
	}
	return nil, false
}

// unknownGraphName reports a name that is nothing here.
func (b *binder) unknownGraphName(e *syntax.NameExpr, v env) {
	g := v.graph
	candidates := v.scope.all(func(x *entity) bool { return x.kind == scalarEntity })
	if el := g.element; el != nil {
		candidates = append(candidates, names(el.schema)...)
		b.report(unknownColumn(e.Span(), e.Name, nearest(e.Name, candidates), el.schema))
		return
	}
	for n := range g.vars {
		candidates = append(candidates, n)
	}
	slices.Sort(candidates)
	b.report(unknownScalar(e.Span(), e.Name, nearest(e.Name, candidates)))
}

// graphProperty binds element.Property; false where the base is no element of the pattern.
func (b *binder) graphProperty(e *syntax.PathExpr, g *graphEnv) (plan.Expr, bool) {
	n, ok := e.Base.(*syntax.NameExpr)
	if !ok {
		return nil, false
	}
	va := g.vars[n.Name]
	if va == nil || g.element != nil && g.element.schema.Find(n.Name) >= 0 {
		return nil, false
	}
	property, at := "", e.Span()
	if e.Name != nil {
		property, at = e.Name.Text, e.Name.Span()
	} else if lit, ok := unparen(e.Index).(*syntax.Literal); ok && lit.Kind == syntax.LitString {
		property = lit.Text
	}
	i := va.schema.Find(property)
	if i < 0 {
		b.report(noProperty(at, n.Name, property, nearest(property, names(va.schema)), va.schema))
		return unknown(types.Unknown), true
	}
	inside := g.element != nil && g.element.each && !g.element.node && g.element.variable == va.name
	if va.variable && !inside && !slices.Contains(g.dotted, va.name) {
		g.dotted = append(g.dotted, va.name)
	}
	return g.ref(plan.GraphRef{Variable: va.name, Node: va.node, Each: va.variable, Property: va.schema[i].Name, Typ: va.schema[i].Type}), true
}

// isGraphFunction holds for the functions of patterns (https://learn.microsoft.com/kusto/query/graph-function and its neighbours).
func isGraphFunction(name string) bool {
	switch name {
	case "all", "any", "map", "inner_nodes", "node_degree_in", "node_degree_out", "node_id", "labels":
		return true
	}
	return false
}

// graphCall binds a function of patterns.
func (b *binder) graphCall(e *syntax.CallExpr, v env) plan.Expr {
	switch name := e.Name.Text; name {
	case "all", "any", "map":
		return b.overPath(e, v)
	case "inner_nodes":
		b.report(graphFunctionElement(e.Name.Span(), name, "its place as the first argument of map, all or any"))
		return unknown(types.Unknown)
	case "labels":
		return b.graphLabels(e, v)
	case "node_degree_in":
		return b.nodeValue(e, plan.GraphDegreeIn, types.Long, v)
	case "node_degree_out":
		return b.nodeValue(e, plan.GraphDegreeOut, types.Long, v)
	default:
		return b.nodeValue(e, plan.GraphNodeID, types.String, v)
	}
}

// overPath binds map, all and any: the second argument is evaluated at each edge, or at each inner node.
func (b *binder) overPath(e *syntax.CallExpr, v env) plan.Expr {
	out := &plan.OverPath{Func: e.Name.Text}
	if len(e.Args) != 2 {
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 2, 2, len(e.Args)))
		return unknown(out.Type())
	}
	arg := unparen(e.Args[0].Value)
	if c, ok := arg.(*syntax.CallExpr); ok && c.Name.Text == "inner_nodes" && len(c.Args) == 1 {
		out.Inner = true
		arg = unparen(c.Args[0].Value)
	}
	n, ok := arg.(*syntax.NameExpr)
	var va *graphVariable
	if ok {
		va = v.graph.vars[n.Name]
	}
	if va == nil || !va.variable {
		b.report(graphFunctionElement(e.Args[0].Span(), e.Name.Text, "an edge of variable length first, or inner_nodes() of one"))
		return unknown(out.Type())
	}
	out.Edge = va.name
	el := &graphElement{variable: va.name, each: true, schema: v.graph.edges}
	if out.Inner {
		el.node, el.schema = true, v.graph.nodes
	}
	inner := v.at(el)
	if out.Func == "map" {
		out.Body = b.bindExpr(e.Args[1].Value, inner)
	} else {
		out.Body = b.predicate(e.Args[1].Value, inner)
	}
	v.graph.dotted = inner.graph.dotted
	return out
}

// nodeValue binds node_degree_in, node_degree_out and node_id: of a node, or at inner nodes without an argument.
func (b *binder) nodeValue(e *syntax.CallExpr, value plan.GraphValue, t types.Type, v env) plan.Expr {
	r := plan.GraphRef{Node: true, Value: value, Typ: t}
	switch el := v.graph.element; {
	case len(e.Args) > 1:
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 0, 1, len(e.Args)))
		return unknown(t)
	case len(e.Args) == 1:
		n, ok := unparen(e.Args[0].Value).(*syntax.NameExpr)
		if !ok || v.graph.vars[n.Name] == nil || !v.graph.vars[n.Name].node {
			b.report(graphFunctionElement(e.Args[0].Span(), e.Name.Text, "a node of the pattern"))
			return unknown(t)
		}
		r.Variable = n.Name
	case el == nil || !el.node:
		b.report(graphFunctionElement(e.Name.Span(), e.Name.Text, "a node of the pattern; without one it stands at inner_nodes() only"))
		return unknown(t)
	default:
		r.Variable, r.Each = el.variable, el.each
	}
	return v.graph.ref(r)
}

// graphLabels is labels(): graphs that a query makes have none (https://learn.microsoft.com/kusto/query/labels-graph-function).
func (b *binder) graphLabels(e *syntax.CallExpr, v env) plan.Expr {
	none := &plan.Literal{Value: types.NewDynamic([]types.Tree{})}
	if len(e.Args) > 1 {
		b.report(argumentCount(e.Name.Span(), e.Name.Text, 0, 1, len(e.Args)))
		return none
	}
	if len(e.Args) == 1 {
		if n, ok := unparen(e.Args[0].Value).(*syntax.NameExpr); !ok || v.graph.vars[n.Name] == nil {
			b.report(graphFunctionElement(e.Args[0].Span(), e.Name.Text, "a node or an edge of the pattern"))
		}
	}
	return none
}
