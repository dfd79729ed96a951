package kv

import (
	"strconv"

	"github.com/instrumentgo/instrument/bindings"
)

// Number parses the value of an entry as a number, for providers that add by themselves. The error
// is FailedPrecondition if it is not one.
func Number(value []byte) (int64, error) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return 0, errNoNumber
	}
	return n, nil
}

// Add returns a + b. The error is FailedPrecondition if the sum does not fit 64 bits.
func Add(a, b int64) (int64, error) {
	if sum := a + b; (sum > a) == (b > 0) {
		return sum, nil
	}
	return 0, errOverflow
}

var (
	errNoNumber = bindings.Errorf(bindings.FailedPrecondition, "the value must be a decimal number of 64 bits")
	errOverflow = bindings.Errorf(bindings.FailedPrecondition, "the sum must have at most 64 bits")
)
