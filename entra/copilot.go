package entra

import (
	"fmt"
	"strconv"
)

// CopilotOperation is something that is done in Security Copilot, as its audit records name it. Feeds of different generations
// name it differently.
// https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema
type CopilotOperation struct {
	// Record is the number of the record's type, Type its name in the schema of the Management Activity API.
	Record int    `json:"record"`
	Type   string `json:"type"`
	// Workload is the service whose record it is; empty for Copilot itself.
	Workload string `json:"workload,omitempty"`
	// Name is what published rules read in Operation and ActionType; Feed is what the audit search of Purview calls it, where
	// that differs, and Also are further names that were seen.
	Name string   `json:"operation"`
	Feed string   `json:"feed,omitempty"`
	Also []string `json:"also,omitempty"`
	// Own are the operations of this program's own audit trail that are this one.
	Own []string `json:"own,omitempty"`
	// Original and New are the values that the operation by itself says: a plugin that is enabled was disabled.
	Original string `json:"original,omitempty"`
	New      string `json:"new,omitempty"`
}

// copilotOperations is the data file with its lookups.
type copilotOperations struct {
	Operations  []CopilotOperation `json:"operations"`
	RecordTypes map[string]string  `json:"recordTypes"` // further types of records about copilots, by number

	byName map[string]int
	types  map[int]string
}

func (c *copilotOperations) index() error {
	c.byName, c.types = map[string]int{}, map[int]string{}
	for i, o := range c.Operations {
		for _, name := range append(append([]string{o.Name, o.Feed}, o.Also...), o.Own...) {
			if other, taken := c.byName[name]; taken && name != "" && other != i {
				return fmt.Errorf("copilot-operations.json: %s names two operations", name)
			}
			if name != "" {
				c.byName[name] = i
			}
		}
		if o.Workload == "" {
			c.types[o.Record] = o.Type
		}
	}
	for number, name := range c.RecordTypes {
		n, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("copilot-operations.json: recordTypes: %q is not a number", number)
		}
		c.types[n] = name
	}
	return nil
}

// CopilotOperation finds an operation by any of its names, exactly.
func (s *Schemas) CopilotOperation(name string) (CopilotOperation, bool) {
	i, ok := s.copilot.byName[name]
	if !ok {
		return CopilotOperation{}, false
	}
	return s.copilot.Operations[i], true
}

// CopilotOperations returns every known operation, by type of record.
func (s *Schemas) CopilotOperations() []CopilotOperation {
	return append([]CopilotOperation(nil), s.copilot.Operations...)
}

// CopilotRecordType is the name of a type of audit records about copilots; ok is false for other types.
func (s *Schemas) CopilotRecordType(number int) (name string, ok bool) {
	name, ok = s.copilot.types[number]
	return name, ok
}
