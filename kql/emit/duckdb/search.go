package duckdb

// searchTemplates are the operators that look for text in text.
func searchTemplates() map[string]template {
	return map[string]template{}
}
