package prompts

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Item is a conversation: the prompts of one session with what is expected of each.
type Item struct {
	ID       string `json:"id"`
	Category string `json:"category"`
	Turns    []Turn `json:"turns"`
}

// Turn is one prompt of an item.
type Turn struct {
	Prompt string `json:"prompt"`
	Expect Expect `json:"expect"`
}

// Expect is what an answer must be. The shape is that of question files: one value may stand where several
// acceptable ones may.
type Expect struct {
	Outcome OneOf          `json:"outcome"`
	Skill   OneOf          `json:"skill,omitempty"`
	Inputs  map[string]any `json:"inputs,omitempty"`
	Answer  *Facts         `json:"answer,omitempty"`
}

// Facts are what an answer must and must not say.
type Facts struct {
	MustContain    []OneOf     `json:"must_contain,omitempty"`
	MustNotContain []string    `json:"must_not_contain,omitempty"`
	RowCount       *Range      `json:"row_count,omitempty"`
	Number         *float64    `json:"number,omitempty"`
	Approx         *[2]float64 `json:"approx,omitempty"`
	Ordered        []OneOf     `json:"ordered,omitempty"`
	SameRow        [][]any     `json:"same_row,omitempty"`
}

// OneOf is one string or several of which one is enough.
type OneOf []string

// UnmarshalJSON takes a value or a list of values.
func (o *OneOf) UnmarshalJSON(b []byte) error {
	var v any
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	*o = make(OneOf, len(list))
	for i, x := range list {
		(*o)[i] = fmt.Sprint(x)
	}
	return nil
}

// MarshalJSON writes a single value as such.
func (o OneOf) MarshalJSON() ([]byte, error) {
	if len(o) == 1 {
		return json.Marshal(o[0])
	}
	return json.Marshal([]string(o))
}

// Range is the lowest and the highest number of rows that is right.
type Range struct{ Low, High int }

// UnmarshalJSON takes a number or a pair.
func (r *Range) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &r.Low); err == nil {
		r.High = r.Low
		return nil
	}
	var pair [2]int
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	r.Low, r.High = pair[0], pair[1]
	return nil
}

// MarshalJSON writes a number where both ends are equal.
func (r Range) MarshalJSON() ([]byte, error) {
	if r.Low == r.High {
		return json.Marshal(r.Low)
	}
	return json.Marshal([2]int{r.Low, r.High})
}

// Answer is what the judge reads of the object that ask --json prints.
type Answer struct {
	Outcome string `json:"outcome"`
	Text    string `json:"text"`
	Steps   []struct {
		Skill  string         `json:"skill"`
		Inputs map[string]any `json:"inputs"`
		Rows   *int           `json:"rows"`
	} `json:"steps"`
	Table *struct {
		Columns []struct {
			Name string `json:"name"`
		} `json:"columns"`
		Rows  [][]any `json:"rows"`
		Total *int    `json:"total"`
	} `json:"table"`
}

// ReadAnswer reads an answer, numbers as they are written.
func ReadAnswer(b []byte) (*Answer, error) {
	var a Answer
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := dec.Decode(&a); err != nil {
		return nil, fmt.Errorf("an answer that is not the object of ask --json: %w", err)
	}
	return &a, nil
}
