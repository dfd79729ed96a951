package flight

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/keyed"
)

var errBusy = errors.New("busy")

// joined is what came of a Join on another goroutine.
type joined struct {
	lead   Lead
	result Result
	err    error
	done   bool
}

func join(ctx context.Context, g *Group, key string) *joined {
	j := new(joined)
	go func() {
		lead, result, err := g.Join(ctx, textKey(key))
		*j = joined{lead, result, err, true}
	}()
	synctest.Wait()
	return j
}

func lead(t *testing.T, g *Group, key string) Lead {
	t.Helper()
	l, _, err := g.Join(t.Context(), textKey(key))
	if !l.Held() || err != nil {
		t.Fatalf("no lead, error %v", err)
	}
	return l
}

// All that wait get what the leader got, a nil value or an error too, and the flight is over.
func TestResult(t *testing.T) {
	for _, want := range []Result{{Value: 7}, {}, {Err: errBusy}, {Value: 7, Err: errBusy}, {Panic: "broken"}} {
		synctest.Test(t, func(t *testing.T) {
			var g Group
			l := lead(t, &g, "k")
			var waiters []*joined
			for range 5 {
				waiters = append(waiters, join(t.Context(), &g, "k"))
			}
			if other := join(t.Context(), &g, "other"); !other.lead.Held() {
				t.Error("another key is another flight")
			} else {
				other.lead.Finish(nil, nil)
			}
			if want.Panic != nil {
				l.Panic(want.Panic)
			} else {
				l.Finish(want.Value, want.Err)
			}
			synctest.Wait()
			for i, w := range waiters {
				if !w.done || w.lead.Held() || w.err != nil || w.result != want {
					t.Errorf("waiter %d got %+v, want %+v", i, w, want)
				}
			}
			if g.Len() != 0 {
				t.Error("the flight is still there")
			}
			lead(t, &g, "k").Abandon()
		})
	}
}

// A caller waits as long as its own context lets it, and the others go on.
func TestWaiterLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		l := lead(t, &g, "k")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		short, long := join(ctx, &g, "k"), join(t.Context(), &g, "k")
		time.Sleep(time.Second)
		synctest.Wait()
		if short.err != context.DeadlineExceeded || long.done {
			t.Errorf("the short one got %v, the long one has ended: %v", short.err, long.done)
		}
		l.Finish(1, nil)
		synctest.Wait()
		if long.result.Value != 1 {
			t.Errorf("got %+v", long)
		}
	})
}

// A leader that gives up fails nobody: those that wait lead one after another, in the order in
// which they came. singleflight fails them all with the leader's error.
func TestAbandon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		l := lead(t, &g, "k")
		first, second, third := join(t.Context(), &g, "k"), join(t.Context(), &g, "k"), join(t.Context(), &g, "k")
		l.Abandon()
		synctest.Wait()
		if !first.lead.Held() || second.done || third.done {
			t.Fatal("want the first one to lead, and the others to wait")
		}
		first.lead.Abandon()
		synctest.Wait()
		if !second.lead.Held() || third.done {
			t.Fatal("want the second one to lead, and the third to wait")
		}
		second.lead.Finish(2, nil)
		synctest.Wait()
		if third.result.Value != 2 || g.Len() != 0 {
			t.Errorf("the third got %+v, %d flights are left", third, g.Len())
		}
		lead(t, &g, "k").Abandon()
		if g.Len() != 0 {
			t.Error("an abandoned flight for which nobody waits is still there")
		}
	})
}

// A lead is ended once: what an earlier leader says later is nothing to the flight of the next one.
func TestEndsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		old := lead(t, &g, "k")
		next := join(t.Context(), &g, "k")
		last := join(t.Context(), &g, "k")
		old.Abandon()
		synctest.Wait()
		old.Abandon()
		old.Finish("old", nil)
		old.Panic("old")
		synctest.Wait()
		if last.done || !next.lead.Held() {
			t.Fatal("the old lead still counts")
		}
		next.lead.Finish("new", nil)
		next.lead.Abandon()
		next.lead.Finish("again", nil)
		synctest.Wait()
		if last.result.Value != "new" {
			t.Errorf("got %+v", last.result)
		}
		another := lead(t, &g, "k")
		next.lead.Abandon()
		old.Finish(nil, nil)
		if g.Len() != 1 {
			t.Error("an old lead ended a new flight")
		}
		another.Finish(nil, nil)
		Lead{}.Finish(nil, nil)
		Lead{}.Abandon()
	})
}

