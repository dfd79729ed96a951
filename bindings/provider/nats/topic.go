// # Topics
//
//	placed: nats://bus.internal:4222
//
// A topic is a stream, TOPIC_ and the name of its space, and another, DEAD_, for dead letters; a
// group is nine consumers of the first. Eight of them are for messages with ordering keys, which
// are dealt out by a hash of the key: a group handles at most eight of those at once, however many
// subscribers it has, and keys that share a consumer wait for each other. Messages without a key
// have no such bound. A subscriber pulls one message when it has nothing to do, so that none waits
// for a busy one.
//
// Delays are whole seconds and need a server of version 2.12 or newer; on an older one they are not
// declared, and so refused. Messages are as safe as the stream's file when their publishing is
// answered. Where a group is, servers write down a little later: one that is killed, the embedded
// one with its process too, delivers again what was acknowledged in the last moments.
//
// What is gone on the server is made again. A consumer that is gone begins at the position that was
// kept last in the stream of dead letters: it is kept at most once a second while messages are
// done, and when a subscriber ends. What was done since then is delivered again.
//
// A server does not notify a subscriber that its lease is lost. The binding's ttl is used when the
// streams are made; streams that exist are used as they are.
package nats

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// A topic is a stream with a subject for messages without a key and one for each partition of the
// keys, and a stream of dead letters with a subject for each group. A group is a consumer for each
// of the subjects: that of a partition lets one message be pending, so that the next is delivered
// when it is settled, whoever subscribes where.

// partitions is how many messages with keys a group handles at once. The names of consumers depend
// on it: it is for ever.
const partitions = 8

// The headers of a topic's messages besides those of the trace context.
const (
	headerKey        = "Instrument-Key"        // escaped as in a URL, as IDs are
	headerID         = "Instrument-Id"         // the server takes Nats-Msg-Id from delayed messages
	headerAt         = "Instrument-Published"  // of delayed messages and of dead letters, in nanoseconds since 1970
	headerWhy        = "Instrument-Reason"     // of a dead letter, escaped
	headerDeliveries = "Instrument-Deliveries" // of a dead letter
	headerOnly       = "Instrument-Group"      // the group that gets the message, escaped, if others do not
	headerTrace      = "Instrument-Trace-"     // before the names of the trace context's
	headerTarget     = "Nats-Schedule-Target"  // of delayed messages
	headerSchedule   = "Nats-Schedule"         // of delayed messages
	streamTopic      = "TOPIC_"                // before the name of the space
	streamDead       = "DEAD_"
)

// topicStore is the topic of a space.
type topicStore struct {
	conn      *conn
	name      string           // of the space
	stream    jetstream.Stream // by its name: it may be another one by now
	dead      jetstream.Stream
	configs   []jetstream.StreamConfig // of both, as they are made
	abilities topic.Abilities
}

// OpenTopic implements [topic.Opener].
func (c *conn) OpenTopic(ctx context.Context, space bindings.Space, retention time.Duration) (topic.Store, error) {
	return c.openTopic(ctx, space.Name(), retention, jetstream.FileStorage)
}

// OpenTopic implements [topic.Opener].
func (e *embedded) OpenTopic(ctx context.Context, space bindings.Space, retention time.Duration) (topic.Store, error) {
	c, name, err := e.space(space)
	if err != nil {
		return nil, err
	}
	return c.openTopic(ctx, name, retention, e.storage())
}

// openTopic opens a topic, and makes it if there is none. One that exists is used as it is.
func (c *conn) openTopic(ctx context.Context, name string, retention time.Duration, storage jetstream.StorageType) (topic.Store, error) {
	s := &topicStore{conn: c, name: name}
	config := jetstream.StreamConfig{
		Name: streamTopic + name, Subjects: []string{s.subject("m.*"), s.subject("later.*")}, Storage: storage, Replicas: c.replicas,
		MaxAge: retention, Duplicates: min(topic.DedupWindow, retention), AllowMsgSchedules: true, AllowMsgTTL: true,
	}
	if c.quota > 0 {
		config.MaxBytes, config.Discard, config.AllowMsgSchedules = c.quota, jetstream.DiscardNew, false
	}
	s.configs = append(s.configs, config)
	config.Name, config.Subjects, config.AllowMsgSchedules, config.AllowMsgTTL = streamDead+name, []string{s.subject("dead.*"), s.subject("at.*.*")}, false, false
	config.AllowRollup = true // positions
	s.configs = append(s.configs, config)
	var err error
	if s.stream, s.dead, err = s.make(ctx); err != nil {
		return nil, coded(ctx, err)
	}
	made := s.stream.CachedInfo().Config
	s.abilities = topic.Abilities{Dedup: true, Order: true, Delay: made.AllowMsgSchedules,
		DelayGranularity: time.Second, MaxData: int(c.nc.MaxPayload()) - topicHeadroom}
	return s, nil
}

