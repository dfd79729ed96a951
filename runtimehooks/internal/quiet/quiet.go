package quiet

import (
	"slices"
	"sync"
	"sync/atomic"
)

// marked is how many marks there are. It is 0 in most programs at all times, and then that is all
// that a call pays.
var marked atomic.Int32

// marks holds the marks of the goroutines, spread over several locks.
var marks [64]struct {
	sync.Mutex
	list []uintptr // a goroutine as often as it is within
	_    [32]byte  // the next lock has a cache line of its own
}

// Enter marks the running goroutine until it calls Leave. Marks nest.
func Enter() {
	g := goroutine()
	m := &marks[shard(g)]
	m.Lock()
	m.list = append(m.list, g)
	m.Unlock()
	marked.Add(1)
}

// Leave takes a mark of the running goroutine away.
func Leave() {
	marked.Add(-1)
	g := goroutine()
	m := &marks[shard(g)]
	m.Lock()
	if i := slices.Index(m.list, g); i >= 0 {
		last := len(m.list) - 1
		m.list[i] = m.list[last]
		m.list = m.list[:last]
	}
	m.Unlock()
}

// Here reports whether the running goroutine is within telemetry.
func Here() bool { return marked.Load() != 0 && here() }

func here() bool {
	g := goroutine()
	m := &marks[shard(g)]
	m.Lock()
	defer m.Unlock()
	return slices.Contains(m.list, g)
}

// shard spreads addresses, whose lowest bits are those of an aligned object, and numbers.
func shard(g uintptr) uintptr { return (g ^ g>>6 ^ g>>13) % uintptr(len(marks)) }
