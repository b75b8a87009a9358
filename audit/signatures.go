package audit

import (
	"fmt"
	"runtime"
	"sync"
)

// signatures checks signatures on all processors: they are what a long log's verification spends its time on.
type signatures struct {
	jobs chan signed
	wg   sync.WaitGroup
	mu   sync.Mutex
	bad  *Fault
}

type signed struct {
	text  string
	at    int64
	entry int64
}

func newSignatures(keys []string) *signatures {
	s := &signatures{jobs: make(chan signed, 256)}
	for range runtime.GOMAXPROCS(0) {
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			for j := range s.jobs {
				if _, err := OpenCheckpoint(j.text, keys...); err != nil {
					s.report(j, err)
				}
			}
		}()
	}
	return s
}

func (s *signatures) check(text string, at, entry int64) { s.jobs <- signed{text, at, entry} }

func (s *signatures) report(j signed, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bad == nil || j.at < s.bad.At {
		s.bad = &Fault{File: logFile, At: j.at, Entry: j.entry, What: fmt.Sprintf("the signature does not hold: %v", err)}
	}
}

// wait ends the checks and gives the first fault.
func (s *signatures) wait() *Fault {
	close(s.jobs)
	s.wg.Wait()
	return s.bad
}
