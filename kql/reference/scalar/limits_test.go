package scalar_test

import (
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Calls that would make a value beyond the limit end in an error that says so, before the value is made.
func TestLimits(t *testing.T) {
	big := types.NewString(strings.Repeat("a", 16<<20))
	list := types.NewDynamic([]types.Tree{big.Str(), big.Str(), big.Str()})
	n := types.NewLong(1 << 40)
	for name, args := range map[string][]types.Value{
		"strcat":          {big, big, big, big, big},
		"strcat_delim":    {big, big, big, big, big},
		"strcat_array":    {types.NewDynamic(make([]types.Tree, 1000)), types.NewString(strings.Repeat(",", 1<<20))},
		"repeat":          {big, n},
		"pack_array":      {list, list},
		"array_concat":    {list, list},
		"bag_pack":        {types.NewString("a"), list, types.NewString("b"), list},
		"replace_string":  {types.NewString(strings.Repeat("a", 1<<20)), types.NewString("a"), types.NewString(strings.Repeat("b", 1000))},
		"replace_strings": {types.NewString(strings.Repeat("a", 1<<12)), types.NewDynamic([]types.Tree{"a"}), types.NewDynamic([]types.Tree{strings.Repeat("b", 1<<16)})},
		"replace_regex":   {types.NewString(strings.Repeat("a", 1<<10)), types.NewString("a"), types.NewString(strings.Repeat("b", 1<<17))},
	} {
		if v, err := scalar.Lookup(name)(scalar.NewEnv(now, 1), args, types.Dynamic); err == nil || !strings.Contains(err.Error(), "limit") {
			t.Errorf("%s: %d bytes, %v", name, len(v.Text()), err)
		}
	}
	// Lists end at the number of elements that the service has, texts at 1024 repetitions.
	for name, args := range map[string][]types.Value{
		"range": {types.NewLong(1), n, types.NewLong(1)}, "repeat": {types.NewLong(1), n}, "strrep": {types.NewString("ab"), n},
	} {
		v, err := scalar.Lookup(name)(scalar.NewEnv(now, 1), args, types.Dynamic)
		if err != nil || len(v.Text()) > 16<<20 {
			t.Errorf("%s: %d bytes, %v", name, len(v.Text()), err)
		}
	}
}
