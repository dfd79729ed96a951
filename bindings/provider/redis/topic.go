// # Topics
//
// A topic is a stream, and a group is a consumer group of it, so that XPENDING and XINFO show what
// is going on. What streams do not know is kept next to them, and changed together with them by
// scripts: when a message is due again, which may be later than its lease allows; whose turn it is
// among the messages of a key; dead letters and delays. They need Redis 6.2 or newer.
//
// A group that is gone is made again where it was, which is kept beside the stream. If that is gone
// too, as after FLUSHALL, it begins with the oldest message.
//
// How safe a message is when its publishing is answered is for the server's configuration to say:
// with appendfsync everysec a crash of the machine loses about a second. The retention is applied
// when something is published.
package redis

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// topicStore is the topic of one space: a stream, and what its groups keep besides the entries that
// are pending.
type topicStore struct {
	client    *redis.Client
	space     string
	retention time.Duration
}

// OpenTopic implements [topic.Opener].
func (c *conn) OpenTopic(_ context.Context, space bindings.Space, retention time.Duration) (topic.Store, error) {
	return &topicStore{c.client, space.Name(), retention}, nil
}

// Abilities implements [topic.Store].
func (s *topicStore) Abilities() topic.Abilities {
	return topic.Abilities{Dedup: true, Order: true, Delay: true, DelayGranularity: time.Millisecond}
}

// key returns a key of the topic. No key of kv begins so, since "/" is in no space's name.
func (s *topicStore) key(parts ...string) string {
	return strings.Join(append([]string{"topic", "{" + s.space + "}"}, parts...), "/")
}

func (s *topicStore) stream() string  { return s.key("messages") }
func (s *topicStore) channel() string { return s.key("wake") }

func (s *topicStore) deadLetters(group string) string {
	return s.key("dead", bindings.Escape(group))
}

// delayed returns the keys of delayed messages and of when they are due.
func (s *topicStore) delayed() []string { return []string{s.key("later"), s.key("later", "due")} }

// ofGroup returns the keys that the scripts want of a group.
func (s *topicStore) ofGroup(group string) []string {
	var keys []string
	for _, part := range []string{"due", "parked", "busy", "keys", "count", "read"} {
		keys = append(keys, s.key("group", bindings.Escape(group), part))
	}
	return keys
}

func millis(d time.Duration) string { return strconv.FormatInt(milliseconds(d).Milliseconds(), 10) }

// The fields of a message, and of a dead letter. takeMessage reads the key
// and the only group.
const (
	fieldData       = "d"
	fieldID         = "i"
	fieldKey        = "k" // escaped as in a URL
	fieldHeader     = "h:"
	fieldAt         = "at" // when it was published, if that is not when the stream got it
	fieldOnly       = "g"  // the group that gets it, escaped, if others do not
	fieldReason     = "reason"
	fieldDeliveries = "deliveries"
)

// fieldsOf returns the fields of a message.
func fieldsOf(m topic.Message) []any {
	fields := []any{fieldData, m.Data}
	if m.ID != "" {
		fields = append(fields, fieldID, m.ID)
	}
	if m.Key != "" {
		fields = append(fields, fieldKey, url.QueryEscape(m.Key))
	}
	for name, value := range m.Headers {
		fields = append(fields, fieldHeader+name, value)
	}
	return fields
}

// messageOf is the reverse of fieldsOf.
func messageOf(fields map[string]string) topic.Message {
	m := topic.Message{ID: fields[fieldID], Data: []byte(fields[fieldData]), Headers: map[string]string{}}
	m.Key, _ = url.QueryUnescape(fields[fieldKey])
	for name, value := range fields {
		if header, ok := strings.CutPrefix(name, fieldHeader); ok {
			m.Headers[header] = value
		}
	}
	return m
}

// entryTime returns the time that is in an entry's ID.
func entryTime(id string) time.Time {
	text, _, _ := strings.Cut(id, "-")
	n, _ := strconv.ParseInt(text, 10, 64)
	return time.UnixMilli(n)
}

// publishedAt returns when a message was published.
func publishedAt(id string, fields map[string]string) time.Time {
	if at := fields[fieldAt]; at != "" {
		return entryTime(at)
	}
	return entryTime(id)
}

// Publish implements [topic.Store].
func (s *topicStore) Publish(ctx context.Context, m topic.Message, delay time.Duration) error {
	window, id := "0", s.key("id")
	if m.ID != "" {
		window, id = millis(min(topic.DedupWindow, s.retention)), s.key("id", m.ID)
	}
	args := append([]any{s.channel(), millis(s.retention), window, millis(delay)}, fieldsOf(m)...)
	return coded(withinErr(ctx, func() error {
		return publishMessage.Run(ctx, s.client, append(append([]string{s.stream()}, s.delayed()...), id), args...).Err()
	}))
}

// DeadLetters implements [topic.Store]. Letters and cursors are IDs of the stream's entries.
func (s *topicStore) DeadLetters(ctx context.Context, group, cursor string, limit int) (topic.DeadPage, error) {
	from := "-"
	if cursor != "" {
		from = "(" + cursor
	}
	entries, err := s.client.XRangeN(ctx, s.deadLetters(group), from, "+", int64(limit)+1).Result()
	if err != nil {
		return topic.DeadPage{}, coded(err)
	}
	var page topic.DeadPage
	for i, entry := range entries {
		if i == limit {
			page.Cursor = page.Letters[limit-1].Letter
			break
		}
		fields := map[string]string{}
		for name, value := range entry.Values {
			fields[name], _ = value.(string)
		}
		deliveries, _ := strconv.Atoi(fields[fieldDeliveries])
		page.Letters = append(page.Letters, topic.Dead{Message: messageOf(fields), Letter: entry.ID, Reason: fields[fieldReason],
			Published: publishedAt(entry.ID, fields), Died: entryTime(entry.ID), Deliveries: deliveries})
	}
	return page, nil
}

// RemoveDeadLetter implements [topic.Store].
func (s *topicStore) RemoveDeadLetter(ctx context.Context, group, letter string) error {
	err := s.client.XDel(ctx, s.deadLetters(group), letter).Err()
	if noLetter(err) {
		return nil
	}
	return coded(err)
}

// Redeliver implements [topic.Store].
func (s *topicStore) Redeliver(ctx context.Context, group, letter string) error {
	keys := []string{s.stream(), s.deadLetters(group)}
	n, err := within(ctx, func() (int, error) {
		return redeliverLetter.Run(ctx, s.client, keys, s.channel(), millis(s.retention), bindings.Escape(group), letter).Int()
	})
	if err == nil && n == 0 || noLetter(err) {
		return bindings.NotFound
	}
	return coded(err)
}

// noLetter reports whether the server has found that an ID cannot be that of a letter.
func noLetter(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Invalid stream ID")
}
