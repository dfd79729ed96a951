package runtimehooks

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shelf is a cache without bounds, apart from its time.
type shelf struct {
	mu      sync.Mutex
	ttl     time.Duration
	entries map[Key]any
	until   map[Key]time.Time
}

func newShelf(_ int, ttl time.Duration) CacheStore {
	return &shelf{ttl: ttl, entries: map[Key]any{}, until: map[Key]time.Time{}}
}

func (s *shelf) Get(key Key) (any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.entries[key]
	return v, ok && (s.ttl == 0 || time.Now().Before(s.until[key]))
}

func (s *shelf) Set(key Key, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[key], s.until[key] = value, time.Now().Add(s.ttl)
}

func (s *shelf) Delete(key Key) { delete(s.entries, key) }
func (s *shelf) Len() int       { return len(s.entries) }

// kept calls body as a function woven with cache and fallback does.
func kept(ctx context.Context, site *Site, key string, body func(context.Context) (*request, error)) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if v, ok := call.Cached(&err, call.Key().Text(key)); ok {
		r0, _ = v[0].(*request)
		return
	}
	call.Start(ctx)
	for call.Next(&err) {
		r0, err = func(ctx context.Context) (*request, error) {
			return body(ctx)
		}(call.Context())
	}
	if call.Fallback(&err) {
		r0, err = &request{ID: "fallback"}, nil
	}
	call.Keep(&err, r0)
	return
}

func caching() *Site {
	return &Site{Function: function, Aspects: Aspects{Cache: &Cache{Size: 10, TTL: time.Minute, Store: newShelf}}}
}

func TestCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site, calls := caching(), 0
		get := func(key string) *request {
			r, err := kept(t.Context(), site, key, func(context.Context) (*request, error) { calls++; return &request{ID: key}, nil })
			if err != nil || r.ID != key {
				t.Errorf("key %s: %v, %v", key, r, err)
			}
			return r
		}
		if a := get("a"); a != get("a") || calls != 1 {
			t.Errorf("%d calls for one key, want 1", calls)
		}
		get("b")
		time.Sleep(time.Minute)
		synctest.Wait()
		get("a")
		if calls != 3 {
			t.Errorf("%d calls, want 3: another key, and one after its time", calls)
		}
	})
}

// A result that is nil is a result.
func TestCacheOfNil(t *testing.T) {
	site, calls := caching(), 0
	for range 2 {
		r, err := kept(t.Context(), site, "a", func(context.Context) (*request, error) { calls++; return nil, nil })
		if r != nil || err != nil {
			t.Errorf("%v, %v", r, err)
		}
	}
	if calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

func TestNegativeCache(t *testing.T) {
	for negative, want := range map[bool]int{false: 2, true: 1} {
		site, calls := caching(), 0
		site.Cache.Negative = negative
		for range 2 {
			if _, err := kept(t.Context(), site, "a", func(context.Context) (*request, error) { calls++; return nil, errBusy }); err != errBusy {
				t.Errorf("error is %v", err)
			}
		}
		if calls != want {
			t.Errorf("negative %v: %d calls, want %d", negative, calls, want)
		}
	}
}

// Refusals are about this moment, and are not kept.
func TestRefusalsAreNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := caching()
		site.Cache.Negative, site.Timeout = true, &Timeout{After: time.Second}
		kept(t.Context(), site, "a", func(ctx context.Context) (*request, error) { <-ctx.Done(); return nil, ctx.Err() })
		if r, err := kept(t.Context(), site, "a", func(context.Context) (*request, error) { return &request{}, nil }); r == nil || err != nil {
			t.Errorf("a timeout was kept: %v", err)
		}
	})
}

