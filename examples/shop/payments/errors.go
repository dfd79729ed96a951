package payments

import (
	"errors"
	"fmt"
)

// ErrDeclined matches every *DeclinedError.
var ErrDeclined = errors.New("card declined")

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

// IsTransient reports whether the same charge may succeed a little later.
func IsTransient(err error) bool {
	var unavailable *UnavailableError
	return errors.As(err, &unavailable)
}
