// Package when reads time expressions of prompts: "past 48 hours", "last week", "between 3 and 5
// November", "since Wednesday", "yesterday between 2 and 4 pm". It owns their meaning: UTC, weeks that
// start on Monday, ranges that include their start and exclude their end.
//
//	words -> a point or a period at each place -> combined by between, from, since, before, ago -> Window
//
// Start reading at Find.
package when
