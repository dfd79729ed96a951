package gates_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/gates"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// after is work that takes so long, and then returns the result and the error.
func after(d time.Duration, result int, err error) func(context.Context) (int, error) {
	return func(context.Context) (int, error) {
		time.Sleep(d)
		return result, err
	}
}

// unfenced is a store that cannot compare.
type unfenced struct{ runtimehooks.IdempotencyStore }

func TestFence(t *testing.T) {
	newService := func() *gates.Service { return &gates.Service{Store: &store{values: map[string]value{}}} }
	type answer struct {
		result int
		err    error
	}
	pay := func(t *testing.T, s *gates.Service, work func(context.Context) (int, error)) chan answer {
		answers := make(chan answer, 1)
		go func() {
			result, err := s.Pay(t.Context(), "key", work)
			answers <- answer{result, err}
		}()
		synctest.Wait()
		return answers
	}
	none := func(t *testing.T) func(context.Context) (int, error) {
		return func(context.Context) (int, error) {
			t.Error("body must not run")
			return 0, nil
		}
	}
	harness.Run(t, "an owner whose lease is over and that fails leaves the claim of the next", func(t *testing.T) {
		s := newService()
		first := pay(t, s, after(45*time.Second, 0, harness.ErrBoom)) // twice, as it is retried: 90s
		time.Sleep(61 * time.Second)
		second := pay(t, s, after(50*time.Second, 2, nil))
		harness.Is(t, (<-first).err, harness.ErrBoom)
		_, err := s.Pay(t.Context(), "key", none(t))
		harness.Is(t, err, runtimehooks.ErrInProgress)
		harness.Equal(t, "result", (<-second).result, 2)
	})
	harness.Run(t, "an owner whose lease is over gets the result of the next", func(t *testing.T) {
		s := newService()
		first := pay(t, s, after(90*time.Second, 1, nil))
		time.Sleep(61 * time.Second)
		got, err := s.Pay(t.Context(), "key", after(0, 2, nil))
		harness.OK(t, err)
		harness.Equal(t, "result", got, 2)
		late := <-first
		harness.OK(t, late.err)
		harness.Equal(t, "late result", late.result, 2)
		got, err = s.Pay(t.Context(), "key", none(t))
		harness.OK(t, err)
		harness.Equal(t, "stored result", got, 2)
	})
	harness.Run(t, "an owner whose lease is over is told that the next still runs", func(t *testing.T) {
		s := newService()
		first := pay(t, s, after(90*time.Second, 1, nil))
		time.Sleep(61 * time.Second)
		second := pay(t, s, after(50*time.Second, 2, nil))
		harness.Is(t, (<-first).err, runtimehooks.ErrSuperseded)
		harness.Equal(t, "result", (<-second).result, 2)
		got, err := s.Pay(t.Context(), "key", none(t))
		harness.OK(t, err)
		harness.Equal(t, "stored result", got, 2)
	})
	harness.Run(t, "an owner whose lease is over and that nobody follows stores its result", func(t *testing.T) {
		s := newService()
		first := <-pay(t, s, after(90*time.Second, 1, nil))
		harness.OK(t, first.err)
		got, err := s.Pay(t.Context(), "key", none(t))
		harness.OK(t, err)
		harness.Equal(t, "stored result", got, first.result)
	})
	harness.Run(t, "an owner that is gone blocks its key no longer than its lease", func(t *testing.T) {
		s := newService()
		pay(t, s, after(time.Hour, 1, nil))
		time.Sleep(59 * time.Second)
		_, err := s.Pay(t.Context(), "key", none(t))
		harness.Is(t, err, runtimehooks.ErrInProgress)
		time.Sleep(time.Second)
		got, err := s.Pay(t.Context(), "key", after(0, 2, nil))
		harness.OK(t, err)
		harness.Equal(t, "result", got, 2)
		time.Sleep(time.Hour)
	})
	harness.Run(t, "the same key with other arguments is refused", func(t *testing.T) {
		s := newService()
		for range 2 {
			got, err := s.Charge(t.Context(), "alice", 100)
			harness.OK(t, err)
			harness.Equal(t, "result", got, "alice pays 100")
			_, err = s.Charge(t.Context(), "alice", 999)
			harness.Is(t, err, runtimehooks.ErrKeyReused)
		}
	})
	harness.Run(t, "keys that hide themselves are different requests", func(t *testing.T) {
		s := newService()
		for _, key := range []gates.APIKey{"alice", "bob"} {
			got, err := s.Charge(t.Context(), key, 100)
			harness.OK(t, err)
			harness.Equal(t, "result", got, string(key)+" pays 100")
		}
	})
	harness.Run(t, "arguments that need not be the same are not compared", func(t *testing.T) {
		s := newService()
		for _, cents := range []int{100, 999} {
			got, err := s.Repeat(t.Context(), "key", cents)
			harness.OK(t, err)
			harness.Equal(t, "result", got, 100)
		}
	})
	harness.Run(t, "a store that is no fence is refused", func(t *testing.T) {
		s := &gates.Service{Store: unfenced{&store{values: map[string]value{}}}}
		_, err := s.Pay(t.Context(), "key", none(t))
		if err == nil || !strings.Contains(err.Error(), "IdempotencyFence") || errors.Is(err, runtimehooks.ErrInProgress) {
			t.Errorf("error must say what the store lacks, not: %v", err)
		}
	})
}
