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

// appendForEver appends from four goroutines and writes the index and the principal of each acknowledged entry to standard output.
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
				n, err := l.Append(ctx, audit.Entry{Time: time.Now(), Principal: strconv.Itoa(w), Operation: "PromptSubmitted",
					Texts: map[string]audit.Text{"prompt": {Value: strings.Repeat("who ", i%50)}}})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println(n, w)
				out.Unlock()
			}
		}()
	}
	select {}
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
		last, acknowledged := draw.IntN(120), map[uint64]string{}
		for in := bufio.NewScanner(out); in.Scan(); {
			index, who, whole := strings.Cut(in.Text(), " ")
			n, err := strconv.ParseUint(index, 10, 64)
			if err != nil || !whole || who == "" {
				break // the last line may be cut
			}
			if acknowledged[n] = who; len(acknowledged) >= last {
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
		for n, who := range acknowledged {
			if n >= uint64(len(list)) || list[n].Principal != who {
				t.Fatalf("seed %d: entry %d of %s was acknowledged, and the log of %d entries does not have it", seed, n, who, len(list))
			}
		}
		total = uint64(len(list))
	}
	if r := whole(t, dir); uint64(r.Entries) != total {
		t.Errorf("%d entries verify, %d are there", r.Entries, total)
	}
	t.Logf("killed %d times (seed %d): %d entries, none lost; %d times something unacknowledged was dropped", kills, seed, total, recovered)
}
