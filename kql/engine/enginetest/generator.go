package enginetest

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// scalarTypes are the types that expressions are drawn of.
var scalarTypes = []types.Type{types.Bool, types.Int, types.Long, types.Real, types.String, types.DateTime, types.TimeSpan, types.GUID, types.Dynamic, types.Decimal}

// Config says what to draw.
type Config struct {
	Library *builtin.Library
	// Emitted are the names of the functions and operators that the backend has: most calls are of these.
	Emitted []string
	// Type binds an expression over the fixture and gives its type, or false where it is an error.
	Type func(expr string) (types.Type, bool)
	// Runs reports whether the backend has all of an expression.
	Runs func(expr string) bool
}

// Generator draws queries. It is safe for use by several goroutines.
type Generator struct {
	calls map[types.Type][]call // those that the backend has
	rare  map[types.Type][]call // the others
}

// call is a way to call a function: with arguments of these types it binds.
type call struct {
	name   string
	params []builtin.Param
	args   []types.Type
	text   string // an operator with holes; "" for name(args)
}

// New finds all calls that bind.
func New(c Config) *Generator {
	g := &Generator{calls: map[types.Type][]call{}, rare: map[types.Type][]call{}}
	emitted := map[string]bool{}
	a := adder{c, g}
	for _, n := range c.Emitted {
		emitted[n] = true
	}
	for _, f := range c.Library.All() {
		if f.Kind != builtin.Scalar || f.Impure || !emitted[f.Name] && !cheap[f.Name] {
			continue
		}
		for _, s := range f.Signatures {
			a.function(f.Name, s)
		}
	}
	for _, n := range c.Emitted {
		if c.Library.Lookup(builtin.Scalar, n) == nil {
			a.operator(n)
		}
	}
	for _, n := range listOperators {
		a.operator(n)
	}
	return g
}

// cheap are functions that no backend need have, to draw queries that are run in two parts; they make no large values.
var cheap = map[string]bool{"reverse": true, "strcat_array": true, "url_encode": true, "url_decode": true, "array_slice": true, "set_union": true, "array_concat": true, "round": true, "floor": true, "ceiling": true,
	"sqrt": true, "sign": true, "countof": true, "pow": true, "exp": true, "log": true, "hash_md5": true, "base64_encode_tostring": true, "array_sort_asc": true, "array_index_of": true, "bag_merge": true, "bag_keys": true,
	"bin_at": true, "totimespan": true, "toguid": true, "make_datetime": true, "make_timespan": true, "isnan": true, "isinf": true, "parse_url": true, "parse_ipv4": true, "ipv4_is_private": true, "format_timespan": true,
	"todecimal": true, "gettype": true, "max_of": true, "min_of": true, "isascii": true, "translate": true, "tohex": true, "unixtime_seconds_todatetime": true, "binary_and": true, "jaccard_index": true, "set_has_element": true,
	"array_sum": true, "split": true, "strcmp": true, "dynamic_to_json": true, "extract_all": true, "has_any_index": true, "parse_version": true, "datetime_local_to_utc": true, "isempty": true, "array_reverse": true}

// listOperators take a list on their right.
var listOperators = []string{"in", "!in", "in~", "!in~", "has_any", "has_all"}

// maxCombinations bounds the types tried for one signature.
const maxCombinations = 120

// adder finds the calls.
type adder struct {
	Config
	g *Generator
}

// add keeps a call that binds. Where the backend has it only with some arguments constant, they are drawn so.
func (a adder) add(c call) {
	t, ok := a.Type(c.sample())
	if !ok || len(literals[t]) == 0 {
		return
	}
	masks := [][]int{{}, {1}, {2}, {0}, {1, 2}, {1, 2, 3}}
	for _, mask := range masks {
		with := c
		with.params = append([]builtin.Param(nil), c.params...)
		for _, i := range mask {
			if i < len(with.params) {
				with.params[i].Constant = true
			}
		}
		if a.Runs(with.sample()) {
			a.g.calls[t] = append(a.g.calls[t], with)
			return
		}
	}
	a.g.rare[t] = append(a.g.rare[t], c)
}

