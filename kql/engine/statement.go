package engine

import (
	"context"
	"errors"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// maxStatement is how long a statement may be. DuckDB plans one of thousands of nested conditions for minutes and cannot be
// stopped while it does; the reference runs such a query in the time that its rows take.
const maxStatement = 256 << 10

// errLongStatement is worded as DuckDB's refusals are, so that the query runs again with less left to the backend.
var errLongStatement = errors.New("Parser Error: the statement is longer than what DuckDB plans in good time")

// shortStatements is a backend that is not given long statements.
type shortStatements struct{ Backend }

func (s shortStatements) Query(ctx context.Context, sql string, schema types.Schema) (Rows, error) {
	if len(sql) > maxStatement {
		return nil, errLongStatement
	}
	return s.Backend.Query(ctx, sql, schema)
}
