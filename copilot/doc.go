// Package copilot answers prompts about a tenant. It owns sessions, prompts, the running of skills and the
// answer with its citations and coverage; it owns no data, and knows no skill by name: skills are
// manifests, and route chooses among them.
//
//	Ask -> may this principal ask? -> audit entry (nothing happens if it cannot be written)
//	-> directory index -> route.Route -> per call: fill the template, query, rows -> sentences with citations
//	-> audit entry -> Answer
//
// Everything it needs is an interface of one to three methods (deps.go). Start reading at Copilot.Ask.
package copilot
