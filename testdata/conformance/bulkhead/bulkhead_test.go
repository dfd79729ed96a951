package bulkhead_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/conformance/bulkhead"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

type service = func(context.Context, harness.Work) error

func TestBulkheadSynch(t *testing.T) {
	for _, c := range []struct {
		name string
		call service
		max  int
	}{
		{"ten, of a type", bulkhead.Ten{}.Serve, 10},
		{"ten, of a method", bulkhead.Method{}.Ten, 10},
		{"three, of a type", bulkhead.Three{}.Serve, 3},
		{"three, of a method", bulkhead.Method{}.Three, 3},
		{"ten by default, of a type", bulkhead.Default{}.Serve, 10},
		{"ten by default, of a method", bulkhead.Method{}.Default, 10},
	} {
		harness.Run(t, "never more at once: "+c.name, func(t *testing.T) { holds(t, c.call, c.max, 0) })
	}
}

// holds checks that so many calls run, so many wait, and the next one is refused.
func holds(t *testing.T, call service, running, waiting int) {
	t.Helper()
	crowd := harness.NewCrowd(t, call)
	crowd.Enter(running + waiting)
	harness.Equal(t, "works at a time", int(crowd.Running.Load()), running)
	harness.Equal(t, "results", len(crowd.Results()), 0)
	err := call(t.Context(), harness.Succeeds)
	harness.Is(t, err, runtimehooks.ErrFull)
	if full, ok := errors.AsType[*runtimehooks.FullError](err); ok {
		harness.Equal(t, "size in the error", full.Max, running)
	}
	crowd.LetAll()
	crowd.AllOK()
	harness.Equal(t, "works in all", int(crowd.Begun.Load()), running+waiting)
	harness.Equal(t, "most works at a time", int(crowd.Greatest.Load()), running)
	harness.OK(t, call(t.Context(), harness.Succeeds))
}

func TestBulkheadSynchConfig(t *testing.T) {
	harness.Run(t, "the size can be overridden", func(t *testing.T) {
		harness.Override(t, runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{
			"example.com/conformance/bulkhead.Config": {"bulkhead": {"max": "10"}},
		}})
		holds(t, bulkhead.Config, 10, 0)
	})
}

func TestBulkheadPressure(t *testing.T) {
	// Each caller calls again as soon as it has its result, until the time is over.
	const callers, rounds = 50, 20

	for _, c := range []struct {
		name string
		call service
		max  int32
	}{{"without a queue", bulkhead.Method{}.Three, 3}, {"with a queue", bulkhead.Method{}.QueueThree, 3}} {
		harness.Run(t, "only success or refusal, "+c.name, func(t *testing.T) {
			var running, most, refused atomic.Int32
			work := func(context.Context) error {
				defer running.Add(-1)
				for now, greatest := running.Add(1), most.Load(); now > greatest; greatest = most.Load() {
					most.CompareAndSwap(greatest, now)
				}
				time.Sleep(time.Millisecond)
				return nil
			}
			var group sync.WaitGroup
			for range callers {
				group.Go(func() {
					for range rounds {
						err := c.call(t.Context(), work)
						if errors.Is(err, runtimehooks.ErrFull) {
							refused.Add(1)
						} else {
							harness.OK(t, err)
						}
						time.Sleep(time.Millisecond)
					}
				})
			}
			group.Wait()
			harness.Equal(t, "most works at a time", most.Load(), c.max)
			if n := refused.Load(); n == 0 || n == callers*rounds {
				t.Errorf("some calls of %d must be refused, not %d", callers*rounds, n)
			}
			harness.OK(t, c.call(t.Context(), harness.Succeeds))
		})
	}
}

func TestBulkheadAsynch(t *testing.T) {
	for _, c := range []struct {
		name           string
		call           service
		running, queue int
	}{
		{"ten and ten, of a type", bulkhead.QueueTen{}.Serve, 10, 10},
		{"ten and ten, of a method", bulkhead.Method{}.QueueTen, 10, 10},
		{"three and ten, of a type", bulkhead.QueueThree{}.Serve, 3, 10},
		{"three and ten, of a method", bulkhead.Method{}.QueueThree, 3, 10},
		{"ten by default and ten, of a type", bulkhead.QueueDefault{}.Serve, 10, 10},
		{"ten by default and ten, of a method", bulkhead.Method{}.QueueDefault, 10, 10},
	} {
		harness.Run(t, "those that wait get their turn: "+c.name, func(t *testing.T) { holds(t, c.call, c.running, c.queue) })
	}
	for _, c := range []struct {
		name string
		call service
	}{{"of a type", bulkhead.QueueTen{}.Serve}, {"of a method", bulkhead.Method{}.QueueTen}} {
		harness.Run(t, "a slot that is free goes to the queue, "+c.name, func(t *testing.T) {
			crowd := harness.NewCrowd(t, c.call)
			crowd.Enter(20)
			for n := range 10 {
				crowd.Let()
				harness.Equal(t, "works begun", int(crowd.Begun.Load()), 11+n)
				harness.Equal(t, "works at a time", int(crowd.Running.Load()), 10)
			}
			crowd.LetAll()
			crowd.AllOK()
		})
	}
	harness.Run(t, "refused at once when slots and queue are full", func(t *testing.T) {
		crowd := harness.NewCrowd(t, bulkhead.Method{}.QueueTen)
		crowd.Enter(20)
		calls := 0
		took := harness.Elapsed(func() {
			harness.Is(t, bulkhead.Method{}.QueueTen(t.Context(), harness.Returns(&calls, nil)), runtimehooks.ErrFull)
		})
		harness.Equal(t, "time", took, 0)
		harness.Equal(t, "works of the refused call", calls, 0)
		crowd.LetAll()
		crowd.AllOK()
	})
}

func TestBulkheadLifecycle(t *testing.T) {
	for _, c := range []struct {
		name       string
		one, other service
	}{
		{"two types", bulkhead.One{}.Serve, bulkhead.Other{}.Serve},
		{"two types that embed the same one", bulkhead.EmbedsOne{}.Serve, bulkhead.EmbedsToo{}.Serve},
		{"two methods of a type", bulkhead.One{}.Serve, bulkhead.One{}.ServeToo},
	} {
		harness.Run(t, c.name+" share no slots", func(t *testing.T) {
			one, other := harness.NewCrowd(t, c.one), harness.NewCrowd(t, c.other)
			one.Enter(8)
			other.Enter(8)
			harness.Equal(t, "works of the one", int(one.Running.Load()), 8)
			harness.Equal(t, "works of the other", int(other.Running.Load()), 8)
			harness.Is(t, c.one(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
			harness.Is(t, c.other(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
			one.LetAll()
			other.LetAll()
			one.AllOK()
			other.AllOK()
		})
	}
}
