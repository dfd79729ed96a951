package breaker

import (
	"context"

	"example.com/conformance/harness"
)

// Service is what each type of this file is. Go has no inheritance: a method that a type gets by embedding another is that
// other type's, with its policies and its state; one that it declares has what is said of it and of its own type.
type Service interface {
	Serve(ctx context.Context, work harness.Work) error
}

// The three bases: the directive is on the type, on the method, or on both.

//instrument:breaker failures=8 cooldown=50s
type OnType struct{}

func (OnType) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

type OnMethod struct{}

//instrument:breaker failures=8 cooldown=50s
func (OnMethod) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=16 cooldown=50s
type OnBoth struct{}

//instrument:breaker failures=8
func (OnBoth) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

// Each base embedded by a type with a directive of its own, which reaches the method that the type declares.

//instrument:breaker failures=4 cooldown=50s
type OnTypeTypeAgain struct{ OnType }

func (OnTypeTypeAgain) Own(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=4 cooldown=50s
type OnMethodTypeAgain struct{ OnMethod }

func (OnMethodTypeAgain) Own(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=4 cooldown=50s
type OnBothTypeAgain struct{ OnBoth }

func (OnBothTypeAgain) Own(ctx context.Context, work harness.Work) error { return work(ctx) }

// The same, with a method that hides the base's.

//instrument:breaker failures=4 cooldown=50s
type OnTypeTypeAndMethod struct{ OnType }

func (OnTypeTypeAndMethod) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=4 cooldown=50s
type OnMethodTypeAndMethod struct{ OnMethod }

func (OnMethodTypeAndMethod) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=4 cooldown=50s
type OnBothTypeAndMethod struct{ OnBoth }

func (OnBothTypeAndMethod) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

// A method with a directive that hides the base's.

type OnTypeMethodAgain struct{ OnType }

//instrument:breaker failures=4 cooldown=50s
func (OnTypeMethodAgain) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

type OnMethodMethodAgain struct{ OnMethod }

//instrument:breaker failures=4 cooldown=50s
func (OnMethodMethodAgain) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

type OnBothMethodAgain struct{ OnBoth }

//instrument:breaker failures=4 cooldown=50s
func (OnBothMethodAgain) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

// A method without a directive that hides the base's.

type OnTypeHidden struct{ OnType }

func (OnTypeHidden) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

type OnMethodHidden struct{ OnMethod }

func (OnMethodHidden) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

type OnBothHidden struct{ OnBoth }

func (OnBothHidden) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

// Nothing but the base embedded.

type (
	OnTypePlain   struct{ OnType }
	OnMethodPlain struct{ OnMethod }
	OnBothPlain   struct{ OnBoth }
)

// Two types, and two methods of one type, with equal breakers that they do not share.

type One struct{}

//instrument:breaker failures=8 cooldown=50s
func (One) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

type Other struct{}

//instrument:breaker failures=8 cooldown=50s
func (Other) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=8 cooldown=50s
type Methods struct{}

func (Methods) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

func (Methods) ServeToo(ctx context.Context, work harness.Work) error { return work(ctx) }
