package optimize

import (
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// metersPerDegree is more than a degree of latitude, or of longitude at the equator, has on the sphere of the geospatial functions
// (111,195 m): enough for the rounding of differences too.
const metersPerDegree = 112_000

// leastDistance is the least limit, in meters, for which farApart holds whatever the rounding of a distance.
const leastDistance = 1

// farApart puts a filter that a backend can run below the distance that it cannot: points further apart than a limit differ by so
// many degrees at least, as the way along a meridian and then along a parallel is no shorter than the great circle.
//
//	extend d = geo_distance_2points(x1, y1, x2, y2) / 1000 | where d > 500
//	  = where abs(x1 - x2) + abs(y1 - y2) >= 500000 / 112000 | extend d = ... | where d > 500
//
// The exact filter stays. A null coordinate makes a null distance, and null here.
func (o *Optimizer) farApart(n plan.Node) plan.Node {
	f, e := filterOver[*plan.ExtendOp](n)
	if f == nil || o.lib == nil {
		return nil
	}
	for _, c := range conjuncts(f.Predicate) {
		name, limit, ok := lowerLimit(c)
		if !ok {
			continue
		}
		if m := o.farBelow(e, name, limit); m != nil {
			return plan.WithInputs(f, []plan.Node{m})
		}
	}
	return nil
}

// lowerLimit takes apart a condition that a column is greater than a number.
func lowerLimit(x plan.Expr) (column string, limit float64, ok bool) {
	c, ok := x.(*plan.Call)
	if !ok || c.Func.Kind != builtin.Operator || c.Func.Name != ">" && c.Func.Name != ">=" {
		return "", 0, false
	}
	col, isColumn := c.Args[0].(*plan.Column)
	l, isLiteral := c.Args[1].(*plan.Literal)
	if !isColumn || !isLiteral || !l.Value.Type().Numeric() || l.Value.Type() == types.Decimal || l.Value.IsNull() {
		return "", 0, false
	}
	return col.Name, l.Value.Float(), true
}

// farBelow finds the extend that makes the column and puts the filter below it; nil where there is none or it is no distance.
func (o *Optimizer) farBelow(e *plan.ExtendOp, name string, limit float64) plan.Node {
	if anyWindow(e.Columns) {
		return nil
	}
	for _, c := range e.Columns {
		if c.Name != name {
			continue
		}
		distance, unit := distanceOf(c.Expr)
		if distance == nil || !(limit*unit >= leastDistance) || o.apart[distance] {
			return nil
		}
		far := o.degreesApart(distance.Args, limit*unit/metersPerDegree)
		if far == nil {
			return nil
		}
		o.apart[distance] = true
		return plan.WithInputs(e, []plan.Node{&plan.FilterOp{Input: e.Input, Predicate: far}})
	}
	in, ok := e.Input.(*plan.ExtendOp)
	if !ok {
		return nil
	}
	m := o.farBelow(in, name, limit)
	if m == nil {
		return nil
	}
	return plan.WithInputs(e, []plan.Node{m})
}

// distanceOf is the call of an expression that is a distance, or one divided by a positive number, and how many meters are one.
func distanceOf(x plan.Expr) (distance *plan.Call, unit float64) {
	c, ok := x.(*plan.Call)
	if !ok {
		return nil, 0
	}
	if c.Func.Name == "/" && c.Typ == types.Real {
		l, ok := c.Args[1].(*plan.Literal)
		if !ok || l.Value.IsNull() || !l.Value.Type().Integral() && l.Value.Type() != types.Real || !(l.Value.Float() > 0) {
			return nil, 0
		}
		distance, unit = distanceOf(c.Args[0])
		return distance, unit * l.Value.Float()
	}
	if c.Func.Name != "geo_distance_2points" || len(c.Args) != 4 {
		return nil, 0
	}
	for _, a := range c.Args {
		if a.Type() != types.Real {
			return nil, 0
		}
	}
	return c, 1
}

// degreesApart is the condition that two points, longitude before latitude, differ by so many degrees in sum.
func (o *Optimizer) degreesApart(at []plan.Expr, degrees float64) plan.Expr {
	minus, plus, abs, least := o.lib.Lookup(builtin.Operator, "-"), o.lib.Lookup(builtin.Operator, "+"), o.lib.Lookup(builtin.Scalar, "abs"), o.lib.Lookup(builtin.Operator, ">=")
	if minus == nil || plus == nil || abs == nil || least == nil {
		return nil
	}
	real := func(f *builtin.Function, args ...plan.Expr) plan.Expr {
		return &plan.Call{Func: f, Typ: types.Real, Args: args}
	}
	sum := real(plus, real(abs, real(minus, at[0], at[2])), real(abs, real(minus, at[1], at[3])))
	return &plan.Call{Func: least, Typ: types.Bool, Args: []plan.Expr{sum, &plan.Literal{Value: types.NewReal(degrees)}}}
}
