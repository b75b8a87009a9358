// Package docs holds the reference pages of docs/reference to the declarations they describe. It has only tests.
//
//	declarations (functions, skills, tables, errors.go) -> page -> compared with docs/reference
//
// `make generate` writes the pages anew. The page of commands is made in cmd/sleuth, where the commands are.
// Start reading at TestPagesAreCurrent.
package docs

//go:generate go test -count=1 -run TestPagesAreCurrent . -update
