package kusto

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// options are the client request properties that this service acts on
// (https://learn.microsoft.com/kusto/api/rest/request-properties). Others are hints to a cluster, or ask for less than
// is given anyway - as request_readonly does - and change nothing.
type options struct {
	timeout   time.Duration
	now       time.Time
	maxRows   int   // truncationmaxrecords
	maxBytes  int64 // truncationmaxsize
	takeRows  int   // query_take_max_records; 0 for no such limit
	unlimited bool  // notruncation
	timespan  *engine.Timespan

	fragmented bool
	newlines   bool
	errorsAt   placement
}

// placement is where an answer tells what went wrong after its rows had begun.
type placement uint8

const (
	inData placement = iota
	endOfTable
	endOfDataset
)

// The limits of the service: a result of more than 500,000 records or 64 MB is cut with an error, a request runs for
// four minutes, and for an hour at most (https://learn.microsoft.com/kusto/concepts/query-limits).
const (
	defaultRows    = 500_000
	defaultBytes   = 64 << 20
	defaultTimeout = 4 * time.Minute
	maxTimeout     = time.Hour
)

// readOptions reads the options of a request, and then those that set statements of the query give.
func readOptions(given map[string]json.RawMessage, query string) (options, error) {
	o := options{timeout: defaultTimeout, maxRows: defaultRows, maxBytes: defaultBytes}
	var from, to *int64
	apply := func(name, value string) error { return o.set(strings.ToLower(name), value, &from, &to) }
	for name, raw := range given {
		if err := apply(name, optionText(raw)); err != nil {
			return o, err
		}
	}
	tree, _ := syntax.Parse(query) // what is wrong with the query, running it will tell
	for _, s := range tree.Statements {
		set, ok := s.(*syntax.SetStmt)
		if !ok {
			continue
		}
		value := "true"
		if lit, ok := set.Value.(*syntax.Literal); ok {
			value = lit.Text
		}
		if err := apply(set.Name.Text, value); err != nil {
			return o, err
		}
	}
	if from != nil || to != nil {
		o.timespan = &engine.Timespan{From: 0, To: types.MaxDateTimeTicks}
		if from != nil {
			o.timespan.From = *from
		}
		if to != nil {
			o.timespan.To = *to
		}
	}
	return o, nil
}

// optionText is an option's value as text; clients send numbers and truth values either way.
func optionText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func (o *options) set(name, value string, from, to **int64) (err error) {
	switch name {
	case "servertimeout", "query_timeout":
		o.timeout, err = readTimeout(name, value)
	case "norequesttimeout":
		if truth(value) {
			o.timeout = maxTimeout
		}
	case "notruncation":
		o.unlimited = truth(value)
	case "truncationmaxrecords":
		err = readCount(name, value, &o.maxRows)
	case "truncationmaxsize":
		var n int
		err = readCount(name, value, &n)
		o.maxBytes = int64(n)
	case "query_take_max_records":
		err = readCount(name, value, &o.takeRows)
	case "query_now":
		var ticks int64
		if ticks, err = readMoment(name, value); err == nil {
			o.now = types.TimeOf(ticks)
		}
	case "query_datetimescope_from":
		err = readBound(name, value, from)
	case "query_datetimescope_to":
		err = readBound(name, value, to)
	case "results_v2_fragment_primary_tables":
		o.fragmented = truth(value)
	case "results_v2_newlines_between_frames":
		o.newlines = truth(value)
	case "results_error_reporting_placement":
		o.errorsAt, err = readPlacement(name, value)
	case "query_language":
		if l := strings.ToLower(value); l != "kql" && l != "csl" && l != "auto" && l != "" {
			err = fmt.Errorf("%s %q: this service reads kql", name, value)
		}
	}
	return err
}

func readTimeout(name, value string) (time.Duration, error) {
	ticks, ok := types.ParseTimeSpan(value)
	if !ok || ticks <= 0 {
		return 0, fmt.Errorf("%s %q is not a time span such as 00:04:00", name, value)
	}
	// Beyond an hour is what the service takes for an hour; it also keeps the product within 64 bits.
	if ticks > int64(maxTimeout/100) {
		return maxTimeout, nil
	}
	return time.Duration(ticks) * 100, nil
}

func readCount(name, value string, into *int) error {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n <= 0 {
		return fmt.Errorf("%s %q is not a number of one or more", name, value)
	}
	*into = n
	return nil
}

func readMoment(name, value string) (int64, error) {
	text := strings.TrimSpace(value)
	if inner, ok := typed(text, "datetime"); ok {
		text = inner
	}
	ticks, ok := types.ParseDateTime(text)
	if !ok {
		return 0, fmt.Errorf("%s %q is not a datetime such as 2026-11-20T12:00:00Z", name, value)
	}
	return ticks, nil
}

func readBound(name, value string, into **int64) error {
	ticks, err := readMoment(name, value)
	if err == nil {
		*into = &ticks
	}
	return err
}

func readPlacement(name, value string) (placement, error) {
	switch strings.ToLower(value) {
	case "in_data", "":
		return inData, nil
	case "end_of_table":
		return endOfTable, nil
	case "end_of_dataset":
		return endOfDataset, nil
	}
	return inData, fmt.Errorf("%s %q: use in_data, end_of_table or end_of_dataset", name, value)
}

func truth(value string) bool {
	b, ok := types.ParseBool(strings.TrimSpace(value))
	return ok && b
}

// rows is how many rows the engine is asked for, and whether more than those are an error. most is what a client may
// raise the limit to.
func (o *options) rows(most int) (limit int, cutIsError bool) {
	limit, cutIsError = min(o.maxRows, most), true
	if o.unlimited {
		limit = most
	}
	if o.takeRows > 0 && o.takeRows <= limit {
		limit, cutIsError = o.takeRows, false
	}
	return limit, cutIsError
}

// size is how many bytes the rows of an answer may have; 0 is no limit.
func (o *options) size() int64 {
	if o.unlimited {
		return 0
	}
	return o.maxBytes
}