// What the fallback answered is good for those that wait, and for nobody after them.
func TestFallbackIsNotKept(t *testing.T) {
	site := caching()
	site.Fallback = &Fallback{}
	if r, err := kept(t.Context(), site, "a", func(context.Context) (*request, error) { return nil, errBusy }); err != nil || r.ID != "fallback" {
		t.Errorf("%v, %v", r, err)
	}
	if r, _ := kept(t.Context(), site, "a", func(context.Context) (*request, error) { return &request{ID: "body"}, nil }); r.ID != "body" {
		t.Errorf("result is that of %s", r.ID)
	}
}

// Of many callers at a time one does the work; a caller's cancel is its own affair; a panic is
// everybody's.
func TestFlight(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(context.Context) (*request, error)
		calls int
		ok    int // callers that get a result
		fall  int // callers that panic
	}{
		"result": {func(context.Context) (*request, error) { time.Sleep(time.Second); return &request{}, nil }, 1, 50, 0},
		"error":  {func(context.Context) (*request, error) { time.Sleep(time.Second); return nil, errBusy }, 1, 0, 0},
		"panic":  {func(context.Context) (*request, error) { time.Sleep(time.Second); panic("flight") }, 1, 0, 50},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				site := caching()
				var mu sync.Mutex
				calls, ok, fell := 0, 0, 0
				for range 50 {
					go func() {
						defer func() {
							mu.Lock()
							defer mu.Unlock()
							if recover() != nil {
								fell++
							}
						}()
						_, err := kept(t.Context(), site, "a", func(ctx context.Context) (*request, error) {
							mu.Lock()
							calls++
							mu.Unlock()
							return c.end(ctx)
						})
						mu.Lock()
						defer mu.Unlock()
						if err == nil {
							ok++
						}
					}()
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if calls != c.calls || ok != c.ok || fell != c.fall {
					t.Errorf("%d calls, %d results, %d panics, want %d, %d, %d", calls, ok, fell, c.calls, c.ok, c.fall)
				}
			})
		})
	}
}

func TestLeaderIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := caching()
		ctx, cancel := context.WithCancel(t.Context())
		body := func(ctx context.Context) (*request, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(time.Second):
				return &request{}, nil
			}
		}
		go func() {
			if _, err := kept(ctx, site, "a", body); !errors.Is(err, context.Canceled) {
				t.Errorf("the leader's error is %v", err)
			}
		}()
		synctest.Wait()
		go func() {
			if r, err := kept(t.Context(), site, "a", body); r == nil || err != nil {
				t.Errorf("the follower gets %v", err)
			}
		}()
		synctest.Wait()
		cancel()
		time.Sleep(time.Minute)
		synctest.Wait()
	})
}

func TestFallbackConditions(t *testing.T) {
	busy, fatal := &errBusy, &errFatal
	for _, c := range []struct {
		name string
		f    Fallback
		err  error
		fell bool
	}{
		{"any error", Fallback{}, errBusy, true},
		{"success", Fallback{}, nil, false},
		{"on, hit", Fallback{On: []*error{busy}}, errBusy, true},
		{"on, miss", Fallback{On: []*error{busy}}, errFatal, false},
		{"skip, hit", Fallback{Skip: []*error{fatal}}, errFatal, false},
		{"skip, miss", Fallback{Skip: []*error{fatal}}, errBusy, true},
		{"skip beats on", Fallback{On: []*error{busy}, Skip: []*error{busy}}, errBusy, false},
	} {
		r, _ := kept(t.Context(), &Site{Function: function, Aspects: Aspects{Fallback: &c.f}}, "", func(context.Context) (*request, error) { return &request{ID: "body"}, c.err })
		if fell := r.ID == "fallback"; fell != c.fell {
			t.Errorf("%s: fell back is %v, want %v", c.name, fell, c.fell)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := kept(ctx, &Site{Function: function, Aspects: Aspects{Fallback: &Fallback{}}}, "", func(context.Context) (*request, error) { cancel(); return nil, errBusy })
	if r != nil {
		t.Error("a caller that has gone gets an answer")
	}
}
