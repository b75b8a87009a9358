package when_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/copilot/when"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) // a Friday

func show(w when.Window) string {
	if w.Lookback != "" {
		return w.Lookback
	}
	f := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return strings.TrimSuffix(t.Format("2006-01-02T15:04"), "T00:00")
	}
	return f(w.From) + ".." + f(w.To)
}

func TestFind(t *testing.T) {
	for _, c := range [][2]string{
		{"sign-ins for the past 48 hours", "48h"}, {"in the last 7 days", "7d"}, {"past fortnight", "14d"}, {"last 2 weeks", "14d"}, {"past two weeks", "14d"},
		{"over the past week", "7d"}, {"past month", "30d"}, {"last 3 months", "90d"}, {"last 24h", "24h"}, {"72 hours", "72h"}, {"past day", "1d"}, {"last hour", "1h"}, {"last 30 minutes", "30m"},
		{"for the last couple of weeks", "14d"}, {"during the previous 5 days", "5d"}, {"within 3 days please", "3d"}, {"past 7-day", "7d"}, {"last thirty days", "30d"}, {"last few days", "3d"},
		{"failures 48h", "48h"}, {"a fortnight", "14d"}, {"past 6 hrs", "6h"}, {"last 90 days", "90d"},
		{"and today?", "2026-11-20.."}, {"yesterday", "2026-11-19..2026-11-20"}, {"the day before yesterday", "2026-11-18..2026-11-19"},
		{"this week", "2026-11-16.."}, {"since monday", "2026-11-16.."}, {"last week", "2026-11-09..2026-11-16"}, {"the whole week?", "2026-11-16.."}, {"previous week", "2026-11-09..2026-11-16"},
		{"last weekend", "2026-11-14..2026-11-16"}, {"over the weekend", "2026-11-14..2026-11-16"},
		{"this month", "2026-11-01.."}, {"last month", "2026-10-01..2026-11-01"}, {"on the 17th", "2026-11-17..2026-11-18"}, {"on the 25th", "2026-10-25..2026-10-26"},
		{"on 17 november", "2026-11-17..2026-11-18"}, {"on november 17", "2026-11-17..2026-11-18"}, {"17 nov 2025", "2025-11-17..2025-11-18"}, {"on 24 december", "2025-12-24..2025-12-25"}, {"2026-11-12", "2026-11-12..2026-11-13"}, {"the 3rd of november", "2026-11-03..2026-11-04"},
		{"between 3 and 5 november", "2026-11-03..2026-11-06"}, {"from 3 to 5 november", "2026-11-03..2026-11-06"}, {"from november 3 to 5", "2026-11-03..2026-11-06"}, {"from the 3rd to the 5th", "2026-11-03..2026-11-06"},
		{"between 28 october and 2 november", "2026-10-28..2026-11-03"}, {"from 2026-11-03 to 2026-11-05", "2026-11-03..2026-11-06"}, {"from monday to wednesday", "2026-11-16..2026-11-19"}, {"2026-11-03 - 2026-11-05", "2026-11-03..2026-11-06"},
		{"between november 3 and november 5", "2026-11-03..2026-11-06"}, {"between the 3rd and 5th of november", "2026-11-03..2026-11-06"},
		{"since 12 november", "2026-11-12.."}, {"from 12 november onwards", "2026-11-12.."}, {"since yesterday", "2026-11-19.."}, {"since last week", "2026-11-09.."}, {"since wednesday", "2026-11-18.."}, {"since the 12th", "2026-11-12.."}, {"since 3 days ago", "2026-11-17.."},
		{"on wednesday", "2026-11-18..2026-11-19"}, {"wednesday", "2026-11-18..2026-11-19"}, {"on friday", "2026-11-20.."}, {"last friday", "2026-11-13..2026-11-14"},
		{"between 2 and 4 pm yesterday", "2026-11-19T14:00..2026-11-19T16:00"}, {"yesterday between 2 and 4 pm", "2026-11-19T14:00..2026-11-19T16:00"}, {"yesterday from 14:00 to 16:00", "2026-11-19T14:00..2026-11-19T16:00"}, {"on wednesday between 9 and 11", "2026-11-18T09:00..2026-11-18T11:00"}, {"between 9 and 11 on wednesday", "2026-11-18T09:00..2026-11-18T11:00"}, {"yesterday from 9 to 5", "2026-11-19T09:00..2026-11-19T17:00"}, {"on 12 november between 22 and 23 please", "2026-11-12T22:00..2026-11-12T23:00"}, {"on monday between 3 and 5 times", "2026-11-16..2026-11-17"}, {"between 9 and 11 november", "2026-11-09..2026-11-12"}, {"between 9 and 11 am on 12 november", "2026-11-12T09:00..2026-11-12T11:00"}, {"yesterday after 6 pm", "2026-11-19T18:00..2026-11-20"}, {"between 11 am and 2 pm today", "2026-11-20T11:00..2026-11-20T14:00"},
		{"3 days ago", "2026-11-17..2026-11-18"}, {"a week ago", "2026-11-13..2026-11-14"}, {"before 12 november", "..2026-11-12"}, {"until 12 november", "..2026-11-13"}, {"after 12 november", "2026-11-13.."}, {"in october", "2026-10-01..2026-11-01"}, {"monday morning", "2026-11-16..2026-11-16T12:00"},
		{"last night", "2026-11-19T18:00..2026-11-20T06:00"}, {"since 2026-11-18t10:30z", "2026-11-18T10:30.."},
	} {
		w, ok := when.Find(c[0], now)
		if !ok || show(w) != c[1] {
			t.Errorf("%q: %s, want %s", c[0], show(w), c[1])
		}
	}
}

func TestNoPeriod(t *testing.T) {
	for _, s := range []string{"", "last 5 sign-ins", "ten most recent sign-ins", "who may read this", "the last sign-in", "3 of the groups", "error 50053", "top 3 apps", "10 users"} {
		if w, ok := when.Find(s, now); ok {
			t.Errorf("%q: %s", s, show(w))
		}
	}
}

func TestSpanIsWhatNamesThePeriod(t *testing.T) {
	text := "sign-ins over the past week from linux"
	w, _ := when.Find(text, now)
	if got := text[w.Start:w.End]; got != "over the past week" {
		t.Errorf("%q", got)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("between 3 and 5 november")
	f.Add("yesterday between 2 and 4 pm")
	f.Fuzz(func(t *testing.T, s string) {
		w, ok := when.Find(strings.ToLower(s), now)
		if ok && w.IsZero() {
			t.Errorf("%q: found nothing", s)
		}
	})
}
