package scalar

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// systemFunctions tell about the query and its surroundings, or give another value on each call.
func systemFunctions() map[string]Func {
	return map[string]Func{
		"now": now(1), "ago": now(-1),
		"rand": random, "new_guid": newGUID,
		"current_database":         constant(func(e *Env) types.Value { return types.NewString(e.Database) }),
		"current_cluster_endpoint": constant(func(e *Env) types.Value { return types.NewString(e.Cluster) }),
		"current_principal":        constant(func(e *Env) types.Value { return types.NewString(e.Principal) }),
		"current_node_id":          constant(func(e *Env) types.Value { return types.NewString("") }),
		"current_principal_details": constant(func(e *Env) types.Value {
			return types.NewDynamic(makeBag("UserPrincipalName", e.Principal, "FullyQualifiedName", e.Principal, "DisplayName", e.Principal))
		}),
		"current_principal_is_member_of": isMember,
		"extent_id":                      constant(func(*Env) types.Value { return types.Null(types.GUID) }),
		"extent_tags":                    constant(func(*Env) types.Value { return types.Null(types.Dynamic) }),
		"cursor_current":                 constant(func(e *Env) types.Value { return types.NewString(strconv.FormatInt(e.Now, 10)) }),
		"estimate_data_size":             plain(dataSize),
		"bin_auto":                       unset("bin_auto needs the size of its bins: begin the query with set query_bin_auto_size=1h;"),
		"cursor_after":                   unset("the cursor is none: give a constant text as cursor_current() gives it, a time, or an empty text"),
		"cursor_before_or_at":            unset("the cursor is none: give a constant text as cursor_current() gives it, a time, or an empty text"),
	}
}

// unset is a function that the binder replaces by others, where the query has what it needs.
func unset(message string) Func {
	return func(_ *Env, _ []types.Value, result types.Type) (types.Value, error) {
		return types.Null(result), errors.New(message)
	}
}

// isMember knows the principal itself only: there are no groups here.
func isMember(env *Env, args []types.Value, _ types.Type) (types.Value, error) {
	for _, a := range args {
		list, ok := array(a)
		if !ok {
			list = []types.Tree{text(a)}
		}
		for _, t := range list {
			s, _ := t.(string)
			if _, name, ok := strings.Cut(s, "="); ok {
				s = name
			}
			if s != "" && strings.EqualFold(s, env.Principal) {
				return types.NewBool(true), nil
			}
		}
	}
	return types.NewBool(false), nil
}

func constant(f func(*Env) types.Value) Func {
	return func(env *Env, _ []types.Value, _ types.Type) (types.Value, error) { return f(env), nil }
}

func now(sign int64) Func {
	return func(env *Env, args []types.Value, _ types.Type) (types.Value, error) {
		if len(args) == 0 {
			return datetime(env.Now), nil
		}
		by := types.Convert(args[0], types.TimeSpan)
		if by.IsNull() {
			return types.Null(types.DateTime), nil
		}
		return datetime(env.Now + sign*by.Ticks()), nil
	}
}

// random is rand() in [0, 1), or rand(n): a whole number below n.
func random(env *Env, args []types.Value, _ types.Type) (types.Value, error) {
	f := env.random()
	if len(args) == 1 {
		n, ok := integer(args[0])
		if !ok || n < 1 {
			return types.Null(types.Real), nil
		}
		f = math.Floor(f * float64(n))
	}
	return types.NewReal(f), nil
}

func newGUID(env *Env, _ []types.Value, _ types.Type) (types.Value, error) {
	hi, lo := env.randomBits()
	hi = hi&^0xf000 | 0x4000 // version 4
	lo = lo&^(3<<62) | 2<<62 // RFC 9562 variant
	return types.NewGUID(fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)), nil
}

// dataSize estimates the bytes that values take.
func dataSize(args []types.Value) types.Value {
	n := int64(0)
	for _, a := range args {
		switch a.Type() {
		case types.String, types.Dynamic:
			n += int64(len(text(a)))
		case types.Bool:
			n++
		case types.Int:
			n += 4
		case types.GUID, types.Decimal:
			n += 16
		default:
			n += 8
		}
	}
	return types.NewLong(n)
}
