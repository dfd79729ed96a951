package retry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/conformance/harness"
)

// What is retried is said by sentinels: ErrChild is a kind of ErrParent.
var (
	ErrConnection = errors.New("connection")
	ErrWriting    = errors.New("writing")
	ErrParent     = errors.New("parent")
	ErrChild      = fmt.Errorf("child: %w", ErrParent)
)

// Conditions has methods with conditions of their own.
type Conditions struct{}

//instrument:retry attempts=4 initial=0s on=ErrConnection budget=0
func (Conditions) On(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=4 initial=0s on=ErrParent budget=0
func (Conditions) OnParent(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=4 initial=0s on=ErrParent abort=ErrChild budget=0
func (Conditions) OnParentAbortChild(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=4 initial=0s abort=ErrWriting budget=0
func (Conditions) Abort(ctx context.Context, work harness.Work) error { return work(ctx) }

// ClassOn has a condition for all its methods.
//
//instrument:retry attempts=4 initial=0s on=ErrConnection budget=0
type ClassOn struct{}

func (ClassOn) Inherits(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry on=ErrWriting
func (ClassOn) Overrides(ctx context.Context, work harness.Work) error { return work(ctx) }

// ClassAbort has an exception for all its methods.
//
//instrument:retry attempts=4 initial=0s abort=ErrWriting budget=0
type ClassAbort struct{}

func (ClassAbort) Inherits(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry abort=ErrConnection
func (ClassAbort) Overrides(ctx context.Context, work harness.Work) error { return work(ctx) }

// Hedged does its work on another goroutine, because it is hedged.
//
//instrument:hedge delay=1h
//instrument:retry attempts=3 initial=0s budget=0
func Hedged(ctx context.Context, work harness.Work) error { return work(ctx) }

// Plain stays on the caller's goroutine.
//
//instrument:retry attempts=3 initial=0s budget=0
func Plain(ctx context.Context, work harness.Work) error { return work(ctx) }

// Chained does its work in two steps, each on a goroutine of its own.
//
//instrument:retry attempts=3 initial=0s budget=0
func Chained(ctx context.Context, first, second harness.Work) error {
	if err := await(ctx, first); err != nil {
		return err
	}
	return await(ctx, second)
}

// Parallel does both works at a time, and fails if one of them does.
//
//instrument:retry attempts=3 initial=0s budget=0
func Parallel(ctx context.Context, one, other harness.Work) error {
	errs := make(chan error, 2)
	go func() { errs <- one(ctx) }()
	go func() { errs <- other(ctx) }()
	return errors.Join(<-errs, <-errs)
}

func await(ctx context.Context, work harness.Work) error {
	done := make(chan error, 1)
	go func() {
		time.Sleep(time.Millisecond)
		done <- work(ctx)
	}()
	return <-done
}
