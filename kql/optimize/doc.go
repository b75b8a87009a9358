// Package optimize rewrites plans: the same rows with less work, and split between a backend and the reference.
//
// It owns the rewrites, each a Rule with a name that tests and explain show, and Split. It does not know any backend: what
// one can run is asked of the function given to Split.
//
//	plan -> rules, bottom up, until none applies -> pruneColumns -> Split -> plan with RemoteOps
//
// A rewrite never changes which rows come out; where KQL leaves a choice (any row of innerunique, rows of take without
// an order) it may change which of the allowed ones.
//
// Start reading at Optimizer.Run and rules.go.
package optimize
