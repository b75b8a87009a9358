package reference

import (
	"strings"

	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// in compiles in, has_any and their relatives. A list of constants and a query are looked at once.
func (c *compiler) in(x *plan.In, sc *scope) (evaluator, error) {
	left, err := c.expr(x.Left, sc)
	if err != nil {
		return nil, err
	}
	items, err := c.items(x, sc)
	if err != nil {
		return nil, err
	}
	switch x.Op {
	case "has_any", "has_all", "!has_any", "!has_all":
		return c.hasItems(x, left, items)
	}
	negated, fold := strings.HasPrefix(x.Op, "!"), strings.HasSuffix(x.Op, "~")
	m := &matcher{fold: fold, typ: x.Left.Type()}
	return func(r types.Row) (types.Value, error) {
		v, err := left(r)
		if err != nil {
			return v, err
		}
		list, again, err := items(r)
		if err != nil {
			return v, err
		}
		return types.NewBool(m.has(v, list, again) != negated), nil
	}, nil
}

// itemsFunc gives the values on the right side; same says that they are those of the last time.
type itemsFunc func(types.Row) (list []types.Value, same bool, err error)

func (c *compiler) items(x *plan.In, sc *scope) (itemsFunc, error) {
	if x.Query != nil {
		return c.queryItems(x.Query)
	}
	list, err := c.exprs(x.List, sc)
	if err != nil {
		return nil, err
	}
	constant := true
	for _, e := range x.List {
		constant = constant && isConstant(e)
	}
	var cached []types.Value
	done := false
	return func(r types.Row) ([]types.Value, bool, error) {
		if done {
			return cached, true, nil
		}
		var out []types.Value
		for _, e := range list {
			v, err := e(r)
			if err != nil {
				return nil, false, err
			}
			out = append(out, spread(v)...)
		}
		if constant {
			cached, done = out, true
		}
		return out, false, nil
	}, nil
}

// isConstant reports that an expression has no columns in it: its value is the same for all rows.
func isConstant(x plan.Expr) bool {
	is := true
	plan.WalkExpr(x, func(x plan.Expr) {
		switch x := x.(type) {
		case *plan.Column:
			is = false
		case *plan.Call:
			is = is && !x.Func.Impure
		}
	})
	return is
}

// spread is the values of an array, and any other value itself.
func spread(v types.Value) []types.Value {
	if v.Type() != types.Dynamic {
		return []types.Value{v}
	}
	list, ok := v.Tree().([]types.Tree)
	if !ok {
		return []types.Value{leaf(v)}
	}
	out := make([]types.Value, len(list))
	for i, t := range list {
		out[i] = types.FromTree(t)
	}
	return out
}

func (c *compiler) queryItems(q plan.Node) (itemsFunc, error) {
	open, err := c.compile(q)
	if err != nil {
		return nil, err
	}
	refresh := c.perGroup(q)
	var list []types.Value
	var failed error
	return func(types.Row) ([]types.Value, bool, error) {
		if !refresh() {
			return list, true, failed
		}
		list, failed = c.firstColumn(open)
		return list, false, failed
	}, nil
}

// firstColumn is the values of a query's first column; arrays give their elements.
func (c *compiler) firstColumn(open opener) ([]types.Value, error) {
	s := c.queryState()
	rows, err := open(s)
	if err != nil {
		return nil, err
	}
	var list []types.Value
	n := 0
	err = each(rows, func(row types.Row) error {
		n++
		list = append(list, spread(row[0])...)
		return s.keep("in", row[:1], n)
	})
	return list, err
}

// matcher finds a value among others by its key. Values are compared as == compares them.
type matcher struct {
	fold bool
	typ  types.Type
	keys map[string]struct{}
	buf  []byte
}

func (m *matcher) has(v types.Value, list []types.Value, same bool) bool {
	if m.keys == nil || !same {
		m.keys = make(map[string]struct{}, len(list))
		for _, item := range list {
			if !item.IsNull() {
				m.keys[string(m.key(m.adapt(item)))] = struct{}{}
			}
		}
	}
	v = leaf(v)
	if v.IsNull() {
		return false
	}
	_, ok := m.keys[string(m.key(v))]
	return ok
}

// adapt gives a text among the values the type of the left side, and so a guid or datetime in an array.
func (m *matcher) adapt(v types.Value) types.Value {
	v = leaf(v)
	if m.typ == types.Dynamic || m.typ == types.Unknown || v.Type() == m.typ || v.Type() != types.String {
		if m.typ == types.String && v.Type() != types.String {
			return types.NewString(v.Text())
		}
		return v
	}
	if w := castText(v.Str(), m.typ); !w.IsNull() {
		return w
	}
	return v
}

func (m *matcher) key(v types.Value) []byte {
	if m.fold && v.Type() == types.String {
		v = types.NewString(strings.ToLower(v.Str()))
	}
	m.buf = appendKey(m.buf[:0], v)
	return m.buf
}
