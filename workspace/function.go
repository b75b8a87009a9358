package workspace

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
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
	_, _, err := f.parse()
	return err
}

// parse reads the function as KQL; places in the lambda are of text.
func (f Function) parse() (lambda *syntax.LambdaExpr, text string, err error) {
	text = "let saved = " + f.Text() + ";"
	q, errs := syntax.Parse(text)
	if errs.Failed() {
		return nil, "", fmt.Errorf("the function %s: %s", f.Name, errs.First().Message)
	}
	if len(q.Statements) != 1 {
		return nil, "", fmt.Errorf("the function %s is more than one statement: its braces do not match", f.Name)
	}
	let, ok := q.Statements[0].(*syntax.LetStmt)
	if !ok {
		return nil, "", fmt.Errorf("the function %s is not a query", f.Name)
	}
	lambda, ok = let.Value.(*syntax.LambdaExpr)
	if !ok || lambda.Body == nil || lambda.Body.Result == nil {
		return nil, "", fmt.Errorf("the function %s gives nothing: its query must end with an expression", f.Name)
	}
	return lambda, text, nil
}

// Parameter is a parameter of a saved function.
type Parameter struct {
	Name string
	Type types.Type // of a scalar
	// Columns are what a table must have; nil for a scalar. A table of any columns has none.
	Columns types.Schema
	Default string // as it is written; empty where the parameter must be given
}

// Parameters are the parameters that Params declares.
func (f Function) Parameters() ([]Parameter, error) {
	lambda, text, err := f.parse()
	if err != nil {
		return nil, err
	}
	out := make([]Parameter, 0, len(lambda.Params))
	for _, p := range lambda.Params {
		x := Parameter{Name: p.Name.Text}
		if p.Tabular {
			x.Columns = types.Schema{}
			for _, c := range p.Schema {
				t, ok := types.ParseType(c.Type)
				if !ok {
					return nil, fmt.Errorf("the function %s: the parameter %s: no type is called %s", f.Name, x.Name, c.Type)
				}
				x.Columns = append(x.Columns, types.Column{Name: c.Name.Text, Type: t})
			}
		} else {
			t, ok := types.ParseType(p.Type)
			if !ok {
				return nil, fmt.Errorf("the function %s: the parameter %s: no type is called %s", f.Name, x.Name, p.Type)
			}
			x.Type = t
		}
		if p.Default != nil {
			span := p.Default.Span()
			x.Default = text[span.Start:span.End]
		}
		out = append(out, x)
	}
	return out, nil
}
