// Package fallback has functions woven with fallbacks, as the kit's classes about them have them.
package fallback

import (
	"context"
	"fmt"

	"example.com/conformance/harness"
	"example.com/conformance/hierarchy"
)

var _ = hierarchy.E0 // named by the directives

// Client has methods whose fallbacks are functions of the package.
type Client struct{}

//instrument:retry attempts=2 initial=0s budget=0
//instrument:fallback func=handler
func (Client) TwoAttempts(ctx context.Context, name string, work harness.Work) (string, error) {
	return "body", work(ctx)
}

//instrument:retry attempts=3 initial=0s budget=0
//instrument:fallback func=handler
func (Client) ThreeAttempts(ctx context.Context, name string, work harness.Work) (string, error) {
	return "body", work(ctx)
}

//instrument:retry attempts=2 initial=0s each=500ms budget=0
//instrument:fallback func=handler
func (Client) Timeout(ctx context.Context, name string, work harness.Work) (string, error) {
	return "body", work(ctx)
}

//instrument:fallback func=handler
func (Client) Alone(ctx context.Context, name string, work harness.Work) (string, error) {
	return "body", work(ctx)
}

// handler gets what the call was about, and why it is asked.
func handler(ctx context.Context, name string, err error) (string, error) {
	return fmt.Sprintf("fallback for %s: %v", name, err), ctx.Err()
}

// Stateful has methods whose fallback is a method that uses the receiver.
type Stateful struct{ Count int }

//instrument:retry attempts=2 initial=0s budget=0
//instrument:fallback func=s.next
func (s *Stateful) TwoAttempts(ctx context.Context, work harness.Work) (int, error) {
	return 0, work(ctx)
}

//instrument:retry attempts=3 initial=0s budget=0
//instrument:fallback func=s.next
func (s *Stateful) ThreeAttempts(ctx context.Context, work harness.Work) (int, error) {
	return 0, work(ctx)
}

//instrument:fallback func=s.next
func (s *Stateful) Alone(ctx context.Context, work harness.Work) (int, error) {
	return 0, work(ctx)
}

func (s *Stateful) next() (int, error) {
	s.Count++
	return s.Count, nil
}

// ClassClient has a fallback for all its methods, but for one that has another.
//
//instrument:retry attempts=2 initial=0s budget=0
//instrument:fallback func=handler
type ClassClient struct{}

func (ClassClient) Inherits(ctx context.Context, name string, work harness.Work) (string, error) {
	return "body", work(ctx)
}

//instrument:retry attempts=3
//instrument:fallback func=second
func (ClassClient) Overrides(ctx context.Context, name string, work harness.Work) (string, error) {
	return "body", work(ctx)
}

func second(name string) (string, error) { return "second fallback for " + name, nil }

// WithArgs has a fallback that takes all parameters.
//
//instrument:retry attempts=2 initial=0s budget=0
//instrument:fallback func=join
func WithArgs(ctx context.Context, name string, count int, work harness.Work) (string, error) {
	return "body", work(ctx)
}

func join(ctx context.Context, name string, count int, work harness.Work) (string, error) {
	return fmt.Sprint(name, count), nil
}

// The three services of the exception hierarchy.

//instrument:fallback func=instead on=hierarchy.E0 on=hierarchy.E2 skip=hierarchy.E1
func ServiceA(ctx context.Context, work harness.Work) (string, error) { return "body", work(ctx) }

//instrument:fallback func=instead on=hierarchy.Exception on=hierarchy.E1 skip=hierarchy.E0 skip=hierarchy.E2
func ServiceB(ctx context.Context, work harness.Work) (string, error) { return "body", work(ctx) }

//instrument:fallback func=instead on=hierarchy.E1 on=hierarchy.E2 skip=hierarchy.E0
func ServiceC(ctx context.Context, work harness.Work) (string, error) { return "body", work(ctx) }

func instead() (string, error) { return "fallback", nil }
