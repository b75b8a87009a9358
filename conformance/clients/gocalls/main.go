package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// setting is what the test tells of the servers.
type setting struct {
	url, open, token string
	maxRows          int
}

func main() {
	s := setting{url: os.Getenv("SLEUTH_URL"), open: os.Getenv("SLEUTH_OPEN_URL"), token: os.Getenv("SLEUTH_TOKEN")}
	if _, err := fmt.Sscan(os.Getenv("SLEUTH_MAX_ROWS"), &s.maxRows); err != nil || len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: SLEUTH_URL=... SLEUTH_OPEN_URL=... SLEUTH_TOKEN=... SLEUTH_MAX_ROWS=... gocalls azkustodata|azquery")
		os.Exit(2)
	}
	switch os.Args[1] {
	case "azkustodata":
		kustoCalls(s)
	case "azquery":
		logsCalls(s)
	}
}

// check runs one check and prints how it went.
func check(name string, run func(ctx context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	line := map[string]any{"name": name, "ok": true}
	if err := run(ctx); err != nil {
		line["ok"], line["detail"] = false, err.Error()
	}
	b, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(b))
}

func want[T comparable](what string, got, wanted T) error {
	if got != wanted {
		return fmt.Errorf("%s: got %v, want %v", what, got, wanted)
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

const everyType = `print b=true, i=int(-5), l=9223372036854775807, r=1.5, nan=real(nan), inf=real(+inf), d=decimal(1.23456789012345678901),
 s='Ærø "quoted" <日本語>', t=datetime(2026-11-20T01:02:03.1234567Z), sp=time(1.02:03:04.567), g=guid(74be27de-1e4e-49d9-b579-fe0b331d3642),
 dy=dynamic({"a":[1,null,"x"],"b":{"c":1.5}}), nb=bool(null), nl=long(null), nr=real(null), nd=decimal(null), nt=datetime(null), nsp=timespan(null),
 ng=guid(null), ndy=dynamic(null)`

// slow runs until it is cancelled, as far as a test is concerned.
const slow = "range a from 1 to 200000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 200000 step 1 | extend k = 1) on k | summarize sum(a * b)"
