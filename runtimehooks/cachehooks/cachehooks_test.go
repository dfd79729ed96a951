package cachehooks

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

func TestStore(t *testing.T) {
	other := func(s string) runtimehooks.Key { return textKey(s).Int(1) }
	for name, key := range map[string]func(string) runtimehooks.Key{"text": textKey, "other": other} {
		s := New(10, 0)
		if v, ok := s.Get(key("a")); v != nil || ok {
			t.Errorf("%s: got %v, %v of an empty store", name, v, ok)
		}
		s.Set(key("a"), 1)
		s.Set(key("nil"), nil)
		s.Set(key(""), "empty key")
		s.Set(key("a"), 2)
		for k, want := range map[string]any{"a": 2, "nil": nil, "": "empty key"} {
			if v, ok := s.Get(key(k)); v != want || !ok {
				t.Errorf("%s %q: got %v, %v, want %v", name, k, v, ok, want)
			}
		}
		s.Delete(key("a"))
		s.Delete(key("never there"))
		if _, ok := s.Get(key("a")); ok || s.Len() != 2 {
			t.Errorf("%s: a deleted key is there, or %d entries are not 2", name, s.Len())
		}
	}
}

// Entries expire to the nanosecond, each on its own, and setting one begins its time again.
func TestExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(10, time.Minute)
		s.Set(textKey("a"), 1)
		time.Sleep(30 * time.Second)
		s.Set(textKey("b"), 1)
		time.Sleep(30*time.Second - 1)
		if _, ok := s.Get(textKey("a")); !ok {
			t.Error("gone before its time")
		}
		time.Sleep(time.Nanosecond)
		if v, ok := s.Get(textKey("a")); ok || v != nil || s.Len() != 1 {
			t.Errorf("got %v, %v after its time, %d entries are left", v, ok, s.Len())
		}
		s.Set(textKey("b"), 2)
		time.Sleep(time.Minute - 1)
		if v, ok := s.Get(textKey("b")); v != 2 || !ok {
			t.Errorf("got %v, %v, want the time to begin anew", v, ok)
		}
	})
}

func TestNeverExpires(t *testing.T) {
	for _, ttl := range []time.Duration{0, -1, math.MaxInt64, math.MaxInt64 - 1} {
		synctest.Test(t, func(t *testing.T) {
			s := New(10, ttl)
			time.Sleep(1000 * time.Hour)
			s.Set(textKey("a"), 1)
			time.Sleep(100_000 * time.Hour)
			if _, ok := s.Get(textKey("a")); !ok {
				t.Errorf("ttl %d: gone", ttl)
			}
		})
	}
}

// What is expired goes when it is asked for, and what has come in its place stays.
func TestExpiredOnesGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(1000, time.Minute).(*store)
		for i := range 1000 {
			s.Set(textKey(fmt.Sprint(i)), i)
		}
		time.Sleep(time.Minute)
		s.Set(textKey("0"), "new")
		s.texts.discard("0")
		for i := range 1000 {
			s.Get(textKey(fmt.Sprint(i)))
		}
		if v, _ := s.Get(textKey("0")); v != "new" || s.Len() != 1 {
			t.Errorf("got %v, %d entries are left, want the new one alone", v, s.Len())
		}
	})
}

// The bound holds whatever comes, and keys that are used often stay, also through a scan of keys
// that come once.
func TestBound(t *testing.T) {
	for _, size := range []int{-1, 0, 1, 2, 100, 5000} {
		s := New(size, time.Hour)
		for i := range 20_000 {
			s.Set(textKey(fmt.Sprint(i)), i)
			if n := s.Len(); n > max(size, 1)+64 {
				t.Fatalf("size %d: %d entries", size, n)
			}
		}
		if n := s.Len(); n > max(size, 1) {
			t.Errorf("size %d: %d entries in the end", size, n)
		}
	}
	s := New(100, time.Hour)
	for range 20 {
		for i := range 50 {
			if _, ok := s.Get(textKey(fmt.Sprint("hot ", i))); !ok {
				s.Set(textKey(fmt.Sprint("hot ", i)), i)
			}
		}
	}
	for i := range 500 {
		s.Set(textKey(fmt.Sprint("once ", i)), i)
	}
	stayed := 0
	for i := range 50 {
		if _, ok := s.Get(textKey(fmt.Sprint("hot ", i))); ok {
			stayed++
		}
	}
	if stayed < 40 {
		t.Errorf("%d of 50 often used keys survived a scan", stayed)
	}
}

// A program that makes stores and drops them has no more goroutines than before, at any time.
func TestNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		s := New(100, time.Millisecond)
		for i := range 2000 {
			s.Set(textKey(fmt.Sprint(i)), i)
			s.Get(textKey(fmt.Sprint(i / 2)))
		}
		if n := runtime.NumGoroutine(); n > before {
			t.Fatalf("%d goroutines, before %d", n, before)
		}
	}
}

// A value is never one of another key, nor an older one than its own goroutine has set, whoever
// uses the store as well.
func TestConcurrently(t *testing.T) {
	s := New(200, time.Hour)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			last := map[string]int{}
			for i := range 5000 {
				key := fmt.Sprint(g, " ", rand.IntN(100))
				switch i % 4 {
				case 0:
					s.Set(textKey(key), i)
					last[key] = i
				case 1:
					s.Get(textKey(fmt.Sprint((g+1)%8, " ", i%100)))
				case 2:
					if v, ok := s.Get(textKey(key)); ok && v != last[key] {
						t.Errorf("%s: got %v, want %v", key, v, last[key])
					}
				default:
					if i%40 == 3 {
						s.Delete(textKey(key))
					}
				}
			}
		})
	}
	all.Wait()
	s.Get(textKey("upkeep"))
	if n := s.Len(); n > 200+64 {
		t.Errorf("%d entries", n)
	}
}

func TestHitAllocatesNothing(t *testing.T) {
	s := New(100, time.Hour)
	s.Set(textKey("a"), 1)
	if n := testing.AllocsPerRun(1000, func() { s.Get(textKey("a")) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkHit(b *testing.B) {
	keys := make([]string, 1024)
	for name, ttl := range map[string]time.Duration{"ttl": time.Hour, "for ever": 0} {
		s := New(10_000, ttl)
		for i := range keys {
			keys[i] = fmt.Sprintf("tenant:%08d", i)
			s.Set(textKey(keys[i]), i)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Get(textKey(keys[i%1024]))
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					s.Get(textKey(keys[i%1024]))
				}
			})
		})
	}
}

func BenchmarkSet(b *testing.B) {
	keys := make([]string, 100_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("tenant:%08d", i)
	}
	s := New(10_000, time.Hour)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Set(textKey(keys[i%len(keys)]), nil)
	}
}

// textKey returns the key of one string.
func textKey(s string) runtimehooks.Key { return runtimehooks.Key{}.Text(s) }
