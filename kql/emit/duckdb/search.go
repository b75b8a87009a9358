package duckdb

import (
	"github.com/sleuth-sec/sleuth/kql/plan"
)

// searchTemplates are the operators that look for text in text.
func searchTemplates() map[string]template {
	return map[string]template{}
}

func (b *binding) hasItems(x *plan.In) (sqlExpr, error) {
	return sqlExpr{}, notEmitted(x.Op)
}
