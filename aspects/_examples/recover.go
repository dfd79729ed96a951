package main

import (
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Ratio panics where b is 0.
//
//instrument:recover
func Ratio(a, b int) (int, error) { return a / b, nil }

func main() {
	_, err := Ratio(1, 0)
	var p *runtimehooks.PanicError
	fmt.Println(errors.As(err, &p), p.Value)

	// Output: true runtime error: integer divide by zero
}
