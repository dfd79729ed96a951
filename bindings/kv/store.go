package kv

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Revision identifies one write of an entry. Zero means none.
type Revision uint64

// MaxKey is the greatest length of a key's text, in bytes. Every provider can hold such a key,
// escaped.
const MaxKey = 1024

// Record is an entry as providers see it.
type Record struct {
	Key      string
	Value    []byte // the caller owns a value that was read; a value that is written remains the caller's, and is copied
	Revision Revision
}

// What Write.TTL may be apart from a time.
const (
	Endless time.Duration = 0  // the entry lives until it is deleted
	Keep    time.Duration = -1 // the entry keeps its remaining time; not for Set
)

// Write says how an entry is to be written.
type Write struct {
	TTL      time.Duration // how long the entry lives from now; or Endless or Keep
	IfAbsent bool          // of Set: fail with AlreadyExists if there is an entry
}

// Abilities are what a store declares. What is declared must work. An operation that needs anything
// else is refused before the store sees it.
type Abilities struct {
	TTL            bool          // entries can have a time to live
	Granularity    time.Duration // a time to live is rounded up to a multiple of this; 0 for exact
	CompareAndSwap bool          // the store is a Swapper
	Increment      bool          // the store is an Incrementer
	Watch          bool          // the store is a Watcher
	Ordered        bool          // the revisions of a key grow with each write, even if it is deleted in between
	Sorted         bool          // List returns keys in the order of their bytes, each once
	ReadYourWrites bool          // a read that begins after a write has ended sees it
	MaxValue       int           // greatest length of a value, in bytes; 0 if unknown or unlimited
}

// Store is what a provider implements: entries of one space, keys as text, values as bytes. A nil
// value is the empty one. Errors carry a code of package bindings. Many goroutines may call all
// methods at once.
type Store interface {
	// Abilities returns what the store can do. It does not change.
	Abilities() Abilities
	// Get returns an entry, or NotFound.
	Get(ctx context.Context, key string) (Record, error)
	// Set writes an entry and returns its revision.
	Set(ctx context.Context, key string, value []byte, w Write) (Revision, error)
	// Delete deletes an entry; it is not an error if there is none. Unless revision is 0 it must be
	// the entry's: the error is NotFound if there is no entry, and FailedPrecondition if it has
	// another revision.
	Delete(ctx context.Context, key string, revision Revision) error
	// List returns some of the keys with a prefix, and the cursor that continues after them, "" at
	// the end. The first cursor is "". A key that exists all the time is returned at least once.
	List(ctx context.Context, prefix, cursor string, limit int) (Page, error)
}

// Page is a part of a list of keys. It may be empty without being the last.
type Page struct {
	Keys   []string
	Cursor string // continues the list; "" at the end
}

// Swapper is a store that can compare and swap.
type Swapper interface {
	// CompareAndSwap replaces the entry if it has the given revision, and returns the new one. If
	// it has another it returns that entry and FailedPrecondition; if there is none, NotFound.
	// w.TTL may be Keep.
	CompareAndSwap(ctx context.Context, key string, value []byte, old Revision, w Write) (Record, error)
}

// Incrementer is a store that can add to a number.
type Incrementer interface {
	// Increment adds delta to an entry whose value is a decimal number of 64 bits, or to 0 if there
	// is none, and returns the sum. An entry that it creates gets ttl, an existing one keeps its
	// own. The error is FailedPrecondition if the value is not a number, or the sum is out of
	// range.
	Increment(ctx context.Context, key string, delta int64, ttl time.Duration) (int64, error)
}

// Watcher is a store that can report changes.
type Watcher interface {
	// Watch returns the changes of keys with a prefix. It misses none that happen after it has
	// returned, except that it may report only the last of several changes of one key.
	Watch(ctx context.Context, prefix string, from From) (Feed, error)
}

// From says where a watch begins.
type From struct {
	After Revision // the last revision seen: begin with what has changed since; 0 begins with all existing entries
	Now   bool     // begin with what changes from now on; After is ignored
}

// Feed is a running watch of a store.
type Feed interface {
	// Next waits for the next change. A canceled context does not end the feed.
	Next(ctx context.Context) (Event, error)
	// Stop ends the feed and whatever runs for it. Next fails with Canceled afterwards.
	Stop()
}

// Event is a change of an entry. Revision is that of the write or of the deletion.
type Event struct {
	Record
	Deleted bool // deleted or expired; there is no value
}

// ManyGetter is a store that reads several entries in one request. From other stores they are read
// one by one.
type ManyGetter interface {
	// GetMany returns the entries that exist, in the order of the keys.
	GetMany(ctx context.Context, keys []string) ([]Record, error)
}

// ManySetter is a store that writes several entries in one request. To other stores they are
// written one by one.
type ManySetter interface {
	// SetMany writes the entries. If it fails, some of them may be written.
	SetMany(ctx context.Context, records []Record, w Write) error
}

// Opener is what a provider's connection implements to provide kv.
type Opener interface {
	bindings.Conn
	// OpenKV returns the store of a space. It may be called more than once for one space.
	OpenKV(ctx context.Context, space bindings.Space) (Store, error)
}