// topicHeadroom is how much of the greatest message is left for headers: an ID and a key of
// topic.MaxName bytes that are all escaped, twice the ID, the reason of a dead letter, and the
// trace context.
const topicHeadroom = 8 << 10

// ensureStream returns a stream, and makes it if there is none. An older server does not know of
// schedules and drops them.
func (c *conn) ensureStream(ctx context.Context, config jetstream.StreamConfig) (jetstream.Stream, error) {
	stream, err := c.js.Stream(ctx, config.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = c.makeStream(ctx, config)
	}
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody was faster
		stream, err = c.js.Stream(ctx, config.Name)
	}
	if err != nil {
		return nil, err
	}
	return c.limit(ctx, stream)
}

// makeStream makes a stream unless there is one by now. One is made at a time: a cluster that is
// asked twice for the same may be long in agreeing which it was.
func (c *conn) makeStream(ctx context.Context, config jetstream.StreamConfig) (jetstream.Stream, error) {
	c.making.Lock()
	defer c.making.Unlock()
	stream, err := c.js.Stream(ctx, config.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = c.js.CreateStream(ctx, config)
	}
	return stream, err
}

func (s *topicStore) subject(rest string) string { return "topic." + s.name + "." + rest }

// partitionOf returns the last token of a message's subject.
func partitionOf(key string) string {
	if key == "" {
		return free
	}
	h := fnv.New32a()
	h.Write([]byte(key))
	return strconv.Itoa(int(h.Sum32() % partitions))
}

// free is the partition of messages without a key.
const free = "free"

// Abilities implements [topic.Store].
func (s *topicStore) Abilities() topic.Abilities { return s.abilities }

// Publish implements [topic.Store].
func (s *topicStore) Publish(ctx context.Context, m topic.Message, delay time.Duration) error {
	partition := partitionOf(m.Key)
	msg := &nats.Msg{Subject: s.subject("m." + partition), Data: m.Data, Header: headersOf(m)}
	if m.ID != "" {
		msg.Header.Set(jetstream.MsgIDHeader, url.PathEscape(m.ID))
	}
	if delay > 0 {
		now := time.Now()
		msg.Header.Set(headerTarget, msg.Subject)
		msg.Header.Set(headerAt, strconv.FormatInt(now.UnixNano(), 10))
		msg.Header.Set(headerSchedule, "@at "+now.Add(delay+time.Second-1).UTC().Truncate(time.Second).Format(time.RFC3339))
		msg.Subject = s.subject("later." + nuid.Next())
	}
	// The client's own tries are for a stream that has no leader; whether a message may be sent
	// twice it does not know.
	if err := s.write(ctx, msg); err != nil {
		return err
	}
	s.wake(partition)
	return nil
}

// write publishes a message, to a stream that is made again if it is gone. Where no stream answers
// nothing is stored, so that nothing is written twice.
func (s *topicStore) write(ctx context.Context, msg *nats.Msg) error {
	return s.again(ctx, func() error {
		_, err := s.conn.js.PublishMsg(ctx, msg, jetstream.WithRetryAttempts(0))
		return err
	})
}

// wake notifies subscribers that there may be a message in a partition. One that does not hear it
// looks by itself a little later.
func (s *topicStore) wake(partition string) {
	_ = s.conn.nc.Publish(s.subject("wake"), []byte(partition))
}

// headersOf returns the headers that carry a message's parts.
func headersOf(m topic.Message) nats.Header {
	h := nats.Header{}
	if m.ID != "" {
		h.Set(headerID, url.PathEscape(m.ID))
	}
	if m.Key != "" {
		h.Set(headerKey, url.PathEscape(m.Key))
	}
	for name, value := range m.Headers {
		h.Set(headerTrace+name, url.PathEscape(value))
	}
	return h
}

// messageOf is the reverse of headersOf.
func messageOf(h nats.Header, data []byte) topic.Message {
	m := topic.Message{Data: data, Headers: map[string]string{}}
	m.ID, m.Key = unescaped(h.Get(headerID)), unescaped(h.Get(headerKey))
	for name := range h {
		if trace, ok := cutPrefix(name, headerTrace); ok {
			m.Headers[trace] = unescaped(h.Get(name))
		}
	}
	return m
}

func cutPrefix(name, prefix string) (string, bool) {
	if len(name) < len(prefix) || name[:len(prefix)] != prefix {
		return name, false
	}
	return name[len(prefix):], true
}

// unescaped returns a header's text; what was not written by this package stands for itself.
func unescaped(text string) string {
	plain, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return plain
}

// publishedAt returns when a message was published, which of a delayed one is not when the stream
// got it.
func publishedAt(h nats.Header, stored time.Time) time.Time {
	if n, err := strconv.ParseInt(h.Get(headerAt), 10, 64); err == nil {
		return time.Unix(0, n)
	}
	return stored
}

