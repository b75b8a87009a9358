// Package capacity counts what people use of the program, and holds them to the budgets that its owner set. It keeps no ledger of its
// own: all it counts are entries of the audit trail, read once and followed as they are appended, so that usage and trail cannot differ.
//
// What is counted: prompts (PromptSubmitted), queries (QueryRun), and the time that queries took, of answers too (PromptAnswered,
// QueryCompleted). A day is one of UTC. Start with Meter.Append.
package capacity
