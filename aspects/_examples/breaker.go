package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/runtimehooks"
)

var calls int

// Pay fails.
//
//instrument:breaker payments failures=2 cooldown=1m
func Pay(ctx context.Context) error {
	calls++
	return errors.New("down")
}

func main() {
	for range 4 {
		err := Pay(context.Background())
		fmt.Println(errors.Is(err, runtimehooks.ErrOpen))
	}
	fmt.Println(calls, "calls")

	// Output:
	// false
	// false
	// true
	// true
	// 2 calls
}
