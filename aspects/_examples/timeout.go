package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Wait waits for its context, as a query would.
//
//instrument:timeout 10ms
func Wait(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func main() {
	err := Wait(context.Background())
	fmt.Println(errors.Is(err, runtimehooks.ErrTimeout), errors.Is(err, context.DeadlineExceeded))

	// Output: true true
}
