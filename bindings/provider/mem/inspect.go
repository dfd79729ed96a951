package mem

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// Of returns the memory of a connection, and false if it is another provider's.
func Of(c bindings.Conn) (*Memory, bool) {
	own, ok := c.(*conn)
	if !ok {
		return nil, false
	}
	return own.memory, true
}

// Topics returns the spaces of the topics that were opened, sorted by binding and tenant.
func (m *Memory) Topics() (spaces []bindings.Space) {
	m.topics.mu.Lock()
	defer m.topics.mu.Unlock()
	for _, l := range m.topics.all {
		spaces = append(spaces, l.space)
	}
	slices.SortFunc(spaces, compareSpaces)
	return slices.Compact(spaces)
}

func compareSpaces(a, b bindings.Space) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Binding, b.Binding), cmp.Compare(a.Tenant, b.Tenant))
}

// Published returns the messages of a topic that are kept, whatever the URL of its binding, in the
// order in which they were published.
func (m *Memory) Published(space bindings.Space) (messages []topic.Message) {
	m.topics.mu.Lock()
	defer m.topics.mu.Unlock()
	for _, l := range m.topics.sorted() {
		if l.space != space {
			continue
		}
		l.mu.Lock()
		for _, p := range l.kept {
			message := p.Message
			message.Data, message.Headers = slices.Clone(p.Data), maps.Clone(p.Headers)
			messages = append(messages, message)
		}
		l.mu.Unlock()
	}
	return messages
}

// Settle waits until no subscription has anything left to do: every message of every group that
// somebody subscribes to is done or a dead letter, those aside that were published with a delay
// which is not over. If ctx ends first its error says what is left.
func (m *Memory) Settle(ctx context.Context) error {
	for {
		news := m.topics.news.next()
		left := m.topics.unsettled()
		if len(left) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s", context.Cause(ctx), strings.Join(left, "; "))
		case <-news:
		}
	}
}

// sorted returns the topics in the order of their keys. The caller holds the lock.
func (t *topics) sorted() (all []*topicLog) {
	for _, key := range slices.Sorted(maps.Keys(t.all)) {
		all = append(all, t.all[key])
	}
	return all
}

// unsettled says what subscriptions have left to do. It looks at all topics at one moment: a
// handler may publish to one before it is done with a message of another.
func (t *topics) unsettled() (left []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.sorted()
	for _, l := range all {
		l.mu.Lock()
		defer l.mu.Unlock()
	}
	now := time.Now() // after the last message was published: one that is due later is delayed
	for _, l := range all {
		for _, name := range slices.Sorted(maps.Keys(l.groups)) {
			if text := l.groups[name].unsettled(now); text != "" {
				left = append(left, fmt.Sprintf("group %s of %s has %s", name, l.label(), text))
			}
		}
	}
	return left
}

func (l *topicLog) label() string {
	if l.space.Tenant == "" {
		return l.space.Binding
	}
	return l.space.Binding + " (tenant " + l.space.Tenant + ")"
}

// unsettled says what is left to do for those who subscribe to the group, "" for nothing.
func (g *topicGroup) unsettled(now time.Time) string {
	messages, most := 0, 0
	for _, d := range g.waiting {
		if delayed := d.count == 0 && d.due.After(now); !delayed {
			messages, most = messages+1, max(most, d.count)
		}
	}
	switch {
	case g.subscribers == 0 || messages == 0:
		return ""
	case most == 0:
		return fmt.Sprintf("%d undelivered", messages)
	}
	return fmt.Sprintf("%d not done, of which one was delivered %d times", messages, most)
}

// signal notifies those who wait that something has changed.
type signal struct {
	mu sync.Mutex
	ch chan struct{} // closed at the next change; nil while nobody waits
}

func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
