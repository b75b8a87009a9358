package workspace

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"

	"github.com/sleuth-sec/sleuth/kql/bind"
	"github.com/sleuth-sec/sleuth/kql/plan"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Keeper keeps the definitions of a workspace.
type Keeper interface {
	Functions(ctx context.Context) ([]Function, error)
	Watchlists(ctx context.Context) ([]Watchlist, error)
	WatchlistItems(ctx context.Context, alias string) ([]Item, error)
}

// Catalog adds a workspace's functions, watchlists and mirrored files to a catalog of tables. It is safe for use by several
// goroutines.
type Catalog struct {
	bind.Catalog
	keeper Keeper // nil: nothing is known of watchlists, and queries are only checked
	mirror Mirror
	// names are what queries may call this workspace by, in lower case; nil for anything.
	names map[string]bool

	mu         sync.RWMutex
	functions  map[string]Function
	watchlists map[string]Watchlist // by lower-case alias
}

// NewCatalog reads the definitions of keeper.
func NewCatalog(ctx context.Context, tables bind.Catalog, keeper Keeper, mirror Mirror) (*Catalog, error) {
	c := &Catalog{Catalog: tables, keeper: keeper, mirror: mirror}
	return c, c.Reload(ctx)
}

// CheckCatalog is a catalog for checking queries without running them: every watchlist is there, with columns that are not known.
func CheckCatalog(tables bind.Catalog) *Catalog { return &Catalog{Catalog: tables} }

// Name says what queries may call this workspace by, in workspace("x") and its relatives. Until it is called any name will do.
func (c *Catalog) Name(names ...string) {
	if c.names == nil {
		c.names = map[string]bool{}
	}
	for _, n := range names {
		if n != "" {
			c.names[strings.ToLower(n)] = true
		}
	}
}

// Source implements bind.Sources: a query reads this workspace only, by any of its names.
func (c *Catalog) Source(kind, name string) (bind.Catalog, error) {
	if c.names == nil || name == "" || c.names[strings.ToLower(name)] {
		return c, nil
	}
	known := make([]string, 0, len(c.names))
	for n := range c.names {
		known = append(known, n)
	}
	sort.Strings(known)
	return nil, fmt.Errorf("%s(%q) is not configured: this workspace is called %s", kind, name, strings.Join(known, ", "))
}

// Over is this catalog over other tables: functions, watchlists and files stay.
func (c *Catalog) Over(tables bind.Catalog) bind.Catalog { return over{c, tables} }

type over struct {
	*Catalog
	tables bind.Catalog
}

// Table implements bind.Catalog.
func (o over) Table(name string) (*plan.Table, bool) { return o.tables.Table(name) }

// TableNames implements bind.Catalog.
func (o over) TableNames() []string { return o.tables.TableNames() }

