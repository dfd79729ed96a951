package runtimehooks

import (
	"errors"
	"fmt"
	"time"
)

// The errors of this file are those of calls whose body a policy did not let run. Each matches one
// of these with errors.Is.
var (
	ErrOpen       = errors.New("circuit breaker open")               // an open circuit breaker: [*OpenError]
	ErrLimited    = errors.New("rate limit exceeded")                // a limit: [*LimitedError]
	ErrFull       = errors.New("bulkhead full")                      // a bulkhead: [*FullError]
	ErrDenied     = errors.New("not authorized")                     // authz: [*DeniedError]
	ErrInvalid    = errors.New("invalid argument")                   // validate: [*InvalidError]
	ErrInProgress = errors.New("a call with the key is in progress") // idempotent: [*InProgressError]
	ErrKeyReused  = errors.New("key used with other arguments")      // idempotent: [*KeyReusedError]
)

// ErrSuperseded is for a call that did run, and that idempotent must not answer:
// [*SupersededError].
var ErrSuperseded = errors.New("superseded by another call with the key")

// ErrUnauthenticated is for functions that authz asks: where their error matches it, nobody knows
// who the caller is, and a net/http handler answers 401 in place of 403.
var ErrUnauthenticated = errors.New("not authenticated")

// OpenError says that a circuit breaker refused a call. It matches [ErrOpen].
type OpenError struct {
	Site    string // Site.Function of the refused call
	Breaker string // the breaker's name; Site.Function where it has none
	// Time after which another call makes sense, more than 0: until an open breaker lets a call
	// through; at most so long for one that is half-open, until the oldest of the calls that it waits
	// for is replaced. They may return earlier.
	After    time.Duration
	HalfOpen bool // it waits for as many calls as it lets through
}

// Error implements error.
func (e *OpenError) Error() string {
	if e.HalfOpen {
		return fmt.Sprintf("call %s: circuit breaker %q is half-open and busy for at most %v", e.Site, e.Breaker, e.After.Round(time.Millisecond))
	}
	return fmt.Sprintf("call %s: circuit breaker %q is open for another %v", e.Site, e.Breaker, e.After.Round(time.Millisecond))
}

// Is reports whether target is ErrOpen.
func (e *OpenError) Is(target error) bool { return target == ErrOpen }

// RetryAfter returns After.
func (e *OpenError) RetryAfter() time.Duration { return e.After }

// ErrorType returns "breaker_open".
func (e *OpenError) ErrorType() string { return "breaker_open" }

// LimitedError says that a limit refused a call. It matches [ErrLimited].
type LimitedError struct {
	Site  string        // Site.Function of the refused call
	Limit string        // the limit's name; Site.Function where it has none
	After time.Duration // time until a call may begin
}

// Error implements error.
func (e *LimitedError) Error() string {
	return fmt.Sprintf("call %s: rate limit %q exceeded, try again in %v", e.Site, e.Limit, e.After.Round(time.Millisecond))
}

// Is reports whether target is ErrLimited.
func (e *LimitedError) Is(target error) bool { return target == ErrLimited }

// RetryAfter returns After.
func (e *LimitedError) RetryAfter() time.Duration { return e.After }

// ErrorType returns "limited".
func (e *LimitedError) ErrorType() string { return "limited" }

// FullError says that a call found no free slot of its bulkhead. It matches [ErrFull].
type FullError struct {
	Site     string // Site.Function of the refused call
	Bulkhead string // the bulkhead's name; Site.Function where it has none
	Max      int    // slots
}

// Error implements error.
func (e *FullError) Error() string {
	return fmt.Sprintf("call %s: all %d slots of bulkhead %q are taken", e.Site, e.Max, e.Bulkhead)
}

// Is reports whether target is ErrFull.
func (e *FullError) Is(target error) bool { return target == ErrFull }

// ErrorType returns "full".
func (e *FullError) ErrorType() string { return "full" }

// DeniedError says that the function that authz asks did not allow a call. It matches [ErrDenied].
type DeniedError struct {
	Site string // Site.Function of the refused call
	Err  error  // what the function returned
}

// Error implements error.
func (e *DeniedError) Error() string {
	return fmt.Sprintf("call %s: not authorized: %v", e.Site, e.Err)
}

// Is reports whether target is ErrDenied.
func (e *DeniedError) Is(target error) bool { return target == ErrDenied }

// Unwrap returns Err.
func (e *DeniedError) Unwrap() error { return e.Err }

// Fault returns FaultCaller.
func (e *DeniedError) Fault() Fault { return FaultCaller }

// ErrorType returns "denied".
func (e *DeniedError) ErrorType() string { return "denied" }

// InvalidError says that the function that validate asks did not accept the arguments. It matches
// [ErrInvalid].
type InvalidError struct {
	Site string // Site.Function of the refused call
	Err  error  // what the function returned
}

// Error implements error.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("call %s: invalid argument: %v", e.Site, e.Err)
}

// Is reports whether target is ErrInvalid.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

// Unwrap returns Err.
func (e *InvalidError) Unwrap() error { return e.Err }

// Fault returns FaultCaller.
func (e *InvalidError) Fault() Fault { return FaultCaller }

// ErrorType returns "invalid".
func (e *InvalidError) ErrorType() string { return "invalid" }

// InProgressError says that another call with the same idempotency key runs. It matches
// [ErrInProgress].
type InProgressError struct {
	Site string // Site.Function of the refused call
	Key  string // for people to read
}

// Error implements error.
func (e *InProgressError) Error() string {
	return fmt.Sprintf("call %s: another call with the idempotency key %q is in progress", e.Site, e.Key)
}

// Is reports whether target is ErrInProgress.
func (e *InProgressError) Is(target error) bool { return target == ErrInProgress }

// ErrorType returns "in_progress".
func (e *InProgressError) ErrorType() string { return "in_progress" }

// KeyReusedError says that an earlier call with the same idempotency key had other arguments. It
// matches [ErrKeyReused].
type KeyReusedError struct {
	Site string // Site.Function of the refused call
	Key  string // for people to read
}

// Error implements error.
func (e *KeyReusedError) Error() string {
	return fmt.Sprintf("call %s: the idempotency key %q was used with other arguments", e.Site, e.Key)
}

// Is reports whether target is ErrKeyReused.
func (e *KeyReusedError) Is(target error) bool { return target == ErrKeyReused }

// Permanent returns true: the same call will be refused again.
func (e *KeyReusedError) Permanent() bool { return true }

// Fault returns FaultCaller.
func (e *KeyReusedError) Fault() Fault { return FaultCaller }

// ErrorType returns "key_reused".
func (e *KeyReusedError) ErrorType() string { return "key_reused" }

// SupersededError says that a call took longer than the lease of its idempotency key, so that
// another one has claimed the key and runs. The body has succeeded, but the results of the key will
// be those of the other call: ask for them again. It matches [ErrSuperseded].
type SupersededError struct {
	Site string // Site.Function
	Key  string // for people to read
}

// Error implements error.
func (e *SupersededError) Error() string {
	return fmt.Sprintf("call %s: it took longer than its lease, and another call with the idempotency key %q is in progress", e.Site, e.Key)
}

// Is reports whether target is ErrSuperseded.
func (e *SupersededError) Is(target error) bool { return target == ErrSuperseded }

// ErrorType returns "superseded".
func (e *SupersededError) ErrorType() string { return "superseded" }
