package lint

import "github.com/sleuth-sec/sleuth/diag"

func unusedLet(at diag.Span, name string) *diag.Diagnostic {
	return diag.Warningf("KQL1401", at, "%q is declared and not used", name).WithFix("remove the let statement, or use the name")
}

func arbitraryRows(at diag.Span, operator, before string) *diag.Diagnostic {
	return diag.Warningf("KQL1402", at, "%s works on the arbitrary rows that %s left", operator, before).
		WithFix("put %s behind %s, or use top ... by", before, operator)
}

func neverTrue(at diag.Span) *diag.Diagnostic {
	return diag.Warningf("KQL1403", at, "this condition is false for every row").WithFix("remove the branch, or write the condition that is meant")
}

func caseNeverEqual(at diag.Span, function, text string) *diag.Diagnostic {
	return diag.Warningf("KQL1404", at, "%s never gives the text %q", function, text).WithFix("compare with =~ and without %s", function)
}

func contradiction(at diag.Span, column, one, other string) *diag.Diagnostic {
	return diag.Warningf("KQL1405", at, "%s cannot be both %q and %q", column, one, other).WithFix("join the comparisons by or, or write in (...)")
}

func alwaysDiffers(at diag.Span, column, one, other string) *diag.Diagnostic {
	return diag.Warningf("KQL1406", at, "every %s differs from %q or from %q", column, one, other).WithFix("join the comparisons by and, or write !in (...)")
}

func sameTwice(at diag.Span, operator string) *diag.Diagnostic {
	return diag.Warningf("KQL1407", at, "both sides of %s are the same", operator).WithFix("remove one side, or write the condition that is meant")
}

func listedTwice(at diag.Span, text string) *diag.Diagnostic {
	return diag.Warningf("KQL1408", at, "%q stands in this list twice", text).WithFix("remove one, or write the value that is meant")
}

func joinWithoutKind(at diag.Span) *diag.Diagnostic {
	return diag.Warningf("KQL1409", at, "join without a kind is innerunique: of the left rows with one key it keeps an arbitrary one").
		WithFix("write kind=inner for all pairs of rows, or kind=innerunique where one is meant")
}

func columnToItself(at diag.Span, name string) *diag.Diagnostic {
	return diag.Warningf("KQL1410", at, "extend gives %s its own value", name).WithFix("remove it, or write the expression that is meant")
}

func orderLost(at diag.Span) *diag.Diagnostic {
	return diag.Warningf("KQL1411", at, "the order is lost: count does not keep it").WithFix("remove the sort")
}
