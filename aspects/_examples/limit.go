package main

import (
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Search may be called twice at once, and by each tenant once more every minute.
//
//instrument:limit rate=1/m burst=2 key=tenant
func Search(tenant, text string) error { return nil }

func main() {
	for _, tenant := range []string{"a", "a", "a", "b"} {
		err := Search(tenant, "shoes")
		fmt.Println(tenant, errors.Is(err, runtimehooks.ErrLimited))
	}

	// Output:
	// a false
	// a false
	// a true
	// b false
}
