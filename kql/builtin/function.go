package builtin

import "github.com/sleuth-sec/sleuth/kql/types"

// Kind says where a function may be called.
type Kind uint8

// The kinds of functions.
const (
	Scalar    Kind = iota // anywhere
	Operator              // written infix or prefix
	Aggregate             // in summarize, make-series, top-nested, ...
	Window                // on serialized rows: prev, next, row_number, ...
	Plugin                // in evaluate
)

// Class is a set of types that a parameter accepts.
type Class uint16

// The classes. A class is a bit set of types.Type; AnyType accepts everything.
const (
	ClsBool     = Class(1 << types.Bool)
	ClsInt      = Class(1 << types.Int)
	ClsLong     = Class(1 << types.Long)
	ClsReal     = Class(1 << types.Real)
	ClsDecimal  = Class(1 << types.Decimal)
	ClsString   = Class(1 << types.String)
	ClsDateTime = Class(1 << types.DateTime)
	ClsTimeSpan = Class(1 << types.TimeSpan)
	ClsGUID     = Class(1 << types.GUID)
	ClsDynamic  = Class(1 << types.Dynamic)
	Integer     = ClsInt | ClsLong
	Number      = ClsInt | ClsLong | ClsReal | ClsDecimal
	Summable    = Number | ClsTimeSpan
	Temporal    = ClsDateTime | ClsTimeSpan
	AnyType     = Class(0xffff)
)

// Has reports whether the class holds t. A dynamic or unknown argument fits any class, at a cost; the binder weighs that.
func (c Class) Has(t types.Type) bool { return c&(1<<t) != 0 }

// Param is one parameter.
type Param struct {
	Name     string
	Accepts  Class
	Optional bool
	// Repeat marks a parameter that may come again: strcat(a, ...). Neighbours that repeat do so together, and what
	// stands behind them takes the last arguments: case(p, v, ..., else).
	Repeat bool
	// Constant: the argument must be a constant (a literal or made of literals).
	Constant bool
	// Values is the closed set of strings that a constant may have, where there is one.
	Values []string
	Doc    string
}

// ResultFunc gives the result type from the arguments' types.
type ResultFunc func(args []types.Type) types.Type

// Signature is one way to call a function.
type Signature struct {
	Params []Param
	// Result is the result type where it is fixed; ResultOf where it depends on the arguments.
	Result   types.Type
	ResultOf ResultFunc
	// NamesType: the last argument is the name of the result's type, as typeof(long) is; Result holds when it is none.
	NamesType bool
}

// NullRule says what a null argument does.
type NullRule uint8

// The null rules.
const (
	NullIfAny   NullRule = iota // any null argument makes the result null (the empty string for strings)
	NullHandled                 // the function looks at nulls itself
	NullSkipped                 // an aggregation that ignores null arguments
)

// Function is the declaration of one function.
type Function struct {
	Name       string // canonical spelling, lower case as the reference spells it
	Aliases    []string
	Deprecated []string // spellings that still work and warn
	Kind       Kind
	Signatures []Signature
	Nulls      NullRule
	// Impure functions give another value on each call (rand, new_guid, now is pure within a query).
	Impure   bool
	Doc      string // one sentence
	Page     string // slug of the public reference page
	Examples []Example
}

// Example is a call and its result, both as KQL text; it runs as a test.
type Example struct{ Call, Result string }

// Library is a set of functions, looked up by any of their names. Names are case-sensitive as in the service,
// with the exceptions that each declaration lists as aliases.
type Library struct {
	byName map[Kind]map[string]*Function
	all    []*Function
}

// NewLibrary makes a library of the given functions. Scalar and Operator share one name space; aggregates, windows and
// plugins have one each.
func NewLibrary(groups ...[]*Function) *Library {
	l := &Library{byName: map[Kind]map[string]*Function{}}
	for _, g := range groups {
		for _, f := range g {
			l.all = append(l.all, f)
			m := l.byName[f.Kind]
			if m == nil {
				m = map[string]*Function{}
				l.byName[f.Kind] = m
			}
			m[f.Name] = f
			for _, a := range f.Aliases {
				m[a] = f
			}
			for _, a := range f.Deprecated {
				m[a] = f
			}
		}
	}
	return l
}

// Lookup is the function of that kind and name, or nil.
func (l *Library) Lookup(k Kind, name string) *Function { return l.byName[k][name] }

// All are all functions in order of declaration.
func (l *Library) All() []*Function { return l.all }
