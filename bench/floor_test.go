package bench

import (
	"context"
	"runtime"
	"testing"
)

// floor is what a call of the eight concerns costs at least, as one fused and precomputed function
// where the caller's deadline is sooner than the timeout: what OpenTelemetry allocates for a span
// and a record, and little more.
var floor = map[string]cost{"noop": {112, 2}, "unsampled": {208, 3}, "sampled": {1200, 5}}

// cost is what one call allocates.
type cost struct{ bytes, objects float64 }

// atMost reports whether c is at most a tenth over d.
func (c cost) atMost(d cost) bool { return c.bytes <= 1.1*d.bytes && c.objects <= 1.1*d.objects }

// TestFloor says that woven code allocates no more than the floor, and no more than a careful
// person's code in any stack.
func TestFloor(t *testing.T) {
	needOn(t)
	for _, s := range stacks() {
		for _, tr := range tracings() {
			t.Run(s.name+"/"+tr.name, func(t *testing.T) {
				install(t, tr.provider())
				ctx := s.ctx(t)
				woven := allocated(ctx, s.wrap(wovenContender())(&Stock{}, firstPause))
				hand := allocated(ctx, s.wrap(handContender())(&Stock{}, firstPause))
				if !woven.atMost(hand) {
					t.Errorf("woven allocates %.0f bytes in %.1f objects, hand %.0f in %.1f", woven.bytes, woven.objects, hand.bytes, hand.objects)
				}
				if f := floor[tr.name]; s.name == "eight-sooner" && !woven.atMost(f) {
					t.Errorf("woven allocates %.0f bytes in %.1f objects, want at most %.0f in %.0f", woven.bytes, woven.objects, f.bytes, f.objects)
				}
			})
		}
	}
}

// allocated returns what one call of f allocates: the least of several readings, because others may
// allocate meanwhile.
func allocated(ctx context.Context, f Function) cost {
	const calls = 500
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	least := cost{}
	for range 6 { // the first prepares what is prepared once
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range calls {
			if _, err := f(ctx, 1); err != nil {
				panic(err)
			}
		}
		runtime.ReadMemStats(&after)
		c := cost{float64(after.TotalAlloc-before.TotalAlloc) / calls, float64(after.Mallocs-before.Mallocs) / calls}
		if least.objects == 0 || c.bytes < least.bytes {
			least = c
		}
	}
	return least
}
