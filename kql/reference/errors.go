package reference

import (
	"errors"

	"github.com/sleuth-sec/sleuth/diag"
)

// Errors that a query can meet while it runs. Codes KQL40xx are this package's.

func unknownColumn(name string) error {
	return diag.Errorf("KQL4001", diag.Span{}, "there is no column %q in these rows", name).
		WithFix("check the columns that the step before gives; getschema shows them")
}

func notImplemented(at diag.Span, kind, name string) error {
	return diag.Errorf("KQL4002", at, "the %s %s cannot be run here yet", kind, name).
		WithFix("the reference documentation of this engine lists what is implemented")
}

func badArgument(at diag.Span, function, what string) error {
	return diag.Errorf("KQL4003", at, "%s: %s", function, what)
}

func noSource(table string) error {
	return diag.Errorf("KQL4004", diag.Span{}, "no data source was given to read table %s from", table)
}

func failedCall(at diag.Span, function string, err error) error {
	return diag.Errorf("KQL4005", at, "%s: %v", function, err)
}

// errTwoGroups says what parse-kv needs of its expression.
var errTwoGroups = errors.New("it needs two groups, for key and value")

func badPattern(err error) error {
	return diag.Errorf("KQL4006", diag.Span{}, "the regular expression cannot be used: %v", err)
}

func misplacedWindow(at diag.Span, name string) error {
	return diag.Errorf("KQL4007", at, "the window function %s cannot be used in this operator", name).
		WithFix("compute it with extend or serialize before")
}
