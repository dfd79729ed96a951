package main

import (
	"context"
	"fmt"
)

var calls int

// Rate asks somebody else.
//
//instrument:cache currency ttl=1m
func Rate(ctx context.Context, currency string) (float64, error) {
	calls++
	return 1.1, nil
}

func main() {
	for _, currency := range []string{"USD", "USD", "CHF", "USD"} {
		Rate(context.Background(), currency)
	}
	fmt.Println(calls)

	// Output: 2
}
