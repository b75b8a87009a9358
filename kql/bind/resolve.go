package bind

import (
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// slot is the parameter that the i-th of n arguments goes to; nil when there is none. Parameters that repeat
// stand together; those behind them take the last arguments, as the else of case does.
func slot(sig *builtin.Signature, i, n int) *builtin.Param {
	p := sig.Params
	first := 0
	for first < len(p) && !p[first].Repeat {
		first++
	}
	if i < first {
		return &p[i]
	}
	end := first
	for end < len(p) && p[end].Repeat {
		end++
	}
	behind := len(p) - end
	switch {
	case end == first:
		return nil
	case i >= n-behind && n >= first+behind:
		return &p[end+i-(n-behind)]
	}
	return &p[first+(i-first)%(end-first)]
}

// arity is the least and the most number of arguments; most is -1 without a bound.
func arity(sig *builtin.Signature) (least, most int) {
	most = len(sig.Params)
	for _, p := range sig.Params {
		if !p.Optional {
			least++
		}
		if p.Repeat {
			most = -1
		}
	}
	return least, most
}

// match rates how well arguments fit a signature: -1 not at all, else less is better.
func match(sig *builtin.Signature, args []types.Type) int {
	least, most := arity(sig)
	if len(args) < least || (most >= 0 && len(args) > most) {
		return -1
	}
	cost := 0
	for i, t := range args {
		p := slot(sig, i, len(args))
		if p == nil {
			return -1
		}
		c := fit(p.Accepts, t)
		if c < 0 {
			return -1
		}
		cost += c
	}
	return cost
}

// fit rates an argument of type t for a class: 0 as it is, 1 after widening an int, 2 out of a dynamic, -1 not.
func fit(c builtin.Class, t types.Type) int {
	switch {
	case t == types.Unknown || c.Has(t):
		return 0
	case t == types.Int && c.Has(types.Long):
		return 1
	case t.Integral() && c.Has(types.Real):
		return 1
	case t.Integral() && c.Has(types.Decimal), t == types.Real && c.Has(types.Decimal):
		return 2
	case t == types.Decimal && c.Has(types.Real):
		return 2
	case t == types.Dynamic:
		return 2
	}
	return -1
}

// resolve finds the signature of f for the arguments, and the result type. Faults are reported.
func (b *binder) resolve(f *builtin.Function, at diag.Span, name string, args []plan.Expr, written []syntax.Arg) (types.Type, bool) {
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type()
	}
	var best *builtin.Signature
	cost := -1
	if f.Kind == builtin.Aggregate {
		// An aggregation measures and orders typed values only: a dynamic must be converted first.
		for i, t := range ts {
			if t == types.Dynamic && !takesDynamic(f, i, len(ts)) {
				b.reportDynamic(f, at, name, i, written)
				return b.resultAnyway(f, ts), false
			}
		}
	}
	for i := range f.Signatures {
		sig := &f.Signatures[i]
		if c := match(sig, ts); c >= 0 && (best == nil || c < cost) {
			best, cost = sig, c
		}
	}
	if best == nil {
		b.reportMismatch(f, at, name, ts, written)
		return b.resultAnyway(f, ts), false
	}
	b.checkConstants(best, args, written)
	return signatureResult(best, ts), true
}

func takesDynamic(f *builtin.Function, i, n int) bool {
	for s := range f.Signatures {
		if p := slot(&f.Signatures[s], i, n); p != nil && p.Accepts.Has(types.Dynamic) {
			return true
		}
	}
	return false
}

func (b *binder) reportDynamic(f *builtin.Function, at diag.Span, name string, i int, written []syntax.Arg) {
	if p := slot(&f.Signatures[0], i, len(written)); p != nil && i < len(written) {
		b.report(argumentType(written[i].Span(), name, p.Name, classText(p.Accepts), types.Dynamic).
			WithFix("convert it: tolong(...), todouble(...), tostring(...)"))
		return
	}
	b.report(argumentTypes(at, name, []types.Type{types.Dynamic}))
}

func signatureResult(sig *builtin.Signature, ts []types.Type) types.Type {
	if sig.ResultOf != nil {
		return sig.ResultOf(ts)
	}
	return sig.Result
}

// resultAnyway is the result type that a faulty call would have had, where all signatures agree on it: it
// keeps one fault one message.
func (b *binder) resultAnyway(f *builtin.Function, ts []types.Type) types.Type {
	t := types.Unknown
	for i, s := range f.Signatures {
		if s.ResultOf != nil || (i > 0 && s.Result != t) {
			return types.Unknown
		}
		t = s.Result
	}
	return t
}

// reportMismatch says which argument does not fit, or that their number is wrong.
func (b *binder) reportMismatch(f *builtin.Function, at diag.Span, name string, ts []types.Type, written []syntax.Arg) {
	var fits []*builtin.Signature
	least, most := -1, 0
	for i := range f.Signatures {
		sig := &f.Signatures[i]
		lo, hi := arity(sig)
		if least < 0 || lo < least {
			least = lo
		}
		if hi < 0 || most >= 0 && hi > most {
			most = hi
		}
		if len(ts) >= lo && (hi < 0 || len(ts) <= hi) {
			fits = append(fits, sig)
		}
	}
	if len(fits) == 0 {
		b.report(argumentCount(at, name, least, most, len(ts)))
		return
	}
	for i, t := range ts {
		var want builtin.Class
		var param string
		for _, sig := range fits {
			p := slot(sig, i, len(ts))
			if p == nil {
				continue
			}
			want, param = want|p.Accepts, p.Name
		}
		if fit(want, t) < 0 {
			span := at
			if i < len(written) {
				span = written[i].Span()
			}
			b.report(argumentType(span, name, param, classText(want), t))
			return
		}
	}
	b.report(argumentTypes(at, name, ts))
}

// checkConstants reports arguments that must be constant and are not, or are none of the words allowed.
func (b *binder) checkConstants(sig *builtin.Signature, args []plan.Expr, written []syntax.Arg) {
	for i, a := range args {
		p := slot(sig, i, len(args))
		if i >= len(written) || p == nil || a.Type() == types.Unknown {
			continue
		}
		if p.Constant && !isConstant(a) {
			b.report(notConstant(written[i].Span()))
			continue
		}
		if lit, ok := a.(*plan.Literal); ok && len(p.Values) > 0 && lit.Value.Type() == types.String {
			b.checkWord(p, lit.Value.Str(), written[i].Span())
		}
	}
}

func (b *binder) checkWord(p *builtin.Param, word string, at diag.Span) {
	for _, v := range p.Values {
		if equalFold(v, word) {
			return
		}
	}
	b.report(wordNotAllowed(at, word, p.Values))
}

// classText names the types of a class for a message.
func classText(c builtin.Class) string {
	var out []string
	for t := types.Bool; t <= types.Dynamic; t++ {
		if c.Has(t) {
			out = append(out, t.String())
		}
	}
	switch {
	case c == builtin.Number:
		return "a number"
	case c == builtin.Integer:
		return "a whole number"
	}
	return joinOr(out)
}
