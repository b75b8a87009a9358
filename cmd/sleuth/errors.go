package main

import "github.com/sleuth-sec/sleuth/diag"

func notChecked() *diag.Diagnostic {
	return diag.Errorf("CHK0001", diag.Span{}, "workbooks and templates are not checked yet").
		WithFix("give KQL files, plugin manifests, promptbooks, or analytics rules and hunting queries in YAML")
}

// uncoded is an error of a batch that has no code of its own, such as a line that is not JSON.
func uncoded(err error) *diag.Diagnostic {
	return diag.Errorf("KQL0000", diag.Span{}, "%s", err)
}
