package bulkhead_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/bulkhead"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

func TestBulkheadSynchRetry(t *testing.T) {
	harness.Run(t, "the slot is free during the pause", func(t *testing.T) {
		first := make(chan error, 1)
		calls := 0
		go func() {
			first <- bulkhead.Retry(t.Context(), harness.Returns(&calls, harness.ErrBoom, nil))
		}()
		time.Sleep(time.Second / 2)
		synctest.Wait()
		harness.Equal(t, "works before the pause", calls, 1)
		harness.OK(t, bulkhead.Retry(t.Context(), harness.Succeeds))
		harness.OK(t, <-first)
		harness.Equal(t, "works", calls, 2)
	})
	harness.Run(t, "a refusal is retried until a slot is free", func(t *testing.T) {
		crowd := harness.NewCrowd(t, bulkhead.Retry)
		crowd.Enter(1)
		time.AfterFunc(time.Second/2, crowd.LetAllNow)
		took := harness.Elapsed(func() { harness.OK(t, bulkhead.Retry(t.Context(), harness.Succeeds)) })
		harness.Equal(t, "time", took, time.Second)
		crowd.AllOK()
	})
	for _, c := range []struct {
		name    string
		call    service
		waiting int
	}{
		{"an attempt that finds its slot taken is refused", bulkhead.RetryOn, 0},
		{"an attempt that finds slot and queue taken is refused", bulkhead.QueueOn, 1},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			first := make(chan error, 1)
			go func() { first <- c.call(t.Context(), harness.Fails(harness.ErrBoom)) }()
			time.Sleep(time.Second / 2)
			crowd := harness.NewCrowd(t, c.call)
			crowd.Enter(1 + c.waiting)
			harness.Is(t, <-first, runtimehooks.ErrFull, harness.ErrBoom)
			crowd.LetAll()
			crowd.AllOK()
		})
	}
	for _, c := range []struct {
		name string
		call service
	}{
		{"a refusal that on does not name is not retried", bulkhead.RetryOn},
		{"a refusal that abort names is not retried", bulkhead.RetryAbort},
		{"a refusal of the only attempt is final", bulkhead.RetryOnce},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			crowd := harness.NewCrowd(t, c.call)
			crowd.Enter(1)
			took := harness.Elapsed(func() { harness.Is(t, c.call(t.Context(), harness.Succeeds), runtimehooks.ErrFull) })
			harness.Equal(t, "time", took, 0)
			crowd.LetAll()
			crowd.AllOK()
		})
	}
}

func TestBulkheadAsynchRetry(t *testing.T) {
	for _, c := range []struct {
		name                string
		retry, rapid        service
		patient, overloaded int // callers
	}{
		{"of a method", bulkhead.QueueRetry, bulkhead.QueueRapid, 20, 1000},
		{"of a type", bulkhead.QueueRetryClass{}.Serve, bulkhead.QueueRapidClass{}.Serve, 20, 1000},
	} {
		harness.Run(t, "retries have nothing to do where there is room, "+c.name, func(t *testing.T) {
			crowd := harness.NewCrowd(t, c.retry)
			crowd.Enter(10)
			took := harness.Elapsed(func() { crowd.LetAll(); crowd.AllOK() })
			harness.Equal(t, "time", took, 0)
			harness.Equal(t, "works", int(crowd.Begun.Load()), 10)
		})
		harness.Run(t, "retries wait until there is room, "+c.name, func(t *testing.T) {
			crowd := harness.NewCrowd(t, c.retry)
			crowd.Enter(c.patient)
			harness.Equal(t, "works at a time", int(crowd.Running.Load()), 5)
			crowd.LetAll()
			time.Sleep(10 * time.Second)
			crowd.AllOK()
			harness.Equal(t, "works", int(crowd.Begun.Load()), c.patient)
			harness.Equal(t, "most works at a time", int(crowd.Greatest.Load()), 5)
		})
		harness.Run(t, "retries without a pause are refused under load, "+c.name, func(t *testing.T) {
			crowd := harness.NewCrowd(t, c.rapid)
			crowd.Enter(c.overloaded)
			refused := crowd.Results()
			harness.Equal(t, "refusals", len(refused), c.overloaded-10)
			for _, err := range refused {
				harness.Is(t, err, runtimehooks.ErrFull)
			}
			crowd.LetAll()
			crowd.AllOK()
		})
	}
	harness.Run(t, "one too many is refused when its retries have no pause", func(t *testing.T) {
		crowd := harness.NewCrowd(t, bulkhead.QueueRapid)
		crowd.Enter(10)
		harness.Is(t, bulkhead.QueueRapid(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
		crowd.LetAll()
		crowd.AllOK()
	})
	harness.Run(t, "nothing is lost when every caller fails once", func(t *testing.T) {
		crowd := harness.NewCrowd(t, func(ctx context.Context, work harness.Work) error {
			attempts := 0
			return bulkhead.QueueRapid(ctx, func(ctx context.Context) error {
				if attempts++; attempts == 1 {
					return harness.Takes(time.Second, harness.ErrBoom)(ctx)
				}
				return work(ctx)
			})
		})
		crowd.Enter(10)
		crowd.LetAll()
		time.Sleep(time.Minute)
		crowd.AllOK()
		harness.Equal(t, "works that succeeded", int(crowd.Begun.Load()), 10)
	})
	harness.Run(t, "a retry joins the back of the queue", func(t *testing.T) {
		var order []string
		gate := make(chan error)
		call := func(name string) {
			go func() {
				_ = bulkhead.QueueOrder(t.Context(), func(context.Context) error {
					order = append(order, name)
					return <-gate
				})
			}()
			synctest.Wait()
		}
		call("first")
		call("second")
		call("third")
		gate <- harness.ErrBoom // the first one fails, and waits behind the others
		for range 3 {
			synctest.Wait()
			gate <- nil
		}
		synctest.Wait()
		if want := []string{"first", "second", "third", "first"}; !slices.Equal(order, want) {
			t.Errorf("works must begin in the order %q, not %q", want, order)
		}
	})
}
