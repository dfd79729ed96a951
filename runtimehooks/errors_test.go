package runtimehooks

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

func TestErrorTypes(t *testing.T) {
	for want, err := range map[string]error{
		"breaker_open": &RetryError{Err: ended(&OpenError{}, errBusy)}, "timeout": &TimeoutError{}, "panic": &PanicError{},
	} {
		if got := semconv.ErrorType(err).Value.AsString(); got != want {
			t.Errorf("error.type of %T is %q, want %q", err, got, want)
		}
	}
	var timeout interface{ Timeout() bool }
	if !errors.As(error(&TimeoutError{}), &timeout) || !timeout.Timeout() {
		t.Error("a *TimeoutError is no timeout to package net")
	}
}

func TestErrorTexts(t *testing.T) {
	for want, err := range map[string]error{
		`call f: circuit breaker "b" is open for another 2s`:                     &OpenError{Site: "f", Breaker: "b", After: 2 * time.Second},
		`call f: circuit breaker "b" is half-open and busy for at most 2s`:       &OpenError{Site: "f", Breaker: "b", After: 2 * time.Second, HalfOpen: true},
		`call f: timeout after 1s`:                                               &TimeoutError{Site: "f", After: time.Second},
		`call f: timeout after 1s: busy`:                                         &TimeoutError{Site: "f", After: time.Second, Err: errBusy},
		`call f: panic: boom`:                                                    &PanicError{Site: "f", Value: "boom"},
		`call f: gave up after 2 attempts: context canceled; last attempt: busy`: &RetryError{Site: "f", Attempts: 2, Err: ended(context.Canceled, errBusy)},
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
		if strings.ToLower(err.Error()[:1]) != err.Error()[:1] {
			t.Errorf("%q does not begin in lower case", err)
		}
	}
}
