// Package reference runs plans in plain Go, one operator at a time and as the public KQL reference describes them.
// It is the oracle that SQL backends are compared with, and the runner of everything that SQL cannot say.
//
// It owns the tabular operators, the aggregation functions, the window functions and the plugins. Scalar functions
// are in its child package scalar; where table rows come from is the caller's Source.
//
// Flow:
//   - New makes an Executor for one query; Run compiles a node into openers and opens the root;
//   - compile asks the Remote hook about each node first, so that a backend can hand in whole sub-plans;
//   - expressions become closures over column indexes (expr.go), window calls become precomputed vectors (window.go);
//   - rows are pulled; operators that need all their rows collect them within the limits (run.go).
//
// Start reading at Executor.Run.
package reference