// function tries the types that a signature's parameters accept.
func (a adder) function(name string, s builtin.Signature) {
	params := s.Params
	if s.NamesType && len(params) > 0 {
		params = params[:len(params)-1]
	}
	for n := len(params); n >= 0 && (n == len(params) || params[n].Optional); n-- {
		r := rand.New(rand.NewPCG(uint64(n), 1))
		all := combinations(params[:n])
		if len(all) > maxCombinations {
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			all = all[:maxCombinations]
		}
		for _, args := range all {
			a.add(call{name: name, params: params[:n], args: args})
		}
	}
}

// combinations are all choices of one type for each parameter.
func combinations(params []builtin.Param) [][]types.Type {
	out := [][]types.Type{nil}
	for _, p := range params {
		var next [][]types.Type
		for _, head := range out {
			for _, t := range scalarTypes {
				if p.Accepts.Has(t) && len(next) < 20*maxCombinations {
					next = append(next, append(head[:len(head):len(head)], t))
				}
			}
		}
		out = next
	}
	return out
}

// operator tries the types of an operator's two sides; not has one.
func (a adder) operator(name string) {
	text := "(" + hole + " " + name + " " + hole + ")"
	switch {
	case name == "not":
		text = "not(" + hole + ")"
	case strings.HasSuffix(name, "between"):
		text = "(" + hole + " " + name + " (" + hole + " .. " + hole + "))"
	case isList(name):
		text = "(" + hole + " " + name + " (" + hole + ", " + hole + "))"
	}
	for _, left := range scalarTypes {
		for _, right := range scalarTypes {
			args := []types.Type{left, right, right}[:strings.Count(text, hole)]
			params := make([]builtin.Param, len(args))
			if strings.HasSuffix(name, "matches regex") {
				params[1] = builtin.Param{Name: "regex", Constant: true, Accepts: builtin.ClsString}
			}
			a.add(call{name: name, params: params, args: args, text: text})
			if len(args) == 1 {
				break
			}
		}
	}
}

func isList(name string) bool {
	for _, n := range listOperators {
		if n == name {
			return true
		}
	}
	return false
}

// sample is the call over the fixture's columns.
func (c call) sample() string {
	args := make([]*Expr, len(c.args))
	for i, t := range c.args {
		if p := c.params[i]; p.Constant || len(p.Values) > 0 {
			args[i] = leaf(t, constants(p, t)[min(1, len(constants(p, t))-1)])
		} else {
			args[i] = leaf(t, columnOf[t][0])
		}
	}
	return c.with(types.Unknown, args).String()
}

// with is the call of arguments.
func (c call) with(t types.Type, args []*Expr) *Expr {
	if c.text != "" {
		return node(t, c.text, args...)
	}
	return node(t, c.name+"("+strings.TrimSuffix(strings.Repeat(hole+", ", len(args)), ", ")+")", args...)
}

// constants are what a parameter may be given as a constant.
func constants(p builtin.Param, t types.Type) []string {
	switch {
	case len(p.Values) > 0:
		out := make([]string, len(p.Values))
		for i, v := range p.Values {
			out[i] = "'" + v + "'"
		}
		return out
	case t == types.String && strings.Contains(strings.ToLower(p.Name), "regex"):
		return regexes
	case t == types.String && (strings.Contains(strings.ToLower(p.Name), "part") || strings.Contains(strings.ToLower(p.Name), "period")):
		return dateParts
	}
	return literals[t]
}

// Describe lists what is drawn: the names of the functions and operators, sorted.
func (g *Generator) Describe() string {
	names := map[string]bool{}
	ways := 0
	for _, m := range []map[types.Type][]call{g.calls, g.rare} {
		for _, list := range m {
			for _, c := range list {
				names[c.name] = true
				ways++
			}
		}
	}
	var sorted []string
	for n := range names {
		sorted = append(sorted, n)
	}
	sort.Strings(sorted)
	return fmt.Sprintf("%d functions and operators in %d ways: %s", len(sorted), ways, strings.Join(sorted, " "))
}
