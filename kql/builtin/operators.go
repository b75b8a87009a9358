package builtin

// operators are the operators, under their spelling. Their operands' types are in signatures for documentation and
// completion; which pairs of types an arithmetic operator takes is more than a signature says, and the binder's.
func operators() []*Function {
	var out []*Function
	out = append(out, arithmetic()...)
	out = append(out, comparisons()...)
	out = append(out, textOperators()...)
	return append(out,
		declare(Operator, "True when both sides are; false decides against null.", "and(left: bool, right: bool): bool").
			on("logical-operators").seesNulls(),
		declare(Operator, "True when a side is; true decides against null.", "or(left: bool, right: bool): bool").
			on("logical-operators").seesNulls(),
		declare(Operator, "True when the value lies between two bounds, both included; a timespan as upper bound counts from the lower.",
			"between(value: measure, low: measure, high: measure): bool").on("between-operator"),
		declare(Operator, "True when the value lies outside of two bounds.",
			"!between(value: measure, low: measure, high: measure): bool").on("not-between-operator"),
	)
}

func arithmetic() []*Function {
	return []*Function{
		declare(Operator, "Adds numbers or timespans, or moves a datetime by a timespan.", "+(left: measure, right: measure): wide").on("numerical-operators"),
		declare(Operator, "Subtracts numbers or times; with one operand, negates it.", "-(left: measure, right?: measure): wide").on("numerical-operators"),
		declare(Operator, "Multiplies numbers, or a timespan by a number.", "*(left: measure, right: measure): wide").on("numerical-operators"),
		declare(Operator, "Divides numbers or timespans; whole numbers give a whole number.", "/(left: measure, right: measure): wide").on("numerical-operators"),
		declare(Operator, "The remainder of a division, never negative for a positive divisor.", "%(left: measure, right: measure): wide").on("numerical-operators"),
	}
}

func comparisons() []*Function {
	const numeric = "numerical-operators"
	return []*Function{
		declare(Operator, "True when both sides are the same value.", "==(left: any, right: any): bool").on("equals-cs-operator"),
		declare(Operator, "True when the sides are different values.", "!=(left: any, right: any): bool").also("<>").on("not-equals-cs-operator"),
		declare(Operator, "True when the left side is less.", "<(left: measure|bool, right: measure|bool): bool").on(numeric),
		declare(Operator, "True when the left side is less or the same.", "<=(left: measure|bool, right: measure|bool): bool").on(numeric),
		declare(Operator, "True when the left side is greater.", ">(left: measure|bool, right: measure|bool): bool").on(numeric),
		declare(Operator, "True when the left side is greater or the same.", ">=(left: measure|bool, right: measure|bool): bool").on(numeric),
		declare(Operator, "True when two texts are the same but for case.", "=~(left: string, right: string): bool").on("equals-operator"),
		declare(Operator, "True when two texts differ in more than case.", "!~(left: string, right: string): bool").on("not-equals-operator"),
		declare(Operator, "True when a regular expression (RE2) matches in the text.", "matches regex(text: string, regex: string): bool").on("matches-regex-operator"),
	}
}

// textOperators are the operators that look for a part of a text: each with its negation, and both of them with case.
func textOperators() []*Function {
	var out []*Function
	for _, op := range []struct{ name, finds string }{
		{"contains", "a part of the text is the right side"},
		{"startswith", "the text begins with the right side"},
		{"endswith", "the text ends with the right side"},
		{"has", "a term of the text is the right side"},
		{"hasprefix", "a term of the text begins with the right side"},
		{"hassuffix", "a term of the text ends with the right side"},
	} {
		for _, form := range []struct{ not, cs, page, says, how string }{
			{"", "", "", "True when ", ", in any case."},
			{"!", "", "not-", "False when ", ", in any case."},
			{"", "_cs", "", "True when ", ", in the same case."},
			{"!", "_cs", "not-", "False when ", ", in the same case."},
		} {
			page := form.page + op.name + "-operator"
			if form.cs != "" {
				page = form.page + op.name + "-cs-operator"
			}
			f := declare(Operator, form.says+op.finds+form.how, form.not+op.name+form.cs+"(text: string, part: string): bool").on(page)
			switch form.not + op.name + form.cs {
			case "!contains":
				f.was("notcontains")
			case "contains_cs":
				f.was("containscs")
			case "!contains_cs":
				f.was("notcontainscs")
			}
			out = append(out, f)
		}
	}
	return out
}
