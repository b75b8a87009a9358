package bind

import (
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// nameKind says how a column without a written name gets one.
type nameKind uint8

const (
	nameNone    nameKind = iota // ColumnN
	nameDerived                 // from the names inside the expression; made unique
	nameColumn                  // the name of a column or variable itself; twice is an error
)

// namer keeps the names of the columns of one operator unique.
type namer struct {
	used    map[string]bool // all names given out
	written map[string]bool // those written by the query: twice is an error
	base    types.Schema    // columns already there, which a name may replace
	counter int
}

func newNamer(base types.Schema) *namer {
	return &namer{used: map[string]bool{}, written: map[string]bool{}, base: base}
}

// explicit gives out a name that the query writes; false when it has written it before. Where an automatic name
// was first, it is this one that gets a number.
func (n *namer) explicit(name string) (string, bool) {
	if n.written[name] {
		return n.auto(name), false
	}
	n.written[name] = true
	return n.auto(name), true
}

// auto makes a name unique by a number after it.
func (n *namer) auto(name string) string {
	out := name
	for i := 1; n.used[out]; i++ {
		out = name + strconv.Itoa(i)
	}
	n.used[out] = true
	return out
}

// column is the next ColumnN that is neither used nor a column already.
func (n *namer) column() string {
	for {
		n.counter++
		name := "Column" + strconv.Itoa(n.counter)
		if n.base.Find(name) < 0 {
			return n.auto(name)
		}
	}
}

// autoName is the name that an expression gives its column
// (https://learn.microsoft.com/kusto/query/schema-entities/entity-names and the pages of the functions).
func (b *binder) autoName(e syntax.Expr, v env) (string, nameKind) {
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return b.autoName(e.Inner, v)
	case *syntax.NameExpr:
		return e.Name, nameColumn // as written, where the table knows the column under another name too
	case *syntax.PathExpr:
		name := b.pathName(e, v)
		if name == "" {
			return "", nameNone
		}
		return name, nameDerived
	case *syntax.CallExpr:
		if name := b.callName(e, v); name != "" {
			return name, nameDerived
		}
	case *syntax.TabularExpr:
		if len(e.Operators) == 0 && e.Source != nil {
			return b.autoName(e.Source, v)
		}
	}
	return "", nameNone
}

// partName is the name of an expression inside another's name; "" when it has none.
func (b *binder) partName(e syntax.Expr, v env) string {
	name, kind := b.autoName(e, v)
	if kind == nameNone {
		return ""
	}
	return name
}

// pathName joins the steps of a path: d.x["y"][0] is d_x_y_0.
func (b *binder) pathName(e *syntax.PathExpr, v env) string {
	base := b.partName(e.Base, v)
	if n, ok := e.Base.(*syntax.NameExpr); ok && e.Name != nil {
		if _, side := v.side(n.Name); side {
			return e.Name.Text
		}
		if _, state := v.states[n.Name]; state {
			return e.Name.Text
		}
	}
	step := ""
	if e.Name != nil {
		step = e.Name.Text
	} else if lit, ok := unparen(e.Index).(*syntax.Literal); ok {
		step = lit.Text
	}
	if base == "" {
		return step
	}
	return base + "_" + step
}

// callName names the column of a call: after the function and its first argument, after the argument alone, or
// not at all.
func (b *binder) callName(e *syntax.CallExpr, v env) string {
	name := e.Name.Text
	if ent := v.scope.find(name); ent != nil && ent.kind != scalarEntity && ent.kind != tableEntity {
		return ""
	}
	first := func() string {
		if len(e.Args) == 0 {
			return ""
		}
		return b.partName(e.Args[0].Value, v)
	}
	if v.agg != nil && b.lib.Lookup(builtin.Aggregate, name) != nil {
		return b.aggregateName(e, first())
	}
	switch {
	case firstArgumentNames[name]:
		return first()
	case onlyArgumentNames[name]:
		if len(e.Args) == 1 {
			return first()
		}
		return ""
	}
	switch name {
	case "ingestion_time":
		return "$IngestionTime"
	case "array_sort_asc", "array_sort_desc":
		if name := first(); name != "" {
			return name + "_sorted"
		}
		return ""
	case "column_ifexists", "columnifexists":
		return b.ifExistsName(e, v)
	}
	if prefix, ok := prefixNames[name]; ok {
		return prefix + "_" + first()
	}
	return ""
}

