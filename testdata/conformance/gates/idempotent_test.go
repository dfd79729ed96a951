package gates_test

import (
	"bytes"
	"context"
	"reflect"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/gates"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// store is an IdempotencyStore in memory.
type store struct {
	mu     sync.Mutex
	values map[string]value
	err    error // of PutIfAbsent, if it is to fail
}

// value is an entry of a store.
type value struct {
	data  []byte
	until time.Time
}

// get returns what the key has now.
func (s *store) get(key string) ([]byte, bool) {
	v, ok := s.values[key]
	return v.data, ok && time.Now().Before(v.until)
}

func (s *store) Get(_ context.Context, key string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.get(key)
	return data, ok, nil
}

func (s *store) PutIfAbsent(_ context.Context, key string, data []byte, ttl time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return false, s.err
	}
	if _, ok := s.get(key); ok {
		return false, nil
	}
	s.values[key] = value{data, time.Now().Add(ttl)}
	return true, nil
}

func (s *store) CompareAndSwap(_ context.Context, key string, old, data []byte, ttl time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now, ok := s.get(key); !ok || !bytes.Equal(now, old) {
		return false, nil
	}
	s.values[key] = value{data, time.Now().Add(ttl)}
	return true, nil
}

func (s *store) CompareAndDelete(_ context.Context, key string, old []byte) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now, ok := s.get(key); !ok || !bytes.Equal(now, old) {
		return false, nil
	}
	delete(s.values, key)
	return true, nil
}

func TestIdempotent(t *testing.T) {
	newService := func() *gates.Service { return &gates.Service{Store: &store{values: map[string]value{}}} }
	returns := func(calls *int, results ...error) func(context.Context) (int, error) {
		return func(context.Context) (int, error) {
			err := results[min(*calls, len(results)-1)]
			*calls++
			return *calls, err
		}
	}
	harness.Run(t, "a second call gets the result of the first", func(t *testing.T) {
		s, calls := newService(), 0
		for range 3 {
			got, err := s.Pay(t.Context(), "key", returns(&calls, nil))
			harness.OK(t, err)
			harness.Equal(t, "result", got, 1)
		}
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "other keys are other calls", func(t *testing.T) {
		s, calls := newService(), 0
		for i, key := range []string{"one", "other"} {
			got, err := s.Pay(t.Context(), key, returns(&calls, nil))
			harness.OK(t, err)
			harness.Equal(t, "result", got, i+1)
		}
	})
	harness.Run(t, "a call that failed may be made again", func(t *testing.T) {
		s, calls := newService(), 0
		_, err := s.Pay(t.Context(), "key", returns(&calls, harness.ErrBoom))
		harness.Is(t, err, harness.ErrBoom)
		got, err := s.Pay(t.Context(), "key", returns(&calls, nil))
		harness.OK(t, err)
		harness.Equal(t, "result", got, 3)
	})
	harness.Run(t, "a call is refused while another runs", func(t *testing.T) {
		s := newService()
		gate, first := make(chan struct{}), make(chan error, 1)
		go func() {
			_, err := s.Pay(t.Context(), "key", func(context.Context) (int, error) { <-gate; return 1, nil })
			first <- err
		}()
		synctest.Wait()
		calls := 0
		_, err := s.Pay(t.Context(), "key", returns(&calls, nil))
		harness.Is(t, err, runtimehooks.ErrInProgress)
		harness.Equal(t, "calls", calls, 0)
		close(gate)
		harness.OK(t, <-first)
	})
	for _, d := range []struct {
		name  string
		leave func()
	}{{"a panic", func() { panic("boom") }}, {"Goexit", runtime.Goexit}} {
		harness.Run(t, d.name+" gives the key back", func(t *testing.T) {
			s, left := newService(), make(chan any, 1)
			go func() {
				defer func() { left <- recover() }()
				_, _ = s.Pay(t.Context(), "key", func(context.Context) (int, error) { d.leave(); return 0, nil })
			}()
			<-left
			calls := 0
			_, err := s.Pay(t.Context(), "key", returns(&calls, nil))
			harness.OK(t, err)
			harness.Equal(t, "calls", calls, 1)
		})
	}
	harness.Run(t, "a call may wait for the result of another", func(t *testing.T) {
		s, want := newService(), &gates.Receipt{ID: "x", Lines: []int{1, 2}}
		go func() {
			_, err := s.Wait(t.Context(), "key", func(context.Context) (*gates.Receipt, error) {
				time.Sleep(time.Second)
				return want, nil
			})
			harness.OK(t, err)
		}()
		synctest.Wait()
		got, err := s.Wait(t.Context(), "key", func(context.Context) (*gates.Receipt, error) {
			t.Error("body must not run")
			return nil, nil
		})
		harness.OK(t, err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("result must be %v, not %v", want, got)
		}
	})
	harness.Run(t, "nil is a result that is kept", func(t *testing.T) {
		s, calls := newService(), 0
		for range 2 {
			got, err := s.Wait(t.Context(), "key", func(context.Context) (*gates.Receipt, error) { calls++; return nil, nil })
			harness.OK(t, err)
			harness.Equal(t, "result", got, nil)
		}
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "the body does not run when the store fails", func(t *testing.T) {
		s := &gates.Service{Store: &store{values: map[string]value{}, err: harness.ErrBoom}}
		calls := 0
		_, err := s.Pay(t.Context(), "key", returns(&calls, nil))
		harness.Is(t, err, harness.ErrBoom)
		harness.Equal(t, "calls", calls, 0)
	})
}
