package changes

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// remembered is how many deletions a hub remembers for watches that begin after a revision.
const remembered = 1024

// Hub passes a store's changes on. The store calls Publish and Watch while it holds the lock under
// which it changes, so that no change is missed or passed on twice.
type Hub struct {
	mu      sync.Mutex
	feeds   map[*feed]bool
	deleted []kv.Event  // the last deletions, oldest first
	floor   kv.Revision // deletions up to this revision may be forgotten
}

// NewHub returns the hub of a store that knows of no deletion before its current revision.
func NewHub(current kv.Revision) *Hub { return &Hub{feeds: map[*feed]bool{}, floor: current} }

// Publish passes a change on to all watchers.
func (h *Hub) Publish(e kv.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.Deleted {
		if h.deleted = append(h.deleted, e); len(h.deleted) > remembered {
			h.floor = h.deleted[0].Revision
			h.deleted = slices.Delete(h.deleted, 0, 1)
		}
	}
	for f := range h.feeds {
		f.put(e)
	}
}

// Watch returns a feed that begins with the entries there are, in the order of their revisions.
func (h *Hub) Watch(prefix string, from kv.From, entries []kv.Record) (kv.Feed, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := &feed{hub: h, prefix: prefix, index: map[string]int{}, ready: make(chan struct{}, 1), stopped: make(chan struct{})}
	if !from.Now {
		if from.After != 0 && from.After < h.floor {
			return nil, bindings.Errorf(bindings.FailedPrecondition, "deletions after revision %d are forgotten: watch from the beginning",
				from.After)
		}
		f.begin(from.After, entries, h.deleted)
	}
	h.feeds[f] = true
	return f, nil
}

// feed is a watcher's queue of changes, at most one of each key.
type feed struct {
	hub    *Hub
	prefix string

	mu      sync.Mutex
	pending []kv.Event
	index   map[string]int // of a key in pending, plus taken
	taken   int            // events taken from the front of pending so far

	ready   chan struct{} // holds a token while pending is not empty
	stopped chan struct{}
	once    sync.Once
}

// begin fills the queue with what a new watcher is to see first.
func (f *feed) begin(after kv.Revision, entries []kv.Record, deleted []kv.Event) {
	var first []kv.Event
	for _, r := range entries {
		first = append(first, kv.Event{Record: r})
	}
	if after != 0 { // who sees all entries needs to know of no deletion
		first = append(first, deleted...)
	}
	slices.SortFunc(first, func(a, b kv.Event) int {
		switch {
		case a.Revision < b.Revision:
			return -1
		case a.Revision > b.Revision:
			return 1
		}
		return 0
	})
	for _, e := range first {
		if e.Revision > after {
			f.put(e)
		}
	}
}

// put adds a change, in the place of an older one of its key.
func (f *feed) put(e kv.Event) {
	if !strings.HasPrefix(e.Key, f.prefix) {
		return
	}
	e.Value = slices.Clone(e.Value)
	f.mu.Lock()
	defer f.mu.Unlock()
	if i, ok := f.index[e.Key]; ok {
		f.pending[i-f.taken] = e
	} else {
		f.index[e.Key] = f.taken + len(f.pending)
		f.pending = append(f.pending, e)
	}
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// Next implements [kv.Feed].
func (f *feed) Next(ctx context.Context) (kv.Event, error) {
	return Next(ctx, f.stopped, f.ready, func(struct{}, bool) (kv.Event, bool, error) {
		e, ok := f.take()
		return e, ok, nil
	})
}

// take takes the oldest change.
func (f *feed) take() (kv.Event, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.pending) == 0 {
		return kv.Event{}, false
	}
	e := f.pending[0]
	f.pending = f.pending[1:]
	f.taken++
	delete(f.index, e.Key)
	if len(f.pending) > 0 {
		select {
		case f.ready <- struct{}{}:
		default:
		}
	}
	return e, true
}

// Stop implements [kv.Feed].
func (f *feed) Stop() {
	f.once.Do(func() {
		close(f.stopped)
		f.hub.mu.Lock()
		defer f.hub.mu.Unlock()
		delete(f.hub.feeds, f)
	})
}
