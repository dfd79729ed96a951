package nats

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/vanished"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// The headers of a bucket's messages, as package jetstream and the server have them, and our own.
const (
	headerOperation = "KV-Operation"
	headerReason    = "Nats-Marker-Reason"
	headerTTL       = "Nats-TTL"
	headerLives     = "Instrument-Lives"   // how long the entry lives from when the server had it, in nanoseconds
	headerExpires   = "Instrument-Expires" // of an entry that kept its time: when it expires by the server's clock, in nanoseconds since 1970
	headerRoom      = "Instrument-Room"    // dots, of a small entry in a bucket with a quota
)

// markSize is more than the headers of a mark take. In a bucket with a quota every entry is as
// great as that, since a full stream takes a message only in the place of one that is not smaller:
// so what is there can be deleted.
const markSize = 160

// message is the last message of a key.
type message struct {
	record  kv.Record // of a mark: its revision
	deleted bool      // it is the mark of a deletion or an expiry, or there is none
	expires time.Time // by the server's clock; zero for never
}

// last reads the last message of a key. A key without one is deleted, with revision 0.
func (s *store) last(ctx context.Context, key string) (message, error) {
	if s.lost.Load() {
		return message{}, coded(ctx, jetstream.ErrStreamNotFound)
	}
	raw, err := lastOf(ctx, s.stream, s.prefix+subjectOf(key))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return message{deleted: true}, nil
	}
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) {
			s.suspect(ctx)
		}
		return message{}, coded(ctx, err)
	}
	m := message{record: kv.Record{Key: key, Value: raw.Data, Revision: kv.Revision(raw.Sequence)}}
	m.deleted = raw.Header.Get(headerOperation) != "" || raw.Header.Get(headerReason) != ""
	m.expires = expires(raw)
	return m, nil
}

// suspect finds out whether the bucket is still there, after a read that had no answer: the server
// says nothing of a bucket that is not. Whoever reads next learns of it.
func (s *store) suspect(ctx context.Context) {
	if !s.suspected.CompareAndSwap(false, true) {
		return
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer s.suspected.Store(false)
		if _, err := s.conn.serverTime(ctx, s.clock.stream); errors.Is(err, vanished.Err) && bindings.Code(err) == bindings.Unavailable {
			s.lost.Store(true)
		}
	}()
}

// wrongBy is how far an absolute time may be from the time to live that was written with it: more
// is the clock of a client which did not ask for the server's.
const wrongBy = 3 * time.Second

// expires returns when an entry expires by the server's clock, zero for never. The time to live
// that the server goes by is whole seconds, and begins when it had the entry.
func expires(raw *jetstream.RawStreamMsg) time.Time {
	ttl, err := time.ParseDuration(raw.Header.Get(headerTTL))
	if err != nil {
		return time.Time{}
	}
	last := raw.Time.Add(ttl)
	if n, err := strconv.ParseInt(raw.Header.Get(headerExpires), 10, 64); err == nil {
		if at := time.Unix(0, n); !at.After(last) && at.After(last.Add(-wrongBy)) {
			return at
		}
	}
	if n, err := strconv.ParseInt(raw.Header.Get(headerLives), 10, 64); err == nil {
		return raw.Time.Add(time.Duration(n))
	}
	return last
}

// life is how long an entry that is written lives; zero for ever.
type life struct {
	ttl   time.Duration
	until time.Time // by the server's clock, if the entry keeps its time; else zero
}

// lasting returns the life of a time to live, or of kv.Endless.
func lasting(ttl time.Duration) life { return life{ttl: max(ttl, 0)} }

// rest returns the rest of an entry's life, and whether it has one: the server removes what has
// expired up to a second later.
func (s *store) rest(ctx context.Context, m message) (life, bool, error) {
	if m.deleted || m.expires.IsZero() {
		return life{}, !m.deleted, nil
	}
	now, err := s.clock.now(ctx, s.conn)
	if err != nil {
		return life{}, false, err
	}
	ttl := m.expires.Sub(now)
	return life{ttl: ttl, until: m.expires}, ttl > 0, nil
}

// anything is the expectation of a write that does not care what is there.
const anything = ^kv.Revision(0)

