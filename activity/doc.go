// Package activity shows the program's own audit trail as the tables and records that the field reads copilot use from. It owns
// what an entry becomes; it does not own the log (package audit) or where rows stand (package store).
//
//	audit.Entry -> record (record.go): the audit record of Microsoft's schema, under one of two identities
//	            -> Rows (rows.go, signin.go): CloudAppEvents, CopilotActivity, IdentityLogonEvents, SigninLogs
//	            -> Management (record.go): Office 365 Management Activity JSON, for export
//	log -> Projector (projector.go) -> rows in the workspace, by log index, before the next query of such a table runs
//
// Inside the workspace the rows carry the identity of Security Copilot, so that published rules and workbooks run unchanged, and
// TenantID marks them. What leaves the machine carries the program's own identity: nobody's evidence is forged.
//
// Start reading at Mapper.Rows.
package activity
