// Package content holds the tests that run published detection content: analytics rules, hunting queries, parsers, workbooks,
// plugin manifests and query collections, as other projects publish them. It has no code but tests.
//
// Every query of the companion folder shared/content is taken out of its file (extract_test.go: the shapes of files;
// fill_test.go: what stands in the holes of workbooks and manifests), and then
//
//   - parity_test.go compares what parser and binder make of it with what the published parser and binder make of it
//     (oracle.mjs on Node.js, the version in package.json). classes.yaml lists the kinds of difference that are meant, with reasons;
//   - run_test.go runs it on empty tables and on the sample tenant;
//   - lint_test.go counts the warnings that sleuth check gives it.
//
// Without the folder the tests are skipped; without Node.js the comparison is. SLEUTH_PROVE=1 installs the published parser
// and runs everything, otherwise a sample runs. Scores: go test -v ./conformance/content [-failures].
//
// Start reading at TestParity.
package content
