// Package prompts asks the copilot, in the wiring of the program, questions that were never used to build it:
// about tenants made for the occasion, in wordings kept in wordings.yaml, with answers worked out by reading
// the export's files as plain JSON. It owns the wordings, the independent reading (no KQL, nothing of the
// copilot), the judge and the scores; it is imported by nothing.
//
//	tenantgen -> export directory -> Export (export.go, facts.go)         what is true
//	wordings.yaml -> Draw (draw.go) picks a subject, a time and a spelling what is asked
//	cases*.go: subject, time, filters -> Expect                           what must be answered
//	house (house_test.go): the same export imported and asked             what is answered
//	Judge (judge.go): Expect and Answer -> complaints by part             the score
//
// Start reading at Items in items.go.
package prompts
