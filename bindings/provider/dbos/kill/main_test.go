package main

import (
	"context"
	"log"
	"math/rand/v2"
	"os"
	"testing"
)

// TestMain is the child, too: the command calls itself.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "-child" {
		if err := serve(context.Background(), os.Args[2]); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

// A process that is killed in the middle of 50 check-outs leaves nothing half done.
func TestKills(t *testing.T) {
	if err := run(8, rand.New(rand.NewPCG(1, 0))); err != nil {
		t.Fatal(err)
	}
}
