package flight

import (
	"context"
	"sync"

	"github.com/instrumentgo/instrument/runtimehooks/internal/keyed"
)

// Group holds the flights that are under way, by key. The zero Group is ready. Its methods may be
// called from any goroutine.
type Group struct {
	mu      sync.Mutex
	flights map[keyed.Key]*flight
}

// Result is how a flight ended.
type Result struct {
	Value any
	Err   error
	Panic any // what the leader panicked with; nil if it did not
}

// flight is the work for one key. The group's lock guards it.
type flight struct {
	group *Group
	key   keyed.Key

	led     bool
	leads   uint64 // counts leaders, and makes the lead of an earlier one void
	waiting int
	result  Result        // once it has ended
	ended   chan struct{} // closed by the end; nil until somebody waits
	turn    chan struct{} // holds one element while nobody leads; nil until somebody waits
}

// Lead is the duty to do the work. The zero Lead is none. A holder must end it, with Finish, Panic
// or Abandon, whatever happens to it; what comes after the first of them does nothing, so Abandon
// may be deferred.
type Lead struct {
	flight *flight
	number uint64
}

// Held reports whether l is a lead at all.
func (l Lead) Held() bool { return l.flight != nil }

// Join asks for the work of the key, which has no fault. If nobody does it, the caller gets the
// lead. Otherwise it waits for the flight's result; gets the lead after all, if the one that had it
// has abandoned it; or stops waiting with the error of its own ctx.
func (g *Group) Join(ctx context.Context, key keyed.Key) (Lead, Result, error) {
	f, lead := g.board(key)
	if lead.Held() {
		return lead, Result{}, nil
	}
	select {
	case <-f.ended:
		return Lead{}, f.result, nil
	case <-f.turn:
		lead := f.follow()
		if err := ctx.Err(); err != nil { // it would only give up again
			lead.Abandon()
			return Lead{}, Result{}, err
		}
		return lead, Result{}, nil
	case <-ctx.Done():
		f.leave()
		return Lead{}, Result{}, ctx.Err()
	}
}

// board returns the key's flight for a caller that waits, or the lead of a new one.
func (g *Group) board(key keyed.Key) (*flight, Lead) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f, ok := g.flights[key]
	if !ok {
		if g.flights == nil {
			g.flights = map[keyed.Key]*flight{}
		}
		f = &flight{group: g, key: key, led: true}
		g.flights[key] = f
		return nil, Lead{f, 0}
	}
	f.waiting++
	if f.ended == nil {
		f.ended, f.turn = make(chan struct{}), make(chan struct{}, 1)
	}
	return f, Lead{}
}

// follow makes one that waited the leader.
func (f *flight) follow() Lead {
	f.group.mu.Lock()
	defer f.group.mu.Unlock()
	f.waiting--
	f.led = true
	return Lead{f, f.leads}
}

// leave is the end of waiting. The last one to leave a flight without a leader ends it.
func (f *flight) leave() {
	f.group.mu.Lock()
	defer f.group.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && !f.led {
		f.remove()
	}
}

// remove takes the flight away, if it is still under way.
func (f *flight) remove() {
	if f.group.flights[f.key] == f {
		delete(f.group.flights, f.key)
	}
}

// Finish ends the flight: all that wait get the value and the error.
func (l Lead) Finish(value any, err error) { l.end(Result{Value: value, Err: err}) }

// Panic ends the flight: all that wait get what the leader panicked with.
func (l Lead) Panic(value any) { l.end(Result{Panic: value}) }

func (l Lead) end(result Result) {
	f := l.flight
	if f == nil {
		return
	}
	f.group.mu.Lock()
	defer f.group.mu.Unlock()
	if !l.void() {
		f.result = result
		f.remove()
		if f.ended != nil {
			close(f.ended)
		}
	}
}

// Abandon gives the lead to one of those that wait, the first that came, or ends the flight if
// there is none.
func (l Lead) Abandon() {
	f := l.flight
	if f == nil {
		return
	}
	f.group.mu.Lock()
	defer f.group.mu.Unlock()
	switch {
	case l.void():
	case f.waiting == 0:
		f.remove()
	default:
		f.turn <- struct{}{} // it was empty: the leader has taken it
	}
}

// void reports whether the lead has been ended, and ends it.
func (l Lead) void() bool {
	f := l.flight
	if !f.led || f.leads != l.number {
		return true
	}
	f.led = false
	f.leads++
	return false
}

// Len returns how many flights are under way.
func (g *Group) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.flights)
}
