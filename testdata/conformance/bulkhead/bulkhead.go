// Package bulkhead has functions woven with bulkheads, as the kit's classes about them have them.
package bulkhead

import (
	"context"

	"example.com/conformance/harness"
)

// Method has bulkheads of three sizes.
type Method struct{}

//instrument:bulkhead max=10
func (Method) Ten(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=3
func (Method) Three(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead
func (Method) Default(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=10 queue=10
func (Method) QueueTen(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=3 queue=10
func (Method) QueueThree(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead queue=10
func (Method) QueueDefault(ctx context.Context, work harness.Work) error { return work(ctx) }

// The same sizes, said of types.

//instrument:bulkhead max=10
type Ten struct{}

func (Ten) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=3
type Three struct{}

func (Three) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead
type Default struct{}

func (Default) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=10 queue=10
type QueueTen struct{}

func (QueueTen) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=3 queue=10
type QueueThree struct{}

func (QueueThree) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead queue=10
type QueueDefault struct{}

func (QueueDefault) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

// Config has five slots unless somebody says otherwise.
//
//instrument:bulkhead max=5
func Config(ctx context.Context, work harness.Work) error { return work(ctx) }

// Two types, two types that embed the same one, and two methods of one type, with slots of their own.

//instrument:bulkhead max=8
type One struct{}

func (One) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

func (One) ServeToo(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=8
type Other struct{}

func (Other) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=8
type EmbedsOne struct{ Other }

func (EmbedsOne) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=8
type EmbedsToo struct{ Other }

func (EmbedsToo) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }
