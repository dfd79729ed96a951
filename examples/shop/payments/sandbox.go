package payments

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
)

// The sandbox's cards. Every other card is accepted.
const (
	CardDeclined = "4000000000000002" // refused by its bank
	CardFlaky    = "4000000000000119" // the gateway fails twice for each order, then accepts
)

// SandboxKey is the only key that the sandbox takes.
const SandboxKey = "sk_sandbox"

// failures is how often the gateway fails before it accepts an order paid with CardFlaky.
const failures = 2

// Sandbox is a gateway that moves no money and misbehaves on request. It is safe for concurrent
// use.
type Sandbox struct {
	mu       sync.Mutex
	down     bool
	calls    int
	receipts int
	failed   map[string]int // per order
}

// NewSandbox returns a sandbox that is up.
func NewSandbox() *Sandbox { return &Sandbox{failed: make(map[string]int)} }

// SetDown starts or ends an outage.
func (s *Sandbox) SetDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Calls returns how often the sandbox has been asked.
func (s *Sandbox) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Authorize implements Gateway.
func (s *Sandbox) Authorize(ctx context.Context, key string, charge Charge) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if key != SandboxKey {
		return "", errors.New("the sandbox does not know the key")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	switch {
	case s.down:
		return "", &UnavailableError{Status: http.StatusServiceUnavailable}
	case charge.Card == CardDeclined:
		return "", &DeclinedError{Reason: "insufficient funds"}
	case charge.Card == CardFlaky && s.failed[charge.Order] < failures:
		s.failed[charge.Order]++
		return "", &UnavailableError{Status: http.StatusBadGateway}
	}
	s.receipts++
	return fmt.Sprintf("r-%d", s.receipts), nil
}
