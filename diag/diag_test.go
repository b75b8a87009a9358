package diag

import (
	"strings"
	"testing"
)

func TestPositionCountsCharactersAndAllLineEndings(t *testing.T) {
	s := NewSource("q", "ab\ncä\r\nd\re")
	for _, c := range []struct{ offset, line, column int }{
		{0, 1, 1}, {2, 1, 3}, {3, 2, 1}, {6, 2, 3}, {8, 3, 1}, {10, 4, 1}, {99, 4, 2}, {-1, 1, 1},
	} {
		if l, col := s.Position(c.offset); l != c.line || col != c.column {
			t.Errorf("offset %d: got %d:%d, want %d:%d", c.offset, l, col, c.line, c.column)
		}
	}
}

func TestOffsetIsPositionTurnedAround(t *testing.T) {
	s := NewSource("q", "ab\ncä\r\nd\re")
	for offset := range s.Text {
		if s.Text[offset]&0xc0 == 0x80 {
			continue // inside a character
		}
		if line, column := s.Position(offset); s.Offset(line, column) != offset {
			t.Errorf("offset %d is %d:%d, which is offset %d", offset, line, column, s.Offset(line, column))
		}
	}
	if s.Offset(9, 9) != len(s.Text) || s.Offset(0, 0) != 0 {
		t.Error("what lies outside is not the nearest place")
	}
}

func TestRenderMarksTheSpan(t *testing.T) {
	s := NewSource("query", "T\n| where Foo > 1")
	d := Errorf("KQL1203", Span{10, 13}, "no column named %q", "Foo").WithFix("did you mean %q?", "Food")
	want := "query:2:9: error KQL1203: no column named \"Foo\"\n  | where Foo > 1\n          ^^^\n  fix: did you mean \"Food\"?\n"
	if got := s.Render(d); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestListCapsAndDropsRepeats(t *testing.T) {
	var l List
	for i := range MaxReported + 5 {
		l.Add(Errorf("X", Span{i, i + 1}, "m"))
		l.Add(Errorf("X", Span{i, i + 1}, "m"))
	}
	if len(l.Items) != MaxReported || l.Dropped != 10 {
		t.Errorf("kept %d, dropped %d", len(l.Items), l.Dropped)
	}
	if !strings.HasSuffix(l.Error(), "and 10 more") {
		t.Error("the number of dropped messages is not said")
	}
}

func TestWarningsDoNotFail(t *testing.T) {
	var l List
	l.Add(Warningf("X", Span{}, "m"))
	if l.Err() != nil || l.First() != nil {
		t.Error("a warning failed the list")
	}
}
