package capacity_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
	"github.com/sleuth-sec/sleuth/capacity"
)

type kit struct {
	*capacity.Meter
	trail  *audit.Trail
	dir    string
	mu     sync.Mutex
	limits capacity.Limits
	fail   error
}

func (k *kit) most(context.Context) (capacity.Limits, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.limits, k.fail
}

func newKit(t *testing.T) *kit {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "audit")
	trail, err := audit.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = trail.Close() }) // some tests close it themselves
	k := &kit{trail: trail, dir: dir}
	k.again()
	return k
}

// again makes a new meter over the same trail, as a new start does.
func (k *kit) again() { k.Meter = capacity.New(k.trail, k.dir, k.most) }

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func (k *kit) does(at time.Time, who, operation, object string, details ...string) error {
	e := audit.Entry{Time: at, Principal: who, Operation: operation, Object: object, Details: map[string]string{}}
	for i := 0; i+1 < len(details); i += 2 {
		e.Details[details[i]] = details[i+1]
	}
	_, err := k.Append(context.Background(), e)
	return err
}

// TestBudgets: one more than a budget is refused and not on the trail; it is free again the next day, for another person, when the
// budget is raised; what was used before the budget was set, and before a new start, counts.
func TestBudgets(t *testing.T) {
	k := newKit(t)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	spent := func(err error, want string) {
		t.Helper()
		var s *capacity.Spent
		if !errors.As(err, &s) || !strings.Contains(err.Error(), "the budget of "+want) || !strings.Contains(err.Error(), "resets at 2026-11-26T00:00:00Z") {
			t.Errorf("got %v, want the budget of %s", err, want)
		}
	}
	for range 2 {
		ok(k.does(noon, "ada", capacity.Submitted, "s-1"))
	}
	ok(k.does(noon, "ada", capacity.Ran, ""))
	ok(k.does(noon, "ada", capacity.Completed, "", capacity.ElapsedMS, "1500.5"))
	k.limits = capacity.Limits{Prompts: 3, Queries: 2, QueryTime: 2 * time.Second}
	ok(k.does(noon, "ada", capacity.Submitted, "s-1"))
	spent(k.does(noon, "ada", capacity.Submitted, "s-1"), "3 prompts of today is spent")
	ok(k.does(noon, "ada", capacity.Ran, ""))
	spent(k.does(noon, "ada", capacity.Ran, ""), "2 queries")
	k.again()
	spent(k.does(noon.Add(11*time.Hour+59*time.Minute), "ada", capacity.Submitted, "s-1"), "3 prompts")
	ok(k.does(noon, "bo", capacity.Submitted, "s-2"))
	ok(k.does(noon.Add(12*time.Hour), "ada", capacity.Submitted, "s-1"))
	ok(k.does(noon, "ada", "SettingChanged", "x"))
	k.limits.Prompts, k.limits.Queries = 0, 0
	ok(k.does(noon, "ada", capacity.Answered, "s-1/p-1", capacity.ElapsedMS, "500"))
	spent(k.does(noon, "ada", capacity.Ran, ""), "2 query seconds")
	spent(k.does(noon, "ada", capacity.Submitted, "s-1"), "2 query seconds")
	k.limits.QueryTime = time.Minute
	ok(k.does(noon, "ada", capacity.Submitted, "s-1"))
	used, err := k.Used("ada", noon)
	if err != nil || used != (capacity.Sum{Prompts: 4, Queries: 2, Time: 2000500 * time.Microsecond}) {
		t.Errorf("%+v, %v", used, err)
	}
	k.fail = errors.New("the settings cannot be read")
	if err := k.does(noon, "ada", capacity.Ran, ""); !errors.Is(err, k.fail) {
		t.Errorf("without settings: %v", err)
	}
	n := 0
	if err := audit.Read(k.dir, func(audit.Entry) bool { n++; return true }); err != nil || n != 11 {
		t.Errorf("the trail has %d entries, %v", n, err)
	}
}

// TestBudgetsHoldForAllAtOnce: of many at once exactly so many get in, also while the log is read; what cannot be recorded does not
// count.
func TestBudgetsHoldForAllAtOnce(t *testing.T) {
	k := newKit(t)
	for range 7 {
		if err := k.does(noon, "ada", capacity.Submitted, "s-1"); err != nil {
			t.Fatal(err)
		}
	}
	k.limits = capacity.Limits{Prompts: 25}
	var done sync.WaitGroup
	var mu sync.Mutex
	in, out := 0, 0
	for i := range 60 {
		done.Go(func() {
			if i%7 == 0 {
				if _, err := k.Report(noon, 1, capacity.By()); err != nil {
					t.Error(err)
				}
			}
			err := k.does(noon, "ada", capacity.Submitted, "s-1")
			mu.Lock()
			defer mu.Unlock()
			var s *capacity.Spent
			switch {
			case err == nil:
				in++
			case errors.As(err, &s):
				out++
			default:
				t.Error(err)
			}
		})
	}
	done.Wait()
	if in != 18 || out != 42 {
		t.Errorf("%d got in and %d did not", in, out)
	}
	k.limits.Prompts = 26
	if err := k.trail.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var s *capacity.Spent
		if err := k.does(noon, "ada", capacity.Submitted, "s-1"); err == nil || errors.As(err, &s) {
			t.Errorf("a closed trail gives %v", err)
		}
	}
}

