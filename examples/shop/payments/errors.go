package payments

import (
	"errors"
	"fmt"
)

// The errors that a caller can distinguish, in whichever process it is.
var (
	ErrDeclined    = errors.New("card declined")               // matches every *DeclinedError
	ErrUnavailable = errors.New("payment gateway unavailable") // matches every *UnavailableError
)

// DeclinedError is the bank's refusal of a card. Asking again changes nothing.
type DeclinedError struct {
	Reason string
}

func (e *DeclinedError) Error() string { return "card declined: " + e.Reason }

// Is reports whether target is ErrDeclined.
func (e *DeclinedError) Is(target error) bool { return target == ErrDeclined }

// UnavailableError is a gateway that could not answer.
type UnavailableError struct {
	Status int // HTTP status of its response
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("payment gateway unavailable (status %d)", e.Status)
}

// Is reports whether target is ErrUnavailable.
func (e *UnavailableError) Is(target error) bool { return target == ErrUnavailable }

// IsTransient reports whether the same charge may succeed a little later.
func IsTransient(err error) bool {
	return errors.Is(err, ErrUnavailable)
}
