// Package lint warns of what is valid KQL and yet certainly not what was meant, or work for nothing: it looks at the tree of a
// query alone, knows no tables, and says nothing where a rule could be wrong. Faults are found by bind, not here.
//
//	text --syntax.Parse--> tree --Check--> warnings KQL14xx, in order of place
//
// How often published rules meet each warning is counted by conformance/content.
//
// Start reading at Check.
package lint
