package locktest

import (
	"context"
	"flag"
	"slices"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

// fencing is how often the case of a paused holder goes round. Each round takes as long as a lease.
var fencing = flag.Int("locktest.fencing", 3, "rounds of fencing with a paused holder")

// Harness says how to test a provider.
type Harness = providertest.Harness

// testCase is one promise. Its name says what does not hold if it fails.
type testCase struct {
	name string
	run  func(t *testing.T, f *fixture)
}

// The bindings of a case.
const (
	jobs    = "jobs"
	others  = "others"    // another binding of the same service
	foreign = "foreign"   // locks of another service
	tenants = "tenants"   // scoped to tenants
	odd     = "A.counter" // a name that needs escaping
)

// ttl is the shortest lease, which is what cases wait for.
const ttl = time.Second

// patience is how long something may take that must happen.
const patience = 30 * time.Second

// Run runs all cases, each on a platform of its own.
func Run(t *testing.T, h Harness) {
	names := map[string]map[string]string{
		jobs:    nil,
		others:  nil,
		foreign: {"namespace": "-foreign"},
		tenants: {"tenants": "true"},
		odd:     nil,
	}
	var cases []providertest.Case
	for _, c := range slices.Concat(holdCases, leaseCases, fenceCases, apartCases, lifeCases) {
		cases = append(cases, providertest.Case{Name: c.name, Run: func(t *testing.T, base *providertest.Fixture) {
			c.run(t, &fixture{base})
		}})
	}
	providertest.Run(t, h, names, cases...)
}

// fixture is the platform of one case.
type fixture struct{ *providertest.Fixture }

func (f *fixture) locks(t *testing.T, name string, options ...lock.Option) lock.Locks {
	t.Helper()
	l, err := lock.Open(f.Ctx, f.Platform, name, options...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// try takes a lock that must be free.
func try(t *testing.T, l lock.Locks, name string, options ...lock.LeaseOption) *lock.Lease {
	t.Helper()
	lease, err := l.Try(t.Context(), name, options...)
	if err != nil {
		t.Fatalf("try %.40q: %v", name, err)
	}
	return lease
}

// wait takes a lock that must be free soon.
func wait(t *testing.T, l lock.Locks, name string, options ...lock.LeaseOption) *lock.Lease {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(patience, cancel)
	lease, err := l.Lock(ctx, name, options...)
	if err != nil {
		t.Fatalf("lock %.40q: %v", name, err)
	}
	timer.Stop()
	t.Cleanup(cancel) // the context of the lease until then
	return lease
}

// taken checks that somebody holds a lock.
func taken(t *testing.T, l lock.Locks, name string) {
	t.Helper()
	lease, err := l.Try(t.Context(), name)
	if err == nil {
		t.Errorf("lock %.40q was free, with token %d", name, lease.Token())
	}
	code(t, "try", err, bindings.AlreadyExists)
}

func unlock(t *testing.T, lease *lock.Lease) {
	t.Helper()
	if err := lease.Unlock(t.Context()); err != nil {
		t.Fatalf("unlock: %v", err)
	}
}

// isLost waits until a lease is lost.
func isLost(t *testing.T, lease *lock.Lease) {
	t.Helper()
	select {
	case <-lease.Lost():
	case <-time.After(patience):
		t.Fatalf("the lease must be lost, after %v", patience)
	}
	<-lease.Context().Done()
	code(t, "cause", context.Cause(lease.Context()), bindings.FailedPrecondition)
	if lease.Held() {
		t.Error("a lost lease must not be held")
	}
}

func code(t *testing.T, what string, err error, want bindings.ErrorCode) {
	t.Helper()
	providertest.Code(t, what, err, want)
}

// held takes a lock that must be free, for whom a context says.
func held(t *testing.T, l lock.Locks, ctx context.Context, name string) *lock.Lease {
	t.Helper()
	lease, err := l.Try(ctx, name, lock.TTL(30*time.Second))
	if err != nil {
		t.Fatalf("try %.40q: %v", name, err)
	}
	return lease
}
