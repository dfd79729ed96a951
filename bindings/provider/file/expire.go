package file

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// deadline returns when a time to live from now is over, the zero time for kv.Endless.
func deadline(ttl time.Duration) time.Time {
	if ttl <= 0 {
		return time.Time{}
	}
	return time.Now().Add(ttl)
}

// expireAt lets an entry be removed at a moment, or never if that is zero, instead of when it was
// to be.
func (s *store) expireAt(key string, at time.Time) {
	if t := s.timers[key]; t != nil {
		t.Stop()
		delete(s.timers, key)
	}
	if !at.IsZero() && !s.stopped {
		s.timers[key] = time.AfterFunc(time.Until(at), func() { s.expire(key) })
	}
}

// expire removes an entry whose time is over. That it fails does no harm: nobody reads it, and it
// is tried again when the file is opened.
func (s *store) expire(key string) {
	_ = s.write(context.Background(), func(w *writing) error {
		data := w.bucket.Get(inFile(key))
		if data == nil {
			return bindings.NotFound
		}
		if e, err := parse(data); err != nil || !e.gone(time.Now()) {
			return bindings.FailedPrecondition // written meanwhile
		}
		return w.remove(key)
	})
}

// stop stops all timers: the file is closed.
func (s *store) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for _, t := range s.timers {
		t.Stop()
	}
}
