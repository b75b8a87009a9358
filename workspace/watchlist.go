package workspace

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// Watchlist is a list of rows that queries join with, by its alias.
type Watchlist struct {
	Alias string
	// SearchKey is the column whose value is shown as SearchKey.
	SearchKey string
	// Columns are those of the file, in order.
	Columns []string
	// Source is the name of the file.
	Source  string
	Updated time.Time
	Items   int
}

// Item is one row of a watchlist.
type Item struct {
	ID     string // the service's _DTItemId: a GUID
	Values []string
}

var aliasName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)

// maxItems bounds a watchlist: the service takes 10 million items per workspace, from files of 3.8 MB each.
const maxItems = 1_000_000

// ReadWatchlist reads a CSV file whose first record names the columns.
func ReadWatchlist(alias, searchKey, source string, text []byte, now time.Time) (Watchlist, []Item, error) {
	w := Watchlist{Alias: alias, SearchKey: searchKey, Source: source, Updated: now.UTC()}
	if !aliasName.MatchString(alias) {
		return w, nil, fmt.Errorf("%q cannot name a watchlist: use letters, digits, '-' and '_', at most 100", alias)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.LazyQuotes = true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return w, nil, fmt.Errorf("%s is empty: its first line names the columns", source)
	}
	if err != nil {
		return w, nil, fmt.Errorf("%s: %w", source, err)
	}
	for i, c := range head {
		head[i] = strings.TrimSpace(c)
		switch {
		case head[i] == "":
			return w, nil, fmt.Errorf("%s: column %d has no name", source, i+1)
		case slices.Contains(head[:i], head[i]):
			return w, nil, fmt.Errorf("%s: there are two columns %q", source, head[i])
		}
	}
	w.Columns = head
	if !slices.Contains(head, searchKey) {
		return w, nil, fmt.Errorf("%s has no column %q to search by: give --search-key with one of %s", source, searchKey, strings.Join(head, ", "))
	}
	var items []Item
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return w, nil, fmt.Errorf("%s: %w", source, err)
		}
		if len(items) == maxItems {
			return w, nil, fmt.Errorf("%s has more than %d rows", source, maxItems)
		}
		id := uuid.NewSHA1(uuid.NameSpaceURL, []byte(alias+"\x00"+strings.Join(rec, "\x00")+fmt.Sprint("\x00", len(items))))
		items = append(items, Item{ID: id.String(), Values: rec})
	}
	w.Items = len(items)
	return w, items, nil
}

// The columns that the service puts before those of the file.
const (
	itemColumn    = "_DTItemId"
	updatedColumn = "LastUpdatedTimeUTC"
	keyColumn     = "SearchKey"
)

// schema is what _GetWatchlist returns (https://learn.microsoft.com/azure/sentinel/watchlists-queries): a column of the file that is
// called as one of the service's is left to the service.
func (w Watchlist) schema() types.Schema {
	out := types.Schema{
		{Name: itemColumn, Type: types.String},
		{Name: updatedColumn, Type: types.DateTime},
		{Name: keyColumn, Type: types.String},
	}
	for _, c := range w.Columns {
		if out.Find(c) < 0 {
			out = append(out, types.Column{Name: c, Type: types.String})
		}
	}
	return out
}

// row is an item in the columns of schema.
func (w Watchlist) row(it Item) types.Row {
	key := ""
	if i := slices.Index(w.Columns, w.SearchKey); i >= 0 {
		key = it.Values[i]
	}
	out := types.Row{types.NewString(it.ID), types.NewDateTime(types.TicksOf(w.Updated)), types.NewString(key)}
	for i, c := range w.Columns {
		if c != itemColumn && c != updatedColumn && c != keyColumn {
			out = append(out, types.NewString(it.Values[i]))
		}
	}
	return out
}
