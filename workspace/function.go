package workspace

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/syntax"
)

// Function is a saved function: a query with a name, and parameters where it has some.
type Function struct {
	Name string
	// Aliases are further names: a published parser has the one of its file and the one that the service builds in.
	Aliases []string
	// Params is the parameter list without parentheses, "user: string, days: long = 7".
	Params string
	// Body is the query.
	Body string
	// Description says what the function is for; Source is where it came from.
	Description, Source string
}

// Text is the function as the binder takes it: a lambda.
func (f Function) Text() string { return "(" + f.Params + ") {\n" + f.Body + "\n}" }

var functionName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// Check says what is wrong with the function's form: its name, its parameters, the syntax of its query. Tables and columns
// are looked up when it is used.
func (f Function) Check() error {
	for _, n := range append([]string{f.Name}, f.Aliases...) {
		if !functionName.MatchString(n) {
			return fmt.Errorf("%q cannot name a function: use letters, digits and _, not a digit first", n)
		}
	}
	if strings.TrimSpace(f.Body) == "" {
		return fmt.Errorf("the function %s has no query", f.Name)
	}
	q, errs := syntax.Parse("let saved = " + f.Text() + ";")
	if errs.Failed() {
		return fmt.Errorf("the function %s: %s", f.Name, errs.First().Message)
	}
	if len(q.Statements) != 1 {
		return fmt.Errorf("the function %s is more than one statement: its braces do not match", f.Name)
	}
	let, ok := q.Statements[0].(*syntax.LetStmt)
	if !ok {
		return fmt.Errorf("the function %s is not a query", f.Name)
	}
	lambda, ok := let.Value.(*syntax.LambdaExpr)
	if !ok || lambda.Body == nil || lambda.Body.Result == nil {
		return fmt.Errorf("the function %s gives nothing: its query must end with an expression", f.Name)
	}
	return nil
}
