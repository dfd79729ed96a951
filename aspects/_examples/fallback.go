package main

import (
	"context"
	"errors"
	"fmt"
)

var errDown = errors.New("down")

// Price fails.
//
//instrument:fallback listPrice on=errDown
func Price(ctx context.Context, item string) (int, error) { return 0, errDown }

func listPrice(item string, err error) (int, error) {
	fmt.Println("fallback after:", err)
	return 100, nil
}

func main() {
	fmt.Println(Price(context.Background(), "book"))

	// Output:
	// fallback after: down
	// 100 <nil>
}
