// Package sleuth is the root of the module: it holds no code, only the test that keeps imports going to lower
// levels. The program is in cmd/sleuth; docs/architecture.md says where the rest is.
package sleuth
