package service

import (
	"slices"
	"sync/atomic"
	"time"
)

// passedOver is how long an address that refused a connection gets no call, unless all have.
const passedOver = 2 * time.Second

// address is one process that serves.
type address struct {
	base       string // URL, without a slash at its end
	host, port string
	refused    atomic.Int64 // time until which it is passed over, in nanoseconds since 1970
}

// refuse lets the address be passed over for a while.
func (a *address) refuse() { a.refused.Store(time.Now().Add(passedOver).UnixNano()) }

// addresses are the processes that serve the same; each call takes the next one.
type addresses struct {
	all  atomic.Pointer[[]*address]
	next atomic.Uint64
}

func newAddresses(all ...*address) *addresses {
	a := &addresses{}
	a.all.Store(&all)
	return a
}

// pick returns the next address that is not among those tried, and nil if there is none. One that
// is passed over is taken only if there is no other.
func (a *addresses) pick(tried []*address) *address {
	all := *a.all.Load()
	if len(all) == 0 {
		return nil
	}
	var second *address
	start, now := a.next.Add(1)-1, time.Now().UnixNano()
	for i := range uint64(len(all)) {
		one := all[(start+i)%uint64(len(all))]
		switch {
		case slices.Contains(tried, one):
		case one.refused.Load() <= now:
			return one
		case second == nil:
			second = one
		}
	}
	return second
}

// replace puts others in the place of the addresses. One that stays keeps its state. It must not be
// called twice at once.
func (a *addresses) replace(fresh []*address) {
	old := *a.all.Load()
	for i, f := range fresh {
		if j := slices.IndexFunc(old, func(o *address) bool { return o.base == f.base }); j >= 0 {
			fresh[i] = old[j]
		}
	}
	a.all.Store(&fresh)
}