// Reload reads the definitions again, after a change.
func (c *Catalog) Reload(ctx context.Context) error {
	functions, err := c.keeper.Functions(ctx)
	if err != nil {
		return err
	}
	watchlists, err := c.keeper.Watchlists(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.functions, c.watchlists = map[string]Function{}, map[string]Watchlist{}
	for _, f := range functions {
		for _, alias := range f.Aliases {
			c.functions[alias] = f
		}
	}
	for _, f := range functions { // a function's own name goes before another's alias
		c.functions[f.Name] = f
	}
	for _, w := range watchlists {
		c.watchlists[strings.ToLower(w.Alias)] = w
	}
	return nil
}

// Function implements bind.Catalog.
func (c *Catalog) Function(name string) (bind.Function, bool) {
	switch name {
	case "_GetWatchlist":
		return bind.Function{Name: name, Table: c.watchlist}, true
	case "_GetWatchlistAlias":
		return bind.Function{Name: name, Table: c.aliases}, true
	}
	c.mu.RLock()
	f, ok := c.functions[name]
	c.mu.RUnlock()
	if ok {
		return bind.Function{Name: name, Text: f.Text()}, true
	}
	return c.Catalog.Function(name)
}

// FunctionNames are the names of all saved functions, aliases included, in order.
func (c *Catalog) FunctionNames() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]string, 0, len(c.functions))
	for n := range c.functions {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// Functions are the saved functions by each of their names, in order.
func (c *Catalog) Functions() []Function {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]Function, 0, len(c.functions))
	for name, f := range c.functions {
		f.Name, f.Aliases = name, nil
		out = append(out, f)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// watchlist is the table of _GetWatchlist(alias[, keys]): keys narrow the rows to those search keys.
func (c *Catalog) watchlist(args []types.Value) (*plan.Table, error) {
	if len(args) < 1 || len(args) > 2 || args[0].Type() != types.String {
		return nil, fmt.Errorf(`give the alias of a watchlist: _GetWatchlist("VIPUsers")`)
	}
	alias := args[0].Str()
	if c.keeper == nil {
		w := Watchlist{}
		return &plan.Table{Name: "_GetWatchlist", Columns: w.schema(), Open: true}, nil
	}
	c.mu.RLock()
	w, ok := c.watchlists[strings.ToLower(alias)]
	c.mu.RUnlock()
	if !ok {
		return nil, c.noWatchlist(alias)
	}
	keep := func(string) bool { return true }
	if len(args) == 2 {
		keys, err := searchKeys(args[1])
		if err != nil {
			return nil, err
		}
		keep = func(key string) bool { return keys[key] }
	}
	return &plan.Table{Name: "_GetWatchlist", Columns: w.schema(), Load: func(ctx context.Context) ([]types.Row, error) {
		items, err := c.keeper.WatchlistItems(ctx, w.Alias)
		if err != nil {
			return nil, fmt.Errorf("the watchlist %s: %w", w.Alias, err)
		}
		rows := make([]types.Row, 0, len(items))
		for _, it := range items {
			if row := w.row(it); keep(row[2].Str()) {
				rows = append(rows, row)
			}
		}
		return rows, nil
	}}, nil
}

// searchKeys are the keys of _GetWatchlist's second argument: an array.
func searchKeys(v types.Value) (map[string]bool, error) {
	out := map[string]bool{}
	if v.Type() == types.Dynamic && !v.IsNull() {
		if list, ok := v.Tree().([]types.Tree); ok {
			for _, x := range list {
				out[fmt.Sprint(x)] = true
			}
			return out, nil
		}
	}
	return nil, fmt.Errorf(`the keys of a watchlist are an array: dynamic(["a", "b"])`)
}

func (c *Catalog) noWatchlist(alias string) error {
	near, best := "", 3
	c.mu.RLock()
	for _, w := range c.watchlists {
		if d := levenshtein.ComputeDistance(strings.ToLower(alias), strings.ToLower(w.Alias)); d < best || d == best && w.Alias < near {
			near, best = w.Alias, d
		}
	}
	c.mu.RUnlock()
	hint := ""
	if near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("there is no watchlist %q%s (sleuth watchlist add FILE.csv --alias %s --search-key COLUMN makes it)", alias, hint, alias)
}

// aliases is the table of _GetWatchlistAlias.
func (c *Catalog) aliases(args []types.Value) (*plan.Table, error) {
	if len(args) > 0 {
		return nil, fmt.Errorf("_GetWatchlistAlias takes no arguments")
	}
	return &plan.Table{
		Name: "_GetWatchlistAlias", Columns: types.Schema{{Name: "WatchlistAlias", Type: types.String}},
		Load: func(context.Context) ([]types.Row, error) {
			c.mu.RLock()
			defer c.mu.RUnlock()
			names := make([]string, 0, len(c.watchlists))
			for _, w := range c.watchlists {
				names = append(names, w.Alias)
			}
			sort.Strings(names)
			rows := make([]types.Row, len(names))
			for i, n := range names {
				rows[i] = types.Row{types.NewString(n)}
			}
			return rows, nil
		},
	}, nil
}

// External implements bind.Externals.
func (c *Catalog) External(e bind.External) *plan.Table { return c.mirror.Table(e) }
