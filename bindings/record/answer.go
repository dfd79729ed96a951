package record

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
)

// replayStore is one store of a replay.
type replayStore struct {
	replay *Replay
	storeKey
}

// ask returns the next answer to a question, or an error if there is none.
func (s replayStore) ask(op string, a args) (*answer, error) {
	key, err := question(s.storeKey, op, a)
	if err != nil {
		return nil, bindings.Errorf(bindings.FailedPrecondition, "ask the recording: %w", err)
	}
	r := s.replay
	if next := r.next(key); next != nil {
		return next, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.asked[key]
	if list == nil {
		list = &answers{}
		r.asked[key] = list
	}
	switch {
	case len(list.all) > 0 && (heartbeat(op) || r.loose && reads(op)):
		return list.all[len(list.all)-1], nil
	case heartbeat(op): // whether there is one depends on time: all is well unless the recording says something else
		return &answer{}, nil
	}
	list.asked++
	err = s.none(op, a, list)
	r.missing = append(r.missing, err)
	return nil, err
}

// await is ask for what is waited for: where the recording has no more to say, it waits until ctx
// ends, and nothing is missing.
func (s replayStore) await(ctx context.Context, op string, a args) error {
	key, err := question(s.storeKey, op, a)
	if err != nil {
		return bindings.Errorf(bindings.FailedPrecondition, "ask the recording: %w", err)
	}
	if next := s.replay.next(key); next != nil {
		return next.Error.err()
	}
	<-ctx.Done()
	return ctx.Err()
}

// next gives the next answer to a question, nil if there is none.
func (r *Replay) next(key string) *answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.asked[key]
	if list == nil || list.next == len(list.all) {
		return nil
	}
	list.next++
	r.give(list.all[list.next-1])
	return list.all[list.next-1]
}

// reads reports whether an operation changes nothing.
func reads(op string) bool {
	switch op {
	case "get", "get many", "list", "stat", "read", "dead letters", "sign":
		return true
	}
	return false
}

// give marks an answer as given. The caller holds the lock.
func (r *Replay) give(a *answer) {
	a.given = true
	if r.news != nil {
		close(r.news)
		r.news = nil
	}
}

// shown is how many of the recorded operations an error lists.
const shown = 5

// none says that something was not recorded, or not as often, and what was: that is left and
// nearest to it.
func (s replayStore) none(op string, a args, list *answers) error {
	what := describe(s.storeKey, op, a)
	if n := len(list.all); n > 0 {
		return bindings.Errorf(bindings.FailedPrecondition, "the recording has %s %d times, and it was asked %d times", what, n, n+list.asked)
	}
	var same, other []string
	for _, l := range s.replay.stores[s.storeKey] {
		if l.given || heartbeat(l.Op) {
			continue
		}
		raw, _ := marshal(l.Args) // it was read
		if text := fmt.Sprintf("%s %s", l.Op, raw); l.Op == op {
			same = append(same, text)
		} else {
			other = append(other, text)
		}
	}
	left := slices.Concat(same, other)
	switch {
	case len(left) == 0:
		return bindings.Errorf(bindings.FailedPrecondition, "the recording has no %s: it has nothing else of %s", what, s.binding)
	case len(left) > shown:
		left = append(left[:shown], fmt.Sprintf("and %d more", len(left)-shown))
	}
	return bindings.Errorf(bindings.FailedPrecondition, "the recording has no %s: it has: %s", what, strings.Join(left, ", "))
}

// follow waits for what comes next of a watch or a subscription. What came after something that the
// program did is not reported before the program has done it.
func (s replayStore) follow(ctx context.Context, of int, stopped <-chan struct{}) (*answer, error) {
	for {
		next, news := s.ready(of)
		if next != nil {
			return next, nil
		}
		select {
		case <-stopped:
			return nil, bindings.Canceled
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-news:
		}
	}
}

// ready gives what comes next, nil if that is not yet, and what to wait for then. What holds it
// back is what writes to its store, and verdicts about messages of its own subscription.
func (s replayStore) ready(of int) (*answer, <-chan struct{}) {
	r := s.replay
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.children[of]
	if len(left) == 0 {
		return nil, r.wait()
	}
	holding := r.holding[s.storeKey]
	for len(holding) > 0 && holding[0].given {
		holding = holding[1:]
	}
	r.holding[s.storeKey] = holding
	for _, before := range holding {
		if before.Seq > left[0].Seq {
			break
		}
		if !before.given && (before.of == 0 || before.of == of) {
			return nil, r.wait()
		}
	}
	r.children[of] = left[1:]
	r.give(left[0])
	return left[0], nil
}

// wait returns what is closed at the next answer that is given. The caller holds the lock.
func (r *Replay) wait() <-chan struct{} {
	if r.news == nil {
		r.news = make(chan struct{})
	}
	return r.news
}
