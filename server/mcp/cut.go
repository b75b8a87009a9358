package mcp

import (
	"encoding/json"
	"fmt"
)

// cutTables leaves of every table of an answer the first MaxRows rows. A table says how many there are (total), and one that was cut how
// many of them stand here (shown).
func cutTables(whole map[string]json.RawMessage) (json.RawMessage, error) {
	if whole["rows"] != nil && whole["columns"] != nil { // the result of a query is a table itself
		if err := cutRows(whole); err != nil {
			return nil, err
		}
	}
	if whole["table"] != nil {
		if err := cutIn(whole, "table"); err != nil {
			return nil, err
		}
	}
	if whole["steps"] != nil {
		var steps []map[string]json.RawMessage
		if err := json.Unmarshal(whole["steps"], &steps); err != nil {
			return nil, fmt.Errorf("the steps of an answer: %w", err)
		}
		for _, s := range steps {
			if s["table"] != nil {
				if err := cutIn(s, "table"); err != nil {
					return nil, err
				}
			}
		}
		data, err := json.Marshal(steps)
		if err != nil {
			return nil, err
		}
		whole["steps"] = data
	}
	return json.Marshal(whole)
}

func cutIn(of map[string]json.RawMessage, name string) error {
	var table map[string]json.RawMessage
	if err := json.Unmarshal(of[name], &table); err != nil || table == nil {
		return err
	}
	if err := cutRows(table); err != nil {
		return err
	}
	data, err := json.Marshal(table)
	of[name] = data
	return err
}

func cutRows(table map[string]json.RawMessage) error {
	var rows []json.RawMessage
	if err := json.Unmarshal(table["rows"], &rows); err != nil {
		return fmt.Errorf("the rows of a table: %w", err)
	}
	if len(rows) <= MaxRows {
		return nil
	}
	data, err := json.Marshal(rows[:MaxRows])
	if err != nil {
		return err
	}
	table["rows"], table["shown"] = data, json.RawMessage(fmt.Sprint(MaxRows))
	return nil
}
