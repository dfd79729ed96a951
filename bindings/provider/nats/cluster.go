package nats

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// answerTimeout is how long to wait for an answer, where ctx has no deadline, as package jetstream
// does.
const answerTimeout = 5 * time.Second

// agreement is how long a cluster may take until all its servers know of a stream.
const agreement = 2 * time.Second

// agreed does something with a stream that exists, again as long as it is said not to: the leader
// of a cluster may learn of a stream later than the server that has made it, or after an election,
// and be the first to answer.
func agreed[T any](ctx context.Context, replicas int, do func() (T, error)) (T, error) {
	result, err := do()
	if replicas == 1 {
		return result, err
	}
	for end := time.Now().Add(agreement); unknown(err) && time.Now().Before(end); result, err = do() {
		select {
		case <-ctx.Done():
			return result, err
		case <-time.After(10 * time.Millisecond):
		}
	}
	return result, err
}

// lastOf returns the last message of a subject.
func lastOf(ctx context.Context, stream jetstream.Stream, subject string) (*jetstream.RawStreamMsg, error) {
	return agreed(ctx, stream.CachedInfo().Config.Replicas, func() (*jetstream.RawStreamMsg, error) {
		return stream.GetLastMsgForSubject(ctx, subject)
	})
}

// unknown reports whether an answer is that there is no such stream.
func unknown(err error) bool {
	return errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrBucketNotFound)
}
