// # Topics and locks
//
//	placed: mem:?seed=7&duplicates=0.1&reordering=0.3    # messages that come twice, or before others
//	jobs:   mem:?seed=7&leases=0.05                      # locks that are lost when they are renewed
package mem

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// topicLog is the topic of one space.
type topicLog struct {
	retention time.Duration

	mu      sync.Mutex
	room    room         // of what is kept
	kept    []*published // oldest first
	ids     map[string]time.Time
	groups  map[string]*topicGroup
	changed chan struct{} // closed at the next change that a source may wait for

	space bindings.Space
	news  *signal // of all topics
}

// published is a message, which does not change.
type published struct {
	topic.Message
	at, due time.Time // due is later than at where it is delayed
}

// size is what a message takes of a quota.
func (p *published) size() int { return len(p.ID) + len(p.Key) + len(p.Data) }

// topics are the topics of a memory, by host or path of the URL and name of the space.
type topics struct {
	news signal

	mu  sync.Mutex
	all map[string]*topicLog
}

// topicStore is a platform's use of a topic.
type topicStore struct {
	faults *faults // nil for none
	*topicLog
}

// OpenTopic implements [topic.Opener].
func (c *conn) OpenTopic(_ context.Context, space bindings.Space, retention time.Duration) (topic.Store, error) {
	all := &c.memory.topics
	all.mu.Lock()
	defer all.mu.Unlock()
	key := c.where + " " + space.Name()
	l := all.all[key]
	if l == nil {
		if all.all == nil {
			all.all = map[string]*topicLog{}
		}
		l = &topicLog{space: space, news: &all.news, ids: map[string]time.Time{}, groups: map[string]*topicGroup{}, changed: make(chan struct{})}
		all.all[key] = l
	}
	l.mu.Lock()
	l.retention, l.room.quota = retention, c.quota
	l.mu.Unlock()
	return &topicStore{c.faults, l}, nil
}

// Abilities implements [topic.Store].
func (s *topicStore) Abilities() topic.Abilities {
	return topic.Abilities{Dedup: true, Order: true, Delay: true}
}

// Publish implements [topic.Store].
func (s *topicStore) Publish(ctx context.Context, m topic.Message, delay time.Duration) error {
	_, err := around(ctx, s.faults, func() (none, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		now := time.Now()
		s.forget(now)
		if m.ID != "" {
			if _, known := s.ids[m.ID]; known {
				return none{}, nil
			}
		}
		p := &published{m, now, now.Add(delay)}
		if err := s.room.take(p.size()); err != nil {
			return none{}, err
		}
		if m.ID != "" {
			s.ids[m.ID] = now
		}
		p.Data, p.Headers = slices.Clone(m.Data), maps.Clone(m.Headers)
		s.kept = append(s.kept, p)
		for _, g := range s.groups {
			g.add(p)
		}
		s.wake()
		return none{}, nil
	})
	return err
}

// forget drops what is too old.
func (l *topicLog) forget(now time.Time) {
	old := func(at time.Time) bool { return now.Sub(at) >= l.retention }
	maps.DeleteFunc(l.ids, func(_ string, at time.Time) bool { return now.Sub(at) >= topic.DedupWindow })
	l.kept = slices.DeleteFunc(l.kept, func(p *published) bool {
		if !old(p.due) {
			return false
		}
		l.room.give(p.size())
		return true
	})
	for _, g := range l.groups {
		g.waiting = slices.DeleteFunc(g.waiting, func(d *delivery) bool { return old(d.due) })
		g.dead = slices.DeleteFunc(g.dead, func(d topic.Dead) bool { return old(d.Died) })
	}
}

// wake lets all sources look again.
func (l *topicLog) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
	l.news.tell()
}

// Subscribe implements [topic.Store].
func (s *topicStore) Subscribe(ctx context.Context, g topic.Group) (topic.Source, error) {
	from, err := around(ctx, s.faults, func() (*source, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		group := s.groups[g.Name]
		if group == nil {
			group = &topicGroup{}
			s.groups[g.Name] = group
			for _, p := range s.kept {
				if !g.FromNow || p.due.After(time.Now()) {
					group.add(p)
				}
			}
		}
		return &source{s, group, g.Lease}, nil
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from.group.subscribers++
	return from, nil
}

// DeadLetters implements [topic.Store]. Its cursor is the last letter of the page before.
func (s *topicStore) DeadLetters(ctx context.Context, group, cursor string, limit int) (topic.DeadPage, error) {
	return around(ctx, s.faults, func() (topic.DeadPage, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var page topic.DeadPage
		g := s.groups[group]
		if g == nil {
			return page, nil
		}
		for _, d := range g.dead {
			if d.Letter <= cursor {
				continue
			}
			if len(page.Letters) == limit {
				page.Cursor = page.Letters[limit-1].Letter
				break
			}
			d.Data = slices.Clone(d.Data)
			page.Letters = append(page.Letters, d)
		}
		return page, nil
	})
}

// RemoveDeadLetter implements [topic.Store].
func (s *topicStore) RemoveDeadLetter(ctx context.Context, group, letter string) error {
	_, err := around(ctx, s.faults, func() (none, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if g := s.groups[group]; g != nil {
			g.dead = slices.DeleteFunc(g.dead, func(d topic.Dead) bool { return d.Letter == letter })
		}
		return none{}, nil
	})
	return err
}

// Redeliver implements [topic.Store].
func (s *topicStore) Redeliver(ctx context.Context, group, letter string) error {
	_, err := around(ctx, s.faults, func() (none, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if g := s.groups[group]; g != nil && g.redeliver(letter, time.Now()) {
			s.wake()
			return none{}, nil
		}
		return none{}, bindings.NotFound
	})
	return err
}