// DeadLetters implements [topic.Store]. Letters and cursors are sequences of the stream.
func (s *topicStore) DeadLetters(ctx context.Context, group, cursor string, limit int) (topic.DeadPage, error) {
	next := uint64(1)
	if cursor != "" {
		n, err := strconv.ParseUint(cursor, 10, 64)
		if err != nil {
			return topic.DeadPage{}, bindings.Errorf(bindings.FailedPrecondition, "the cursor must be one that a list has returned")
		}
		next = n + 1
	}
	var page topic.DeadPage
	for {
		raw, err := s.dead.GetMsg(ctx, next, jetstream.WithGetMsgSubject(s.deadSubject(group)))
		if gone(err) { // and all letters with it
			return page, nil
		}
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return page, nil
		}
		if err != nil {
			return page, coded(ctx, err)
		}
		if len(page.Letters) == limit {
			page.Cursor = page.Letters[limit-1].Letter
			return page, nil
		}
		deliveries, _ := strconv.Atoi(raw.Header.Get(headerDeliveries))
		page.Letters = append(page.Letters, topic.Dead{Message: messageOf(raw.Header, raw.Data), Letter: strconv.FormatUint(raw.Sequence, 10),
			Reason: unescaped(raw.Header.Get(headerWhy)), Published: publishedAt(raw.Header, raw.Time), Died: raw.Time, Deliveries: deliveries})
		next = raw.Sequence + 1
	}
}

func (s *topicStore) deadSubject(group string) string {
	return s.subject("dead." + bindings.Escape(group))
}

// letter returns a dead letter of a group, NotFound if there is none.
func (s *topicStore) letter(ctx context.Context, group, letter string) (*jetstream.RawStreamMsg, error) {
	sequence, err := strconv.ParseUint(letter, 10, 64)
	if err != nil || sequence == 0 {
		return nil, bindings.NotFound // no letter has that name
	}
	raw, err := s.dead.GetMsg(ctx, sequence)
	if gone(err) || errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && raw.Subject != s.deadSubject(group) {
		return nil, bindings.NotFound
	}
	return raw, coded(ctx, err)
}

// removeLetter removes what letter has returned, which another may have done meanwhile.
func (s *topicStore) removeLetter(ctx context.Context, raw *jetstream.RawStreamMsg) error {
	err := s.dead.DeleteMsg(ctx, raw.Sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) || errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
		return nil
	}
	return coded(ctx, err)
}

// RemoveDeadLetter implements [topic.Store].
func (s *topicStore) RemoveDeadLetter(ctx context.Context, group, letter string) error {
	raw, err := s.letter(ctx, group, letter)
	if bindings.Code(err) == bindings.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return s.removeLetter(ctx, raw)
}

// Redeliver implements [topic.Store]. The message is written first, under an ID that is the
// letter's: who does the same meanwhile, or again within topic.DedupWindow because he could not
// remove the letter, writes none. No ID of a user's has a space, since those are escaped.
func (s *topicStore) Redeliver(ctx context.Context, group, letter string) error {
	raw, err := s.letter(ctx, group, letter)
	if err != nil {
		return err
	}
	m := messageOf(raw.Header, raw.Data)
	partition := partitionOf(m.Key)
	h := headersOf(m)
	h.Set(jetstream.MsgIDHeader, fmt.Sprintf("letter %d %d", raw.Sequence, raw.Time.UnixNano()))
	h.Set(headerOnly, bindings.Escape(group))
	h.Set(headerAt, raw.Header.Get(headerAt))
	if err := s.write(ctx, &nats.Msg{Subject: s.subject("m." + partition), Data: raw.Data, Header: h}); err != nil {
		return err
	}
	s.wake(partition)
	return s.removeLetter(ctx, raw)
}

// bury writes a dead letter, once for each delivery of a message however often it is tried.
func (s *topicStore) bury(ctx context.Context, l *natsLease, reason string) error {
	h := headersOf(messageOf(l.msg.Headers(), nil))
	h.Set(jetstream.MsgIDHeader, fmt.Sprintf("%s %d %d", bindings.Escape(l.source.group), l.sequence, l.stored.UnixNano()))
	h.Set(headerWhy, url.PathEscape(reason[:min(len(reason), maxReason)]))
	h.Set(headerDeliveries, strconv.Itoa(l.deliveries))
	h.Set(headerAt, strconv.FormatInt(l.published.UnixNano(), 10))
	return s.write(ctx, &nats.Msg{Subject: s.deadSubject(l.source.group), Data: l.msg.Data(), Header: h})
}

// maxReason is how much of a dead letter's reason is kept, in bytes.
const maxReason = 1 << 10