// The lead never goes to a caller that has gone away, whenever it went.
func TestLeadOfLeaver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 100 { // select may choose either
			var g Group
			l := lead(t, &g, "k")
			ctx, cancel := context.WithCancel(t.Context())
			leaver, other := join(ctx, &g, "k"), join(t.Context(), &g, "k")
			cancel()
			l.Abandon()
			synctest.Wait()
			if leaver.lead.Held() || leaver.err != context.Canceled || !other.lead.Held() {
				t.Fatalf("the leaver got %+v, the other one leads: %v", leaver, other.lead.Held())
			}
			other.lead.Finish(nil, nil)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			var g Group
			l := lead(t, &g, "k")
			ctx, cancel := context.WithCancel(t.Context())
			leaver := join(ctx, &g, "k")
			cancel()
			l.Abandon()
			synctest.Wait()
			if leaver.lead.Held() || g.Len() != 0 {
				t.Fatalf("the leaver got %+v, %d flights are left", leaver, g.Len())
			}
			lead(t, &g, "k").Finish(nil, nil)
		}
	})
}

// One that leaves a flight just as it ends does not take the next flight of the key with it.
func TestLeavesAsItEnds(t *testing.T) {
	var g Group
	l := lead(t, &g, "k")
	f, _ := g.board(textKey("k"))
	l.Finish(1, nil)
	next := lead(t, &g, "k")
	f.leave()
	if g.Len() != 1 {
		t.Error("the next flight is gone")
	}
	next.Finish(2, nil)
}

// Whatever happens to leaders and to those that wait, nobody waits forever, one leads at a time,
// and nothing is left.
func TestPressure(t *testing.T) {
	var g Group
	var leading [4]atomic.Int32
	var led, got, left atomic.Int64
	var all sync.WaitGroup
	for n := range 64 {
		all.Go(func() {
			for i := range 300 {
				k := (n + i) % len(leading)
				ctx, cancel := context.WithCancel(t.Context())
				if i%5 == 0 {
					time.AfterFunc(time.Duration(i)*100, cancel)
				}
				l, result, err := g.Join(ctx, textKey(fmt.Sprint(k)))
				switch {
				case l.Held():
					led.Add(1)
					if leading[k].Add(1) != 1 {
						t.Error("two lead at a time")
					}
					leading[k].Add(-1)
					switch i % 4 {
					case 0:
						l.Abandon()
					case 1:
						l.Panic("broken")
					default:
						l.Finish(k, nil)
						l.Abandon()
					}
				case err != nil:
					left.Add(1)
				default:
					got.Add(1)
					if result.Panic == nil && result.Value != k {
						t.Errorf("got %+v for %d", result, k)
					}
				}
				cancel()
			}
		})
	}
	all.Wait()
	if g.Len() != 0 || led.Load()+got.Load()+left.Load() != 64*300 {
		t.Errorf("%d flights are left; %d led, %d got, %d left", g.Len(), led.Load(), got.Load(), left.Load())
	}
}

// A flight for which nobody waits is one allocation.
func TestAllocations(t *testing.T) {
	var g Group
	if n := testing.AllocsPerRun(100, func() {
		l, _, _ := g.Join(t.Context(), textKey("k"))
		l.Finish(nil, nil)
	}); n > 1 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAlone(b *testing.B) {
	var g Group
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		l, _, _ := g.Join(ctx, textKey("key"))
		l.Finish(nil, nil)
	}
}

func BenchmarkTogether(b *testing.B) {
	var g Group
	ctx := context.Background()
	b.SetParallelism(8)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if l, _, _ := g.Join(ctx, textKey("key")); l.Held() {
				l.Finish(nil, nil)
			}
		}
	})
}

// textKey returns the key of one string.
func textKey(s string) keyed.Key { return keyed.Key{}.Text(s) }
