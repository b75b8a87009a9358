// Package web holds the built web page. Its source is in src/ (React, TypeScript, Fluent UI), its build in dist/;
// `make web` makes the one from the other. A build without Node.js has no page: Page then serves a
// text that says so, and everything but the page works.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed fallback
var fallback embed.FS

// Page is the built page: index.html and assets/. The second result is false when the build has none.
func Page() (fs.FS, bool) {
	built, err := fs.Sub(dist, "dist")
	if err == nil {
		if _, err = fs.Stat(built, "index.html"); err == nil {
			return built, true
		}
	}
	plain, err := fs.Sub(fallback, "fallback")
	if err != nil {
		panic("web: the embedded folder fallback is gone: " + err.Error()) // fs.Sub fails for an invalid name only
	}
	return plain, false
}
