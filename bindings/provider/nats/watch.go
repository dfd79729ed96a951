package nats

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/changes"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// Watch implements [kv.Watcher].
func (s *store) Watch(ctx context.Context, prefix string, from kv.From) (kv.Feed, error) {
	var options []jetstream.WatchOpt
	switch {
	case from.Now && s.replicas > 1: // now is what the leader has, not the server that is asked
		last, err := s.newest(ctx, filterOf(prefix))
		if err != nil {
			return nil, err
		}
		options = append(options, jetstream.ResumeFromRevision(last+1))
	case from.Now:
		options = append(options, jetstream.UpdatesOnly())
	case from.After != 0:
		if err := s.checkMarks(ctx, from.After); err != nil {
			return nil, err
		}
		options = append(options, jetstream.ResumeFromRevision(uint64(from.After)+1))
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx)) // the client ends a watch with its context
	w, err := s.kv.Watch(running, filterOf(prefix), options...)
	if err != nil {
		cancel()
		return nil, coded(ctx, err)
	}
	return &feed{watcher: w, cancel: cancel, prefix: prefix, initial: !from.Now && from.After == 0, stopped: make(chan struct{})}, nil
}

// checkMarks checks that no mark which came after a revision can be gone. It is sure if the bucket
// is younger than marks live, or if the message of the revision still shows when it was written.
func (s *store) checkMarks(ctx context.Context, after kv.Revision) error {
	if s.remembers == 0 {
		return nil
	}
	oldest := time.Now().Add(-s.remembers)
	if s.stream.CachedInfo().Created.After(oldest) {
		return nil
	}
	m, err := s.stream.GetMsg(ctx, uint64(after))
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return coded(ctx, err)
	}
	if err != nil || m.Time.Before(oldest) {
		return bindings.Errorf(bindings.FailedPrecondition, "deletions after revision %d may be forgotten: watch from the beginning", after)
	}
	return nil
}

// feed is a running watch.
type feed struct {
	watcher jetstream.KeyWatcher
	cancel  context.CancelFunc
	prefix  string
	initial bool // the entries there are come first; marks among them are no events
	stopped chan struct{}
	once    sync.Once
}

// Next implements [kv.Feed].
func (f *feed) Next(ctx context.Context) (kv.Event, error) {
	return changes.Next(ctx, f.stopped, f.watcher.Updates(), f.event)
}

// event returns the event that a message is, if it is one. No message means that all entries have
// come.
func (f *feed) event(e jetstream.KeyValueEntry, open bool) (kv.Event, bool, error) {
	if !open {
		return kv.Event{}, false, bindings.Errorf(bindings.Unavailable, "the connection was closed")
	}
	if e == nil {
		f.initial = false
		return kv.Event{}, false, nil
	}
	key, err := keyOf(e.Key())
	if err != nil || !strings.HasPrefix(key, f.prefix) {
		return kv.Event{}, false, nil
	}
	event := kv.Event{Record: kv.Record{Key: key, Revision: kv.Revision(e.Revision())}}
	if event.Deleted = e.Operation() != jetstream.KeyValuePut; event.Deleted {
		return event, !f.initial, nil
	}
	event.Value = e.Value()
	return event, true, nil
}

// Stop implements [kv.Feed].
func (f *feed) Stop() {
	f.once.Do(func() {
		close(f.stopped)
		stop(f.watcher)
		f.cancel()
	})
}

// stop stops a watcher, and reads what is left in it, for whose reader its connection would wait.
func stop(w jetstream.KeyWatcher) {
	_ = w.Stop() // fails if the connection is closed, which stops it as well
	go func() {
		for {
			select {
			case _, ok := <-w.Updates():
				if !ok {
					return
				}
			case <-time.After(time.Second):
				return
			}
		}
	}()
}
