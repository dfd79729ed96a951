package gates

import (
	"context"
	"fmt"

	"example.com/conformance/harness"
)

// APIKey hides itself where it is printed.
type APIKey string

func (APIKey) GoString() string { return "APIKey(***)" }
func (APIKey) String() string   { return "***" }

// Token has a text that is the same for all.
type Token struct{ Value string }

// MarshalText hides the value.
func (Token) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// Login holds what hides itself, and a pointer.
type Login struct {
	Tenant string
	Key    APIKey
	Seat   *int
}

//instrument:cache key=key
func OfAPIKey(ctx context.Context, key APIKey) (string, error) { return string(key), nil }

//instrument:cache key=key
func OfToken(ctx context.Context, key Token) (string, error) { return key.Value, nil }

//instrument:cache key=key
func OfLogin(ctx context.Context, key Login) (string, error) {
	return fmt.Sprint(string(key.Key), *key.Seat), nil
}

//instrument:cache key=key
func OfAny(ctx context.Context, key any) (string, error) { return fmt.Sprintf("%T %v", key, key), nil }

//instrument:cache key=a key=b
func OfTwo(ctx context.Context, a, b string) (string, error) { return a + "|" + b, nil }

//instrument:limit rate=1/h burst=1 key=key
func LimitAPIKey(ctx context.Context, key APIKey) error { return nil }

//instrument:limit rate=1/h burst=2 key=key
func LimitAny(ctx context.Context, key any) error { return nil }

//instrument:breaker failures=1 cooldown=1s key=key
func BreakAny(ctx context.Context, key any, work harness.Work) error { return work(ctx) }

// Charge has an idempotency key that hides itself.
//
//instrument:idempotent key=key store=s.Store
func (s *Service) Charge(ctx context.Context, key APIKey, cents int) (string, error) {
	return fmt.Sprint(string(key), " pays ", cents), nil
}

// Repeat compares no more than its key.
//
//instrument:idempotent key=key store=s.Store same=key
func (s *Service) Repeat(ctx context.Context, key string, cents int) (int, error) { return cents, nil }
