package tenantgen

import "time"

// Truth is what really happened, written to truth.json beside the export: the labels a detection
// is measured against.
type Truth struct {
	Org      string        `json:"org"`
	Domain   string        `json:"domain"`
	TenantID string        `json:"tenantId"`
	Seed     uint64        `json:"seed"`
	Start    time.Time     `json:"start"`
	End      time.Time     `json:"end"`
	Attacks  []AttackTruth `json:"attacks"`
	// FalseAlarms are users whose risk detections have no attack behind them.
	FalseAlarms []string `json:"falseAlarms"`
}

// AttackTruth labels one attack.
type AttackTruth struct {
	Name       string    `json:"name"`
	Title      string    `json:"title"`
	User       string    `json:"user"` // user principal name of the account the attack is about
	UserID     string    `json:"userId"`
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	Addresses  []string  `json:"addresses"`
	Techniques []string  `json:"techniques"` // MITRE ATT&CK ids, in order of first use
	Steps      []Step    `json:"steps"`
	Detections []string  `json:"detections"` // ids of risk detections
	Incident   string    `json:"incident,omitempty"`
}

// Step is one act of the attacker, or of the defender, with the events it left.
type Step struct {
	At        time.Time `json:"at"`
	What      string    `json:"what"`
	Technique string    `json:"technique,omitempty"`
	Events    []Event   `json:"events"`
}

// Event names a log record: the category or log, and the record's id.
type Event struct {
	Log string `json:"log"`
	ID  string `json:"id"`
}
