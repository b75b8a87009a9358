package clientapi

import (
	"context"
	"errors"
	"strings"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/capacity"
	"github.com/sleuth-sec/sleuth/diag"
)

// Kind sorts what can go wrong with a request, by who can do something about it.
type Kind uint8

const (
	Syntax    Kind = iota + 1 // the text of the query
	Semantic                  // its names, types and operators
	Running                   // what it met while it ran, a division of types or a bad pattern
	Limit                     // a limit of rows, memory or time
	Forbidden                 // the principal may not
	Cancelled                 // the client has gone
	Internal                  // the program
)

// Fault is an error of a query as the services report it. Line is 1-based, Column too; both are 0 where there is no
// place.
type Fault struct {
	Kind         Kind
	Code         string
	Message      string // with the fix, where there is one
	Token        string // the text at the place
	Line, Column int
}

// FaultOf sorts an error of a query. Only what a diagnostic says is told: everything else is internal and stays here.
func FaultOf(ctx context.Context, text string, err error) Fault {
	var denied *access.Denied
	if errors.As(err, &denied) {
		return Fault{Kind: Forbidden, Code: "Forbidden", Message: denied.Error()}
	}
	var spent *capacity.Spent
	if errors.As(err, &spent) { // not throttled: clients would try again until midnight
		return Fault{Kind: Forbidden, Code: "Forbidden", Message: spent.Error()}
	}
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return Fault{Kind: Cancelled, Code: "Cancelled", Message: "the request was cancelled"}
	}
	var list *diag.List
	var d *diag.Diagnostic
	if errors.As(err, &list) {
		d = list.First()
	}
	if d == nil && !errors.As(err, &d) {
		return Fault{Kind: Internal, Code: "Internal", Message: "something broke here; the program's log has the details"}
	}
	f := Fault{Code: d.Code, Line: d.Line, Column: d.Column, Message: d.Message, Kind: kindOf(d.Code)}
	if d.Fix != "" {
		f.Message += ": " + d.Fix
	}
	if s := d.Span; s.Start >= 0 && s.Start < s.End && s.End <= len(text) && s.End-s.Start <= 200 {
		f.Token = text[s.Start:s.End]
	}
	return f
}

// kindOf reads a diagnostic's group off its code (docs/reference/diagnostics.md).
func kindOf(code string) Kind {
	switch {
	case strings.HasPrefix(code, "KQL10"):
		return Syntax
	case strings.HasPrefix(code, "KQL12"):
		return Semantic
	case code == "KQL9000":
		return Internal
	case strings.HasPrefix(code, "KQL90"):
		return Limit
	default:
		return Running
	}
}
