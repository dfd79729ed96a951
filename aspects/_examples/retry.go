package main

import (
	"context"
	"errors"
	"fmt"
)

var errBusy = errors.New("busy")

var calls int

// Get succeeds the third time.
//
//instrument:retry initial=1ms on=errBusy
func Get(ctx context.Context, id string) (string, error) {
	if calls++; calls < 3 {
		return "", errBusy
	}
	return "found", nil
}

func main() {
	text, err := Get(context.Background(), "a")
	fmt.Println(text, err, calls)

	// Output: found <nil> 3
}
