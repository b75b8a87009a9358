package reference

import (
	"sort"

	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// maxListItems is the size of a made array where the query gives none
// (https://learn.microsoft.com/kusto/query/make-list-aggregation-function).
const maxListItems = 1_048_576

// listAgg is make_list, and make_set where seen is set. Nulls are left out unless nulls is set; empty strings stay. What
// arrays and dynamic nulls do is not on the page, but how the service answers.
type listAgg struct {
	growth
	nulls bool
	seen  *set
	list  []types.Tree
}

func (a *listAgg) add(args []types.Value) error {
	limit := int64(maxListItems)
	if len(args) > 1 {
		if n := convert(args[1], types.Long); !n.IsNull() {
			limit = n.Long()
		}
	}
	v := args[0]
	// The null of a dynamic is a value here, that of another type is not.
	if v.IsNull() && !a.nulls && (v.Type() != types.Dynamic || a.seen != nil) {
		return nil
	}
	// Arrays give their elements.
	for _, item := range spread(v) {
		if int64(len(a.list)) < limit && (a.seen == nil || a.seen.add(types.Row{elementKey(v.Type(), item)})) {
			a.list = append(a.list, types.ToTree(item))
			a.grow(item.Size())
		}
	}
	return nil
}

// elementKey is what an element of a set is told by: in a dynamic as the set functions tell it, true from 1.
func elementKey(of types.Type, item types.Value) types.Value {
	if of != types.Dynamic {
		return item
	}
	return types.NewString(scalar.ElementKey(types.ToTree(item)))
}

func (a *listAgg) result() ([]types.Value, error) {
	if a.list == nil {
		return one(types.NewDynamic([]types.Tree{}))
	}
	return one(types.NewDynamic(a.list))
}

// bagAgg is make_bag: the properties of all bags; of equal keys the first stays.
type bagAgg struct {
	growth
	bag *types.Bag
}

func (a *bagAgg) add(args []types.Value) error {
	b, ok := args[0].Tree().(*types.Bag)
	if args[0].Type() != types.Dynamic || !ok {
		return nil
	}
	limit := maxListItems
	if len(args) > 1 {
		if n := convert(args[1], types.Long); !n.IsNull() {
			limit = int(n.Long())
		}
	}
	for _, k := range b.Keys() {
		if _, has := a.bag.Get(k); !has && a.bag.Len() < limit {
			v, _ := b.Get(k)
			a.bag.Set(k, v)
			a.grow(int64(len(k)) + entrySize + types.TreeSize(v))
		}
	}
	return nil
}

func (a *bagAgg) result() ([]types.Value, error) { return one(types.NewDynamic(a.bag)) }

// schemaAgg is buildschema: the least schema that all the dynamics have
// (https://learn.microsoft.com/kusto/query/buildschema-aggregation-function).
type schemaAgg struct{ root schemaNode }

// schemaNode is what was seen at one place.
type schemaNode struct {
	scalars map[string]bool
	bag     *types.Bag             // keys in order of arrival
	fields  map[string]*schemaNode // of bag
	item    *schemaNode            // of arrays
}

func (n *schemaNode) see(t types.Tree) {
	switch x := t.(type) {
	case nil:
	case *types.Bag:
		if n.fields == nil {
			n.fields, n.bag = map[string]*schemaNode{}, types.NewBag()
		}
		for _, k := range x.Keys() {
			if n.fields[k] == nil {
				n.fields[k] = &schemaNode{}
				n.bag.Set(k, nil)
			}
			v, _ := x.Get(k)
			n.fields[k].see(v)
		}
	case []types.Tree:
		if n.item == nil {
			n.item = &schemaNode{}
		}
		for _, e := range x {
			n.item.see(e)
		}
	default:
		if n.scalars == nil {
			n.scalars = map[string]bool{}
		}
		name := types.FromTree(t).Type().String()
		if name == "real" {
			name = "double"
		}
		n.scalars[name] = true
	}
}

func (n *schemaNode) tree() types.Tree {
	var kinds []types.Tree
	names := make([]string, 0, len(n.scalars))
	for s := range n.scalars {
		names = append(names, s)
	}
	sort.Strings(names)
	for _, s := range names {
		kinds = append(kinds, s)
	}
	if n.item != nil || n.fields != nil {
		b := types.NewBag()
		if n.item != nil {
			b.Set("`indexer`", n.item.tree())
		}
		if n.fields != nil {
			for _, k := range n.bag.Keys() {
				b.Set(k, n.fields[k].tree())
			}
		}
		kinds = append(kinds, b)
	}
	switch len(kinds) {
	case 0:
		return "null"
	case 1:
		return kinds[0]
	}
	return kinds
}

func (a *schemaAgg) add(args []types.Value) error {
	if args[0].Type() == types.Dynamic {
		a.root.see(args[0].Tree())
	}
	return nil
}

func (a *schemaAgg) result() ([]types.Value, error) { return one(types.NewDynamic(a.root.tree())) }
