package copilot

import "encoding/json"

// Erased is the JSON of an answer whose text, steps and rows were taken off the record.
func Erased(sessionID, promptID, outcome string) ([]byte, error) {
	return json.Marshal(Answer{Outcome: outcome, Text: "This answer was erased; the audit trail says when, by whom and why.", Steps: []Step{}, Suggestions: []string{},
		SessionID: sessionID, PromptID: promptID})
}
