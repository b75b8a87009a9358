package types

import (
	"strings"
	"testing"
)

func TestSizeGrowsWithWhatIsHeld(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	list := make([]Tree, 1000)
	bag := NewBag()
	for i := range list {
		list[i] = int64(i)
		bag.Set(strings.Repeat("k", i), nil)
	}
	for name, c := range map[string]struct {
		v     Value
		least int64
	}{
		"long": {NewLong(1), 8}, "null": {Null(Dynamic), 8}, "string": {NewString(long), 10_000}, "text of JSON": {NewDynamicJSON(`"` + long + `"`), 10_000},
		"string in dynamic": {NewDynamic(long), 10_000}, "array": {NewDynamic(list), 16_000}, "bag": {NewDynamic(bag), 500_000},
		"deep": {NewDynamic([]Tree{[]Tree{long}}), 10_000}, "guid in dynamic": {NewDynamic(NewGUID(long)), 10_000},
	} {
		if got := c.v.Size(); got < c.least || got > 8*c.least+500 {
			t.Errorf("%s: %d, want about %d", name, got, c.least)
		}
	}
}
