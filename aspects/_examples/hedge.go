package main

import (
	"context"
	"fmt"
	"sync/atomic"
)

var calls atomic.Int32

// Lookup hangs the first time.
//
//instrument:hedge 5ms
func Lookup(ctx context.Context, host string) (string, error) {
	if calls.Add(1) == 1 {
		<-ctx.Done() // until the other one has won
		return "", ctx.Err()
	}
	return "10.0.0.1", nil
}

func main() {
	fmt.Println(Lookup(context.Background(), "db"))

	// Output: 10.0.0.1 <nil>
}
