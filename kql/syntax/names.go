package syntax

import "slices"

// OperatorNames are the names of all tabular operators, in alphabetical order.
func OperatorNames() []string {
	out := slices.Clone(operatorNames)
	slices.Sort(out)
	return slices.Compact(out)
}
