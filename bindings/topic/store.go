package topic

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

const (
	// Retention is how long a topic keeps its messages, and a group its dead letters, unless the
	// binding has a ttl. What no subscriber has taken by then is lost.
	Retention = 7 * 24 * time.Hour
	// DedupWindow is how long the ID of a message is remembered.
	DedupWindow = 2 * time.Minute
)

// MaxName is the greatest length of a group's name, of an ID and of an ordering key, in bytes.
const MaxName = 256

// Abilities are what a store declares. What is declared must work. An operation that needs anything
// else is refused before the store sees it.
type Abilities struct {
	Dedup            bool          // messages can have an ID
	Order            bool          // messages can have an ordering key
	Delay            bool          // messages can be delayed
	DelayGranularity time.Duration // a delay is rounded up to a multiple of this; 0 for exact
	MaxData          int           // greatest length of a message's data, in bytes; 0 if unknown or unlimited
}

// Message is a message as providers see it.
type Message struct {
	ID      string            // "" for none
	Key     string            // its ordering key; "" for none
	Headers map[string]string // of the trace context: lower-case names
	Data    []byte            // one that is received belongs to the receiver; one that is published remains the publisher's
}

// Store is what a provider implements: the topic of one space. Errors carry a code of package
// bindings. Many goroutines may call all methods at once.
type Store interface {
	// Abilities returns what the store can do. It does not change.
	Abilities() Abilities
	// Publish keeps a message, which is delivered after delay. It returns when the provider has
	// stored the message as safely as it can. What is gone on the server it makes again.
	Publish(ctx context.Context, m Message, delay time.Duration) error
	// Subscribe returns the messages of a group, which it creates if there is none.
	Subscribe(ctx context.Context, g Group) (Source, error)
	// DeadLetters returns up to limit dead letters of a group, oldest first, and the cursor that
	// continues after them, "" at the end. The first cursor is "". A group that does not exist has
	// none.
	DeadLetters(ctx context.Context, group, cursor string, limit int) (DeadPage, error)
	// RemoveDeadLetter removes a dead letter; it is not an error if there is none.
	RemoveDeadLetter(ctx context.Context, group, letter string) error
	// Redeliver makes a dead letter a message of its group again, which no other group gets, and
	// whose deliveries are none. It fails with NotFound if there is no such letter. If it fails
	// otherwise the letter is still there or the message is, and to ask again makes no second one.
	Redeliver(ctx context.Context, group, letter string) error
}

// Group says how one subscriber takes part in a group.
type Group struct {
	Name    string
	Lease   time.Duration // of a delivered message; at least a second
	FromNow bool          // if the subscriber creates the group, it begins with what is published from now on

	// Looked gets to know, each time that a source has looked for messages, whether it could: nil if it
	// could, also if there were none. It is called by one goroutine at a time, in the order of the
	// looks. It may be nil, and returns at once.
	Looked func(error)
}

// Source is the messages of a group, as one subscriber gets them.
type Source interface {
	// Next waits for a message that may be handled now, and leases it. If the group is gone on the
	// server it is made again: at the last position that was confirmed, as far as that is known
	// elsewhere than in the group, else at the oldest message that is kept; in a topic that is new at
	// its first. It is never made at what comes from now on. It takes no message that the
	// caller does not get, unless ctx ends meanwhile. Messages with a key come one at a time.
	Next(ctx context.Context) (Received, error)
	// Close ends the source; no Next is under way. What was received can still be settled.
	Close() error
}

// Received is a message that was delivered.
type Received struct {
	Message
	Published  time.Time
	Deliveries int // how often it was delivered, this time included
	Lease      Delivered
}

// Delivered settles a message. A message is settled once. If the store knows that the lease is
// lost, so that another subscriber may have the message, the error is FailedPrecondition.
type Delivered interface {
	// Extend starts the lease again.
	Extend(ctx context.Context) error
	// Ack ends the delivery: the message is done.
	Ack(ctx context.Context) error
	// Retry lets the message be delivered again after some time.
	Retry(ctx context.Context, after time.Duration) error
	// Bury makes the message a dead letter.
	Bury(ctx context.Context, reason string) error
}

// Dead is a dead letter as providers see it.
type Dead struct {
	Message
	Letter     string // identifies the dead letter within its group
	Reason     string
	Published  time.Time
	Died       time.Time
	Deliveries int
}

// DeadPage is a part of a list of dead letters.
type DeadPage struct {
	Letters []Dead
	Cursor  string // continues the list; "" at the end
}

// Opener is what a provider's connection implements to provide topics.
type Opener interface {
	bindings.Conn
	// OpenTopic returns the topic of a space, whose messages are kept for retention. It may be
	// called more than once for one space.
	OpenTopic(ctx context.Context, space bindings.Space, retention time.Duration) (Store, error)
}
