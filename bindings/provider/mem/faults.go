package mem

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// faults decides which operations go wrong, and how. The same seed decides the same for the same
// order of operations.
type faults struct {
	latency                  time.Duration
	errors, lost, duplicates float64
	reordering               float64 // of topics
	leases                   float64 // of locks
	crashes                  float64 // of runs of workflows

	mu     sync.Mutex
	random *rand.Rand
}

// parseFaults returns the faults that a URL asks for, nil if none.
func parseFaults(target bindings.Target) (*faults, error) {
	f := &faults{}
	var seed int64
	var err error
	if f.latency, err = target.Duration("latency", 0); err != nil {
		return nil, err
	}
	if seed, err = target.Int("seed", 0); err != nil {
		return nil, err
	}
	for _, o := range []struct {
		name  string
		share *float64
	}{{"duplicates", &f.duplicates}, {"errors", &f.errors}, {"leases", &f.leases}, {"lost", &f.lost}, {"reordering", &f.reordering}} {
		if *o.share, err = target.Float(o.name, 0); err != nil {
			return nil, err
		}
		if *o.share < 0 || *o.share > 1 {
			return nil, fmt.Errorf("parse option %s: %v must be from 0 to 1", o.name, *o.share)
		}
	}
	if f.crashes, err = target.Float("crashes", 0); err != nil {
		return nil, err
	}
	if f.crashes < 0 || f.crashes > 0.9 {
		return nil, fmt.Errorf("parse option crashes: %v must be from 0 to 0.9, because a run that always crashes never ends", f.crashes)
	}
	if f.crashes == 0 && f.latency == 0 && f.errors == 0 && f.lost == 0 && f.duplicates == 0 && f.reordering == 0 && f.leases == 0 {
		return nil, nil
	}
	f.random = rand.New(rand.NewPCG(uint64(seed), 0))
	return f, nil
}

// drawn is what happens to one operation.
type drawn struct {
	wait               time.Duration
	fail, lose, double bool
}

// draw decides about the next operation. It takes the same numbers whatever the outcome, so that
// one option does not change what another decides.
func (f *faults) draw() drawn {
	f.mu.Lock()
	defer f.mu.Unlock()
	wait, fail, lose, double := f.random.Float64(), f.random.Float64(), f.random.Float64(), f.random.Float64()
	return drawn{time.Duration(wait * float64(f.latency)), fail < f.errors, lose < f.lost, double < f.duplicates}
}

// around does an operation with the faults that were drawn for it. f may be nil.
func around[T any](ctx context.Context, f *faults, do func() (T, error)) (T, error) {
	if f == nil {
		return do()
	}
	var none T
	d := f.draw()
	if d.wait > 0 {
		timer := time.NewTimer(d.wait)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case <-timer.C:
		}
	}
	if d.fail {
		return none, errInjected
	}
	result, err := do()
	if err == nil && d.lose {
		return none, errLost
	}
	return result, err
}

var (
	errInjected = bindings.Errorf(bindings.Unavailable, "injected fault")
	errLost     = bindings.Errorf(bindings.Unavailable, "injected fault: the answer is lost")
)

// crash decides whether the execution of a run ends here. f may be nil.
func (f *faults) crash() bool {
	if f == nil || f.crashes == 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.random.Float64() < f.crashes
}
