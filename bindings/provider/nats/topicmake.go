package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
)

// What a topic has on a server may vanish: the server was started without its data, or somebody has
// removed a stream or a consumer. It is made again by whoever misses it. A consumer begins after
// the last position of its group that was kept, if that is one of the same stream: the stream of
// dead letters holds a message for each consumer, which is replaced while messages are handled,
// once in a while and when a subscriber ends. What was done since then is delivered again.

// gone reports whether something failed because what it needs is not there. A server without
// JetStream, or that is about to have it, says so as well.
func gone(err error) bool {
	return streamless(err) || errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrConsumerDeleted) ||
		errors.Is(err, jetstream.ErrConsumerDoesNotExist)
}

// make returns the streams, and makes those that are missing.
func (s *topicStore) make(ctx context.Context) (stream, dead jetstream.Stream, err error) {
	if stream, err = s.conn.ensureStream(ctx, s.configs[0]); err != nil {
		return nil, nil, err
	}
	if dead, err = s.conn.ensureStream(ctx, s.configs[1]); err != nil {
		return nil, nil, err
	}
	if made := dead.CachedInfo().Config; !made.AllowRollup || len(made.Subjects) < len(s.configs[1].Subjects) { // of an earlier version
		made.AllowRollup, made.Subjects = true, s.configs[1].Subjects
		dead, err = s.conn.js.UpdateStream(ctx, made)
	}
	return stream, dead, err
}

// again does something, and if a stream is gone makes it and does it once more.
func (s *topicStore) again(ctx context.Context, do func() error) error {
	err := do()
	if !gone(err) {
		return coded(ctx, err)
	}
	if _, _, failed := s.make(ctx); failed != nil {
		return coded(ctx, failed)
	}
	return coded(ctx, do())
}

func (s *topicStore) positionSubject(group, partition string) string {
	return s.subject("at." + bindings.Escape(group) + "." + partition)
}

// position returns the sequence up to which a group is known to have done all messages of a
// partition, and false if it is not known of this stream.
func (s *topicStore) position(ctx context.Context, group, partition string) (at uint64, known bool, err error) {
	stream, err := s.conn.js.Stream(ctx, s.configs[0].Name)
	if err != nil {
		return 0, false, err
	}
	info := stream.CachedInfo()
	raw, err := s.dead.GetLastMsgForSubject(ctx, s.positionSubject(group, partition))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	var made int64
	if _, err := fmt.Sscanf(string(raw.Data), "%d %d", &made, &at); err != nil || made != info.Created.UnixNano() || at > info.State.LastSeq {
		return 0, false, nil
	}
	return at, true, nil
}

// keepPosition keeps a position in the stream that there is now, instead of the one before.
func (s *topicStore) keepPosition(ctx context.Context, stream jetstream.Stream, group, partition string, at uint64) error {
	_, err := s.conn.js.PublishMsg(ctx, &nats.Msg{Subject: s.positionSubject(group, partition),
		Data:   fmt.Appendf(nil, "%d %d", stream.CachedInfo().Created.UnixNano(), at),
		Header: nats.Header{jetstream.MsgRollup: []string{jetstream.MsgRollupSubject}}})
	return err
}

// moved notes that a message of a partition is done.
func (s *natsSource) moved(partition string) {
	s.mu.Lock()
	s.move[partition] = true
	s.mu.Unlock()
}

// keepPositions keeps the positions of the partitions that had messages done. One that cannot
// be kept costs that they are delivered again should the consumer vanish.
func (s *natsSource) keepPositions(ctx context.Context) {
	s.noted = time.Now()
	s.mu.Lock()
	move := s.move
	s.move = map[string]bool{}
	s.mu.Unlock()
	if len(move) == 0 {
		return
	}
	stream, err := s.store.conn.js.Stream(ctx, s.store.configs[0].Name)
	for _, partition := range s.order {
		if !move[partition] {
			continue
		}
		var info *jetstream.ConsumerInfo
		if err == nil {
			info, err = s.consumers[partition].Info(ctx)
		}
		if err == nil {
			err = s.store.keepPosition(ctx, stream, s.group, partition, info.AckFloor.Stream)
		}
		if err != nil {
			s.moved(partition) // and the others after their next message
			slog.DebugContext(ctx, "the position of a group is not kept", "provider", "nats", "group", s.group, "error", err)
			return
		}
	}
}