// publish writes an entry if the key's last message has the revision that is expected, 0 for none.
func (s *store) publish(ctx context.Context, key string, value []byte, l life, expected kv.Revision) (kv.Revision, error) {
	msg, options := s.message(key, value, l)
	if expected != anything {
		options = append(options, jetstream.WithExpectLastSequencePerSubject(uint64(expected)))
	}
	ack, err := s.conn.js.PublishMsg(ctx, msg, options...)
	if stale(err) {
		return 0, bindings.FailedPrecondition
	}
	if err != nil {
		return 0, coded(ctx, err)
	}
	return kv.Revision(ack.Sequence), nil
}

// message returns what to publish. The server's times to live are whole seconds.
func (s *store) message(key string, value []byte, l life) (*nats.Msg, []jetstream.PublishOpt) {
	msg := &nats.Msg{Subject: s.prefix + subjectOf(key), Data: value, Header: nats.Header{}}
	if s.limited && len(value) < markSize {
		msg.Header.Set(headerRoom, strings.Repeat(".", markSize-len(value)))
	}
	switch {
	case l.ttl == 0:
		return msg, nil
	case l.until.IsZero():
		msg.Header.Set(headerLives, strconv.FormatInt(int64(l.ttl), 10))
	default:
		msg.Header.Set(headerExpires, strconv.FormatInt(l.until.UnixNano(), 10))
	}
	ttl := max(l.ttl+time.Second-1, time.Second).Truncate(time.Second)
	return msg, []jetstream.PublishOpt{jetstream.WithMsgTTL(ttl)}
}

// mark writes the mark of a deletion, which itself goes after some time where the server can do
// that.
func (s *store) mark(ctx context.Context, key string, expected kv.Revision) error {
	msg := &nats.Msg{Subject: s.prefix + subjectOf(key), Header: nats.Header{headerOperation: {"PURGE"}, "Nats-Rollup": {"sub"}}}
	var options []jetstream.PublishOpt
	if s.abilities.TTL {
		options = append(options, jetstream.WithMsgTTL(s.remembers))
	}
	if expected != anything {
		options = append(options, jetstream.WithExpectLastSequencePerSubject(uint64(expected)))
	}
	_, err := s.conn.js.PublishMsg(ctx, msg, options...)
	if stale(err) {
		return bindings.FailedPrecondition
	}
	if err = coded(ctx, err); bindings.Code(err) == bindings.ResourceExhausted {
		return s.makeRoom(ctx, key, expected)
	}
	return err
}

// makeRoom deletes an entry that has no room for its mark: a cluster refuses whatever makes a full
// stream grow, and does not look at what goes for it. The mark comes afterwards, into the room of
// the entry; if somebody else was faster there is none.
func (s *store) makeRoom(ctx context.Context, key string, expected kv.Revision) error {
	purged, err := s.purge(ctx, key, expected)
	switch {
	case err != nil:
		return err
	case purged == 0 && expected == anything:
		return nil
	case purged == 0:
		return bindings.FailedPrecondition
	}
	msg := &nats.Msg{Subject: s.prefix + subjectOf(key), Header: nats.Header{headerOperation: {"PURGE"}}}
	options := []jetstream.PublishOpt{jetstream.WithExpectLastSequencePerSubject(0)}
	if s.abilities.TTL {
		options = append(options, jetstream.WithMsgTTL(s.remembers))
	}
	_, err = s.conn.js.PublishMsg(ctx, msg, options...)
	if stale(err) || bindings.Code(coded(ctx, err)) == bindings.ResourceExhausted {
		return nil
	}
	return coded(ctx, err)
}

// purge removes the messages of a key up to a revision, and returns how many there were, which
// package jetstream does not.
func (s *store) purge(ctx context.Context, key string, upTo kv.Revision) (int, error) {
	request := struct {
		Filter   string `json:"filter"`
		Sequence uint64 `json:"seq,omitempty"` // the first that stays
	}{Filter: s.prefix + subjectOf(key)}
	if upTo != anything {
		request.Sequence = uint64(upTo) + 1
	}
	data, err := json.Marshal(request)
	if err != nil {
		return 0, err
	}
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	answer, err := s.conn.nc.RequestWithContext(ctx, "$JS.API.STREAM.PURGE."+s.stream.CachedInfo().Config.Name, data)
	if err != nil {
		return 0, coded(outer, err)
	}
	var result struct {
		Error  *jetstream.APIError `json:"error"`
		Purged int                 `json:"purged"`
	}
	if err := json.Unmarshal(answer.Data, &result); err != nil {
		return 0, bindings.Errorf(bindings.Unknown, "decode answer: %w", err)
	}
	if result.Error != nil {
		return 0, coded(outer, result.Error)
	}
	return result.Purged, nil
}
