package main

import (
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/runtimehooks"
)

type Transfer struct{ Cents int }

var errAmount = errors.New("amount must be more than 0")

func (t Transfer) Validate() error {
	if t.Cents <= 0 {
		return errAmount
	}
	return nil
}

// Book gets transfers that are valid.
//
//instrument:validate t.Validate
func Book(t Transfer) error { return nil }

func main() {
	fmt.Println(Book(Transfer{Cents: 100}))
	err := Book(Transfer{})
	fmt.Println(errors.Is(err, runtimehooks.ErrInvalid), errors.Is(err, errAmount))

	// Output:
	// <nil>
	// true true
}