// TestReport: use is told apart by what is asked for, the counts of a new start are those of the running one, and the days before the
// last 90 are left out.
func TestReport(t *testing.T) {
	k := newKit(t)
	for _, e := range []struct {
		at                     time.Time
		who, operation, object string
		details                []string
	}{
		{noon.AddDate(0, 0, -capacity.Kept), "ada", capacity.Submitted, "old", nil},
		{noon.AddDate(0, 0, -1), "ada", capacity.Submitted, "s-1", []string{"userPrincipalName", "ada@x.example"}},
		{noon.AddDate(0, 0, -1), "ada", capacity.Answered, "s-1/p-1", []string{capacity.ElapsedMS, "250", "skills", "GetEntraUserDetails, GetEntraRiskyUsers"}},
		{noon, "ada", capacity.Submitted, "s-1", nil},
		{noon, "ada", capacity.Answered, "s-1/p-2", []string{capacity.ElapsedMS, "750", "skills", "GetEntraUserDetails"}},
		{noon, "ada", capacity.Answered, "s-1/p-3", []string{capacity.ElapsedMS, "nonsense"}},
		{noon, "ada", capacity.Ran, "", []string{"api", "Kusto"}},
		{noon, "ada", capacity.Completed, "", []string{"api", "Kusto", capacity.ElapsedMS, "3000"}},
		{noon, "local", capacity.Ran, "", nil},
		{noon, "local", "TokenCreated", "x", nil},
	} {
		if err := k.does(e.at, e.who, e.operation, e.object, e.details...); err != nil {
			t.Fatal(err)
		}
	}
	lines := func(days int, by ...string) (out []string) {
		t.Helper()
		rows, err := k.Report(noon, days, by)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			out = append(out, fmt.Sprintf("%s|%s|%s|%s|%s|%d|%d|%.3f|%s", r.Day, r.Person, r.Session, r.Category, r.Experience, r.Prompts, r.Queries, r.Seconds, strings.Join(r.Skills, ",")))
		}
		return out
	}
	check := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	all := lines(capacity.Kept, capacity.By()...)
	check(all,
		"2026-11-25|ada@x.example||query|Kusto|0|1|3.000|",
		"2026-11-25|ada@x.example|s-1|prompt|page or REST|1|0|0.750|GetEntraUserDetails",
		"2026-11-25|local||query|command|0|1|0.000|",
		"2026-11-24|ada@x.example|s-1|prompt|page or REST|1|0|0.250|GetEntraRiskyUsers,GetEntraUserDetails")
	check(lines(capacity.Kept, "person"), "|ada@x.example||||2|1|4.000|GetEntraRiskyUsers,GetEntraUserDetails", "|local||||0|1|0.000|")
	check(lines(1, "day", "category"), "2026-11-25|||query||0|2|3.000|", "2026-11-25|||prompt||1|0|0.750|GetEntraUserDetails")
	check(lines(1, "session"), "|||||0|2|3.000|", "||s-1|||1|0|0.750|GetEntraUserDetails")
	if err := k.does(noon, "local", capacity.Completed, "", capacity.ElapsedMS, "9000"); err != nil { // counted as it is appended
		t.Fatal(err)
	}
	now := lines(capacity.Kept, capacity.By()...)
	k.again()
	check(lines(capacity.Kept, capacity.By()...), now...)
	if len(now) != len(all) || !strings.Contains(now[0], "local||query|command|0|1|9.000|") {
		t.Errorf("%s", now)
	}
}

// TestAClockThatWasAhead: entries of an hour in which the clock was years ahead leave the days before counted, and of old days no more are
// kept than a report can ask for and a few.
func TestAClockThatWasAhead(t *testing.T) {
	k := newKit(t)
	does := func(at time.Time) {
		t.Helper()
		if err := k.does(at, "ada", capacity.Ran, ""); err != nil {
			t.Fatal(err)
		}
	}
	for d := range capacity.Kept {
		does(noon.AddDate(0, 0, -d))
	}
	if _, err := k.Used("ada", noon); err != nil { // counted from here on as they are appended
		t.Fatal(err)
	}
	does(noon.AddDate(20, 0, 0))
	does(noon)
	if rows, err := k.Report(noon, capacity.Kept, []string{"day"}); err != nil || len(rows) != capacity.Kept || rows[0].Queries != 2 {
		t.Errorf("%d days: %+v, %v", len(rows), rows, err)
	}
	for d := range 2 * capacity.Kept {
		does(noon.AddDate(0, 0, d))
	}
	if used, err := k.Used("ada", noon.AddDate(0, 0, 1-capacity.Kept)); err != nil || used.Queries != 0 {
		t.Errorf("a day of long ago is still counted: %+v, %v", used, err)
	}
	if used, err := k.Used("ada", noon.AddDate(0, 0, 2*capacity.Kept-1)); err != nil || used.Queries != 1 {
		t.Errorf("the newest day: %+v, %v", used, err)
	}
}

// TestReadingWhileOthersAppend: what is appended while the log is first read is counted once.
func TestReadingWhileOthersAppend(t *testing.T) {
	k := newKit(t)
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for range 100 {
				if err := k.does(noon, "ada", capacity.Ran, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		done.Go(func() {
			if _, err := k.Used("ada", noon); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if used, err := k.Used("ada", noon); err != nil || used.Queries != 800 {
		t.Errorf("%+v, %v", used, err)
	}
}
