// Package conformance holds the tests that run the whole language, or the whole product, against collections of examples
// with known results. It has no code but tests.
//
// The collections stand in the companion folder shared/ beside the repository; where it is not there the tests are skipped.
// Each test prints a score per group: go test -v ./conformance -run KQL [-failures] [-family name]
//
//   - kql_test.go runs KQL examples through parser, binder and the Go executor;
//   - vector_test.go reads the examples, compare_test.go compares results with them.
//
// Start reading at TestKQLDocumentation.
package conformance
