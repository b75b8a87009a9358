package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// The messages about graphs.

func graphExpected(at diag.Span, verb string) *diag.Diagnostic {
	return diag.Errorf("KQL1320", at, "%s reads a graph", verb).WithFix("make one before it: Edges | make-graph Source --> Target with Nodes on NodeId")
}

func graphNotTable(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1321", at, "a graph stands where a table is needed").
		WithFix("read the graph with graph-match, graph-shortest-paths or graph-to-table first")
}

func dynamicNodeID(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1322", at, "the dynamic column %s cannot identify nodes", quote(name)).WithFix("convert it before: extend %s = tostring(%s)", name, name)
}

func nodeIDWithTables(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1323", at, "with_node_id cannot stand beside tables of nodes: those have their id columns").WithFix("leave one of the two out")
}

func partitionColumnMissing(at diag.Span, c types.Column) *diag.Diagnostic {
	return diag.Errorf("KQL1324", at, "partitioned-by needs %s (%s) in the edges and in every table of nodes", quote(c.Name), c.Type).
		WithFix("add the column to the table of nodes")
}

func nodePropertyTwice(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1325", at, "the nodes have a property %s already", quote(name)).WithFix("write with_component_id = another name")
}

func graphOutputs(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1326", at, "graph-to-table gives nodes, edges, or each of them once").WithFix("write graph-to-table nodes as N, edges as E")
}

func graphOutputName(at diag.Span, kind string) *diag.Diagnostic {
	return diag.Errorf("KQL1326", at, "two tables need names: %s has none", kind).WithFix("write %s as Name", kind)
}

func noNodeProperties(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1327", at, "the nodes of this graph have no properties, so the table would have no columns").
		WithFix("give make-graph with_node_id = Name, or a table of nodes")
}

func patternNoEdge(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1328", at, "graph-shortest-paths takes one sequence with an edge of variable length").WithFix("write (a)-[path*1..5]->(b)")
}

func patternNotConnected(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1328", at, "this sequence shares no node with those before it").WithFix("name a node of an earlier sequence in it")
}

func badRange(at diag.Span, what string) *diag.Diagnostic {
	return diag.Errorf("KQL1329", at, "the length of an edge %s", what).WithFix("write *1..5, whole numbers from the least to the most")
}

func patternNameTwice(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1330", at, "%s names another element of the pattern already", quote(name)).WithFix("only nodes may stand several times")
}

func patternProject(at diag.Span, verb string) *diag.Diagnostic {
	return diag.Errorf("KQL1331", at, "%s needs project: the columns of the rows it gives", verb).WithFix("add project Name = node.Property")
}

func patternNotValue(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1332", at, "%s is an element of the pattern, not a value", quote(name)).WithFix("name a property of it: %s.Property", name)
}

func noProperty(at diag.Span, owner, name, near string, schema types.Schema) *diag.Diagnostic {
	d := diag.Errorf("KQL1333", at, "%s has no property %s", owner, quote(name))
	switch {
	case near != "":
		return suggest(d, near)
	case len(schema) == 0:
		return d.WithFix("give make-graph with_node_id = Name, or a table of nodes")
	}
	return d.WithFix("it has %s", joinOr(names(schema.Visible())))
}

func graphFunctionPlace(at diag.Span, name string) *diag.Diagnostic {
	return diag.Errorf("KQL1334", at, "%s() stands in graph-match and graph-shortest-paths only", name).WithFix("use it behind where or project of a pattern")
}

func graphFunctionElement(at diag.Span, name, wants string) *diag.Diagnostic {
	return diag.Errorf("KQL1335", at, "%s() takes %s", name, wants)
}

func twoVariableEdges(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1336", at, "properties of two edges of variable length stand in one expression").
		WithFix("say what each contributes: map(edge, property), all(edge, condition)")
}

func persistentGraph(at diag.Span) *diag.Diagnostic {
	return diag.Errorf("KQL1337", at, "graph() names a graph model that is stored in a database, and there are none here").
		WithFix("build the graph in the query: Edges | make-graph Source --> Target with Nodes on NodeId")
}
