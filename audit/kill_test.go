package audit_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sleuth-sec/sleuth/audit"
)

const childDir = "SLEUTH_AUDIT_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		appendForEver(dir)
	}
	os.Exit(m.Run())
}

// prompt is the text of a writer's i-th entry; every third has none.
func prompt(i int) string {
	if i%3 == 2 {
		return ""
	}
	return strings.Repeat("who ", i%50) + strconv.Itoa(i)
}

// appendForEver appends from four goroutines and writes the index, the principal and the number of each acknowledged entry to standard
// output.
func appendForEver(dir string) {
	l, err := audit.Open(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var out sync.Mutex
	for w := range 4 {
		go func() {
			for i := 0; ; i++ {
				e := audit.Entry{Time: time.Now(), Principal: strconv.Itoa(w), Operation: "PromptSubmitted"}
				if text := prompt(i); text != "" {
					e.Texts = map[string]audit.Text{"prompt": {Value: text}}
				}
				n, err := l.Append(ctx, e)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println(n, w, i)
				out.Unlock()
			}
		}()
	}
	select {}
}

// acked is what the child says of an entry: who wrote it, and which of its own it is.
type acked struct {
	who    string
	number int
}

// A process that is killed at any moment loses no entry that it acknowledged, and what it leaves opens and verifies.
func TestKilled(t *testing.T) {
	kills := 12
	if os.Getenv("SLEUTH_PROVE") != "" {
		kills = 500
	}
	seed := uint64(time.Now().UnixNano())
	draw := rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	recovered, total := 0, uint64(0)
	for range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last, acknowledged := draw.IntN(120), map[uint64]acked{}
		for in := bufio.NewScanner(out); in.Scan(); {
			var n uint64
			var a acked
			if k, err := fmt.Sscanf(in.Text()+"$", "%d %s %d$", &n, &a.who, &a.number); k < 3 || err != nil {
				t.Fatalf("seed %d: the child says %q", seed, in.Text())
			}
			if acknowledged[n] = a; len(acknowledged) >= last {
				cmd.Process.Kill()
			}
		}
		cmd.Process.Kill()
		cmd.Wait()
		if errs.Len() > 0 {
			t.Fatalf("seed %d: %s", seed, errs.String())
		}
		l, err := audit.Open(dir)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if l.Recovered != "" {
			recovered++
		}
		l.Close()
		list := entries(t, dir)
		texts, err := audit.OpenTexts(dir)
		if err != nil {
			t.Fatal(err)
		}
		for n, a := range acknowledged {
			if n >= uint64(len(list)) || list[n].Principal != a.who {
				t.Fatalf("seed %d: entry %d of %s was acknowledged, and the log of %d entries does not have it", seed, n, a.who, len(list))
			}
			if want := prompt(a.number); want != "" {
				if got, err := texts.Text(list[n].Texts["prompt"]); err != nil || got != want {
					t.Fatalf("seed %d: entry %d was acknowledged, and its text is %q, %v; want %q", seed, n, got, err, want)
				}
			} else if len(list[n].Texts) != 0 {
				t.Fatalf("seed %d: entry %d has a text that it was not given", seed, n)
			}
		}
		texts.Close()
		total = uint64(len(list))
	}
	if r := whole(t, dir); uint64(r.Entries) != total {
		t.Errorf("%d entries verify, %d are there", r.Entries, total)
	}
	t.Logf("killed %d times (seed %d): %d entries, none lost; %d times something unacknowledged was dropped", kills, seed, total, recovered)
}
