package directory_test

import (
	"testing"

	"github.com/sleuth-sec/sleuth/copilot/directory"
	"github.com/sleuth-sec/sleuth/copilot/words"
)

func index() *directory.Index {
	return directory.New([]directory.Entity{
		{Kind: "user", ID: "u1", Name: "Zoë O'Neil", UPN: "zoe.oneil@contoso.example", Exact: []string{"z.oneil@mail.example"}, Partial: []string{"Zoë", "O'Neil"}},
		{Kind: "user", ID: "u2", Name: "Sam Lee", UPN: "sam.lee@contoso.example", Partial: []string{"Sam", "Lee"}},
		{Kind: "user", ID: "u3", Name: "Sam Lee", UPN: "sam.lee2@contoso.example", Partial: []string{"Sam", "Lee"}},
		{Kind: "user", ID: "u4", Name: "Old Lee", UPN: "old@contoso.example", Partial: []string{"Old", "Lee"}, Deleted: true},
		{Kind: "user", ID: "u5", Name: "Gone Away", UPN: "gone@contoso.example", Partial: []string{"Gone"}, Deleted: true},
		{Kind: "group", ID: "g1", Name: "Finance"}, {Kind: "department", Name: "Finance"},
		{Kind: "group", ID: "g2", Name: "Finance Approvers"},
		{Kind: "role", ID: "r1", Name: "Global Administrator"},
	})
}

func TestByName(t *testing.T) {
	x := index()
	for _, c := range []struct {
		name string
		n    int
		id   string
	}{
		{"ZOE O'NEIL", 1, "u1"}, {"Zoë O’Neil", 1, "u1"}, {"zoe", 1, "u1"}, {"zoe.oneil@contoso.example", 1, "u1"}, {"Z.ONEIL@mail.example", 1, "u1"}, {"u1", 1, "u1"}, {"zoe.oneil", 1, "u1"},
		{"Sam Lee", 2, "u2"}, {"Lee", 2, "u2"}, {"Gone Away", 1, "u5"}, {"Zoe ONeill", 0, ""}, {"", 0, ""},
	} {
		es := x.ByName(c.name)
		if len(es) != c.n || c.n > 0 && es[0].ID != c.id {
			t.Errorf("%q: %v, want %d", c.name, es, c.n)
		}
	}
}

func TestMentionsAreTheLongestNames(t *testing.T) {
	x := index()
	ms := x.Mentions(words.Split("do Zoë O'Neil and the Global Administrators own Finance Approvers, or Finance"), func(int) bool { return false })
	var got []string
	for _, m := range ms {
		got = append(got, m.Entities[0].Name)
	}
	want := []string{"Zoë O'Neil", "Global Administrator", "Finance Approvers", "Finance"}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if last := ms[3]; len(last.Of("group")) != 1 || len(last.Of("department")) != 1 {
		t.Error("a name of two kinds must offer both")
	}
}

func TestNear(t *testing.T) {
	x := index()
	if es := x.Near("Zoe Oneill", 3, "user"); len(es) != 1 || es[0].ID != "u1" {
		t.Errorf("%v", es)
	}
	if es := x.Near("Completely Different", 3, "user"); len(es) != 0 {
		t.Errorf("%v", es)
	}
}
