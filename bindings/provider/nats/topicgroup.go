package nats

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

const (
	// lookEvery is how long a subscriber waits until it looks at all partitions without having been
	// told to: for messages whose lease is over, and for those that were delayed.
	lookEvery = time.Second
	// pullWait is how long a pull from a partition waits. Its one message may be another
	// subscriber's.
	pullWait = 25 * time.Millisecond
)

// natsSource is the messages of a group for one subscriber. It pulls one message when one is asked
// for: what a client keeps ahead of that would have no heartbeat, and would wait for a busy
// subscriber while another is idle.
type natsSource struct {
	store *topicStore
	group string
	lease time.Duration

	consumers map[string]jetstream.Consumer // by partition
	order     []string                      // partitions, in the order in which they are looked at
	turn      chan struct{}                 // held by who pulls
	looked    func(error)                   // of topic.Group
	noted     time.Time                     // when positions were kept last

	waking *nats.Subscription
	mu     sync.Mutex
	look   map[string]bool      // partitions that may have a message
	held   map[string]time.Time // partitions of which this subscriber has the one message, and when its lease is over
	timers map[*time.Timer]bool
	closed bool
	move   map[string]bool // partitions that had a message done since the position was kept
	signal chan struct{}   // has an element if look may have grown
}

// Subscribe implements [topic.Store].
func (s *topicStore) Subscribe(ctx context.Context, g topic.Group) (topic.Source, error) {
	src := &natsSource{store: s, group: g.Name, lease: g.Lease, consumers: map[string]jetstream.Consumer{}, turn: make(chan struct{}, 1),
		look: map[string]bool{}, move: map[string]bool{}, held: map[string]time.Time{}, timers: map[*time.Timer]bool{}, signal: make(chan struct{}, 1)}
	src.order = append(src.order, free)
	for i := range partitions {
		src.order = append(src.order, strconv.Itoa(i))
	}
	if src.looked = g.Looked; src.looked == nil {
		src.looked = func(error) {}
	}
	for _, partition := range src.order {
		err := s.again(ctx, func() (err error) {
			src.consumers[partition], err = s.consumer(ctx, g, partition)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	src.lookAll()
	var err error
	src.waking, err = s.conn.nc.Subscribe(s.subject("wake"), func(m *nats.Msg) { src.wakeUp(string(m.Data)) })
	return src, coded(ctx, err)
}

// consumer returns the consumer of a partition, and makes it if there is none. Its lease is that of
// the last subscriber.
func (s *topicStore) consumer(ctx context.Context, g topic.Group, partition string) (jetstream.Consumer, error) {
	name := bindings.Escape(g.Name) + "__" + partition
	c, err := s.stream.Consumer(ctx, name)
	if err == nil && c.CachedInfo().Config.AckWait == g.Lease {
		return c, nil
	}
	if err == nil {
		config := c.CachedInfo().Config
		config.AckWait = g.Lease
		return s.stream.UpdateConsumer(ctx, config)
	}
	if !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil, err
	}
	config := jetstream.ConsumerConfig{Durable: name, FilterSubject: s.subject("m." + partition), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: g.Lease, MaxDeliver: -1, MaxAckPending: 1}
	if partition == free {
		config.MaxAckPending = -1
	}
	at, known, err := s.position(ctx, g.Name, partition)
	switch {
	case err != nil:
		return nil, err
	case known && at > 0:
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, at+1
	case !known && g.FromNow: // by a position that is kept: if the consumer is gone before it has another, it begins there again
		stream, err := s.conn.js.Stream(ctx, s.configs[0].Name)
		if err != nil {
			return nil, err
		}
		last := stream.CachedInfo().State.LastSeq
		if err := s.keepPosition(ctx, stream, g.Name, partition, last); err != nil {
			return nil, err
		}
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, last+1
	}
	c, err = s.stream.CreateConsumer(ctx, config)
	if errors.Is(err, jetstream.ErrConsumerExists) { // somebody was faster, with another lease or position
		return s.stream.Consumer(ctx, name)
	}
	return c, err
}

// lookAll lets the next pull look at all partitions.
func (s *natsSource) lookAll() {
	s.mu.Lock()
	for _, partition := range s.order {
		s.look[partition] = true
	}
	s.mu.Unlock()
}

// wakeUp lets somebody look at a partition.
func (s *natsSource) wakeUp(partition string) {
	s.mu.Lock()
	s.look[partition] = true
	s.mu.Unlock()
	select {
	case s.signal <- struct{}{}:
	default:
	}
}

// wakeLater lets somebody look at a partition after some time.
func (s *natsSource) wakeLater(partition string, after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(after, func() {
		s.wakeUp(partition)
		s.mu.Lock()
		delete(s.timers, timer)
		s.mu.Unlock()
	})
	s.timers[timer] = true
}

// Next implements [topic.Source].
func (s *natsSource) Next(ctx context.Context) (topic.Received, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return topic.Received{}, ctx.Err()
	}
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	for {
		r, err := s.lookOnce(ctx)
		s.looked(err)
		if err != nil || r.Lease != nil {
			return r, err
		}
		select {
		case <-ctx.Done():
			return topic.Received{}, ctx.Err()
		case <-s.signal:
		case <-timer.C:
			s.lookAll()
			timer.Reset(lookEvery)
		}
	}
}

// lookOnce pulls from each partition that may have a message, until there is one.
func (s *natsSource) lookOnce(ctx context.Context) (topic.Received, error) {
	if time.Since(s.noted) >= lookEvery {
		s.keepPositions(ctx)
	}
	for i, partition := range s.order {
		if err := ctx.Err(); err != nil {
			return topic.Received{}, err
		}
		s.mu.Lock()
		look := s.look[partition] && !time.Now().Before(s.held[partition])
		delete(s.look, partition)
		s.mu.Unlock()
		if !look {
			continue
		}
		msg, err := s.pullAnew(ctx, partition)
		if err != nil {
			s.wakeUp(partition)
			return topic.Received{}, coded(ctx, err)
		}
		if msg == nil {
			continue
		}
		if only := msg.Headers().Get(headerOnly); only != "" && only != bindings.Escape(s.group) {
			s.wakeUp(partition)
			if err := msg.DoubleAck(ctx); err != nil { // it comes again
				return topic.Received{}, coded(ctx, err)
			}
			continue
		}
		s.order = append(append(s.order[:i:i], s.order[i+1:]...), partition) // the others come first now
		s.wakeUp(partition)                                                  // there may be more
		return s.received(msg, partition)
	}
	return topic.Received{}, nil
}

// pullAnew is pull from a consumer that is made again if it is gone.
func (s *natsSource) pullAnew(ctx context.Context, partition string) (msg jetstream.Msg, err error) {
	msg, err = s.pull(ctx, partition)
	if err == nil || ctx.Err() != nil {
		return msg, err
	}
	if _, failed := s.consumers[partition].Info(ctx); !gone(failed) {
		return nil, err
	}
	slog.WarnContext(ctx, "a consumer of a group is gone and is made again", "provider", "nats", "stream", s.store.configs[0].Name,
		"group", s.group, "partition", partition)
	err = s.store.again(ctx, func() error {
		c, err := s.store.consumer(ctx, topic.Group{Name: s.group, Lease: s.lease}, partition)
		if err == nil {
			s.consumers[partition] = c
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.release(partition)
	return s.pull(ctx, partition)
}

// pull returns the next message of a partition, nil if there is none now.
func (s *natsSource) pull(ctx context.Context, partition string) (jetstream.Msg, error) {
	c := s.consumers[partition]
	if !s.store.conn.nc.IsConnected() {
		return nil, nats.ErrDisconnected
	}
	asked := time.Now()
	var batch jetstream.MessageBatch
	var err error
	if partition == free {
		batch, err = c.FetchNoWait(1)
	} else {
		info, failed := c.Info(ctx)
		if failed != nil {
			return nil, failed
		}
		if info.NumPending == 0 && info.NumAckPending == 0 {
			return nil, nil
		}
		batch, err = c.Fetch(1, jetstream.FetchMaxWait(pullWait))
	}
	if err != nil {
		return nil, err
	}
	msg := <-batch.Messages() // the end of ctx does not cut a delivery off
	if err := batch.Error(); msg == nil && err != nil && !errors.Is(err, nats.ErrTimeout) {
		return nil, err
	}
	if msg == nil && partition == free && time.Since(asked) >= unanswered {
		return nil, nats.ErrTimeout
	}
	return msg, nil
}

// unanswered is how long the client waits for the answer to a pull that does not wait. It does not
// report that there was none.
const unanswered = time.Second

// received returns a message as package topic has it.
func (s *natsSource) received(msg jetstream.Msg, partition string) (topic.Received, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return topic.Received{}, bindings.Errorf(bindings.Unknown, "read metadata: %w", err)
	}
	s.hold(partition)
	l := &natsLease{stored: meta.Timestamp, source: s, msg: msg, partition: partition, sequence: meta.Sequence.Stream, deliveries: int(meta.NumDelivered),
		published: publishedAt(msg.Headers(), meta.Timestamp)}
	return topic.Received{Message: messageOf(msg.Headers(), msg.Data()), Published: l.published, Deliveries: l.deliveries, Lease: l}, nil
}

// closeTime bounds how long a source that ends tries to keep its positions.
const closeTime = 2 * time.Second

// Close implements [topic.Source].
func (s *natsSource) Close() error {
	s.mu.Lock()
	s.closed = true
	for timer := range s.timers {
		timer.Stop()
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	s.keepPositions(ctx)
	if err := s.waking.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		return coded(context.Background(), err)
	}
	return nil
}

// hold spares this subscriber pulls from a partition whose one message it has.
func (s *natsSource) hold(partition string) {
	if partition == free {
		return
	}
	s.mu.Lock()
	s.held[partition] = time.Now().Add(s.lease)
	s.mu.Unlock()
}

func (s *natsSource) release(partition string) {
	s.mu.Lock()
	delete(s.held, partition)
	s.mu.Unlock()
}
