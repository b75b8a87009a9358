package store_test

import (
	"context"
	"os"
	"testing"

	"github.com/sleuth-sec/sleuth/store"
	"github.com/sleuth-sec/sleuth/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, inMemory := range map[string]bool{"memory": true, "disk": false} {
		t.Run(name, func(t *testing.T) {
			if !inMemory && os.Getenv("SLEUTH_PROVE") != "1" {
				t.Skip("the same cases as in memory; SLEUTH_PROVE=1 runs them")
			}
			known := storetest.Schemas(t)
			storetest.Run(t, func(t *testing.T) *store.Workspace {
				w, err := store.Open(context.Background(), t.TempDir(), store.Options{Memory: inMemory, Schemas: known})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := w.Close(); err != nil {
						t.Error(err)
					}
				})
				return w
			})
		})
	}
}