// ifExistsName: the column's name where there is one.
func (b *binder) ifExistsName(e *syntax.CallExpr, v env) string {
	if len(e.Args) == 0 {
		return ""
	}
	if lit, ok := unparen(e.Args[0].Value).(*syntax.Literal); ok {
		if c, found := v.row.find(lit.Text); found {
			return c.Name
		}
	}
	return ""
}

// aggregateName is the name of a single-column aggregate.
func (b *binder) aggregateName(e *syntax.CallExpr, first string) string {
	name := e.Name.Text
	switch name {
	case "take_anyif", "binary_all_or", "binary_all_and", "binary_all_xor", "take_any", "passthrough":
		return first
	case "arg_max", "argmax", "arg_min", "argmin":
		if first == "" {
			return map[bool]string{true: "max_", false: "min_"}[name == "arg_max" || name == "argmax"]
		}
		return first
	case "percentile", "percentiles", "percentilew", "percentilesw":
		at := 1
		if name == "percentilew" || name == "percentilesw" {
			at = 2
		}
		if len(e.Args) > at {
			return "percentile_" + first + "_" + percentileSuffix(e.Args[at].Value)
		}
		return ""
	case "percentiles_array", "percentilesw_array":
		return "percentiles_" + first
	}
	prefix, ok := aggregatePrefixes[name]
	if !ok {
		prefix = name
	}
	return prefix + "_" + first
}

// percentileSuffix is the percentile in a column's name: 5.25 becomes 5_25.
func percentileSuffix(e syntax.Expr) string {
	lit, ok := unparen(e).(*syntax.Literal)
	if !ok {
		return ""
	}
	v, ok := literalValue(lit)
	if !ok {
		return ""
	}
	return underscored(v)
}

// underscored is a number's text with an underscore for the point.
func underscored(v types.Value) string {
	s := v.Text()
	if v.Type() == types.Real {
		s = strconv.FormatFloat(v.Real(), 'f', -1, 64)
	}
	return strings.ReplaceAll(s, ".", "_")
}

func set(names ...string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, n := range names {
		out[n] = true
	}
	return out
}

// Which functions name their column after an argument is part of what each function is; the names below are what the
// service gives.
var (
	firstArgumentNames = set("split", "tostring", "tohex", "todynamic", "toobject", "tolong", "toint", "toreal", "todouble",
		"todatetime", "totimespan", "totime", "tobool", "toboolean", "todecimal", "toguid", "parse_csv", "parsejson",
		"parse_json", "parse_xml", "format_datetime", "format_timespan", "startofday", "bin", "floor", "bin_at",
		"bin_auto", "binary_and", "binary_or", "binary_xor", "binary_not", "binary_shift_right", "binary_shift_left",
		"bitset_count_ones", "series_fir", "series_outliers", "series_iir", "series_fill_backward",
		"series_fill_forward", "series_fill_const", "series_fill_linear", "round", "ceiling", "pow", "sqrt", "log",
		"log2", "log10", "exp", "exp2", "exp10", "cos", "sin", "tan", "acos", "asin", "atan", "atan2", "abs", "rand",
		"gamma", "loggamma", "erf", "erfc", "format_bytes")
	onlyArgumentNames = set("make_datetime", "make_timespan")
	prefixNames       = map[string]string{
		"strlen": "strlen", "string_size": "string_size", "dcount_hll": "dcount_hll", "gettype": "type", "treepath": "tree",
		"repeat": "repeat", "percentile_tdigest": "percentile_tdigest", "percentiles_array_tdigest": "percentile_tdigest",
	}
	aggregatePrefixes = map[string]string{
		"make_list": "list", "makelist": "list", "make_list_if": "list", "make_list_with_nulls": "list", "make_set": "set",
		"makeset": "set", "make_set_if": "set", "make_bag": "bag", "make_bag_if": "bag", "make_dictionary": "dictionary",
		"buildschema": "schema", "merge_tdigest": "merge_tdigests", "tdigest_merge": "merge_tdigests",
	}
)
