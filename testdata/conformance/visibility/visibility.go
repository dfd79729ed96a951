// Package visibility has types that embed others whose methods retry. Go has no inheritance: a method that a type gets by
// embedding is the embedded type's, with its policies; one that it declares has what is said of it and of its own type.
package visibility

import (
	"context"

	"example.com/conformance/harness"
)

// Service is what each type of this file is.
type Service interface {
	Serve(ctx context.Context, work harness.Work) error
}

// The three bases: the directive is on the type, on the method, or on both.

//instrument:retry attempts=4 initial=0s budget=0
type OnType struct{}

func (OnType) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

type OnMethod struct{}

//instrument:retry attempts=4 initial=0s budget=0
func (OnMethod) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=4 initial=0s budget=0
type OnBoth struct{}

//instrument:retry attempts=5
func (OnBoth) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

// Each base embedded, with nothing else.

type (
	OnTypePlain   struct{ OnType }
	OnMethodPlain struct{ OnMethod }
	OnBothPlain   struct{ OnBoth }
)

// Each base embedded by a type with a directive of its own, which reaches the method that the type declares.

//instrument:retry attempts=6 initial=0s budget=0
type OnTypeTypeAgain struct{ OnType }

func (OnTypeTypeAgain) Own(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=6 initial=0s budget=0
type OnMethodTypeAgain struct{ OnMethod }

func (OnMethodTypeAgain) Own(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=6 initial=0s budget=0
type OnBothTypeAgain struct{ OnBoth }

func (OnBothTypeAgain) Own(ctx context.Context, work harness.Work) error { return work(ctx) }

// The same, with a method that hides the base's.

//instrument:retry attempts=6 initial=0s budget=0
type OnTypeTypeAndMethod struct{ OnType }

func (OnTypeTypeAndMethod) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=6 initial=0s budget=0
type OnMethodTypeAndMethod struct{ OnMethod }

func (OnMethodTypeAndMethod) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=6 initial=0s budget=0
type OnBothTypeAndMethod struct{ OnBoth }

func (OnBothTypeAndMethod) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

// A method with a directive that hides the base's.

type OnTypeMethodAgain struct{ OnType }

//instrument:retry attempts=6 initial=0s budget=0
func (OnTypeMethodAgain) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

type OnMethodMethodAgain struct{ OnMethod }

//instrument:retry attempts=6 initial=0s budget=0
func (OnMethodMethodAgain) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

// A method without a directive that hides the base's.

type OnTypeHidden struct{ OnType }

func (OnTypeHidden) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

type OnMethodHidden struct{ OnMethod }

func (OnMethodHidden) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

type OnBothHidden struct{ OnBoth }

func (OnBothHidden) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

// Forwarding calls the method that it hides, which retries on its own.
type Forwarding struct{ OnMethod }

func (f Forwarding) Serve(ctx context.Context, work harness.Work) error {
	return f.OnMethod.Serve(ctx, work)
}
