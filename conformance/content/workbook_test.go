package content_test

import (
	"encoding/json"
	"sort"
	"strings"
)

// jsonWalk takes the queries out of a JSON document: a workbook, or a template whose resources hold rules, saved searches and
// workbooks.
type jsonWalk struct{ out []published }

func (w *jsonWalk) walk(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			w.walk(x)
		}
	case map[string]any:
		if version, _ := v["version"].(string); strings.HasPrefix(version, "Notebook/") {
			w.workbook(v)
			return
		}
		if q, ok := v["query"].(string); ok && isKQL(q) {
			w.out = append(w.out, published{Kind: "template", Text: unbracketed(q)})
		}
		for _, key := range sortedKeys(v) {
			if s, ok := v[key].(string); ok && key == "serializedData" {
				var inner any
				if json.Unmarshal([]byte(s), &inner) == nil {
					w.walk(inner)
				}
				continue
			}
			w.walk(v[key])
		}
	}
}

// isKQL says whether a template's "query" is the text of one: not an expression of the template language, whose value
// only a deployment knows, and not JSON.
func isKQL(q string) bool {
	q = strings.TrimSpace(q)
	return q != "" && !strings.HasPrefix(q, "{") && (!strings.HasPrefix(q, "[") || strings.HasPrefix(q, "[["))
}

// unbracketed undoes the escape of a template: [[ at the beginning is [.
func unbracketed(q string) string {
	if strings.HasPrefix(q, "[[") {
		return q[1:]
	}
	return q
}

// workbook adds the queries of a workbook's items and parameters, filled with the values that the workbook shows first.
func (w *jsonWalk) workbook(doc map[string]any) {
	params := parameters{}
	collectParameters(doc, params)
	w.items(doc, params)
}

func (w *jsonWalk) items(v any, params parameters) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			w.items(x, params)
		}
	case map[string]any:
		if q, ok := v["query"].(string); ok && isLogQuery(v) && isKQL(q) {
			w.out = append(w.out, published{Kind: "workbook", Text: params.fillWorkbook(q)})
		}
		for _, key := range sortedKeys(v) {
			w.items(v[key], params)
		}
	}
}

// isLogQuery says whether an item or parameter asks a workspace: query type 0, which is also the default. Others ask
// Resource Graph, the resource manager, custom endpoints, or merge other items.
func isLogQuery(v map[string]any) bool {
	kind, ok := v["queryType"]
	return !ok || kind == nil || kind == float64(0)
}

// collectParameters finds the parameters that a workbook declares, and those that its items export on a click.
func collectParameters(v any, into parameters) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			collectParameters(x, into)
		}
	case map[string]any:
		for _, p := range list(v["parameters"]) {
			if p, ok := p.(map[string]any); ok {
				into.addWorkbook(p)
			}
		}
		for _, key := range []string{"exportParameterName", "parameterName"} {
			if name, ok := v[key].(string); ok && name != "" {
				into.addUnset(name)
			}
		}
		for _, key := range sortedKeys(v) {
			collectParameters(v[key], into)
		}
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
