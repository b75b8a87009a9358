package reference

import (
	"fmt"
	"io"

	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// evaluator computes an expression over a row.
type evaluator func(types.Row) (types.Value, error)

// scope is what expressions see: the columns of the input, and the frame of window functions where there is one.
type scope struct {
	schema types.Schema
	frame  *frame
	paths  *pathFrame // of patterns only
}

func overRows(s types.Schema) *scope { return &scope{schema: s, frame: &frame{}} }

// expr compiles an expression once; its columns become indexes.
func (c *compiler) expr(x plan.Expr, sc *scope) (evaluator, error) {
	switch x := x.(type) {
	case nil:
		return nil, nil
	case *plan.Literal:
		v := x.Value
		return func(types.Row) (types.Value, error) { return v, nil }, nil
	case *plan.Column:
		i := sc.schema.Find(x.Name)
		if i < 0 {
			return nil, unknownColumn(x.Name)
		}
		return func(r types.Row) (types.Value, error) { return r[i], nil }, nil
	case *plan.Call:
		return c.call(x, sc)
	case *plan.Path:
		return c.path(x, sc)
	case *plan.In:
		return c.in(x, sc)
	case *plan.Subquery:
		return c.subquery(x)
	case *plan.OverPath:
		return c.overPath(x, sc)
	}
	return nil, fmt.Errorf("kql/reference: no evaluator for %T", x)
}

func (c *compiler) exprs(list []plan.Expr, sc *scope) ([]evaluator, error) {
	out := make([]evaluator, len(list))
	for i, x := range list {
		var err error
		if out[i], err = c.expr(x, sc); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *compiler) named(list []plan.Named, sc *scope) ([]evaluator, error) {
	out := make([]evaluator, len(list))
	for i, x := range list {
		var err error
		if out[i], err = c.expr(x.Expr, sc); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// constant computes an expression that needs no row.
func (c *compiler) constant(x plan.Expr) (types.Value, error) {
	e, err := c.expr(x, overRows(nil))
	if err != nil || e == nil {
		return types.Value{}, err
	}
	return e(nil)
}

// call compiles a call. The functions that must not look at all of their arguments are here; the others are in
// package scalar.
func (c *compiler) call(x *plan.Call, sc *scope) (evaluator, error) {
	if x.Func.Kind == builtin.Window {
		return c.window(x, sc)
	}
	args, err := c.exprs(x.Args, sc)
	if err != nil {
		return nil, err
	}
	switch {
	case x.Func.Name == "and" && len(args) == 2:
		return logical(args[0], args[1], false), nil
	case x.Func.Name == "or" && len(args) == 2:
		return logical(args[0], args[1], true), nil
	case x.Func.Name == "iff" && len(args) == 3, x.Func.Name == "case" && len(args)%2 == 1:
		return choice(args, x.Typ), nil
	case x.Func.Name == "coalesce":
		return firstOf(args, x.Typ), nil
	}
	return c.scalarCall(x, args)
}

// logical is and (decisive = false) or or (decisive = true), in three-valued logic: null and false is false.
func logical(left, right evaluator, decisive bool) evaluator {
	return func(r types.Row) (types.Value, error) {
		a, err := left(r)
		if err != nil {
			return a, err
		}
		x, okX := truth(a)
		if okX && x == decisive {
			return types.NewBool(decisive), nil
		}
		b, err := right(r)
		if err != nil {
			return b, err
		}
		y, okY := truth(b)
		switch {
		case okY && y == decisive:
			return types.NewBool(decisive), nil
		case okX && okY:
			return types.NewBool(!decisive), nil
		}
		return types.Null(types.Bool), nil
	}
}

// truth is a condition's value; false in the second place for null and for what is not a bool.
func truth(v types.Value) (value, known bool) {
	if v.Type() == types.Dynamic {
		v = types.FromTree(v.Tree())
	}
	if v.IsNull() || v.Type() != types.Bool {
		return false, false
	}
	return v.Bool(), true
}

// choice is iff and case: the value behind the first condition that is true, else the last argument.
func choice(args []evaluator, t types.Type) evaluator {
	last := len(args) - 1
	return func(r types.Row) (types.Value, error) {
		for i := 0; i < last; i += 2 {
			p, err := args[i](r)
			if err != nil {
				return p, err
			}
			if is, _ := truth(p); is {
				v, err := args[i+1](r)
				return convert(v, t), err
			}
		}
		v, err := args[last](r)
		return convert(v, t), err
	}
}

// firstOf is coalesce: the first argument that is not null, and not empty for strings.
func firstOf(args []evaluator, t types.Type) evaluator {
	return func(r types.Row) (types.Value, error) {
		for _, a := range args {
			v, err := a(r)
			if err != nil {
				return v, err
			}
			if !v.IsNull() && !(v.Type() == types.String && v.Str() == "") {
				return convert(v, t), nil
			}
		}
		return types.Null(t), nil
	}
}

// path is the property or element of a dynamic.
func (c *compiler) path(x *plan.Path, sc *scope) (evaluator, error) {
	base, err := c.expr(x.Base, sc)
	if err != nil {
		return nil, err
	}
	if x.Index == nil {
		key := x.Key
		return func(r types.Row) (types.Value, error) {
			b, err := base(r)
			if err != nil {
				return b, err
			}
			return member(b, key), nil
		}, nil
	}
	index, err := c.expr(x.Index, sc)
	if err != nil {
		return nil, err
	}
	return func(r types.Row) (types.Value, error) {
		b, err := base(r)
		if err != nil {
			return b, err
		}
		i, err := index(r)
		if err != nil {
			return i, err
		}
		return element(b, i), nil
	}, nil
}

func member(v types.Value, key string) types.Value {
	if v.Type() == types.Dynamic {
		if bag, ok := v.Tree().(*types.Bag); ok {
			t, _ := bag.Get(key)
			return types.NewDynamic(t)
		}
	}
	return types.Null(types.Dynamic)
}

// element is v[i]: a bag's property by text, an array's element by number, from the end when negative.
func element(v, i types.Value) types.Value {
	if i.Type() == types.Dynamic {
		i = types.FromTree(i.Tree())
	}
	if i.IsNull() || v.Type() != types.Dynamic {
		return types.Null(types.Dynamic)
	}
	if i.Type() == types.String {
		return member(v, i.Str())
	}
	list, ok := v.Tree().([]types.Tree)
	if !ok || !i.Type().Integral() {
		return types.Null(types.Dynamic)
	}
	n := i.Long()
	if n < 0 {
		n += int64(len(list))
	}
	if n < 0 || n >= int64(len(list)) {
		return types.Null(types.Dynamic)
	}
	return types.NewDynamic(list[n])
}

// subquery is toscalar: the first column of the first row. It is computed when it is first needed, and once for each
// group where it reads the group around it.
func (c *compiler) subquery(x *plan.Subquery) (evaluator, error) {
	open, err := c.compile(x.Query)
	if err != nil {
		return nil, err
	}
	refresh := c.perGroup(x.Query)
	var value types.Value
	return func(types.Row) (types.Value, error) {
		if refresh() {
			value, err = c.firstValue(open, x.Typ)
		}
		return value, err
	}, nil
}

// perGroup tells whether a query inside an expression must be computed: once, or once for each group that it reads.
func (c *compiler) perGroup(q plan.Node) func() bool {
	last := -1
	group := c.group
	if group == nil || !readsGroup(q) {
		group = &groupFrame{}
	}
	return func() bool {
		if last == group.runs {
			return false
		}
		last = group.runs
		return true
	}
}

// queryState is the state of a query inside an expression.
func (c *compiler) queryState() *state {
	s := &state{ctx: c.ctx, exec: c.exec, limits: c.env.Limits}
	if c.group != nil {
		s.group = c.group.rows
	}
	return s
}

func (c *compiler) firstValue(open opener, t types.Type) (types.Value, error) {
	s := c.queryState()
	defer s.release()
	rows, err := open(s)
	if err != nil {
		return types.Value{}, err
	}
	row, err := rows.Next()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	switch {
	case err == io.EOF || err == nil && len(row) == 0:
		return types.Null(t), nil
	case err != nil:
		return types.Value{}, err
	}
	return convert(row[0], t), nil
}
