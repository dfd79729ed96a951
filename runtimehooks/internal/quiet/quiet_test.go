package quiet

import (
	"sync"
	"testing"
)

func TestHere(t *testing.T) {
	if Here() {
		t.Fatal("a goroutine must not be within telemetry from the start")
	}
	Enter()
	Enter()
	Leave()
	if !Here() {
		t.Error("marks must nest")
	}
	other := make(chan bool)
	go func() { other <- Here() }()
	if <-other {
		t.Error("another goroutine must not be marked")
	}
	Leave()
	if Here() {
		t.Error("a goroutine that has left must not be marked")
	}
}

// Goroutines that come and go share descriptors, and stacks move.
func TestManyGoroutines(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for range 200 {
				marks := i%2 == 0
				if marks {
					Enter()
				}
				grow(i)
				if Here() != marks {
					t.Error("a goroutine must see its own mark, and no other")
				}
				if marks {
					Leave()
				}
			}
		})
	}
	wg.Wait()
	if n := marked.Load(); n != 0 {
		t.Errorf("%d marks are left", n)
	}
	for i := range marks {
		if n := len(marks[i].list); n != 0 {
			t.Errorf("shard %d: %d marks are left", i, n)
		}
	}
}

//go:noinline
func grow(n int) byte {
	var room [4096]byte
	room[n] = byte(n)
	if n == 0 {
		return room[0]
	}
	return grow(n-1) + room[n]
}

func TestIdentities(t *testing.T) {
	for name, identity := range map[string]func() uintptr{"descriptor": goroutine, "number": number} {
		mine, again := identity(), identity()
		other := make(chan uintptr)
		go func() { other <- identity() }()
		if mine == 0 || mine != again || mine == <-other {
			t.Errorf("%s: it must be the same in a goroutine, and another one in another", name)
		}
	}
}

func BenchmarkMark(b *testing.B) {
	for b.Loop() {
		Enter()
		Leave()
	}
}

func BenchmarkUnmarked(b *testing.B) {
	for b.Loop() {
		Here()
	}
}
