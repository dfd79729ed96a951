package runtimehooks

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestProbeFailsAndReopens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := guarded()
		fails(t.Context(), site, 2)
		time.Sleep(time.Minute)
		fails(t.Context(), site, 1)
		time.Sleep(59 * time.Second)
		if err := attempts(t.Context(), site, succeed); !errors.Is(err, ErrOpen) {
			t.Errorf("error is %v, want a new cooldown", err)
		}
	})
}

// Half-open lets exactly the probes through, however many ask at once. gowrap's admits 50 of 50.
func TestHalfOpenHerd(t *testing.T) {
	for _, probes := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			site := guarded()
			site.Breaker.Probes = probes
			fails(t.Context(), site, 2)
			time.Sleep(time.Minute)
			var admitted, refused atomic.Int32
			var herd sync.WaitGroup
			for range 50 {
				herd.Go(func() {
					err := attempts(t.Context(), site, func(context.Context) error {
						admitted.Add(1)
						time.Sleep(time.Second)
						return nil
					})
					if open := new(OpenError); errors.As(err, &open) && open.HalfOpen && open.RetryAfter() == time.Minute {
						refused.Add(1)
					}
				})
			}
			herd.Wait()
			if int(admitted.Load()) != probes || int(refused.Load()) != 50-probes {
				t.Errorf("%d admitted and %d refused, want %d and %d", admitted.Load(), refused.Load(), probes, 50-probes)
			}
			if err := attempts(t.Context(), site, succeed); err != nil {
				t.Errorf("after %d successes: %v", probes, err)
			}
		})
	}
}

// A half-open breaker lets no more calls through than it takes to close it, one after another
// either.
func TestHalfOpenCountsSuccesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := guarded()
		site.Breaker.Probes = 2
		fails(t.Context(), site, 2)
		time.Sleep(time.Minute)
		attempts(t.Context(), site, succeed)
		attempts(t.Context(), site, func(context.Context) error {
			if err := attempts(t.Context(), site, succeed); !errors.Is(err, ErrOpen) {
				t.Errorf("error is %v: one success and a probe that is out are two", err)
			}
			return nil
		})
		if err := attempts(t.Context(), site, succeed); err != nil {
			t.Errorf("after two successes: %v", err)
		}
	})
}

// A result that arrives after a state change is ignored. gowrap's late success closes an open
// circuit.
func TestLateResults(t *testing.T) {
	for name, late := range map[string]error{"success": nil, "failure": errBusy} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				site := guarded()
				release := make(chan struct{})
				go attempts(t.Context(), site, func(context.Context) error { <-release; return late })
				synctest.Wait()
				fails(t.Context(), site, 2)
				time.Sleep(time.Minute)
				probing := make(chan struct{})
				go attempts(t.Context(), site, func(context.Context) error { <-probing; return nil })
				synctest.Wait() // half-open, the probe is out
				close(release)
				synctest.Wait() // the late result has arrived
				if err := attempts(t.Context(), site, succeed); !errors.Is(err, ErrOpen) {
					t.Errorf("error is %v: the late %s changed the state or gave a probe's permit back", err, name)
				}
				close(probing)
				synctest.Wait()
				if err := attempts(t.Context(), site, succeed); err != nil {
					t.Errorf("error is %v: the late %s counted after closing", err, name)
				}
			})
		})
	}
}

// Panic and Goexit are failures in every state and never keep a permit. failsafe-go's breaker is
// stuck after one.
func TestPanicReleasesPermit(t *testing.T) {
	for shape, call := range shapes {
		for name, end := range map[string]func(){"panic": func() { panic("end") }, "goexit": runtime.Goexit} {
			t.Run(shape+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					site := guarded()
					abnormal := func() {
						finished := make(chan struct{})
						go func() {
							defer close(finished)
							defer func() { recover() }()
							call(t.Context(), site, func(context.Context) error { end(); return nil })
						}()
						<-finished
					}
					abnormal()
					abnormal()
					if err := call(t.Context(), site, succeed); !errors.Is(err, ErrOpen) {
						t.Fatalf("error is %v, want two failures to open it", err)
					}
					time.Sleep(time.Minute)
					abnormal()
					if err := call(t.Context(), site, succeed); !errors.Is(err, ErrOpen) {
						t.Fatalf("error is %v, want the probe's failure to open it again", err)
					}
					time.Sleep(time.Minute)
					if err := call(t.Context(), site, succeed); err != nil {
						t.Errorf("the permit is lost: %v", err)
					}
				})
			})
		}
	}
}
