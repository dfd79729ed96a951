package main

import (
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Render calls itself, and so asks for two slots at once.
//
//instrument:bulkhead max=1
func Render(depth int) error {
	if depth == 0 {
		return nil
	}
	return Render(depth - 1)
}

func main() {
	fmt.Println(Render(0))
	fmt.Println(errors.Is(Render(1), runtimehooks.ErrFull))

	// Output:
	// <nil>
	// true
}
