// Package workspace holds what a workspace has beside its tables: saved functions, watchlists, and the files that queries may
// read by address. It reads the forms in which others publish them, and gives all of them to the binder.
//
// It does not keep anything: definitions and items come from a Keeper (package state keeps them in SQLite), files from the
// folder of the mirror. It never opens the network.
//
//	parser YAML, template JSON, KQL --ReadFunctions--> Function --\
//	CSV --ReadWatchlist--> Watchlist ---------------------------- Keeper --> Catalog --> bind
//	externaldata(...)[url] --> Mirror: folder/host/path -------------------/
//
// Start reading at Catalog.
package workspace
